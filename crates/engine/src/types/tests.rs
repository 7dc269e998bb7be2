//! The notation of types, there and back.

use proptest::prelude::*;

use crate::types::Type;

fn fails(text: &str) -> String {
    Type::parse(text).map(|ty| ty.to_string()).expect_err(text)
}

#[test]
fn every_kind_of_type_is_read_as_it_is_printed() {
    for text in [
        "any",
        "string",
        "integer",
        "number",
        "boolean",
        "secret",
        "duration",
        "timestamp",
        "path",
        "url",
        "enum(a|b-c|0600)",
        "list(string)",
        "map(any)",
        "list(list(map(secret)))",
        "{}",
        "{a: string, b: list({c: integer})}",
    ] {
        assert_eq!(Type::parse(text).map(|ty| ty.to_string()).as_deref(), Ok(text));
    }
}

#[test]
fn white_space_does_not_matter() {
    let wide = " list( { a :string ,b: enum( x | y ) } ) ";
    assert_eq!(Type::parse(wide), Type::parse("list({a: string, b: enum(x|y)})"));
    assert!(Type::parse(wide).is_ok());
}

#[test]
fn what_is_no_type_says_what_to_write() {
    let cases = [
        ("", "a type is missing"),
        ("strng", "`strng` is no type: did you mean `string`?"),
        ("str", "`str` is no type: write `string`"),
        ("list", "`list` is no type: write `list(any)`"),
        ("frobnicate", "`frobnicate` is no type: there are any, string,"),
        ("list(string", "`)` is missing after `list(string`"),
        ("list()", "a type is missing"),
        ("string(a)", "`string` takes nothing in parentheses"),
        ("string x", "`x` follows the type `string`, where nothing may"),
        ("enum", "an `enum` says which words: `enum(a|b)`"),
        ("enum(a||b)", "an `enum` has words with `|` between them"),
        ("enum(a|a)", "`a` stands in the `enum` twice"),
        ("enum(a|b", "`)` is missing after the words of an `enum`"),
        ("{a string}", "`:` is missing after `a`"),
        ("{a: string b: string}", "`,` is missing after `a`"),
        ("{a: string, a: string}", "the field `a` stands there twice"),
        ("{: string}", "a field has a name and a type: `{name: string}`"),
        ("{a: string", "`,` is missing after `a`"),
    ];
    for (text, wanted) in cases {
        let found = fails(text);
        assert!(found.starts_with(wanted), "{text}\nwanted {wanted}\nfound  {found}");
    }
    assert_eq!(fails(&"list(".repeat(100)), "a type is at most 16 types deep");
}

#[test]
fn keys_and_indexes_lead_into_types() {
    let ty = Type::parse("{a: list(integer), b: map(secret)}").unwrap();
    let at = |path: &[&str]| path.iter().try_fold(ty.clone(), |ty, key| ty.at(key));
    assert_eq!(at(&["a", "0"]), Some(Type::Integer));
    assert_eq!(at(&["a", "x"]), None);
    assert_eq!(at(&["b", "anything"]), Some(Type::Secret));
    assert_eq!(at(&["c"]), None);
    assert_eq!(Type::Any.at("x"), Some(Type::Any));
    assert_eq!(Type::String.at("x"), None);
    assert!(ty.any(&|inner| *inner == Type::Secret));
    assert!(!ty.any(&|inner| *inner == Type::Url));
}

fn any_type() -> impl Strategy<Value = Type> {
    let plain = prop::sample::select(vec![
        Type::Any,
        Type::String,
        Type::Integer,
        Type::Number,
        Type::Boolean,
        Type::Secret,
        Type::Duration,
        Type::Timestamp,
        Type::Path,
        Type::Url,
    ]);
    let words = prop::collection::btree_set("[a-z0-9][a-z0-9 ._-]{0,6}[a-z0-9]", 1..4)
        .prop_map(|words| Type::Enum(words.into_iter().collect()));
    prop_oneof![plain, words].prop_recursive(4, 16, 3, |inner| {
        let fields = prop::collection::vec(("[a-z_][a-z0-9_-]{0,6}", inner.clone()), 0..4);
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.prop_map(Type::map),
            fields.prop_map(Type::object),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_reading_take_each_other_back(ty in any_type()) {
        prop_assert_eq!(Type::parse(&ty.to_string()), Ok(ty));
    }

    #[test]
    fn any_text_is_a_type_or_an_error(text in "[a-z(){}|:, ]{0,24}") {
        if let Ok(ty) = Type::parse(&text) {
            prop_assert_eq!(Type::parse(&ty.to_string()), Ok(ty));
        }
    }
}
