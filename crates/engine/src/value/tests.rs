//! Marks: what makes one, what cannot, and what values that hold one say.

use proptest::prelude::*;

use crate::types::Type;
use crate::value::{Handle, MARK_CLOSE, MARK_OPEN, Piece, Unknown, Value, clean, pieces, shown};

fn handle() -> Handle {
    Handle { id: 0x00ab_cdef, origin: "steps.create.token".to_owned() }
}

fn unknown(ty: Type) -> Unknown {
    Unknown { from: "steps.later.id".to_owned(), ty }
}

#[test]
fn text_falls_into_plain_pieces_and_marks() {
    let text = format!(
        "a{}b{}{}c",
        handle().to_mark(),
        unknown(Type::String).to_mark(),
        unknown(Type::Secret).to_mark()
    );
    let found = pieces(&text);
    let wanted = [
        Piece::Plain("a"),
        Piece::Secret(handle()),
        Piece::Plain("b"),
        Piece::Unknown { from: "steps.later.id", secret: false },
        Piece::Unknown { from: "steps.later.id", secret: true },
        Piece::Plain("c"),
    ];
    assert_eq!(found, wanted);
    assert_eq!(shown(&text), "a‹steps.create.token›b‹steps.later.id›‹steps.later.id›c");
}

#[test]
fn a_broken_mark_is_plain_text_and_hides_no_mark_after_it() {
    let mark = handle().to_mark();
    let broken = [
        MARK_OPEN.to_string(),
        MARK_CLOSE.to_string(),
        format!("{MARK_OPEN}{MARK_CLOSE}"),
        format!("{MARK_OPEN}s12{MARK_CLOSE}"),
        format!("{MARK_OPEN}z{:032x}x{MARK_CLOSE}", 1),
        format!("{MARK_OPEN}s{:+031x}xx{MARK_CLOSE}", 1).replace('0', "g"),
        mark.trim_end_matches(MARK_CLOSE).to_owned(),
        mark.trim_start_matches(MARK_OPEN).to_owned(),
    ];
    for text in broken {
        assert!(!Value::from(text.as_str()).is_secret(), "{text:?}");
        let value = Value::Text(format!("{text}{mark}"));
        assert!(value.is_secret(), "{text:?}");
        assert_eq!(value.handles(), [handle()], "{text:?}");
    }
}

#[test]
fn cleaned_text_holds_no_mark_and_loses_nothing_else() {
    let mark = handle().to_mark();
    assert_eq!(pieces(&clean(&mark)).len(), 1);
    assert!(!Value::Text(clean(&mark)).is_secret());
    assert_eq!(clean("äöü \u{F5C0} \u{F5C3}"), "äöü \u{F5C0} \u{F5C3}");
}

#[test]
fn secrets_and_unknowns_are_seen_at_any_depth() {
    let deep = |value: Value| {
        Value::List(vec![Value::Null, Value::map([("a", Value::List(vec![value]))])])
    };
    let secret = deep(handle().into());
    assert!(secret.is_secret() && !secret.is_unknown());
    assert_eq!(secret.handles(), [handle()]);
    let later = deep(Value::Unknown(unknown(Type::Secret)));
    assert!(later.is_secret() && later.is_unknown() && later.handles().is_empty());
    let plain = deep(Value::Unknown(unknown(Type::Integer)));
    assert!(!plain.is_secret() && plain.is_unknown());
    let text = deep(Value::Text(format!("x{}", unknown(Type::Secret).to_mark())));
    assert!(text.is_secret() && text.is_unknown());
    assert!(!deep("x".into()).is_secret());
}

#[test]
fn a_mark_cut_in_two_is_no_secret_and_shows_no_value() {
    let mark = handle().to_mark();
    for (at, _) in mark.char_indices().skip(1) {
        let (one, two) = mark.split_at(at);
        assert!(!Value::from(one).is_secret() && !Value::from(two).is_secret(), "{at}");
    }
}

#[test]
fn entries_of_what_is_no_map_are_null() {
    assert_eq!(Value::Null.get("x"), &Value::Null);
    assert_eq!(Value::map([("x", 1.into())]).get("x"), &Value::Int(1));
    assert_eq!(Value::map([("x", 1.into())]).get("y"), &Value::Null);
}

proptest! {
    #[test]
    fn pieces_put_together_are_the_text(
        parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            Just(MARK_OPEN.to_string()),
            Just(MARK_CLOSE.to_string()),
            any::<u128>().prop_map(|id| Handle { id, origin: "steps.a.b".to_owned() }.to_mark()),
            Just(unknown(Type::String).to_mark()),
        ], 0..8)
    ) {
        let text = parts.concat();
        let again: String = pieces(&text)
            .iter()
            .map(|piece| match piece {
                Piece::Plain(plain) => (*plain).to_owned(),
                Piece::Secret(handle) => handle.to_mark(),
                Piece::Unknown { from, secret } => {
                    let ty = if *secret { Type::Secret } else { Type::Any };
                    Unknown { from: (*from).to_owned(), ty }.to_mark()
                }
            })
            .collect();
        prop_assert_eq!(&again, &text);
        let marks = parts.iter().filter(|part| part.starts_with(MARK_OPEN) && part.contains("steps.a.b"));
        prop_assert_eq!(Value::from(text.as_str()).handles().len(), marks.count());
    }

    #[test]
    fn any_cleaned_text_is_one_plain_piece(text in any::<String>()) {
        let text = clean(&text);
        let wanted = if text.is_empty() { Vec::new() } else { vec![Piece::Plain(text.as_str())] };
        prop_assert_eq!(pieces(&text), wanted);
    }
}
