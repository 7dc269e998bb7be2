//! The type of the items of a list, and what several values have in common.

use indexmap::IndexMap;

use super::Env;
use crate::check::checked::holds_secret;
use crate::template::Typed;
use crate::types::Type;
use crate::workflow::{ForEach, Tree};

/// Returns the type of an item of a `for_each`; where that is wrong itself, anything.
pub(super) fn item_type(env: &Env<'_>, for_each: &ForEach) -> Typed {
    match for_each {
        ForEach::Expr(expr) => match expr.infer(env) {
            Ok(Typed { ty: Type::List(of), secret, .. }) => {
                let secret = secret || holds_secret(&of);
                Typed { ty: *of, nullable: env.gives_null_items(expr), secret }
            }
            Ok(_) | Err(_) => Typed::default(),
        },
        ForEach::List(node) => match &node.tree {
            Tree::List(items) => one_type(items.iter().map(|item| env.node_type(item))),
            Tree::Literal(_) | Tree::Template(_) | Tree::Map(_) => Typed::default(),
        },
    }
}

/// Returns what several values have in common.
pub(super) fn one_type(all: impl Iterator<Item = Typed>) -> Typed {
    let join = |a: Typed, b: Typed| Typed {
        nullable: a.nullable || b.nullable,
        secret: a.secret || b.secret,
        ty: common(a.ty, b.ty),
    };
    all.reduce(join).unwrap_or_default()
}

fn common(a: Type, b: Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a,
        (Type::Integer, Type::Number) | (Type::Number, Type::Integer) => Type::Number,
        (Type::Object(a), Type::Object(b)) => {
            let mut fields: IndexMap<String, Type> = a;
            for (name, ty) in b {
                let joined = match fields.shift_remove(&name) {
                    Some(other) => common(other, ty),
                    None => ty,
                };
                fields.insert(name, joined);
            }
            Type::Object(fields)
        }
        (a, b) if a.is_textual() && b.is_textual() => Type::String,
        (_, _) => Type::Any,
    }
}
