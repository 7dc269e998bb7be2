//! What fits a type and what does not.

use super::coerce;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Handle, Unknown, Value};

fn fits(value: impl Into<Value>, ty: &Type, expected: impl Into<Value>) {
    assert_eq!(coerce(&value.into(), ty), Ok(expected.into()));
}

fn refused(value: impl Into<Value>, ty: &Type) -> String {
    let misfit = coerce(&value.into(), ty).expect_err("it does not fit");
    format!("{} ({})", misfit.message, misfit.help)
}

fn secret() -> Value {
    Handle { id: 7, origin: "inputs.password".to_owned() }.into()
}

#[test]
fn text_becomes_a_length_or_a_moment_where_one_is_wanted() {
    fits("1d12h", &Type::Duration, Value::Duration(Duration::seconds(36 * 3600)));
    fits("1970-01-01T00:00:01Z", &Type::Timestamp, Timestamp(1000));
    fits(Timestamp(1000), &Type::String, "1970-01-01T00:00:01Z");
    assert!(refused("tomorrow", &Type::Timestamp).contains("`tomorrow` is not a timestamp"));
}

#[test]
fn a_number_never_becomes_text_and_text_never_a_number() {
    let words = refused(12, &Type::String);
    assert_eq!(words, "the number 12 stands where text is wanted (put it in quotes: \"12\")");
    let words = refused("12", &Type::Integer);
    assert!(words.contains("write it without quotes: 12"), "{words}");
    fits(12, &Type::Number, 12);
    assert!(refused(Value::Float(1.5), &Type::Integer).contains("not a whole number"));
}

#[test]
fn a_secret_fits_where_one_is_wanted_and_a_plain_value_does_not() {
    fits(secret(), &Type::Secret, secret());
    let words = refused("hunter2", &Type::Secret);
    assert!(!words.contains("hunter2") && words.contains("a plain value"), "{words}");
}

#[test]
fn a_misfit_never_shows_a_secret() {
    let misfit = coerce(&secret(), &Type::Integer).expect_err("it does not fit");
    assert_eq!(misfit.message, "a secret stands where a whole number is wanted");
}

#[test]
fn words_and_fields_come_with_the_nearest_right_one() {
    let level = Type::Enum(vec!["info".to_owned(), "warn".to_owned()]);
    assert!(refused("wran", &level).contains("did you mean `warn`?"));
    let grant = Type::object([("database", Type::String)]);
    let map = Value::map([("databse", Value::from("x"))]);
    assert!(refused(map, &grant).contains("did you mean `database`?"));
}

#[test]
fn a_list_says_which_item_is_wrong() {
    let list = Value::List(vec![1.into(), "x".into()]);
    assert!(refused(list, &Type::list(Type::Integer)).starts_with("item 2: the text `x`"));
}

#[test]
fn null_and_what_is_not_yet_known_fit_everywhere() {
    fits(Value::Null, &Type::Integer, Value::Null);
    let unknown = Unknown { from: "steps.a.hours".to_owned(), ty: Type::String };
    let text = format!("{}h", unknown.to_mark());
    let fitted = coerce(&text.into(), &Type::Duration).expect("it may turn out right");
    let expected = Unknown { from: "‹steps.a.hours›h".to_owned(), ty: Type::Duration };
    assert_eq!(fitted, Value::Unknown(expected));
}

#[test]
fn an_address_has_a_scheme_and_a_host() {
    fits("https://vault.example/x", &Type::Url, "https://vault.example/x");
    for wrong in ["vault.example", "https://", "ftp://x", "https://a b"] {
        assert!(refused(wrong, &Type::Url).contains("is not an address"), "{wrong}");
    }
}
