//! Two readers of YAML, one meaning: what a document says here is what `yaml_serde` says.

use proptest::prelude::*;
use serde_yaml::Value as Data;

use super::mutate::mutated;
use crate::parse::confirm::is_same;
use crate::parse::{read_text, scalar};
use crate::value::Value;

/// Reads a plain scalar and shows what it is.
fn shown(text: &str) -> String {
    match scalar::read(text) {
        Ok(Value::Null) => "null".to_owned(),
        Ok(Value::Bool(truth)) => format!("boolean {truth}"),
        Ok(Value::Int(number)) => format!("integer {number}"),
        Ok(Value::Float(number)) => format!("number {number}"),
        Ok(Value::Text(text)) => format!("text {text}"),
        Ok(other) => panic!("no scalar is {other:?}"),
        Err(unfit) => format!("{unfit:?}"),
    }
}

#[test]
fn plain_scalars_mean_what_people_of_the_language_expect() {
    let table = [
        ("no", "text no"),
        ("on", "text on"),
        ("yes", "text yes"),
        ("012", "text 012"),
        ("-012", "text -012"),
        ("1_000", "text 1_000"),
        ("0o14", "integer 12"),
        ("0x1F", "integer 31"),
        ("0b101", "integer 5"),
        ("-0x10", "integer -16"),
        ("+3", "integer 3"),
        ("0", "integer 0"),
        ("-0", "integer 0"),
        ("1e5", "number 100000"),
        ("1.", "number 1"),
        (".5", "number 0.5"),
        ("1.5.2", "text 1.5.2"),
        ("12:30", "text 12:30"),
        ("2026-01-31", "text 2026-01-31"),
        ("true", "boolean true"),
        ("True", "boolean true"),
        ("FALSE", "boolean false"),
        ("tRue", "text tRue"),
        ("null", "null"),
        ("~", "null"),
        ("", "null"),
        ("nil", "text nil"),
        ("---", "text ---"),
        ("-", "text -"),
        ("9223372036854775807", "integer 9223372036854775807"),
        ("9223372036854775808", "TooLarge"),
        ("-9223372036854775808", "integer -9223372036854775808"),
        ("-9223372036854775809", "TooLarge"),
        ("0xFFFFFFFFFFFFFFFFFFFF", "TooLarge"),
        (".inf", "NotFinite"),
        ("-.INF", "NotFinite"),
        (".nan", "NotFinite"),
        ("nan", "text nan"),
        ("infinity", "text infinity"),
        ("a\u{F5C1}b", "text a\u{FFFD}b"),
    ];
    for (text, meant) in table {
        assert_eq!(shown(text), meant, "{text}");
    }
}

/// Says whether a text is refused, or means to the other reader what it means here.
fn is_refused_or_same(text: &str) -> bool {
    let reading = read_text(text);
    if !reading.found.is_empty() {
        return true;
    }
    let theirs = serde_yaml::from_str::<Data>(text.trim_start_matches('\u{FEFF}'))
        .and_then(|mut theirs| theirs.apply_merge().map(|()| theirs))
        .expect("what the other reader refuses is refused here");
    reading.root.map_or(theirs.is_null(), |root| is_same(&root, &theirs))
}

#[test]
fn whole_documents_mean_the_same_to_both() {
    for text in [
        "a: &x {b: 1, c: [2, ~]}\nd: {<<: *x, b: 2}\ne: [*x, {<<: [*x, {f: 1}]}]\n",
        "a: |\n  b\n   c\n\nd: >-\n  e\n  f\ng: h\n  i\n\n  j\n",
        "\"a\\u00e9\": 'it''s'\nb: \"c\\\n  d\"\n",
        "\u{FEFF}# first\n--- # second\na: {b, c: , d: [e: f]}\n...\n",
    ] {
        assert!(read_text(text).found.is_empty(), "{text}");
        assert!(is_refused_or_same(text), "{text}");
    }
}

#[test]
fn what_the_readers_take_for_different_things_is_refused() {
    let refused = |text: &str| {
        let found = read_text(text).found;
        assert_eq!(found.len(), 1, "{text}");
        format!("{} {}", found[0].code, found[0].message)
    };
    let differ = "Y01 readers of YAML do not agree on what this file means";
    assert_eq!(refused("a: {&b: c}\n"), differ);
    assert!(refused("a: [|b]\n").starts_with("Y01 this is not YAML: "));
}

#[test]
fn a_difference_is_a_difference_wherever_it_stands() {
    let same = |ours: &str, theirs: &str| {
        let root = read_text(ours).root.expect("it is no empty text");
        is_same(&root, &serde_yaml::from_str::<Data>(theirs).expect("it is YAML"))
    };
    assert!(same("{a: [b, 1, ~, true, 1.5]}", "{a: [b, 1, null, true, 1.5]}"));
    let other =
        ["{a: [b]}", "{a: [b, 2]}", "{a: [b, 1.0]}", "{a: [b, '1']}", "{b: [b, 1]}", "[b, 1]", "a"];
    for theirs in other.into_iter().chain(["{a: [b, 1, c]}", "{a: [b, 1], c: d}", "{a: b}"]) {
        assert!(!same("{a: [b, 1]}", theirs), "{theirs}");
    }
}

fn scalars() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+.~0-9a-fA-FxobeEn_tru]{0,12}",
        "[-+]?(0x|0o|0b)?[0-9a-f]{1,24}",
        "[-+]?[0-9]{0,4}[.][0-9]{0,4}(e[-+]?[0-9]{1,3})?"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_documents_mean_the_same_to_both(text in mutated()) {
        prop_assert!(is_refused_or_same(&text), "{}", text);
    }

    #[test]
    fn random_scalars_mean_the_same_to_both(scalar in scalars()) {
        let (item, entry) = (format!("[{scalar}]"), format!("a: {scalar}\n"));
        prop_assert!(is_refused_or_same(&item), "{}", item);
        prop_assert!(is_refused_or_same(&entry), "{}", entry);
    }
}
