//! Two readers of YAML, one meaning: what a document says here is what `yaml_serde` says.

use proptest::prelude::*;
use serde_yaml::Value as Data;

use super::mutate::mutated;
use crate::parse::confirm::is_same;
use crate::parse::mapping::Prefer;
use crate::parse::mend::read_mended;
use crate::parse::scalar;
use crate::parse::{hidden, tree::Yaml};
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

/// Says how the two readers take a text that is refused for nothing else.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Same,
    TheyRefuse,
    Differ,
}

fn compare(text: &str) -> Outcome {
    let reading = read_mended(text, Prefer::First);
    if !reading.found.is_empty() || !hidden::find(text).is_empty() {
        return Outcome::Refused;
    }
    let theirs = serde_yaml::from_str::<Data>(text.trim_start_matches('\u{FEFF}'))
        .and_then(|mut theirs| theirs.apply_merge().map(|()| theirs));
    let root: Option<&Yaml> = reading.root.as_deref();
    match theirs {
        Err(_) => Outcome::TheyRefuse,
        Ok(theirs) if root.map_or(theirs.is_null(), |root| is_same(root, &theirs)) => Outcome::Same,
        Ok(_) => Outcome::Differ,
    }
}

#[test]
fn whole_documents_mean_the_same_to_both() {
    for text in [
        "a: &x {b: 1, c: [2, ~]}\nd: {<<: *x, b: 2}\ne: [*x, {<<: [*x, {f: 1}]}]\n",
        "a: |\n  b\n   c\n\nd: >-\n  e\n  f\ng: h\n  i\n\n  j\n",
        "\"a\\u00e9\": 'it''s'\nb: \"c\\\n  d\"\n",
        "\u{FEFF}# first\n--- # second\na: {b, c: , d: [e: f]}\n...\n",
    ] {
        assert_eq!(compare(text), Outcome::Same, "{text}");
    }
    assert_eq!(compare("a: [|b]\n"), Outcome::TheyRefuse);
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
        prop_assert_ne!(compare(&text), Outcome::Differ, "{}", text);
    }

    #[test]
    fn random_scalars_mean_the_same_to_both(scalar in scalars()) {
        prop_assert_ne!(compare(&format!("[{scalar}]")), Outcome::Differ);
        prop_assert_ne!(compare(&format!("a: {scalar}\n")), Outcome::Differ);
    }
}
