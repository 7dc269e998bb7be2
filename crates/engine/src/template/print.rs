//! Values as text and as JSON text, marks and all.

use std::fmt::Write;

use serde_json::{Number, Value as Json};

use crate::value::Value;

/// Adds a value to text. Null, a list and a map have no text.
pub(super) fn print(value: &Value, text: &mut String) -> Result<(), String> {
    match value {
        Value::Text(more) => text.push_str(more),
        Value::Unknown(unknown) => text.push_str(&unknown.to_mark()),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => push(text, number),
        Value::Float(number) => push(text, number),
        Value::Duration(length) => push(text, length),
        Value::Timestamp(time) => push(text, time),
        Value::Null => return Err("is null, and cannot stand in text".to_owned()),
        Value::List(_) => return Err("is a list, and cannot stand in text".to_owned()),
        Value::Map(_) => return Err("is a map, and cannot stand in text".to_owned()),
    }
    Ok(())
}

fn push(text: &mut String, shown: &dyn std::fmt::Display) {
    write!(text, "{shown}").expect("writing to a string cannot fail");
}

/// Returns a value as JSON; text stands as it is, whatever marks it holds.
pub(super) fn to_plain_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::Number((*number).into()),
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(to_plain_json).collect()),
        Value::Map(map) => Json::Object(
            map.iter().map(|(key, value)| (key.clone(), to_plain_json(value))).collect(),
        ),
        Value::Duration(length) => Json::String(length.to_string()),
        Value::Timestamp(time) => Json::String(time.to_string()),
        Value::Unknown(unknown) => Json::String(unknown.to_mark()),
    }
}
