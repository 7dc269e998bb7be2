//! Expressions and values as text of the language: for messages, origins and unknowns.

use std::borrow::Cow;
use std::fmt;

use crate::template::{Expr, Kind};
use crate::value::{Piece, Value, clean, pieces};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Literal(value) => f.write_str(&spell_value(value)),
            Kind::Path(path) => path.fmt(f),
            Kind::Call { helper, args, named } => {
                f.write_str(helper)?;
                for arg in args {
                    write!(f, " {}", Spelled(&arg.to_string()))?;
                }
                named.iter().try_for_each(|(key, value)| {
                    write!(f, " {key}={}", Spelled(&value.to_string()))
                })
            }
        }
    }
}

/// An expression as an argument: in parentheses where it is a call.
pub(super) struct Spelled<'a>(pub(super) &'a str);

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_call = self.0.contains(' ') && !self.0.starts_with('"');
        if is_call { write!(f, "({})", self.0) } else { f.write_str(self.0) }
    }
}

/// Spells a call by the values it was given, so that it means the same everywhere: secrets and
/// unknowns by where they come from. Lists and maps are spelled as they were written.
pub(super) fn spell(
    helper: &str,
    exprs: &[Expr],
    values: &[Cow<'_, Value>],
    named: &[(&str, Value)],
) -> String {
    let mut text = helper.to_owned();
    for (value, expr) in values.iter().zip(exprs) {
        let spelled = match &**value {
            Value::List(_) | Value::Map(_) => expr.to_string(),
            value => spell_value(value),
        };
        text.push_str(&format!(" {}", Spelled(&spelled)));
    }
    for (key, value) in named {
        text.push_str(&format!(" {key}={}", Spelled(&spell_value(value))));
    }
    clean(&text)
}

/// Spells a value as an expression.
pub(super) fn spell_value(value: &Value) -> String {
    match value {
        Value::Text(text) => spell_text(text),
        Value::Unknown(unknown) => unknown.from.clone(),
        Value::Duration(length) => format!("\"{length}\""),
        Value::Timestamp(time) => format!("\"{time}\""),
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
    }
}

fn spell_text(text: &str) -> String {
    let pieces = pieces(text);
    match pieces.as_slice() {
        [] => "\"\"".to_owned(),
        [one] => spell_piece(one),
        more => more.iter().fold("concat".to_owned(), |text, piece| {
            format!("{text} {}", Spelled(&spell_piece(piece)))
        }),
    }
}

fn spell_piece(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Plain(plain) => serde_json::Value::from(*plain).to_string(),
        Piece::Secret(handle) => handle.origin.clone(),
        Piece::Unknown { from, .. } => (*from).to_owned(),
    }
}
