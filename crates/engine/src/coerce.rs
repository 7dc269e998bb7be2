//! Values into the types that parameters, inputs and outputs declare.
//!
//! What can be read in one way only is read: `30d` as a duration, RFC 3339 as a timestamp. What
//! could be a slip is refused with the way out: a number where text is wanted, plain text where a
//! secret is.

use crate::diagnostic::nearest;
use crate::spec::Secrecy;
use crate::template::spell_value;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Map, Unknown, Value, shown};

const EXACT_FLOATS: f64 = 9_007_199_254_740_992.0;

/// Makes a value one of a type, or says what is wrong with it: a phrase that begins with what the
/// value is, such as ``is the number 5 where text is wanted``. Null stays null. A secret fits only
/// [`Type::Secret`].
pub fn coerce(value: Value, ty: &Type) -> Result<Value, String> {
    coerce_with(value, ty, Secrecy::Never)
}

/// Does the same for a parameter: where a secret may enter, it fits text, and lists, maps and
/// anything that hold text.
pub fn coerce_with(value: Value, ty: &Type, secrecy: Secrecy) -> Result<Value, String> {
    if value.is_null() {
        return Ok(value);
    }
    if let Value::Unknown(unknown) = value {
        return coerce_unknown(unknown, ty, secrecy).map(Value::Unknown);
    }
    match ty {
        Type::Any if secrecy == Secrecy::Never && value.is_secret() => Err(secret_refused(&value)),
        Type::Any => Ok(value),
        Type::Secret => secret(value),
        Type::String => textual(value, secrecy),
        Type::Path => textual(value, secrecy).and_then(|value| checked(value, ty, check_path)),
        Type::Url => textual(value, secrecy).and_then(|value| checked(value, ty, check_url)),
        Type::Enum(words) => textual(value, secrecy)
            .and_then(|value| checked(value, ty, |text| check_word(text, words))),
        Type::Integer => integer(value),
        Type::Number => number(value),
        Type::Boolean => boolean(value),
        Type::Duration => duration(value),
        Type::Timestamp => timestamp(value),
        Type::List(of) => list(value, of, secrecy),
        Type::Map(of) => map(value, of, secrecy),
        Type::Object(_) => object(value, ty, secrecy),
    }
}

/// Reads text that a person typed, as on a command line: a number or boolean is read as one where
/// the type says so, a list or map is JSON.
pub fn read(text: &str, ty: &Type) -> Result<Value, String> {
    let unquoted = || coerce(Value::from(text), ty);
    match ty {
        Type::Integer => text.parse().map(Value::Int).or_else(|_| unquoted()),
        Type::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => Ok(Value::Int(whole)),
            (_, Ok(float)) if float.is_finite() => Ok(Value::Float(float)),
            _ => unquoted(),
        },
        Type::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => unquoted(),
        },
        Type::List(_) | Type::Map(_) | Type::Object(_) => {
            let json: serde_json::Value = serde_json::from_str(text)
                .map_err(|_| format!("is no JSON where {} is wanted", words(ty)))?;
            coerce(Value::from_json(&json), ty)
        }
        Type::Any
        | Type::String
        | Type::Secret
        | Type::Duration
        | Type::Timestamp
        | Type::Path
        | Type::Url
        | Type::Enum(_) => unquoted(),
    }
}

impl Value {
    /// Says whether it is of a type as it stands, nothing converted. Null fits every type; a secret
    /// fits [`Type::Secret`] and [`Type::Any`]; an unknown fits the type that it will have.
    pub fn fits(&self, ty: &Type) -> bool {
        match (self, ty) {
            (Self::Null, _) | (_, Type::Any) => true,
            (Self::Unknown(unknown), ty) => unknown.ty == *ty || unknown.ty == Type::Any,
            (Self::Text(_), Type::Secret) => self.is_secret(),
            (Self::Text(text), ty) if ty.is_textual() => {
                !self.is_secret() && (self.is_unknown() || check_text(text, ty).is_ok())
            }
            (Self::Int(_), Type::Integer | Type::Number) | (Self::Float(_), Type::Number) => true,
            (Self::Bool(_), Type::Boolean)
            | (Self::Duration(_), Type::Duration)
            | (Self::Timestamp(_), Type::Timestamp) => true,
            (Self::List(items), Type::List(of)) => items.iter().all(|item| item.fits(of)),
            (Self::Map(map), Type::Map(of)) => map.values().all(|item| item.fits(of)),
            (Self::Map(map), Type::Object(fields)) => map
                .iter()
                .all(|(key, item)| fields.get(key).is_some_and(|field| item.fits(field))),
            _ => false,
        }
    }
}

/// Returns the words for what a type wants.
pub fn words(ty: &Type) -> String {
    match ty {
        Type::Any => "a value".to_owned(),
        Type::String => "text".to_owned(),
        Type::Integer => "a whole number".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Boolean => "`true` or `false`".to_owned(),
        Type::Secret => "a secret".to_owned(),
        Type::Duration => "a duration such as `30d` or `1d12h`".to_owned(),
        Type::Timestamp => "a timestamp such as `2026-01-31T12:00:00Z`".to_owned(),
        Type::Path => "a path".to_owned(),
        Type::Url => "an address that begins with `https://` or `http://`".to_owned(),
        Type::Enum(words) => format!("one of `{}`", words.join("`, `")),
        Type::List(of) if **of == Type::Any => "a list".to_owned(),
        Type::List(_) => format!("a list, `{ty}`,"),
        Type::Map(_) | Type::Object(_) => "a map".to_owned(),
    }
}

/// Returns a value in words, for what it is and not what was wanted; never a secret.
fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("the boolean {truth}"),
        Value::Int(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::Text(_) if value.is_secret() => format!("the secret {}", spell_value(value)),
        Value::Text(text) => format!("the text `{}`", shortened(&shown(text))),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Duration(length) => format!("the duration {length}"),
        Value::Timestamp(at) => format!("the timestamp {at}"),
        Value::Unknown(unknown) => format!("{}, {},", unknown.from, unknown.ty),
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn wanted(value: &Value, ty: &Type) -> String {
    format!("is {} where {} is wanted", described(value), words(ty))
}

fn secret_refused(value: &Value) -> String {
    let origin = value.handles().first().map(|handle| handle.origin.clone());
    match origin {
        Some(origin) => format!("holds the secret {origin}, which may not go here"),
        None => "holds a secret, which may not go here".to_owned(),
    }
}

fn secret(value: Value) -> Result<Value, String> {
    match value {
        Value::Text(_) if value.is_secret() => Ok(value),
        // Plain text is not shown: it may well be a secret that was written out.
        Value::Text(_) => Err("is plain text where a secret is wanted: take an input of type \
                               `secret`, or a step's secret output"
            .to_owned()),
        other => Err(wanted(&other, &Type::Secret)),
    }
}

fn textual(value: Value, secrecy: Secrecy) -> Result<Value, String> {
    match value {
        Value::Text(_) if secrecy == Secrecy::Never && value.is_secret() => {
            Err(secret_refused(&value))
        }
        Value::Text(_) => Ok(value),
        Value::Duration(length) => Ok(Value::Text(length.to_string())),
        Value::Timestamp(at) => Ok(Value::Text(at.to_string())),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            let written = spell_value(&value);
            Err(format!("{}: quote it, `\"{written}\"`", wanted(&value, &Type::String)))
        }
        other => Err(wanted(&other, &Type::String)),
    }
}

/// Text that is, or may be, something else than it looks is not looked at.
fn checked(
    value: Value,
    ty: &Type,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<Value, String> {
    match &value {
        Value::Text(text) if !value.is_secret() && !value.is_unknown() => {
            check(text).map(|()| value)
        }
        Value::Text(_) if value.is_unknown() && matches!(ty, Type::Enum(_)) => {
            Ok(to_unknown(&value, ty))
        }
        _ => Ok(value),
    }
}

fn to_unknown(value: &Value, ty: &Type) -> Value {
    let ty = if value.is_secret() { Type::Secret } else { ty.clone() };
    Value::Unknown(Unknown { from: spell_value(value), ty })
}

fn check_text(text: &str, ty: &Type) -> Result<(), String> {
    match ty {
        Type::Path => check_path(text),
        Type::Url => check_url(text),
        Type::Enum(words) => check_word(text, words),
        _ => Ok(()),
    }
}

fn check_path(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty where a path is wanted".to_owned());
    }
    if text.contains('\0') {
        return Err("holds a zero byte, which no path can".to_owned());
    }
    Ok(())
}

fn check_url(text: &str) -> Result<(), String> {
    let refused = || Err(wanted(&Value::from(text), &Type::Url));
    let Some((scheme, rest)) = text.split_once("://") else { return refused() };
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return refused();
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    if host.is_empty() || host.starts_with(':') {
        return Err(format!("is the text `{}`, an address without a host", shortened(text)));
    }
    if host.contains('@') {
        return Err("is an address with a login in it, which belongs in its own parameter".into());
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("is the text `{}`, an address with a space in it", shortened(text)));
    }
    Ok(())
}

fn check_word(text: &str, words: &[String]) -> Result<(), String> {
    if words.iter().any(|word| word == text) {
        return Ok(());
    }
    let wanted = wanted(&Value::from(text), &Type::Enum(words.to_vec()));
    Err(match nearest(text, words.iter().map(String::as_str)) {
        Some(meant) => format!("{wanted}: did you mean `{meant}`?"),
        None => wanted,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough to be exact")]
fn integer(value: Value) -> Result<Value, String> {
    match value {
        Value::Int(_) => Ok(value),
        Value::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT_FLOATS => {
            Ok(Value::Int(number as i64))
        }
        Value::Text(ref text) if text.parse::<i64>().is_ok() => Err(unquote(&value, &Type::Integer)),
        other => Err(wanted(&other, &Type::Integer)),
    }
}

fn number(value: Value) -> Result<Value, String> {
    match value {
        Value::Int(_) | Value::Float(_) => Ok(value),
        Value::Text(ref text) if text.parse::<f64>().is_ok() => Err(unquote(&value, &Type::Number)),
        other => Err(wanted(&other, &Type::Number)),
    }
}

fn boolean(value: Value) -> Result<Value, String> {
    match value {
        Value::Bool(_) => Ok(value),
        Value::Text(ref text) if matches!(text.as_str(), "true" | "false") => {
            Err(unquote(&value, &Type::Boolean))
        }
        other => Err(wanted(&other, &Type::Boolean)),
    }
}

fn unquote(value: &Value, ty: &Type) -> String {
    format!("{}: write it without quotes", wanted(value, ty))
}

fn duration(value: Value) -> Result<Value, String> {
    match &value {
        Value::Duration(_) => Ok(value),
        Value::Text(_) if value.is_secret() => Err(secret_refused(&value)),
        Value::Text(_) if value.is_unknown() => Ok(to_unknown(&value, &Type::Duration)),
        Value::Text(text) => Duration::parse(text)
            .map(Value::Duration)
            .ok_or_else(|| wanted(&value, &Type::Duration)),
        Value::Int(number) => Err(format!(
            "{}: say of what, such as `{number}s`",
            wanted(&value, &Type::Duration)
        )),
        other => Err(wanted(other, &Type::Duration)),
    }
}

fn timestamp(value: Value) -> Result<Value, String> {
    match &value {
        Value::Timestamp(_) => Ok(value),
        Value::Text(_) if value.is_secret() => Err(secret_refused(&value)),
        Value::Text(_) if value.is_unknown() => Ok(to_unknown(&value, &Type::Timestamp)),
        Value::Text(text) => Timestamp::parse(text)
            .map(Value::Timestamp)
            .ok_or_else(|| wanted(&value, &Type::Timestamp)),
        other => Err(wanted(other, &Type::Timestamp)),
    }
}

fn list(value: Value, of: &Type, secrecy: Secrecy) -> Result<Value, String> {
    let Value::List(items) = value else {
        return Err(wanted(&value, &Type::list(of.clone())));
    };
    let coerced = items.into_iter().enumerate().map(|(at, item)| {
        present(item, of, secrecy).map_err(|what| format!("has an item, number {at}, that {what}"))
    });
    coerced.collect::<Result<_, _>>().map(Value::List)
}

fn map(value: Value, of: &Type, secrecy: Secrecy) -> Result<Value, String> {
    let Value::Map(map) = value else {
        return Err(wanted(&value, &Type::map(of.clone())));
    };
    let coerced = map.into_iter().map(|(key, item)| {
        let item = present(item, of, secrecy);
        let item = item.map_err(|what| format!("has an entry, `{key}`, that {what}"))?;
        Ok((key, item))
    });
    coerced.collect::<Result<Map, String>>().map(Value::Map)
}

/// Null inside a list or a map is not the same as nothing.
fn present(value: Value, ty: &Type, secrecy: Secrecy) -> Result<Value, String> {
    if value.is_null() && *ty != Type::Any {
        return Err(wanted(&value, ty));
    }
    coerce_with(value, ty, secrecy)
}

fn object(value: Value, ty: &Type, secrecy: Secrecy) -> Result<Value, String> {
    let (Value::Map(map), Type::Object(fields)) = (&value, ty) else {
        return Err(wanted(&value, ty));
    };
    if let Some(key) = map.keys().find(|key| !fields.contains_key(*key)) {
        let unknown = format!("has an entry, `{key}`, that is not known");
        return Err(match nearest(key, fields.keys().map(String::as_str)) {
            Some(meant) => format!("{unknown}: did you mean `{meant}`?"),
            None => unknown,
        });
    }
    let coerced = fields.iter().map(|(name, field)| {
        let item = map.get(name).cloned().unwrap_or_default();
        let item = coerce_with(item, field, secrecy);
        Ok((name.clone(), item.map_err(|what| format!("has an entry, `{name}`, that {what}"))?))
    });
    coerced.collect::<Result<Map, String>>().map(Value::Map)
}

/// An unknown becomes one of the type, unless it will surely be something else.
fn coerce_unknown(unknown: Unknown, ty: &Type, secrecy: Secrecy) -> Result<Unknown, String> {
    let from = unknown.from.clone();
    let is_secret = unknown.ty.any(&|inner| *inner == Type::Secret);
    let wants_secret = *ty == Type::Secret;
    if is_secret && !wants_secret && secrecy == Secrecy::Never {
        return Err(format!("will hold the secret {from}, which may not go here"));
    }
    if wants_secret && !is_secret && unknown.ty != Type::Any {
        return Err(format!("will be {} where a secret is wanted", words(&unknown.ty)));
    }
    if !can_become(&unknown.ty, ty) {
        return Err(format!("will be {} where {} is wanted", words(&unknown.ty), words(ty)));
    }
    let ty = if is_secret || *ty == Type::Any { unknown.ty } else { ty.clone() };
    Ok(Unknown { from, ty })
}

/// Says whether a value of one type may turn out to be one of another.
pub fn can_become(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => true,
        (Type::Secret, to) => *to == Type::Secret || to.is_textual(),
        (from, Type::Secret) => from.is_textual(),
        (Type::Enum(from), Type::Enum(to)) => from.iter().any(|word| to.contains(word)),
        (from, Type::Duration | Type::Timestamp) if from.is_textual() => true,
        (Type::Duration | Type::Timestamp, to) if to.is_textual() => *to == Type::String,
        (Type::Integer | Type::Number, Type::Integer | Type::Number) => true,
        (Type::List(from), Type::List(to)) | (Type::Map(from), Type::Map(to)) => {
            can_become(from, to)
        }
        (Type::Object(from), Type::Map(to)) => from.values().all(|from| can_become(from, to)),
        (Type::Map(_), Type::Object(_)) => true,
        (Type::Object(from), Type::Object(to)) => from
            .iter()
            .all(|(name, from)| to.get(name).is_some_and(|to| can_become(from, to))),
        (from, to) => from == to || (from.is_textual() && to.is_textual()),
    }
}
