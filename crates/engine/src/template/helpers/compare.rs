//! `eq` `ne` `gt` `gte` `lt` `lte` `and` `or` `not` `default`.

use std::cmp::Ordering;

use crate::template::helpers::compare_types::{comparable, first_known, orderable};
use crate::template::helpers::{
    Call, Compute, Failure, Helper, InTurn, Named, OnSecret, Want, truth,
};
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::Value;

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
    let (a, b) = (&*call.args[0], &*call.args[1]);
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
