//! The one-line notation of types: `string`, `list(integer)`, `map(list(string))`.

use crate::diagnostic::nearest;
use crate::types::Type;

/// The words that are types by themselves.
const SIMPLE: &[(&str, Type)] = &[
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("duration", Type::Duration),
    ("timestamp", Type::Timestamp),
    ("path", Type::Path),
    ("secret", Type::Secret),
];

/// Words from elsewhere, each with what it is called here.
const HABITS: &[(&str, &str)] = &[
    ("str", "string"),
    ("text", "string"),
    ("int", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("bool", "boolean"),
    ("date", "timestamp"),
    ("datetime", "timestamp"),
    ("time", "timestamp"),
    ("timespan", "duration"),
    ("file", "path"),
    ("password", "secret"),
    ("token", "secret"),
    ("choice", "string"),
    ("enum", "string"),
    ("array", "list(string)"),
    ("list", "list(string)"),
    ("object", "map(string)"),
    ("dict", "map(string)"),
    ("map", "map(string)"),
];

/// How deep lists and maps may be in each other.
const DEEPEST: usize = 4;

/// Reads a type; else says what is wrong and what to write.
pub(super) fn read(text: &str) -> Result<Type, (String, String)> {
    read_within(text.trim(), DEEPEST).map_err(|part| {
        let message = format!("`{part}` is not a type");
        (message, help(&part))
    })
}

fn read_within(text: &str, deeper: usize) -> Result<Type, String> {
    if let Some((_, ty)) = SIMPLE.iter().find(|(name, _)| *name == text) {
        return Ok(ty.clone());
    }
    let of = |kind: &str| text.strip_prefix(kind)?.strip_suffix(')').map(str::trim);
    let part = match (of("list("), of("map("), deeper) {
        (_, _, 0) => return Err(text.to_owned()),
        (Some(inner), _, _) => Type::list(read_within(inner, deeper - 1)?),
        (None, Some(inner), _) => Type::map(read_within(inner, deeper - 1)?),
        (None, None, _) => return Err(text.to_owned()),
    };
    if holds_secret(&part) { Err(text.to_owned()) } else { Ok(part) }
}

/// A secret comes alone: one input, one place that it comes from.
fn holds_secret(ty: &Type) -> bool {
    matches!(ty, Type::List(of) | Type::Map(of) if **of == Type::Secret)
}

fn help(part: &str) -> String {
    let lower = part.to_lowercase();
    if let Some((_, here)) = HABITS.iter().find(|(name, _)| *name == lower) {
        return format!("it is called `{here}` here");
    }
    if lower.contains("(secret)") {
        return "a secret is an input of its own".to_owned();
    }
    if let Some(inner) = lower.strip_suffix("[]").or_else(|| between(&lower, "list<", '>')) {
        return format!("write `list({inner})`");
    }
    match nearest(&lower, SIMPLE.iter().map(|(name, _)| *name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = SIMPLE.iter().map(|(name, _)| *name).collect();
            format!("it is one of {}, list(T), map(T)", names.join(", "))
        }
    }
}

fn between<'t>(text: &'t str, open: &str, close: char) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close)
}
