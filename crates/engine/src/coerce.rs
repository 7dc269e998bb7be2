//! From the value that was given to the type that is wanted: what fits, and what to say if not.

use indexmap::IndexMap;

use crate::diagnostic::nearest;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Map, Unknown, Value, shown};

#[cfg(test)]
mod tests;

/// How much of a text a message shows.
const SHOWN: usize = 40;

/// A value that does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misfit {
    /// What is wrong: a lowercase phrase; never a secret.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
}

impl Misfit {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }
}

/// Makes a value one of a type. Null fits every type and stays null, and so does an unknown.
/// Text becomes a length of time or a moment where one is wanted, and the other way round; a number
/// or a boolean never becomes text, nor text a number.
pub fn coerce(value: &Value, ty: &Type) -> Result<Value, Misfit> {
    match (value, ty) {
        (Value::Null | Value::Unknown(_), _) | (_, Type::Any) => Ok(value.clone()),
        (Value::Text(text), _) => text_to(text, ty),
        (Value::Bool(_), Type::Boolean)
        | (Value::Int(_), Type::Integer | Type::Number)
        | (Value::Float(_), Type::Number)
        | (Value::Duration(_), Type::Duration)
        | (Value::Timestamp(_), Type::Timestamp) => Ok(value.clone()),
        (Value::Duration(length), Type::String) => Ok(Value::Text(length.to_string())),
        (Value::Timestamp(at), Type::String) => Ok(Value::Text(at.to_string())),
        (Value::List(items), Type::List(of)) => list(items, of),
        (Value::Map(map), Type::Map(of)) => entries(map, |_| Ok(of.as_ref())),
        (Value::Map(map), Type::Object(fields)) => object(map, fields),
        (Value::Float(number), Type::Integer) => {
            Err(Misfit::new(format!("{number} is not a whole number"), ""))
        }
        (Value::Bool(_) | Value::Int(_) | Value::Float(_), ty) if ty.is_textual() => {
            Err(unquoted(value, ty))
        }
        (_, Type::Secret) => Err(not_a_secret()),
        (_, _) => Err(mismatch(value, ty)),
    }
}

fn text_to(text: &str, ty: &Type) -> Result<Value, Misfit> {
    let value = Value::Text(text.to_owned());
    let open = value.is_unknown() || value.is_secret();
    let whole = |known: Option<Value>, words: &str| match known {
        Some(known) => Ok(known),
        None if value.is_unknown() => {
            Ok(Value::Unknown(Unknown { from: shown(text), ty: ty.clone() }))
        }
        None => Err(Misfit::new(format!("{} is not {}", describe(&value), article(ty)), words)),
    };
    match ty {
        Type::Any | Type::String => Ok(value),
        Type::Secret if value.is_secret() => Ok(value),
        Type::Secret => Err(not_a_secret()),
        Type::Duration => whole(
            Duration::parse(text).map(Value::Duration),
            "write whole numbers with units, such as `90s`, `15m`, `24h`, `1d12h`",
        ),
        Type::Timestamp => whole(
            Timestamp::parse(text).map(Value::Timestamp),
            "write RFC 3339, such as `2026-12-01T00:00:00Z`",
        ),
        Type::Path if text.is_empty() || text.contains('\0') => {
            Err(Misfit::new(format!("{} is not a path", describe(&value)), ""))
        }
        Type::Path => Ok(value),
        Type::Url if open || is_url(text) => Ok(value),
        Type::Url => Err(Misfit::new(
            format!("{} is not an address", describe(&value)),
            "write one that begins with `https://` or `http://`",
        )),
        Type::Enum(words) if open || words.iter().any(|word| word == text) => Ok(value),
        Type::Enum(words) => Err(not_a_word(text, words)),
        Type::Integer | Type::Number | Type::Boolean if reads_as(text, ty) => Err(Misfit::new(
            format!("{} is text where {} is wanted", describe(&value), article(ty)),
            format!("write it without quotes: {text}"),
        )),
        Type::Integer
        | Type::Number
        | Type::Boolean
        | Type::List(_)
        | Type::Map(_)
        | Type::Object(_) => Err(mismatch(&value, ty)),
    }
}

fn reads_as(text: &str, ty: &Type) -> bool {
    match ty {
        Type::Integer => text.parse::<i64>().is_ok(),
        Type::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        Type::Boolean => matches!(text, "true" | "false"),
        Type::Any
        | Type::String
        | Type::Secret
        | Type::Duration
        | Type::Timestamp
        | Type::Path
        | Type::Url
        | Type::Enum(_)
        | Type::List(_)
        | Type::Map(_)
        | Type::Object(_) => false,
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    })
}

fn list(items: &[Value], of: &Type) -> Result<Value, Misfit> {
    let fit = |(at, item): (usize, &Value)| {
        coerce(item, of).map_err(|misfit| misfit.at(&format!("item {}", at + 1)))
    };
    items.iter().enumerate().map(fit).collect::<Result<_, _>>().map(Value::List)
}

fn object(map: &Map, fields: &IndexMap<String, Type>) -> Result<Value, Misfit> {
    entries(map, |key| fields.get(key).ok_or_else(|| no_field(key, fields)))
}

/// Says that a map has a key that its type does not know.
pub(crate) fn no_field(key: &str, fields: &IndexMap<String, Type>) -> Misfit {
    let names = || fields.keys().map(String::as_str);
    let help = match nearest(key, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are `{}`", names().collect::<Vec<_>>().join("`, `")),
    };
    Misfit::new(format!("`{key}` is not a field here"), help)
}

fn entries<'t>(map: &Map, ty: impl Fn(&str) -> Result<&'t Type, Misfit>) -> Result<Value, Misfit> {
    map.iter()
        .map(|(key, value)| {
            let fitted =
                coerce(value, ty(key)?).map_err(|misfit| misfit.at(&format!("`{key}`")))?;
            Ok((key.clone(), fitted))
        })
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

fn unquoted(value: &Value, ty: &Type) -> Misfit {
    let written = match value {
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        other => describe(other),
    };
    let found = describe(value);
    Misfit::new(
        format!("{found} stands where {} is wanted", article(ty)),
        format!("put it in quotes: \"{written}\""),
    )
}

fn not_a_word(text: &str, words: &[String]) -> Misfit {
    let names = || words.iter().map(String::as_str);
    let one_of = format!("one of `{}`", words.join("`, `"));
    let help = match nearest(text, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {one_of}"),
    };
    Misfit::new(format!("`{}` is not {one_of}", cut(text)), help)
}

fn not_a_secret() -> Misfit {
    Misfit::new(
        "a plain value stands where a secret is wanted",
        "take it from an input of type `secret` or from a step's secret output",
    )
}

fn mismatch(value: &Value, ty: &Type) -> Misfit {
    Misfit::new(format!("{} stands where {} is wanted", describe(value), article(ty)), "")
}

/// Returns a type with its article: `a whole number`.
pub(crate) fn article(ty: &Type) -> String {
    match ty {
        Type::Any => "anything".to_owned(),
        Type::String => "text".to_owned(),
        Type::Integer => "a whole number".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Boolean => "`true` or `false`".to_owned(),
        Type::Secret => "a secret".to_owned(),
        Type::Duration => "a duration".to_owned(),
        Type::Timestamp => "a timestamp".to_owned(),
        Type::Path => "a path".to_owned(),
        Type::Url => "an address".to_owned(),
        Type::Enum(words) => format!("one of `{}`", words.join("`, `")),
        Type::List(of) => match of.as_ref() {
            Type::Any => "a list".to_owned(),
            of => format!("a list of {of}"),
        },
        Type::Map(_) | Type::Object(_) => "a map".to_owned(),
    }
}

/// Returns a few words for a value; a secret is only called so.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("`{truth}`"),
        Value::Int(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::Text(text) if text.is_empty() => "an empty text".to_owned(),
        Value::Text(_) if value.is_secret() => "a secret".to_owned(),
        Value::Text(text) => format!("the text `{}`", cut(&shown(text))),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Duration(length) => format!("the duration {length}"),
        Value::Timestamp(at) => format!("the timestamp {at}"),
        Value::Unknown(unknown) => format!("‹{}›", unknown.from),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN).collect();
    short.push('…');
    short
}
