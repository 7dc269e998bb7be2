//! `len` `lookup` `first` `last` `find` `filter` `contains` `map` `sort_by` `join` `split`.

use std::cmp::Ordering;

use crate::template::Typed;
use crate::template::helpers::compare::{equal, order};
use crate::template::helpers::list_types::{
    check_keys, column, containing, holds_secret, item, joined, list_of, looked_up,
};
use crate::template::helpers::{
    Call, Compute, Failure, Helper, Named, OnSecret, Want, Wrong, always, kind_of, truth,
};
use crate::template::print::print;
use crate::types::Type;
use crate::value::{Unknown, Value, shown};

pub(super) static LEN: Helper = Helper {
    takes: &[Want::Sized],
    gives: |given| Ok(Typed { nullable: given.args[0].nullable, ..always(Type::Integer)? }),
    ..of_list("len", "len X", len)
};

pub(super) static LOOKUP: Helper = Helper {
    takes: &[Want::Container, Want::Key],
    gives: looked_up,
    ..of_list("lookup", "lookup LIST_OR_MAP KEY", lookup)
};

pub(super) static FIRST: Helper = Helper {
    gives: item,
    ..of_list("first", "first LIST", |call| Ok(call.list(0).first().cloned().unwrap_or_default()))
};

pub(super) static LAST: Helper = Helper {
    gives: item,
    ..of_list("last", "last LIST", |call| Ok(call.list(0).last().cloned().unwrap_or_default()))
};

pub(super) static FIND: Helper = Helper {
    named: Named::Some,
    gives: |given| {
        check_keys(given)?;
        item(given)
    },
    ..of_list("find", "find LIST key=value ..", find)
};

pub(super) static FILTER: Helper = Helper {
    named: Named::Some,
    gives: |given| {
        check_keys(given)?;
        always(list_of(given))
    },
    ..of_list("filter", "filter LIST key=value ..", filter)
};

pub(super) static CONTAINS: Helper = Helper {
    takes: &[Want::Sized, Want::Any],
    named: Named::OrValue,
    gives: containing,
    ..of_list("contains", "contains LIST key=value ..` or `contains LIST VALUE", contains)
};

pub(super) static MAP: Helper = Helper {
    takes: &[Want::List, Want::Text],
    gives: |given| Ok(Typed { ty: Type::list(column(given)?), nullable: false, secret: false }),
    ..of_list("map", "map LIST \"key\"", map)
};

pub(super) static SORT_BY: Helper = Helper {
    takes: &[Want::List, Want::Text],
    gives: |given| {
        let ty = column(given)?;
        if holds_secret(&ty) {
            return Err(Wrong::arg(1, "a secret has no order").secret());
        }
        always(list_of(given))
    },
    ..of_list("sort_by", "sort_by LIST \"key\"", sort_by)
};

pub(super) static JOIN: Helper = Helper {
    takes: &[Want::List, Want::Text],
    secrets: OnSecret::Keep,
    gives: joined,
    ..of_list("join", "join LIST SEPARATOR", join)
};

pub(super) static SPLIT: Helper = Helper {
    takes: &[Want::Text, Want::Text],
    secrets: OnSecret::Refuse,
    gives: |_| always(Type::list(Type::String)),
    ..of_list("split", "split TEXT SEPARATOR", split)
};

const fn of_list(
    name: &'static str,
    usage: &'static str,
    compute: fn(&Call<'_>) -> Result<Value, Failure>,
) -> Helper {
    Helper {
        name,
        usage,
        takes: &[Want::List],
        more: false,
        named: Named::None,
        secrets: OnSecret::Inside,
        gives: truth,
        compute: Compute::All(compute),
    }
}

fn len(call: &Call<'_>) -> Result<Value, Failure> {
    let length = match &*call.args[0] {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::Text(text) => text.chars().count(),
        _ => return Ok(Value::Null),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn lookup(call: &Call<'_>) -> Result<Value, Failure> {
    match (&*call.args[0], &*call.args[1]) {
        (Value::List(items), Value::Int(at)) => {
            let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
            Ok(item.cloned().unwrap_or_default())
        }
        (Value::Map(map), Value::Text(key)) => Ok(map.get(key).cloned().unwrap_or_default()),
        (Value::List(_), _) => Err(Failure::wrong("`lookup` in a list takes a whole number")),
        (Value::Map(_), _) => Err(Failure::wrong("`lookup` in a map takes a key")),
        _ => Ok(Value::Null),
    }
}

/// Says whether an item is a map with all of some values.
fn matches(call: &Call<'_>, item: &Value) -> Result<bool, Failure> {
    let mut unknown = None;
    for (key, wanted) in call.named {
        let found = match item {
            Value::Map(map) => map.get(*key).unwrap_or(&Value::Null),
            Value::Unknown(_) => {
                unknown = Some(Failure::Unknown(Type::Boolean));
                continue;
            }
            Value::Null => return Ok(false),
            other => {
                let kind = kind_of(other);
                let message = format!("`{}` is given a list with {kind}, not a map", call.name);
                return Err(Failure::Wrong(message));
            }
        };
        match equal(found, wanted, call.name) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(wrong @ Failure::Wrong(_)) => return Err(wrong),
            Err(failure @ Failure::Unknown(_)) => unknown = Some(failure),
        }
    }
    unknown.map_or(Ok(true), Err)
}

fn retyped(failure: Failure, ty: Type) -> Failure {
    match failure {
        Failure::Unknown(_) => Failure::Unknown(ty),
        wrong @ Failure::Wrong(_) => wrong,
    }
}

fn find(call: &Call<'_>) -> Result<Value, Failure> {
    for item in call.list(0) {
        if matches(call, item).map_err(|failure| retyped(failure, Type::Any))? {
            return Ok(item.clone());
        }
    }
    Ok(Value::Null)
}

fn filter(call: &Call<'_>) -> Result<Value, Failure> {
    let mut kept = Vec::new();
    for item in call.list(0) {
        if matches(call, item).map_err(|failure| retyped(failure, Type::list(Type::Any)))? {
            kept.push(item.clone());
        }
    }
    Ok(Value::List(kept))
}

fn contains(call: &Call<'_>) -> Result<Value, Failure> {
    let any = |test: &dyn Fn(&Value) -> Result<bool, Failure>| {
        let mut unknown = None;
        for item in call.list(0) {
            match test(item) {
                Ok(true) => return Ok(Value::Bool(true)),
                Ok(false) => {}
                Err(wrong @ Failure::Wrong(_)) => return Err(wrong),
                Err(failure @ Failure::Unknown(_)) => unknown = Some(failure),
            }
        }
        unknown.map_or(Ok(Value::Bool(false)), Err)
    };
    match (&*call.args[0], call.args.get(1).map(|arg| &**arg)) {
        (Value::Text(text), Some(Value::Text(part))) => Ok(Value::Bool(text.contains(part))),
        (Value::Text(_), _) => Err(Failure::wrong("`contains` looks in text for text only")),
        (Value::Map(_), _) => {
            Err(Failure::wrong("`contains` looks in a list or in text; `lookup` in a map"))
        }
        (_, Some(wanted)) => any(&|item| equal(item, wanted, call.name)),
        (_, None) => any(&|item| matches(call, item)),
    }
}

fn map(call: &Call<'_>) -> Result<Value, Failure> {
    let key = call.text(1);
    Ok(Value::List(call.list(0).iter().map(|item| field(item, key)).collect()))
}

fn field(item: &Value, key: &str) -> Value {
    match item {
        Value::Unknown(unknown) => {
            let ty = unknown.ty.at(key).unwrap_or_default();
            Value::Unknown(Unknown { from: format!("{}.{key}", unknown.from), ty })
        }
        item => item.get(key).clone(),
    }
}

fn sort_by(call: &Call<'_>) -> Result<Value, Failure> {
    let key = call.text(1);
    let mut keyed: Vec<(Value, &Value)> =
        call.list(0).iter().map(|item| (field(item, key), item)).collect();
    if keyed.iter().any(|(key, _)| key.is_secret()) {
        return Err(Failure::wrong("`sort_by` would look into a secret"));
    }
    if keyed.iter().any(|(key, _)| key.is_unknown()) {
        return Err(Failure::Unknown(Type::list(Type::Any)));
    }
    let known = keyed.iter().map(|(key, _)| key).filter(|key| !key.is_null());
    let sortable = known.clone().zip(known.skip(1)).all(|(a, b)| sorting(a, b).is_some());
    if !sortable {
        let message = format!("`sort_by` finds values of different kinds in `{}`", shown(key));
        return Err(Failure::Wrong(message));
    }
    keyed.sort_by(|(a, _), (b, _)| nulls_last(a, b));
    Ok(Value::List(keyed.into_iter().map(|(_, item)| item.clone()).collect()))
}

fn nulls_last(a: &Value, b: &Value) -> Ordering {
    a.is_null().cmp(&b.is_null()).then_with(|| sorting(a, b).unwrap_or(Ordering::Equal))
}

/// The order of two values of one kind.
fn sorting(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Text(_), _) | (_, Value::Text(_)) => None,
        (a, b) => order(a, b),
    }
}

fn join(call: &Call<'_>) -> Result<Value, Failure> {
    let mut text = String::new();
    for (at, item) in call.list(0).iter().enumerate() {
        if at > 0 {
            text.push_str(call.text(1));
        }
        print(item, &mut text)
            .map_err(|what| Failure::Wrong(format!("item {at} of what `join` is given {what}")))?;
    }
    Ok(Value::Text(text))
}

fn split(call: &Call<'_>) -> Result<Value, Failure> {
    if call.text(1).is_empty() {
        return Err(Failure::wrong("`split` is given an empty separator"));
    }
    Ok(Value::List(call.text(0).split(call.text(1)).map(Value::from).collect()))
}
