//! `len` `lookup` `first` `last` `find` `filter` `contains` `map` `sort_by` `join` `split`.

use std::cmp::Ordering;

use crate::diagnostic::nearest;
use crate::template::helpers::compare::{check_same_class, equal, order};
use crate::template::helpers::{
    Call, Compute, Failure, Given, Helper, Named, OnSecret, Want, Wrong, always, kind_of,
    text_of_any, truth,
};
use crate::template::print::print;
use crate::template::{Expr, Kind, Typed};
use crate::types::Type;
use crate::value::{Value, shown};

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
    let length = match &call.args[0] {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::Text(text) => text.chars().count(),
        _ => return Ok(Value::Null),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn lookup(call: &Call<'_>) -> Result<Value, Failure> {
    match (&call.args[0], &call.args[1]) {
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
    match (&call.args[0], call.args.get(1)) {
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
            Value::Unknown(crate::value::Unknown { from: format!("{}.{key}", unknown.from), ty })
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

/// The type of the items of the first argument.
fn item_type(given: &Given<'_>) -> Type {
    match &given.args[0].ty {
        Type::List(of) => (**of).clone(),
        _ => Type::Any,
    }
}

fn list_of(given: &Given<'_>) -> Type {
    Type::list(item_type(given))
}

fn item(given: &Given<'_>) -> Result<Typed, Wrong> {
    Ok(Typed { nullable: true, ..always(item_type(given))? })
}

fn holds_secret(ty: &Type) -> bool {
    ty.any(&|inner| *inner == Type::Secret)
}

fn literal_text<'a>(given: &'a Given<'_>, at: usize) -> Option<&'a str> {
    match given.exprs.get(at).map(|expr| &expr.kind) {
        Some(Kind::Literal(Value::Text(text))) => Some(text),
        _ => None,
    }
}

fn looked_up(given: &Given<'_>) -> Result<Typed, Wrong> {
    let container = &given.args[0].ty;
    let key = &given.args[1].ty;
    let ty = match (container, literal_text(given, 1)) {
        (Type::List(_), _) if key.is_textual() => {
            return Err(Wrong::arg(1, "a list is looked up by a whole number"));
        }
        (Type::Map(_) | Type::Object(_), _) if *key == Type::Integer => {
            return Err(Wrong::arg(1, "a map is looked up by a key, which is text"));
        }
        (Type::List(of) | Type::Map(of), _) => (**of).clone(),
        (Type::Object(_), Some(key)) => field_type(container, key, 1)?,
        (Type::Object(fields), None) if fields.values().any(holds_secret) => Type::Secret,
        _ => Type::Any,
    };
    Ok(Typed { nullable: true, ..always(ty)? })
}

fn field_type(of: &Type, key: &str, at: usize) -> Result<Type, Wrong> {
    of.at(key).ok_or_else(|| {
        let found = Wrong::arg(at, format!("there is no `{}` in it", shown(key)));
        let Type::Object(fields) = of else {
            return Wrong::arg(at, format!("the items are no maps, and have no `{}`", shown(key)));
        };
        match nearest(key, fields.keys().map(String::as_str)) {
            Some(meant) => found.help(format!("did you mean `{meant}`?")),
            None => {
                let listed: Vec<&str> = fields.keys().map(String::as_str).collect();
                found.help(format!("there are `{}`", listed.join("`, `")))
            }
        }
    })
}

/// The type of one field of the items.
fn column(given: &Given<'_>) -> Result<Type, Wrong> {
    match literal_text(given, 1) {
        Some(key) => field_type(&item_type(given), key, 1),
        None if holds_secret(&item_type(given)) => Ok(Type::Secret),
        None => Ok(Type::Any),
    }
}

fn check_keys(given: &Given<'_>) -> Result<(), Wrong> {
    let items = item_type(given);
    for (key, wanted) in given.named {
        let ty = field_type(&items, key, 0)?;
        if holds_secret(&ty) {
            return Err(Wrong::call(format!("`{key}` is a secret, and is not compared")).secret());
        }
        if !wanted.nullable {
            check_same_class(&ty, &wanted.ty, &[])?;
        }
    }
    Ok(())
}

fn containing(given: &Given<'_>) -> Result<Typed, Wrong> {
    let Some(wanted) = given.args.get(1) else {
        check_keys(given)?;
        return truth(given);
    };
    match &given.args[0].ty {
        Type::Map(_) | Type::Object(_) => {
            Err(Wrong::arg(0, "`contains` looks in a list or in text")
                .help("in a map: `lookup MAP KEY`"))
        }
        Type::List(of) if holds_secret(of) => {
            Err(Wrong::arg(0, "its items are secrets, and are not compared").secret())
        }
        Type::List(of) => {
            check_same_class(of, &wanted.ty, exprs_after(given)).and_then(|()| truth(given))
        }
        ty if ty.is_textual() => {
            if wanted.ty == Type::Any || wanted.ty.is_textual() {
                truth(given)
            } else {
                Err(Wrong::arg(1, "`contains` looks in text for text only"))
            }
        }
        _ => truth(given),
    }
}

fn exprs_after<'a>(given: &Given<'a>) -> &'a [Expr] {
    given.exprs.get(1..).unwrap_or(&[])
}

fn joined(given: &Given<'_>) -> Result<Typed, Wrong> {
    if let Type::List(of) = &given.args[0].ty
        && !Want::Printable.accepts_type(of)
    {
        return Err(Wrong::arg(0, "its items are lists or maps, and cannot stand in text"));
    }
    text_of_any(given)
}
