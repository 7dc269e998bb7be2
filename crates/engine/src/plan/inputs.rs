//! The inputs of a run: what was given, typed, with defaults, and everything wrong with it.

use indexmap::IndexMap;
use regex_lite::Regex;
use serde_json::Value as Json;

use crate::check::holds_secret;
use crate::coerce::{coerce, describe};
use crate::diagnostic::nearest;
use crate::disk::to_json;
use crate::plan::InputError;
use crate::types::Type;
use crate::value::{Map, Unknown, Value};
use crate::workflow::Input;

/// Returns the inputs, typed and complete, with everything that is wrong.
pub(super) fn fill(declared: &IndexMap<String, Input>, given: &Map) -> (Map, Vec<InputError>) {
    let mut wrong: Vec<InputError> = given
        .keys()
        .filter(|name| !declared.contains_key(*name))
        .map(|name| unknown(name, declared))
        .collect();
    let mut inputs = Map::new();
    for (name, input) in declared {
        match one(name, input, given.get(name)) {
            Ok(value) => {
                inputs.insert(name.clone(), value);
            }
            Err(error) => wrong.push(error),
        }
    }
    (inputs, wrong)
}

fn one(name: &str, input: &Input, given: Option<&Value>) -> Result<Value, InputError> {
    let Some(given) = given.filter(|value| !value.is_null()) else {
        return missing(name, input);
    };
    if input.ty == Type::Secret && !is_sealed(given) {
        return Err(plain_secret(name, input));
    }
    let read = read(given, &input.ty);
    let value = coerce(&read, &input.ty).map_err(|misfit| InputError {
        input: name.to_owned(),
        message: format!("input `{name}`: {}", misfit.message),
        help: misfit.help,
    })?;
    is_choice(name, input, &value)?;
    is_match(name, input, &value)?;
    Ok(value)
}

fn missing(name: &str, input: &Input) -> Result<Value, InputError> {
    if let Some(default) = input.default.as_ref().filter(|default| !default.value.is_null()) {
        return coerce(&default.value, &input.ty).map_err(|misfit| InputError {
            input: name.to_owned(),
            message: format!("the default of input `{name}`: {}", misfit.message),
            help: misfit.help,
        });
    }
    if input.ty == Type::Secret && (input.required || input.from.is_some()) {
        return Ok(Value::Unknown(Unknown {
            from: format!("inputs.{name}"),
            ty: input.ty.clone(),
        }));
    }
    if !input.required {
        return Ok(Value::Null);
    }
    let about = input.description.as_deref().unwrap_or("").trim_end_matches('.');
    let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
    Err(InputError {
        input: name.to_owned(),
        message: format!("input `{name}` is missing{about}"),
        help: format!("give it: --input {name}={}", example(input)),
    })
}

fn example(input: &Input) -> String {
    if let Some(Value::Text(choice)) = input.choices.first() {
        return choice.clone();
    }
    match &input.ty {
        Type::Integer | Type::Number => "10",
        Type::Boolean => "true",
        Type::Duration => "24h",
        Type::Timestamp => "2026-12-01T00:00:00Z",
        Type::List(_) => "'[\"a\", \"b\"]'",
        Type::Map(_) | Type::Object(_) => "'{\"key\": \"value\"}'",
        Type::Path => "PATH",
        Type::Url => "https://…",
        Type::Any | Type::String | Type::Secret | Type::Enum(_) => "…",
    }
    .to_owned()
}

fn unknown(name: &str, declared: &IndexMap<String, Input>) -> InputError {
    let help = match nearest(name, declared.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if declared.is_empty() => "it takes none".to_owned(),
        None => {
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            format!("it takes `{}`", names.join("`, `"))
        }
    };
    InputError {
        input: String::new(),
        message: format!("`{name}` is not an input of this workflow"),
        help,
    }
}

/// Says whether a value is a secret as the engine knows it: sealed, or not yet known.
fn is_sealed(value: &Value) -> bool {
    match value {
        Value::Text(_) => value.is_secret(),
        Value::Unknown(_) => true,
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Duration(_)
        | Value::Timestamp(_) => false,
    }
}

fn plain_secret(name: &str, input: &Input) -> InputError {
    let help = match input.from {
        Some(_) => "leave it out: the workflow says where it comes from",
        None => {
            "leave it out to be asked for it, or declare where it comes from: \
             `from: {env: NAME}`, `{file: PATH}` or `{command: [argv]}`"
        }
    };
    InputError {
        input: name.to_owned(),
        message: format!("input `{name}` is a secret and is never taken as a plain value"),
        help: help.to_owned(),
    }
}

/// Reads text as it is typed on a command line: numbers and truth by their look, lists and maps as
/// JSON.
fn read(given: &Value, ty: &Type) -> Value {
    let Value::Text(text) = given else { return given.clone() };
    let read = match ty {
        Type::Integer => text.trim().parse::<i64>().ok().map(Value::Int),
        Type::Number => number(text.trim()),
        Type::Boolean => text.trim().parse::<bool>().ok().map(Value::Bool),
        Type::List(_) | Type::Map(_) | Type::Object(_) => {
            serde_json::from_str::<Json>(text).ok().map(|json| of_json(&json))
        }
        Type::Any
        | Type::String
        | Type::Secret
        | Type::Duration
        | Type::Timestamp
        | Type::Path
        | Type::Url
        | Type::Enum(_) => None,
    };
    read.unwrap_or_else(|| given.clone())
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().ok().map(Value::Int);
    let finite = || text.parse::<f64>().ok().filter(|number| number.is_finite());
    whole.or_else(|| finite().map(Value::Float))
}

fn of_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(0.0)),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(of_json).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), of_json(value))).collect())
        }
    }
}

fn is_choice(name: &str, input: &Input, value: &Value) -> Result<(), InputError> {
    let fitting = |choice: &Value| coerce(choice, &input.ty).is_ok_and(|choice| choice == *value);
    if input.choices.is_empty() || value.is_unknown() || input.choices.iter().any(fitting) {
        return Ok(());
    }
    let words: Vec<String> = input.choices.iter().map(bare).collect();
    let near = value.as_text().and_then(|text| nearest(text, words.iter().map(String::as_str)));
    Err(InputError {
        input: name.to_owned(),
        message: format!("input `{name}`: {} is not one of its values", describe(value)),
        help: match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of `{}`", words.join("`, `")),
        },
    })
}

fn bare(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => to_json(other).to_string(),
    }
}

fn is_match(name: &str, input: &Input, value: &Value) -> Result<(), InputError> {
    let (Some(pattern), Some(text)) = (&input.pattern, value.as_text()) else { return Ok(()) };
    if holds_secret(&input.ty) || value.is_secret() || value.is_unknown() {
        return Ok(());
    }
    let whole = Regex::new(&format!("^(?:{})$", pattern.value));
    if whole.is_ok_and(|pattern| pattern.is_match(text)) {
        return Ok(());
    }
    Err(InputError {
        input: name.to_owned(),
        message: format!("input `{name}`: {} does not match its pattern", describe(value)),
        help: format!("it has to match `{}` from its first to its last character", pattern.value),
    })
}
