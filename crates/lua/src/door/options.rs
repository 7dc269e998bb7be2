//! What a plugin writes in the options of a call, read strictly.

use cutover_engine::effect::Keep;
use cutover_engine::value::{MARK_OPEN, Piece, Value, pieces};
use indexmap::IndexMap;

use crate::vm::Refusal;
use crate::vm::pure::plain;

/// Says that an option is wrong.
pub(super) fn wrong(name: &str, why: &str) -> Refusal {
    Refusal::new("argument", format!("`{name}` {why}"))
}

/// Returns text that may hold marks.
pub(super) fn texts(value: &Value, name: &str) -> Result<String, Refusal> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Null => Err(wrong(name, "is missing")),
        _ => Err(wrong(name, "is not text")),
    }
}

/// Returns text without a secret; what a preview does not know may be in it.
pub(super) fn public(value: &Value, name: &str, way: &str) -> Result<String, Refusal> {
    let text = texts(value, name)?;
    no_secret(&text, name, way)?;
    Ok(text)
}

/// Refuses a secret where it would be seen by others.
pub(super) fn no_secret(text: &str, name: &str, way: &str) -> Result<(), Refusal> {
    let secret =
        |piece: &Piece<'_>| matches!(piece, Piece::Secret(_) | Piece::Unknown { secret: true, .. });
    if text.contains(MARK_OPEN) && pieces(text).iter().any(secret) {
        return Err(wrong(name, "is no place for a secret").help(way));
    }
    Ok(())
}

/// Returns a number.
pub(super) fn number(value: &Value, name: &str) -> Result<f64, Refusal> {
    match value {
        Value::Int(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        _ => Err(wrong(name, "is not a number")),
    }
}

/// Returns a boolean; false where it is not given.
pub(super) fn flag(value: &Value, name: &str) -> Result<bool, Refusal> {
    match value {
        Value::Null => Ok(false),
        Value::Bool(truth) => Ok(*truth),
        _ => Err(wrong(name, "is not `true` or `false`")),
    }
}

/// Returns a map of text; numbers and booleans are written out.
pub(super) fn text_map(value: &Value, name: &str) -> Result<IndexMap<String, String>, Refusal> {
    match value {
        Value::Null => Ok(IndexMap::new()),
        Value::Map(map) => map
            .iter()
            .filter(|(_, item)| !item.is_null())
            .map(|(key, item)| {
                let text = plain(key, item).map_err(|why| wrong(name, &format!("holds {why}")))?;
                Ok((key.clone(), text))
            })
            .collect(),
        _ => Err(wrong(name, "is not a table of text")),
    }
}

/// Returns a list of whole numbers.
pub(super) fn integers<T: TryFrom<i64>>(value: &Value, name: &str) -> Result<Vec<T>, Refusal> {
    let number = |item: &Value| match item {
        Value::Int(number) => T::try_from(*number).ok(),
        _ => None,
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Map(map) if map.is_empty() => Ok(Vec::new()),
        Value::List(items) => {
            let numbers: Option<Vec<T>> = items.iter().map(number).collect();
            numbers.ok_or_else(|| wrong(name, "holds what is no code"))
        }
        _ => Err(wrong(name, "is not a list of numbers, such as { 404 }")),
    }
}

/// Returns what to make of an answer, by `as` and `seal`.
pub(super) fn keep(options: &Value, default: &str) -> Result<Keep, Refusal> {
    let seal = pointers(options.get("seal"))?;
    let form = match options.get("as") {
        Value::Null => default.to_owned(),
        given => texts(given, "as")?,
    };
    let sealed = !seal.is_empty();
    match form.as_str() {
        "answer" => Ok(Keep::Answer { seal }),
        "json" => Ok(Keep::Json { seal }),
        "toml" => Ok(Keep::Toml { seal }),
        "none" | "text" | "secret" if sealed => {
            Err(wrong("seal", "goes with `as = \"json\"` or `as = \"toml\"`"))
        }
        "none" => Ok(Keep::Nothing),
        "text" => Ok(Keep::Text),
        "secret" => Ok(Keep::Secret),
        _ => Err(wrong("as", "is none of json, text, secret, toml, none")),
    }
}

/// Turns `items.*.token` into pointers.
fn pointers(value: &Value) -> Result<Vec<String>, Refusal> {
    let example = "is not a list of paths, such as { \"items.*.token\" }";
    let pointer = |item: &Value| {
        let path = item.as_text().filter(|path| !path.is_empty())?;
        let parts = path.split('.').map(|part| part.replace('~', "~0").replace('/', "~1"));
        Some(parts.fold(String::new(), |all, part| all + "/" + &part))
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Map(map) if map.is_empty() => Ok(Vec::new()),
        Value::List(items) => {
            let pointers: Option<Vec<String>> = items.iter().map(pointer).collect();
            pointers.ok_or_else(|| wrong("seal", example))
        }
        _ => Err(wrong("seal", example)),
    }
}

/// Returns what was kept under the name of its form.
pub(super) fn kept(keep: &Keep, value: Value) -> Vec<(&'static str, Value)> {
    match keep {
        Keep::Nothing => Vec::new(),
        Keep::Text | Keep::Lines { .. } => vec![("text", value)],
        Keep::Secret => vec![("secret", value)],
        Keep::Json { .. } => vec![("json", value)],
        Keep::Toml { .. } => vec![("toml", value)],
        Keep::Answer { .. } => match value {
            Value::Map(mut map) => ["json", "text"]
                .into_iter()
                .filter_map(|name| Some((name, map.swap_remove(name)?)))
                .collect(),
            _ => Vec::new(),
        },
    }
}
