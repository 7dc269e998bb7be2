//! What is surely not null where a condition holds, or where it does not.

use crate::template::{Expr, Kind, Path};
use crate::value::Value;

impl Expr {
    /// Calls a function with every path that is not null wherever this expression holds as a
    /// condition: after `when: steps.a.id`, `steps.a.id` is not null.
    pub fn not_null_if_true<'a>(&'a self, see: &mut dyn FnMut(&'a Path)) {
        match &self.kind {
            Kind::Literal(_) => {}
            Kind::Path(path) => see(path),
            Kind::Call { helper, args, .. } => match (*helper, args.as_slice()) {
                ("and", args) => args.iter().for_each(|arg| arg.not_null_if_true(see)),
                ("not", [arg]) => arg.not_null_if_false(see),
                ("eq", [a, b]) => {
                    a.known_beside(b, see);
                    b.known_beside(a, see);
                }
                ("ne", [a, b]) => {
                    a.known_unlike_null(b, see);
                    b.known_unlike_null(a, see);
                }
                ("gt" | "gte" | "lt" | "lte", args) => {
                    args.iter().for_each(|arg| arg.own_path(see))
                }
                ("contains" | "find" | "first" | "last" | "lookup" | "len", [list, ..]) => {
                    list.own_path(see);
                }
                _ => {}
            },
        }
    }

    /// Calls a function with every path that is not null wherever this expression is false or null.
    pub fn not_null_if_false<'a>(&'a self, see: &mut dyn FnMut(&'a Path)) {
        let Kind::Call { helper, args, .. } = &self.kind else { return };
        match (*helper, args.as_slice()) {
            ("or", args) => args.iter().for_each(|arg| arg.not_null_if_false(see)),
            ("not", [arg]) => arg.not_null_if_true(see),
            ("eq", [a, b]) => {
                a.known_unlike_null(b, see);
                b.known_unlike_null(a, see);
            }
            ("ne", [a, b]) => {
                a.known_beside(b, see);
                b.known_beside(a, see);
            }
            _ => {}
        }
    }

    fn own_path<'a>(&'a self, see: &mut dyn FnMut(&'a Path)) {
        if let Kind::Path(path) = &self.kind {
            see(path);
        }
    }

    /// It equals a literal that is not null.
    fn known_beside<'a>(&'a self, other: &Expr, see: &mut dyn FnMut(&'a Path)) {
        if matches!(&other.kind, Kind::Literal(value) if !value.is_null()) {
            self.own_path(see);
        }
    }

    /// It differs from null.
    fn known_unlike_null<'a>(&'a self, other: &Expr, see: &mut dyn FnMut(&'a Path)) {
        if other.kind == Kind::Literal(Value::Null) {
            self.own_path(see);
        }
    }
}
