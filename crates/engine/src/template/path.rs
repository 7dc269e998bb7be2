//! Written-out paths, and walking a value by one.

use std::borrow::Cow;
use std::fmt;

use crate::source::Span;
use crate::template::Path;
use crate::types::Type;
use crate::value::{Unknown, Value};

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        self.rest.iter().try_for_each(|(key, _)| write!(f, ".{key}"))
    }
}

impl Path {
    /// Returns the key at a position after the head: of `steps.create.token`, 0 gives `create`.
    pub fn key(&self, at: usize) -> Option<&str> {
        self.rest.get(at).map(|(key, _)| key.as_str())
    }

    /// Says whether it names the same as another, wherever the two stand.
    pub fn is_same(&self, other: &Self) -> bool {
        self.rest.len() == other.rest.len() && self.starts_with(other)
    }

    /// Says whether it is the other or leads further into it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.head == other.head
            && self.rest.len() >= other.rest.len()
            && self.rest.iter().zip(&other.rest).all(|((mine, _), (theirs, _))| mine == theirs)
    }
}

/// Follows keys into a value: through null it is null, a whole number is a list index, and into an
/// unknown it is an unknown that says so.
pub fn follow<'v>(value: &'v Value, keys: &[(String, Span)]) -> Cow<'v, Value> {
    let mut here = value;
    for (at, (key, _)) in keys.iter().enumerate() {
        let inner = match here {
            Value::Map(map) => map.get(key.as_str()),
            Value::List(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
            Value::Unknown(unknown) => {
                return Cow::Owned(Value::Unknown(follow_unknown(unknown, &keys[at..])));
            }
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Duration(_)
            | Value::Timestamp(_) => None,
        };
        let Some(inner) = inner else { return Cow::Owned(Value::Null) };
        here = inner;
    }
    Cow::Borrowed(here)
}

fn follow_unknown(unknown: &Unknown, keys: &[(String, Span)]) -> Unknown {
    let mut found = unknown.clone();
    for (key, _) in keys {
        found.from = if found.from.contains(' ') {
            format!("({}).{key}", found.from)
        } else {
            format!("{}.{key}", found.from)
        };
        found.ty = match found.ty {
            Type::Secret => Type::Secret,
            ty => ty.at(key).unwrap_or(Type::Any),
        };
    }
    found
}
