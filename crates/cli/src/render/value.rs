//! Values in one line, for people; secrets and unknowns as `‹where from›`.

use cutover_engine::value::{Map, Value, shown};

use crate::text;

const LONGEST_ID: usize = 16;
const SHORT_ID: usize = 4;

/// Returns a value in one line.
pub(crate) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(words) => text::tame(&shown(words)),
        Value::List(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => format!("{{{}}}", pairs(map, ": ").join(", ")),
        Value::Duration(length) => length.to_string(),
        Value::Timestamp(at) => at.to_string(),
        Value::Unknown(unknown) => format!("‹{}›", unknown.from),
    }
}

/// Returns `key=value` for every entry.
pub(crate) fn pairs(map: &Map, between: &str) -> Vec<String> {
    map.iter().map(|(key, value)| format!("{key}{between}{}", inline(value))).collect()
}

/// Returns an id short enough for a line: a long one by its beginning, `8d3f…`.
pub(crate) fn short_id(id: &str) -> String {
    let id = text::tame(id);
    if text::width(&id) <= LONGEST_ID {
        return id;
    }
    let kept: String = id.chars().take(SHORT_ID).collect();
    kept + "…"
}

/// Returns what an output tells in one line; none where it tells nothing: a secret, an unknown,
/// a null, something long or nested.
pub(crate) fn telling(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Text(_) if value.is_secret() => None,
        Value::Text(words) if name == "id" || name.ends_with("_id") => Some(short_id(words)),
        Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Float(_) => Some(inline(value)),
        Value::Timestamp(at) => Some(at.to_string()),
        Value::Duration(length) => Some(length.to_string()),
        Value::List(items) => Some(items.len().to_string()),
        Value::Null | Value::Map(_) | Value::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use cutover_engine::value::{Handle, Value};

    use super::*;

    #[test]
    fn a_secret_is_shown_by_where_it_comes_from() {
        let handle = Handle { id: 7, origin: "steps.create.token".to_owned() };
        let value = Value::Text(format!("Bearer {}", handle.to_mark()));
        assert_eq!(inline(&value), "Bearer ‹steps.create.token›");
        assert_eq!(telling("token", &value), None);
    }

    #[test]
    fn a_long_id_is_known_by_its_beginning_and_a_short_one_whole() {
        assert_eq!(short_id("b71c0a52-77aa-4d2e-9c11-000000000001"), "b71c…");
        assert_eq!(short_id("ci_prod_a"), "ci_prod_a");
    }
}
