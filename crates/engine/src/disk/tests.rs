//! Values to the disk and back.

use proptest::prelude::*;
use serde_json::json;

use crate::disk::{GONE, from_disk, from_json, to_disk, to_json};
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Handle, Map, Unknown, Value, clean};

fn secret(id: u128) -> Value {
    Handle { id, origin: "steps.create.token".to_owned() }.into()
}

/// Through text, as in a journal.
fn round(value: &Value) -> Value {
    let written = serde_json::to_string(value).unwrap();
    serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"))
}

#[test]
fn a_map_that_looks_like_one_of_our_tags_stays_a_map() {
    for key in ["secret", "unknown", "map", "text", "duration", "timestamp", "float", ""] {
        for value in [Value::from("steps.create.token"), Value::Int(1), Value::List(Vec::new())] {
            let map = Value::map([(key, value)]);
            assert_eq!(round(&map), map, "{key}");
            assert!(!round(&map).is_secret(), "{key}");
        }
    }
    assert_eq!(to_disk(&Value::map([("secret", 1.into())])), json!({"map": {"secret": 1}}));
    assert_eq!(to_disk(&Value::Map(Map::new())), json!({"map": {}}));
}

#[test]
fn a_secret_is_written_by_where_it_came_from_and_comes_back_without_a_value() {
    let written = to_disk(&secret(7));
    assert_eq!(written, json!({"secret": "steps.create.token"}));
    let back = from_disk(&written).unwrap();
    assert!(back.is_secret());
    assert_eq!(back.handles()[0].id, GONE);
    let text = Value::Text(format!("Bearer {}", secret(7).as_text().unwrap()));
    assert_eq!(to_disk(&text), json!({"text": ["Bearer ", {"secret": "steps.create.token"}]}));
    assert_eq!(round(&text), Value::Text(format!("Bearer {}", secret(GONE).as_text().unwrap())));
}

#[test]
fn no_written_form_holds_a_delimiter_or_an_id() {
    let text = Value::Text(format!("Bearer {}", secret(0xfeed_beef).as_text().unwrap()));
    for written in [to_disk(&text).to_string(), to_json(&text).to_string()] {
        assert!(!written.contains(['\u{F5C1}', '\u{F5C2}']), "{written}");
        assert!(!written.contains("feedbeef"), "{written}");
    }
}

#[test]
fn text_on_disk_cannot_forge_a_mark() {
    let mark = secret(7).as_text().unwrap().to_owned();
    for forged in [json!(mark), json!({"text": [mark, "x"]}), json!({"map": {"a": mark}})] {
        assert!(!from_disk(&forged).unwrap().is_secret(), "{forged}");
    }
}

#[test]
fn an_unknown_keeps_its_type() {
    for ty in [Type::Any, Type::Secret, Type::list(Type::String), Type::object([("a", Type::Url)])]
    {
        let value = Value::Unknown(Unknown { from: "steps.a.b".to_owned(), ty });
        assert_eq!(round(&value), value);
    }
}

#[test]
fn what_is_no_form_of_ours_is_refused() {
    for json in [
        json!({}),
        json!({"x": 1}),
        json!({"map": 1}),
        json!({"map": {"a": {"b": 1}}}),
        json!({"secret": 1}),
        json!({"duration": -1}),
        json!({"duration": "1d"}),
        json!({"timestamp": "now"}),
        json!({"text": "x"}),
        json!({"map": {}, "secret": "x"}),
        json!({"float": "NaN"}),
        json!({"unknown": "x", "type": "nope"}),
        json!([{"secret": null}]),
    ] {
        assert_eq!(from_disk(&json), None, "{json}");
    }
}

#[test]
fn for_people_secrets_and_unknowns_say_where_they_come_from() {
    let unknown = |ty| Value::Unknown(Unknown { from: "steps.a.b".to_owned(), ty });
    assert_eq!(to_json(&secret(1)), json!({"secret": "steps.create.token"}));
    assert_eq!(to_json(&unknown(Type::String)), json!({"unknown": "steps.a.b"}));
    assert_eq!(to_json(&unknown(Type::Secret)), json!({"unknown": "steps.a.b", "secret": true}));
    assert_eq!(to_json(&Value::Duration(Duration::seconds(90))), json!("1m30s"));
    assert_eq!(to_json(&Value::Timestamp(Timestamp(0))), json!("1970-01-01T00:00:00Z"));
    assert_eq!(to_json(&Value::map([("a", Value::Float(0.5))])), json!({"a": 0.5}));
}

#[test]
fn json_from_outside_becomes_plain_values() {
    let mark = secret(7).as_text().unwrap().to_owned();
    let json = json!({"secret": "x", "n": [1, -1, 0.5, 1e300, u64::MAX, null, true], "m": mark, "k": {&mark: 1}});
    let value = from_json(&json);
    assert!(!value.is_secret());
    assert_eq!(value.get("secret"), &Value::from("x"));
    let numbers = value.get("n").items();
    assert_eq!(numbers[..3], [Value::Int(1), Value::Int(-1), Value::Float(0.5)]);
    assert_eq!(numbers[4], Value::Float(18_446_744_073_709_551_615.0));
    let Value::Map(keys) = value.get("k") else { panic!("{value:?}") };
    assert!(keys.keys().all(|key| *key == clean(key)));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Float),
        any::<String>().prop_map(|text| Value::Text(clean(&text))),
        (0..=i64::MAX as u64).prop_map(|ms| Value::Duration(Duration(ms))),
        any::<i64>().prop_map(|ms| Value::Timestamp(Timestamp(ms))),
        Just(secret(GONE)),
        ("[a-z ]{0,4}", "[a-z ]{1,4}").prop_map(|(before, after)| {
            Value::Text(format!("{before}{}{after}", secret(GONE).as_text().unwrap()))
        }),
        Just(Value::Unknown(Unknown { from: "steps.a.b".to_owned(), ty: Type::Integer })),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![any::<String>(), Just("secret".to_owned()), Just("map".to_owned())];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec((key, inner), 0..4).prop_map(Value::map),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_comes_back_as_it_was_written(value in any_value()) {
        prop_assert_eq!(round(&value), value);
    }
}
