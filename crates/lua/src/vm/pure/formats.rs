//! `json` `toml` `yaml`: values as text and back.

use cutover_engine::disk::to_json;
use cutover_engine::value::{Value, clean};
use serde_json::Value as Json;

use super::text;
use crate::vm::limits::{DEEPEST_TEXT, LONGEST_YAML};

pub(super) fn json_encode(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(to_json(first(args)).to_string()))
}

pub(super) fn json_decode(args: &[Value]) -> Result<Value, String> {
    let json: Json = serde_json::from_str(text(args, 0)?)
        .map_err(|error| format!("not JSON (line {}, column {})", error.line(), error.column()))?;
    Ok(from_json(&json))
}

/// Takes one text out of a secret that is JSON.
pub(super) fn secret_json(args: &[Value]) -> Result<Value, String> {
    let json: Json =
        serde_json::from_str(text(args, 0)?).map_err(|_| "the secret is not JSON".to_owned())?;
    let path = text(args, 1)?;
    let found = path.split('.').try_fold(&json, |at, part| match at {
        Json::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => at.get(part),
    });
    match found {
        Some(Json::String(text)) => Ok(Value::Text(text.clone())),
        Some(Json::Null) | None => Err(format!("the secret has nothing at `{path}`")),
        Some(other) => Ok(Value::Text(other.to_string())),
    }
}

pub(super) fn toml_encode(args: &[Value]) -> Result<Value, String> {
    let Value::Map(map) = first(args) else { return Err("wants a map".to_owned()) };
    let mut document = toml_edit::DocumentMut::new();
    for (key, value) in map {
        document.insert(key, toml_edit::Item::Value(to_toml(value)?));
    }
    Ok(Value::Text(document.to_string()))
}

pub(super) fn toml_decode(args: &[Value]) -> Result<Value, String> {
    shallow(text(args, 0)?)?;
    Ok(from_json(&toml_to_json(text(args, 0)?)?))
}

/// Returns TOML as JSON: what JSON has no form for is text. The error says where, never what.
pub(crate) fn toml_to_json(text: &str) -> Result<Json, String> {
    let document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| {
            let start = error.span().map_or(0, |span| span.start).min(text.len());
            let before = text.get(..start).unwrap_or(text);
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("not TOML (line {}, column {column})", before.matches('\n').count() + 1)
        })?;
    Ok(from_item(document.as_item()))
}

pub(super) fn yaml_encode(args: &[Value]) -> Result<Value, String> {
    serde_yaml::to_string(&to_json(first(args)))
        .map(Value::Text)
        .map_err(|_| "cannot be YAML".to_owned())
}

pub(super) fn yaml_decode(args: &[Value]) -> Result<Value, String> {
    shallow(text(args, 0)?)?;
    let yaml: Json = serde_yaml::from_str(text(args, 0)?).map_err(|error| {
        let at = error.location().map(|at| format!(" (line {})", at.line()));
        format!("not YAML{}", at.unwrap_or_default())
    })?;
    Ok(from_json(&yaml))
}

/// Refuses what is too long or too deep for its reader.
fn shallow(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_YAML {
        return Err(format!("a text of more than {} KiB", LONGEST_YAML >> 10));
    }
    let mut depth: usize = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_TEXT {
            return Err(format!("more than {DEEPEST_TEXT} deep"));
        }
    }
    Ok(())
}

fn first(args: &[Value]) -> &Value {
    const NULL: Value = Value::Null;
    args.first().unwrap_or(&NULL)
}

/// Returns JSON as a value; a number that Lua would change is text.
fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(large)) => Value::Text(large.to_string()),
            (None, None) => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::Text(clean(text)),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(object) => {
            Value::Map(object.iter().map(|(key, item)| (clean(key), from_json(item))).collect())
        }
    }
}

fn to_toml(value: &Value) -> Result<toml_edit::Value, String> {
    Ok(match value {
        Value::Null => return Err("TOML has no null".to_owned()),
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Duration(length) => length.to_string().into(),
        Value::Timestamp(at) => at.to_string().into(),
        Value::Unknown(unknown) => return Err(format!("`{}` is not known yet", unknown.from)),
        Value::List(items) => {
            let items: Result<toml_edit::Array, String> = items.iter().map(to_toml).collect();
            toml_edit::Value::Array(items?)
        }
        Value::Map(map) => {
            let mut table = toml_edit::InlineTable::new();
            for (key, item) in map {
                table.insert(key, to_toml(item)?);
            }
            toml_edit::Value::InlineTable(table)
        }
    })
}

fn from_item(item: &toml_edit::Item) -> Json {
    match item {
        toml_edit::Item::None => Json::Null,
        toml_edit::Item::Value(value) => from_toml(value),
        toml_edit::Item::Table(table) => from_table(table),
        toml_edit::Item::ArrayOfTables(tables) => {
            Json::Array(tables.iter().map(from_table).collect())
        }
    }
}

fn from_table(table: &toml_edit::Table) -> Json {
    Json::Object(table.iter().map(|(key, item)| (key.to_owned(), from_item(item))).collect())
}

fn from_toml(value: &toml_edit::Value) -> Json {
    match value {
        toml_edit::Value::String(text) => Json::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Json::from(*number.value()),
        toml_edit::Value::Float(number) if number.value().is_finite() => {
            Json::from(*number.value())
        }
        toml_edit::Value::Float(number) => Json::String(number.value().to_string()),
        toml_edit::Value::Boolean(truth) => Json::Bool(*truth.value()),
        toml_edit::Value::Datetime(at) => Json::String(at.value().to_string()),
        toml_edit::Value::Array(items) => Json::Array(items.iter().map(from_toml).collect()),
        toml_edit::Value::InlineTable(table) => {
            let pairs = table.iter().map(|(key, value)| (key.to_owned(), from_toml(value)));
            Json::Object(pairs.collect())
        }
    }
}
