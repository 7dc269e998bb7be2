//! One segment of a path: what a value has under a name, and what to say where it has nothing.

use crate::check::checked::holds_secret;
use crate::check::facts::path_text;
use crate::check::resolve::quoted;
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;
use crate::template::{Path, Typed};
use crate::types::Type;

/// Returns a path up to and without its segment `until`.
pub(super) fn shown(path: &Path, until: usize) -> String {
    let rest = path.rest[..until].to_vec();
    path_text(&Path { head: path.head.clone(), rest })
}

pub(super) fn out_of_place(path: &Path, span: Span, scope: &str) -> Diagnostic {
    let message = format!("`{}` is not in scope here", path_text(path));
    Diagnostic::error("T05", span, message).help(format!("it is in scope in {scope} only"))
}

/// Returns a segment that must be one of some names.
pub(super) fn field<'p>(
    path: &'p Path,
    at: usize,
    span: Span,
    of: &str,
    names: &[&str],
) -> Result<&'p str, Diagnostic> {
    let Some((name, place)) = path.rest.get(at) else {
        let message = format!("`{of}` alone is no value");
        let example = names.first().unwrap_or(&"name");
        let help = format!("write out what of it is meant, such as `{of}.{example}`");
        return Err(Diagnostic::error("T05", span, message).help(help));
    };
    if names.contains(&name.as_str()) {
        return Ok(name);
    }
    let here = Span::new(span.start, place.end.max(span.start));
    let message = match of {
        "inputs" => format!("`{name}` is not an input of this workflow"),
        _scope => format!("`{of}` has no `{name}`"),
    };
    Err(with_names(Diagnostic::error("T05", here, message), name, names))
}

/// Adds the nearest of some names, or all of them.
pub(super) fn with_names(found: Diagnostic, name: &str, names: &[&str]) -> Diagnostic {
    match nearest(name, names.iter().copied()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => found.help("it has none"),
        None => found.help(format!("there are {}", quoted(names))),
    }
}

/// Returns the type of one field or item.
pub(super) fn inside(
    from: Typed,
    name: &str,
    so_far: &str,
    path: &Path,
    here: Span,
) -> Result<Typed, Diagnostic> {
    let code = if path.head == "steps" { "T04" } else { "T05" };
    let Typed { ty, nullable, secret } = from;
    let wrong = |message: String| Diagnostic::error(code, here, message);
    match ty {
        Type::Any => Ok(Typed { ty: Type::Any, nullable, secret }),
        Type::Map(of) => Ok(Typed { secret: holds_secret(&of), ty: *of, nullable: true }),
        Type::Object(fields) => match fields.get(name) {
            Some(ty) => Ok(Typed { ty: ty.clone(), nullable, secret: holds_secret(ty) }),
            None => {
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                let message = format!("`{so_far}` has no `{name}`");
                Err(with_names(wrong(message), name, &names))
            }
        },
        Type::List(of) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Typed { secret: holds_secret(&of), ty: *of, nullable: true })
        }
        Type::List(_) => Err(wrong(format!("`{so_far}` is a list and has no `{name}`")).help(
            "take one item with a number, `first`, `last` or `find`, or go through all with \
             `for_each`",
        )),
        scalar => Err(wrong(format!("`{so_far}` is a {scalar} and has no `{name}`"))),
    }
}
