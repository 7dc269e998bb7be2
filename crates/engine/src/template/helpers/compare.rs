//! `eq` `ne` `gt` `gte` `lt` `lte` `and` `or` `not` `default`.

use std::cmp::Ordering;

use crate::diagnostic::nearest;
use crate::template::helpers::{
    Call, Compute, Failure, Given, Helper, InTurn, Named, OnSecret, Want, Wrong, truth,
};
use crate::template::{Expr, Kind, Typed};
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Value, shown};

pub(super) static EQ: Helper = Helper {
    name: "eq",
    usage: "eq A B",
    takes: &[Want::Any, Want::Any],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: comparable,
    compute: Compute::All(|call| equal(&call.args[0], &call.args[1], call.name).map(Value::Bool)),
};

pub(super) static NE: Helper = Helper {
    name: "ne",
    usage: "ne A B",
    takes: &[Want::Any, Want::Any],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: comparable,
    compute: Compute::All(|call| {
        equal(&call.args[0], &call.args[1], call.name).map(|same| Value::Bool(!same))
    }),
};

pub(super) static GT: Helper =
    ordering("gt", "gt A B", |call| holds(call, |order| order == Ordering::Greater));

pub(super) static GTE: Helper =
    ordering("gte", "gte A B", |call| holds(call, |order| order != Ordering::Less));

pub(super) static LT: Helper =
    ordering("lt", "lt A B", |call| holds(call, |order| order == Ordering::Less));

pub(super) static LTE: Helper =
    ordering("lte", "lte A B", |call| holds(call, |order| order != Ordering::Greater));

pub(super) static AND: Helper = Helper {
    takes: &[Want::Any, Want::Any],
    more: true,
    compute: Compute::InTurn(InTurn::And),
    ..logic("and", "and A B ..")
};

pub(super) static OR: Helper = Helper {
    takes: &[Want::Any, Want::Any],
    more: true,
    compute: Compute::InTurn(InTurn::Or),
    ..logic("or", "or A B ..")
};

pub(super) static NOT: Helper = logic("not", "not A");

pub(super) static DEFAULT: Helper = Helper {
    name: "default",
    usage: "default X FALLBACK",
    takes: &[Want::Any, Want::Any],
    more: true,
    named: Named::None,
    secrets: OnSecret::Keep,
    gives: first_known,
    compute: Compute::InTurn(InTurn::Default),
};

const fn ordering(
    name: &'static str,
    usage: &'static str,
    compute: fn(&Call<'_>) -> Result<Value, Failure>,
) -> Helper {
    Helper {
        name,
        usage,
        takes: &[Want::Ordered, Want::Ordered],
        more: false,
        named: Named::None,
        secrets: OnSecret::Refuse,
        gives: orderable,
        compute: Compute::All(compute),
    }
}

const fn logic(name: &'static str, usage: &'static str) -> Helper {
    Helper {
        name,
        usage,
        takes: &[Want::Any],
        more: false,
        named: Named::None,
        secrets: OnSecret::Inside,
        gives: truth,
        compute: Compute::All(|call| Ok(Value::Bool(!is_true(&call.args[0])))),
    }
}

/// Says whether a value counts as true: all do but false and null.
pub(in crate::template) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

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

/// Says whether two values are equal; nothing is converted, integer and number are one kind.
pub(super) fn equal(a: &Value, b: &Value, helper: &str) -> Result<bool, Failure> {
    match same(a, b) {
        Ok(Some(same)) => Ok(same),
        Ok(None) => Err(Failure::Unknown(Type::Boolean)),
        Err(Secret) => Err(Failure::Wrong(format!("`{helper}` would look into a secret"))),
    }
}

struct Secret;

/// None where that is not known.
fn same(a: &Value, b: &Value) -> Result<Option<bool>, Secret> {
    Ok(Some(match (a, b) {
        (Value::List(a), Value::List(b)) => {
            return if a.len() == b.len() { all_same(a.iter().zip(b)) } else { Ok(Some(false)) };
        }
        (Value::Map(a), Value::Map(b)) => {
            let shared = a.len() == b.len() && a.keys().all(|key| b.contains_key(key));
            let pairs = a.iter().filter_map(|(key, value)| Some((value, b.get(key)?)));
            return if shared { all_same(pairs) } else { Ok(Some(false)) };
        }
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => {
            let unknown = matches!(a, Value::Unknown(_)) || matches!(b, Value::Unknown(_));
            return Ok((!unknown).then_some(false));
        }
        _ if a.is_secret() || b.is_secret() => return Err(Secret),
        _ if a.is_unknown() || b.is_unknown() => return Ok(None),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            compare_numbers(a, b) == Some(Ordering::Equal)
        }
        _ => a == b,
    }))
}

fn all_same<'a>(
    pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
) -> Result<Option<bool>, Secret> {
    let mut known = Some(true);
    for (a, b) in pairs {
        match same(a, b)? {
            Some(true) => {}
            Some(false) => return Ok(Some(false)),
            None => known = None,
        }
    }
    Ok(known)
}

/// Compares two numbers without rounding a whole one.
pub(super) fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => Some(whole_against_float(*a, *b)),
        (Value::Float(a), Value::Int(b)) => Some(whole_against_float(*b, *a).reverse()),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the float is whole and within i64 here")]
fn whole_against_float(whole: i64, float: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float >= LIMIT {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    let floor = float.floor();
    whole.cmp(&(floor as i64)).then(if float > floor { Ordering::Less } else { Ordering::Equal })
}

fn holds(call: &Call<'_>, test: fn(Ordering) -> bool) -> Result<Value, Failure> {
    let (a, b) = (&call.args[0], &call.args[1]);
    if a.is_null() || b.is_null() {
        return Ok(Value::Bool(false));
    }
    let order = order(a, b).ok_or_else(|| {
        Failure::Wrong(format!("`{}` takes two numbers, timestamps or durations", call.name))
    })?;
    Ok(Value::Bool(test(order)))
}

/// Text beside a timestamp or a duration is read as one: a template has no other way to write one.
pub(super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Text(b)) => Some(a.cmp(&Timestamp::parse(b)?)),
        (Value::Text(a), Value::Timestamp(b)) => Some(Timestamp::parse(a)?.cmp(b)),
        (Value::Duration(a), Value::Text(b)) => Some(a.cmp(&Duration::parse(b)?)),
        (Value::Text(a), Value::Duration(b)) => Some(Duration::parse(a)?.cmp(b)),
        (a, b) => compare_numbers(a, b),
    }
}

fn comparable(given: &Given<'_>) -> Result<Typed, Wrong> {
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
    let message = format!("{} and {} are never equal", a.words(), b.words());
    let found = Wrong::call(message);
    Err(match (a, b) {
        (Class::Number | Class::Truth, Class::Text) | (Class::Text, Class::Number | Class::Truth) => {
            found.help("nothing is converted: numbers and booleans stand without quotes")
        }
        (Class::Time | Class::Length, Class::Text) | (Class::Text, Class::Time | Class::Length) => {
            found.help("text beside a timestamp or a duration is read as one by `gt`, `gte`, `lt` and `lte`")
        }
        _ => found,
    })
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

fn orderable(given: &Given<'_>) -> Result<Typed, Wrong> {
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

fn first_known(given: &Given<'_>) -> Result<Typed, Wrong> {
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
