//! What the helpers of lists give, by type.

use crate::diagnostic::nearest;
use crate::template::helpers::compare_types::check_same_class;
use crate::template::helpers::{Given, Want, Wrong, always, text_of_any, truth};
use crate::template::{Expr, Kind, Typed};
use crate::types::Type;
use crate::value::{Value, shown};

/// The type of the items of the first argument.
fn item_type(given: &Given<'_>) -> Type {
    match &given.args[0].ty {
        Type::List(of) => (**of).clone(),
        _ => Type::Any,
    }
}

pub(super) fn list_of(given: &Given<'_>) -> Type {
    Type::list(item_type(given))
}

pub(super) fn item(given: &Given<'_>) -> Result<Typed, Wrong> {
    Ok(Typed { nullable: true, ..always(item_type(given))? })
}

pub(super) fn holds_secret(ty: &Type) -> bool {
    ty.any(&|inner| *inner == Type::Secret)
}

fn literal_text<'a>(given: &'a Given<'_>, at: usize) -> Option<&'a str> {
    match given.exprs.get(at).map(|expr| &expr.kind) {
        Some(Kind::Literal(Value::Text(text))) => Some(text),
        _ => None,
    }
}

pub(super) fn looked_up(given: &Given<'_>) -> Result<Typed, Wrong> {
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
pub(super) fn column(given: &Given<'_>) -> Result<Type, Wrong> {
    match literal_text(given, 1) {
        Some(key) => field_type(&item_type(given), key, 1),
        None if holds_secret(&item_type(given)) => Ok(Type::Secret),
        None => Ok(Type::Any),
    }
}

pub(super) fn check_keys(given: &Given<'_>) -> Result<(), Wrong> {
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

pub(super) fn containing(given: &Given<'_>) -> Result<Typed, Wrong> {
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

pub(super) fn joined(given: &Given<'_>) -> Result<Typed, Wrong> {
    if let Type::List(of) = &given.args[0].ty
        && !Want::Printable.accepts_type(of)
    {
        return Err(Wrong::arg(0, "its items are lists or maps, and cannot stand in text"));
    }
    text_of_any(given)
}
