//! What the comparing helpers give, by type: what can never be equal, or has no order, is told.

use crate::diagnostic::nearest;
use crate::template::helpers::{Given, Want, Wrong, truth};
use crate::template::{Expr, Kind, Typed};
use crate::types::Type;
use crate::value::{Value, shown};

/// The classes of values that can be equal to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Class {
    Number,
    Text,
    Truth,
    Time,
    Length,
    List,
    Map,
}

impl Class {
    pub(in crate::template) fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "text",
            Self::Truth => "a boolean",
            Self::Time => "a timestamp",
            Self::Length => "a duration",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

/// Returns the class of a type, none where it is not known.
pub(in crate::template) fn class_of(ty: &Type) -> Option<Class> {
    Some(match ty {
        Type::Any => return None,
        Type::Integer | Type::Number => Class::Number,
        Type::String | Type::Path | Type::Url | Type::Enum(_) | Type::Secret => Class::Text,
        Type::Boolean => Class::Truth,
        Type::Timestamp => Class::Time,
        Type::Duration => Class::Length,
        Type::List(_) => Class::List,
        Type::Map(_) | Type::Object(_) => Class::Map,
    })
}

pub(super) fn comparable(given: &Given<'_>) -> Result<Typed, Wrong> {
    let (a, b) = (&given.args[0], &given.args[1]);
    check_same_class(&a.ty, &b.ty, given.exprs)?;
    if let [left, right] = given.exprs {
        check_word(&a.ty, left, right, 1)?;
        check_word(&b.ty, right, left, 0)?;
    }
    truth(given)
}

/// Refuses to compare what can never be equal.
pub(super) fn check_same_class(a: &Type, b: &Type, exprs: &[Expr]) -> Result<(), Wrong> {
    let is_null = |expr: &Expr| expr.kind == Kind::Literal(Value::Null);
    let (Some(a), Some(b)) = (class_of(a), class_of(b)) else { return Ok(()) };
    if a == b || exprs.iter().any(is_null) {
        return Ok(());
    }
    let found = Wrong::call(format!("{} and {} are never equal", a.words(), b.words()));
    Err(match (a, b) {
        (Class::Text, other) | (other, Class::Text) => found.help(way_out_beside_text(other)),
        _ => found,
    })
}

fn way_out_beside_text(other: Class) -> &'static str {
    match other {
        Class::Time | Class::Length => {
            "`gt`, `gte`, `lt` and `lte` read text beside a timestamp or a duration as one"
        }
        Class::List => "`contains` looks for a value in a list",
        Class::Number | Class::Truth | Class::Map | Class::Text => {
            "nothing is converted: numbers and booleans stand without quotes"
        }
    }
}

/// Refuses a word that is none of those that the other side may be.
fn check_word(ty: &Type, left: &Expr, right: &Expr, at: usize) -> Result<(), Wrong> {
    let (Type::Enum(words), Kind::Literal(Value::Text(word))) = (ty, &right.kind) else {
        return Ok(());
    };
    if words.contains(word) {
        return Ok(());
    }
    let found = Wrong::arg(at, format!("`{left}` is never `{}`", shown(word)));
    let listed = words.join("`, `");
    Err(match nearest(word, words.iter().map(String::as_str)) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")),
        None => found.help(format!("it is one of `{listed}`")),
    })
}

pub(super) fn orderable(given: &Given<'_>) -> Result<Typed, Wrong> {
    let (a, b) = (class_of(&given.args[0].ty), class_of(&given.args[1].ty));
    let (Some(a), Some(b)) = (a, b) else { return truth(given) };
    let measured = |class| matches!(class, Class::Time | Class::Length);
    match (a, b) {
        (Class::Text, Class::Text) => {
            let message = "text has no order here";
            Err(Wrong::call(message).help("two numbers, timestamps or durations have one"))
        }
        (class, Class::Text) if measured(class) => literal_beside(class, given, 1),
        (Class::Text, class) if measured(class) => literal_beside(class, given, 0),
        (a, b) if a == b => truth(given),
        (a, b) => Err(Wrong::call(format!("{} and {} have no order", a.words(), b.words()))),
    }
}

fn literal_beside(class: Class, given: &Given<'_>, at: usize) -> Result<Typed, Wrong> {
    let want = if class == Class::Time { Want::Time } else { Want::Length };
    if let Some(Kind::Literal(value)) = given.exprs.get(at).map(|expr| &expr.kind) {
        want.check_literal(value).map_err(|message| Wrong::arg(at, message))?;
    }
    truth(given)
}

pub(super) fn first_known(given: &Given<'_>) -> Result<Typed, Wrong> {
    let nullable = given.args.iter().all(|arg| arg.nullable);
    let is_null =
        |at: usize| given.exprs.get(at).is_some_and(|expr| expr.kind == Kind::Literal(Value::Null));
    let types = given.args.iter().enumerate().filter(|(at, _)| !is_null(*at));
    let ty = types.map(|(_, arg)| arg.ty.clone()).reduce(joined).unwrap_or_default();
    Ok(Typed { ty, nullable, secret: false })
}

/// The narrowest type that both fit.
fn joined(a: Type, b: Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a,
        (Type::Integer | Type::Number, Type::Integer | Type::Number) => Type::Number,
        (a, b) if a.is_textual() && b.is_textual() => Type::String,
        (Type::Secret, text) | (text, Type::Secret) if text.is_textual() => Type::Secret,
        (Type::List(a), Type::List(b)) => Type::list(joined(*a, *b)),
        _ => Type::Any,
    }
}
