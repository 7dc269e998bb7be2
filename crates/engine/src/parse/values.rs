//! Literal values against a declared type.

use super::reader::Reader;
use super::shapes::{literal_only, unquoted};
use super::tree::{Kind, Scalar, Style, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::Value;

/// Reads a literal of a type; what does not fit is reported.
pub(super) fn read(reader: &mut Reader<'_>, node: &Yaml, ty: &Type, what: &str) -> Option<Value> {
    match (&node.kind, ty) {
        (Kind::Bad, _) => None,
        (Kind::List(items), Type::List(of)) => {
            let what = format!("an item of {what}");
            let items: Vec<_> = items.iter().map(|item| read(reader, item, of, &what)).collect();
            items.into_iter().collect::<Option<_>>().map(Value::List)
        }
        (Kind::Map(map), Type::Map(of)) => {
            let what = format!("an entry of {what}");
            let read_pair = |pair: &super::tree::Pair| {
                Some((pair.key.clone(), read(reader, &pair.value, of, &what)?))
            };
            let pairs: Vec<_> = map.pairs.iter().map(read_pair).collect();
            pairs.into_iter().collect::<Option<_>>().map(Value::Map)
        }
        (Kind::Scalar(scalar), _) => scalar_of(reader, node.span, scalar, ty, what),
        (Kind::List(_) | Kind::Map(_), _) => {
            reader.push(unfit(node.span, &node.words(), ty, what));
            None
        }
    }
}

fn scalar_of(
    reader: &mut Reader<'_>,
    span: Span,
    scalar: &Scalar,
    ty: &Type,
    what: &str,
) -> Option<Value> {
    if scalar.style == Style::Bare {
        return None;
    }
    if scalar.text.contains("{{") {
        reader.push(literal_only(what, span));
        return None;
    }
    let value = fit(&scalar.value, ty);
    if value.is_none() {
        let number = matches!(scalar.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        reader.push(if number && ty.is_textual() {
            unquoted(what, scalar, span)
        } else {
            unfit(span, &format!("`{}`", scalar.text), ty, what)
        });
    }
    value
}

/// Returns a scalar as a value of a type, where it is one.
fn fit(value: &Value, ty: &Type) -> Option<Value> {
    match (ty, value) {
        (Type::Boolean, Value::Bool(_))
        | (Type::Integer | Type::Number, Value::Int(_))
        | (Type::Number, Value::Float(_))
        | (Type::String | Type::Path | Type::Url | Type::Enum(_), Value::Text(_))
        | (Type::Any, _) => Some(value.clone()),
        (Type::Duration, Value::Text(text)) => Duration::parse(text).map(Value::Duration),
        (Type::Timestamp, Value::Text(text)) => Timestamp::parse(text).map(Value::Timestamp),
        _ => None,
    }
}

fn unfit(span: Span, written: &str, ty: &Type, what: &str) -> Diagnostic {
    let message = format!("{what} is of type `{ty}`, and {written} is not");
    let help = match ty {
        Type::Duration => "write a length of time: `90s`, `15m`, `24h`, `30d`, `1d12h`",
        Type::Timestamp => "write a moment: \"2026-01-31T12:00:00Z\"",
        Type::Integer => "write a whole number without quotes",
        Type::Number => "write a number without quotes",
        Type::Boolean => "write `true` or `false` without quotes",
        Type::List(_) => "write a list: `[a, b]`",
        Type::Map(_) => "write a mapping: `{key: value}`",
        Type::Any
        | Type::String
        | Type::Secret
        | Type::Path
        | Type::Url
        | Type::Enum(_)
        | Type::Object(_) => "write one text",
    };
    Diagnostic::error("K17", span, message).help(help)
}
