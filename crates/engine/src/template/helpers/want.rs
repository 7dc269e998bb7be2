//! The kinds of arguments that helpers want, by type before a run and by value in it.

use chrono::format::{Item, StrftimeItems};

use crate::template::helpers::{Call, Failure};
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Value, shown};

/// The kind of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Want {
    /// Anything, null too.
    Any,
    /// Text.
    Text,
    /// What can stand in text.
    Printable,
    /// A whole number.
    Whole,
    /// A list.
    List,
    /// A list or a map.
    Container,
    /// Text, a list or a map.
    Sized,
    /// A number, a timestamp, a duration, or text beside the latter two.
    Ordered,
    /// The key of a map or the index of a list.
    Key,
    /// A timestamp, or text that is one.
    Time,
    /// A duration, or text that is one.
    Length,
    /// A pattern of chrono's.
    Pattern,
}

impl Want {
    /// Returns the words for it.
    pub(in crate::template) fn words(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Text | Self::Pattern => "text",
            Self::Printable => "something that can stand in text",
            Self::Whole => "a whole number",
            Self::List => "a list",
            Self::Container => "a list or a map",
            Self::Sized => "text, a list or a map",
            Self::Ordered => "a number, a timestamp or a duration",
            Self::Key => "a key or an index",
            Self::Time => "a timestamp",
            Self::Length => "a duration",
        }
    }

    /// Says whether null is fine.
    pub(in crate::template) fn takes_null(self) -> bool {
        match self {
            Self::Any | Self::List | Self::Container | Self::Sized | Self::Ordered => true,
            Self::Text
            | Self::Printable
            | Self::Whole
            | Self::Key
            | Self::Time
            | Self::Length
            | Self::Pattern => false,
        }
    }

    /// Says whether null in it is taken for empty text where null in text is.
    pub(in crate::template) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Printable)
    }

    /// Says whether a type is right; one that is not known is.
    pub(in crate::template) fn accepts_type(self, ty: &Type) -> bool {
        let is_text = ty.is_textual() || *ty == Type::Secret;
        match self {
            _ if *ty == Type::Any => true,
            Self::Any => true,
            Self::Text | Self::Pattern => is_text,
            Self::Printable => !matches!(ty, Type::List(_) | Type::Map(_) | Type::Object(_)),
            Self::Whole => matches!(ty, Type::Integer),
            Self::List => matches!(ty, Type::List(_)),
            Self::Container => matches!(ty, Type::List(_) | Type::Map(_) | Type::Object(_)),
            Self::Sized => is_text || matches!(ty, Type::List(_) | Type::Map(_) | Type::Object(_)),
            Self::Ordered => {
                let measured = [Type::Integer, Type::Number, Type::Timestamp, Type::Duration];
                is_text || measured.contains(ty)
            }
            Self::Key => is_text || *ty == Type::Integer,
            Self::Time => is_text || *ty == Type::Timestamp,
            Self::Length => is_text || *ty == Type::Duration,
        }
    }

    /// Says whether a value is right, null aside.
    pub(in crate::template) fn accepts(self, value: &Value) -> bool {
        let is_text = matches!(value, Value::Text(_));
        match self {
            _ if matches!(value, Value::Unknown(_)) => true,
            Self::Any => true,
            Self::Text | Self::Pattern => is_text,
            Self::Printable => !matches!(value, Value::List(_) | Value::Map(_)),
            Self::Whole => matches!(value, Value::Int(_)),
            Self::List => matches!(value, Value::List(_)),
            Self::Container => matches!(value, Value::List(_) | Value::Map(_)),
            Self::Sized => is_text || matches!(value, Value::List(_) | Value::Map(_)),
            Self::Ordered => {
                is_text
                    || matches!(value, Value::Int(_) | Value::Float(_))
                    || matches!(value, Value::Timestamp(_) | Value::Duration(_))
            }
            Self::Key => is_text || matches!(value, Value::Int(_)),
            Self::Time => is_text || matches!(value, Value::Timestamp(_)),
            Self::Length => is_text || matches!(value, Value::Duration(_)),
        }
    }

    /// Checks what only a written-out value shows.
    pub(in crate::template) fn check_literal(self, value: &Value) -> Result<(), String> {
        let Value::Text(text) = value else { return Ok(()) };
        match self {
            Self::Time => parse_time(text).map(drop),
            Self::Length => parse_length(text).map(drop),
            Self::Pattern => check_pattern(text),
            Self::Any
            | Self::Text
            | Self::Printable
            | Self::Whole
            | Self::List
            | Self::Container
            | Self::Sized
            | Self::Ordered
            | Self::Key => Ok(()),
        }
    }
}

/// Returns the words for the kind of a value.
pub(in crate::template) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Duration(_) => "a duration",
        Value::Timestamp(_) => "a timestamp",
        Value::Unknown(_) => "an unknown",
    }
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| format!("`{}` is no timestamp such as `2026-01-31T12:00:00Z`", shown(text)))
}

fn parse_length(text: &str) -> Result<Duration, String> {
    Duration::parse(text)
        .ok_or_else(|| format!("`{}` is no duration such as `90s`, `24h` or `1d12h`", shown(text)))
}

fn check_pattern(pattern: &str) -> Result<(), String> {
    if StrftimeItems::new(pattern).any(|item| matches!(item, Item::Error)) {
        return Err(format!("`{}` is no pattern such as `%Y-%m-%d`", shown(pattern)));
    }
    Ok(())
}

/// Typed access; the kinds have been checked before.
impl<'a> Call<'a> {
    pub(super) fn text(&self, at: usize) -> &'a str {
        self.args[at].as_text().unwrap_or("")
    }

    pub(super) fn list(&self, at: usize) -> &'a [Value] {
        self.args[at].items()
    }

    pub(super) fn whole(&self, at: usize) -> i64 {
        match *self.args[at] {
            Value::Int(number) => number,
            _ => 0,
        }
    }

    pub(super) fn time(&self, at: usize) -> Result<Timestamp, Failure> {
        match &*self.args[at] {
            Value::Timestamp(time) => Ok(*time),
            other => parse_time(other.as_text().unwrap_or("")).map_err(Failure::Wrong),
        }
    }

    pub(super) fn length(&self, at: usize) -> Result<Duration, Failure> {
        match &*self.args[at] {
            Value::Duration(length) => Ok(*length),
            other => parse_length(other.as_text().unwrap_or("")).map_err(Failure::Wrong),
        }
    }

    pub(super) fn pattern(&self, at: usize) -> Result<&'a str, Failure> {
        let pattern = self.text(at);
        check_pattern(pattern).map_err(Failure::Wrong)?;
        Ok(pattern)
    }
}
