//! Values as JSON: tagged for the disk, plain for people and programs.
//!
//! On disk nothing that a provider sends can look like one of our tags: every map is written as
//! `{"map": {..}}`, so an untagged object does not occur. A secret is written by where it came
//! from; read back, it is a mark whose value no table holds.

#[cfg(test)]
mod tests;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map as JsonMap, Number, Value as Json, json};

use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Handle, Map, Piece, Unknown, Value, clean, pieces};

/// The id of a secret that was read from disk: no table holds it.
pub const GONE: u128 = 0;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        to_disk(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        from_disk(&json).ok_or_else(|| D::Error::custom("not a value of this format"))
    }
}

/// Returns the tagged form.
pub fn to_disk(value: &Value) -> Json {
    match value {
        Value::List(items) => Json::Array(items.iter().map(to_disk).collect()),
        Value::Map(map) => {
            let map: JsonMap<_, _> =
                map.iter().map(|(key, value)| (key.clone(), to_disk(value))).collect();
            json!({ "map": map })
        }
        Value::Duration(length) => json!({ "duration": length.0 }),
        Value::Timestamp(at) => json!({ "timestamp": at.0 }),
        Value::Text(text) => text_to_json(text, "text"),
        Value::Float(number) => float_to_disk(*number),
        Value::Unknown(unknown) => {
            json!({ "unknown": unknown.from, "type": unknown.ty.to_string() })
        }
        Value::Null | Value::Bool(_) | Value::Int(_) => to_json(value),
    }
}

/// A JSON reader may miss the last bit of a number; one that it misses is written as text.
fn float_to_disk(number: f64) -> Json {
    let written = json!(number).to_string();
    if serde_json::from_str(&written).is_ok_and(|read: f64| read.to_bits() == number.to_bits()) {
        json!(number)
    } else {
        json!({ "float": written })
    }
}

/// Returns the plain form of `--output json`: secrets as `{"secret": ..}`, unknowns as
/// `{"unknown": ..}`, moments and lengths as text.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => json!(number),
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => text_to_json(text, "parts"),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(map) => {
            Json::Object(map.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
        }
        Value::Duration(length) => Json::String(length.to_string()),
        Value::Timestamp(at) => Json::String(at.to_string()),
        Value::Unknown(unknown) => {
            if unknown.ty == Type::Secret {
                json!({ "unknown": unknown.from, "secret": true })
            } else {
                json!({ "unknown": unknown.from })
            }
        }
    }
}

fn text_to_json(text: &str, tag: &str) -> Json {
    let parts: Vec<Json> = pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(plain) => Json::String(plain.to_owned()),
            Piece::Secret(handle) => json!({ "secret": handle.origin }),
            Piece::Unknown { from, secret: false } => json!({ "unknown": from }),
            Piece::Unknown { from, secret: true } => json!({ "unknown": from, "secret": true }),
        })
        .collect();
    match parts.as_slice() {
        [] => Json::String(String::new()),
        [one] => one.clone(),
        _ => Json::Object([(tag.to_owned(), Json::Array(parts))].into_iter().collect()),
    }
}

/// Reads the tagged form; none where it is not one.
pub fn from_disk(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64()?),
        },
        Json::String(text) => Value::Text(clean(text)),
        Json::Array(items) => Value::List(items.iter().map(from_disk).collect::<Option<_>>()?),
        Json::Object(object) => from_tagged(object)?,
    })
}

fn from_tagged(object: &JsonMap<String, Json>) -> Option<Value> {
    let (tag, inner) = object.iter().next()?;
    if tag == "unknown" {
        return from_unknown(object).map(Value::Unknown);
    }
    if object.len() > 1 {
        return None;
    }
    Some(match tag.as_str() {
        "map" => Value::Map(
            inner
                .as_object()?
                .iter()
                .map(|(key, value)| Some((key.clone(), from_disk(value)?)))
                .collect::<Option<Map>>()?,
        ),
        "duration" => Value::Duration(Duration(inner.as_u64()?)),
        "timestamp" => Value::Timestamp(Timestamp(inner.as_i64()?)),
        "float" => {
            Value::Float(inner.as_str()?.parse().ok().filter(|number: &f64| number.is_finite())?)
        }
        "text" => Value::Text(inner.as_array()?.iter().map(part_text).collect::<Option<_>>()?),
        "secret" => Value::Text(part_text(&Json::Object(object.clone()))?),
        _ => return None,
    })
}

/// A `type` is written since there is a notation of types; before, only `secret` was.
fn from_unknown(object: &JsonMap<String, Json>) -> Option<Unknown> {
    let from = clean(object.get("unknown")?.as_str()?);
    let secret = object.get("secret").and_then(Json::as_bool).unwrap_or(false);
    let ty = match object.get("type") {
        Some(ty) => Type::parse(ty.as_str()?).ok()?,
        None if secret => Type::Secret,
        None => Type::Any,
    };
    Some(Unknown { from, ty })
}

fn part_text(part: &Json) -> Option<String> {
    if let Some(plain) = part.as_str() {
        return Some(clean(plain));
    }
    let object = part.as_object()?;
    if object.contains_key("unknown") {
        return from_unknown(object).map(|unknown| unknown.to_mark());
    }
    let origin = clean(object.get("secret")?.as_str()?);
    Some(Handle { id: GONE, origin }.to_mark())
}

/// Returns the value of JSON from outside: a map is a map whatever its keys, and nothing in it is a
/// mark.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, float) => Value::Float(float.filter(|float| float.is_finite()).unwrap_or(0.0)),
        },
        Json::String(text) => Value::Text(clean(text)),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(object) => {
            Value::Map(object.iter().map(|(key, value)| (clean(key), from_json(value))).collect())
        }
    }
}
