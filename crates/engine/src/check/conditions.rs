//! `when`, `until` and `for_each`: what they refer to, and whether they can be what they are for.

use crate::check::checked::{Checked, Node};
use crate::check::env::Env;
use crate::coerce::article;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::{Expr, Kind, Path, Typed};
use crate::types::Type;
use crate::workflow::{ForEach, Tree};

/// Checks the conditions and lists of every step.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    for (site, node) in checked.sites() {
        let env = Env::new(checked, site);
        if let Some(when) = &node.decl.when {
            condition(when, "when", &env.of_condition(), found);
        }
        if let Some(for_each) = &node.decl.for_each {
            list(for_each, &env.of_list(), found);
        }
        if let Some(until) = &node.decl.until {
            condition(until, "until", &env.with_result(), found);
        }
    }
}

fn condition(expr: &Expr, key: &str, env: &Env<'_>, found: &mut Diagnostics) {
    let typed = match expr.infer(env) {
        Ok(typed) => typed,
        Err(errors) => return errors.into_iter().for_each(|error| found.push(error)),
    };
    if let Some(why) = constant(expr, &typed) {
        let message = format!("this `{key}` always holds: {why}");
        found.push(Diagnostic::warning("C08", expr.span, message).help(
            "only `false` and null are false; compare, as in `gt (len steps.list.tokens) 0`",
        ));
    }
}

/// Says why a condition can only come out one way. A field of a map may be null whatever its type.
fn constant(expr: &Expr, typed: &Typed) -> Option<String> {
    if typed.nullable || typed.secret || matches!(typed.ty, Type::Boolean | Type::Any) {
        return None;
    }
    let may_be_null = |path: &Path| match path.head.as_str() {
        "steps" | "credential" => path.rest.len() > 2,
        "inputs" => path.rest.len() > 1,
        "run" => false,
        _other_scope => true,
    };
    match &expr.kind {
        Kind::Path(path) if may_be_null(path) => None,
        Kind::Path(_) | Kind::Literal(_) => {
            Some(format!("it is {}, and never null", article(&typed.ty)))
        }
        Kind::Call { .. } => Some(format!("it gives {}, and never null", article(&typed.ty))),
    }
}

fn list(for_each: &ForEach, env: &Env<'_>, found: &mut Diagnostics) {
    match for_each {
        ForEach::Expr(expr) => match expr.infer(env) {
            Ok(typed) => is_list(&typed, expr.span, found),
            Err(errors) => errors.into_iter().for_each(|error| found.push(error)),
        },
        ForEach::List(node) => {
            let mut broken = false;
            node.templates(&mut |template| {
                if let Err(errors) = template.infer(env) {
                    broken = true;
                    errors.into_iter().for_each(|error| found.push(error));
                }
            });
            if !broken && !matches!(node.tree, Tree::List(_)) {
                is_list(&env.node_type(node), node.span, found);
            }
        }
    }
}

fn is_list(typed: &Typed, span: Span, found: &mut Diagnostics) {
    if matches!(typed.ty, Type::List(_) | Type::Any) || typed.secret {
        return;
    }
    let message = format!("`for_each` goes through a list; this is {}", article(&typed.ty));
    let base = Diagnostic::error("C09", span, message);
    found.push(if matches!(typed.ty, Type::Map(_) | Type::Object(_)) {
        base.help("name the list in it, such as `steps.list.tokens`")
    } else if typed.ty.is_textual() {
        base.help("`split` makes a list of a text")
    } else {
        base
    });
}

/// Says whether a step goes through a written-out list without items.
pub(super) fn has_no_items(node: &Node) -> bool {
    match &node.decl.for_each {
        Some(ForEach::List(list)) => matches!(&list.tree, Tree::List(items) if items.is_empty()),
        Some(ForEach::Expr(_)) | None => false,
    }
}
