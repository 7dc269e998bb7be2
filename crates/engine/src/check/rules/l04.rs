//! L04: a secret goes only where one is taken, and what takes one is given one.

use crate::check::Checked;
use crate::check::checked::Node;
use crate::check::env::{Env, Site};
use crate::check::facts::path_text;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::{Param, Secrecy, Spec};
use crate::template::{Expr, NullInText, Part, Path, Typed, Types};
use crate::types::Type;
use crate::workflow::{Entry, ForEach, Node as Written, Tree, Undo};

#[cfg(test)]
mod tests;

/// The page of `cutover explain L04`.
pub(crate) const PAGE: &str = include_str!("pages/l04.md");

/// Follows every secret to where it is written. What cannot be resolved is told elsewhere.
pub(crate) fn check(checked: &Checked, out: &mut Diagnostics) {
    for (site, node) in checked.sites() {
        let env = Env::new(checked, site);
        conditions(node, &env, out);
        params(node.step.spec(), node.decl.with.iter(), &env, out);
        let undo = node.decl.undo.as_ref().map(|undo| &undo.value);
        if let (Some(Undo::Step { with, .. }), Some(step)) = (undo, &node.undo_step) {
            params(step.spec(), with.iter(), &env.with_result(), out);
        }
    }
    outside(checked, out);
}

fn conditions(node: &Node, env: &Env<'_>, out: &mut Diagnostics) {
    if let Some(when) = &node.decl.when {
        condition(when, "`when`", env, out);
    }
    match &node.decl.for_each {
        Some(ForEach::Expr(list)) => condition(list, "`for_each`", &env.of_list(), out),
        Some(ForEach::List(list)) => never(list, "`for_each`", &env.of_list(), out),
        None => {}
    }
    if let Some(until) = &node.decl.until {
        condition(until, "`until`", &env.clone().with_result(), out);
    }
}

fn condition(expr: &Expr, place: &str, env: &Env<'_>, out: &mut Diagnostics) {
    if expr.infer(&Secrecies(env)).is_ok_and(|typed| typed.secret) {
        let mut paths = Vec::new();
        expr.paths(&mut |path, span| paths.push((path, span)));
        out.push(refuse(expr.span, place, first_secret(&paths, env), expr.as_path().is_none()));
    }
}

fn params<'a>(
    spec: &Spec,
    with: impl Iterator<Item = (&'a String, &'a Entry)>,
    env: &Env<'_>,
    out: &mut Diagnostics,
) {
    for (name, entry) in with {
        let Some(param) = spec.param(name) else { continue };
        match param.secrecy {
            Secrecy::May => {}
            Secrecy::Never => never(&entry.node, &format!("`{name}` of `{}`", spec.name), env, out),
            Secrecy::Must => must(&entry.node, param, env, out),
        }
    }
}

/// Refuses every secret in a value.
fn never(node: &Written, place: &str, env: &Env<'_>, out: &mut Diagnostics) {
    match &node.tree {
        Tree::Literal(_) => {}
        Tree::Template(template) => {
            if template.infer(&Secrecies(env)).is_ok_and(|typed| typed.secret) {
                let mut paths = Vec::new();
                template.paths(&mut |path, span| paths.push((path, span)));
                let is_made = !template.parts.iter().any(|part| is_secret_path(part, env));
                out.push(refuse(node.span, place, first_secret(&paths, env), is_made));
            }
        }
        Tree::List(items) => items.iter().for_each(|item| never(item, place, env, out)),
        Tree::Map(map) => map.values().for_each(|entry| never(&entry.node, place, env, out)),
    }
}

/// Refuses a plain value where a secret is wanted. One that is written out is another rule's (L14).
fn must(node: &Written, param: &Param, env: &Env<'_>, out: &mut Diagnostics) {
    let Tree::Template(template) = &node.tree else { return };
    // What is wrong with it otherwise is told first: it might be a secret once that is right.
    let Ok(typed) = template.infer(env) else { return };
    if typed.secret {
        return;
    }
    let name = &param.name;
    let message = format!("`{name}` takes a secret, and this is a plain value");
    out.push(Diagnostic::error("L04", node.span, message).help(way_to_seal(&typed)));
}

fn way_to_seal(typed: &Typed) -> &'static str {
    if typed.ty == Type::Any {
        return "take it out of the answer with `seal: [/pointer]`, or keep the whole answer with \
                `output: secret`";
    }
    "it has passed through the journal in the open; use an input of type `secret` or a step's \
     secret output"
}

fn outside(checked: &Checked, out: &mut Diagnostics) {
    let workflow = checked.workflow();
    let outputs = Env::new(checked, Site::Outputs);
    for (name, node) in &workflow.outputs {
        never(node, &format!("the output `{name}`"), &outputs, out);
    }
    let inputs = Env::new(checked, Site::Inputs);
    if let Some(credential) = &workflow.credential {
        never(&credential.name, "the credential's `name`", &inputs, out);
        if let Some(owner) = &credential.owner {
            never(owner, "the credential's `owner`", &inputs, out);
        }
    }
}

fn refuse(whole: Span, place: &str, secret: Option<(&Path, Span)>, is_made: bool) -> Diagnostic {
    let (what, span) = match secret {
        Some((path, span)) => (format!("`{}`", path_text(path)), span),
        None => ("this".to_owned(), whole),
    };
    let base =
        Diagnostic::error("L04", span, format!("{place} takes no secret, and {what} is one"));
    if is_made {
        return base.help("what is made of a secret is a secret too, its hash included");
    }
    base.help("it would be written in the open; a secret goes only into parameters that take one")
}

fn is_secret_path(part: &Part, env: &Env<'_>) -> bool {
    let Part::Expr(expr) = part else { return false };
    expr.as_path().is_some_and(|path| env.is_secret(path, expr.span))
}

/// Returns the first path that is a secret.
fn first_secret<'p>(paths: &[(&'p Path, Span)], env: &Env<'_>) -> Option<(&'p Path, Span)> {
    paths.iter().find(|(path, span)| env.is_secret(path, *span)).copied()
}

/// A scope that only tells secrets: what else is wrong with a path is told elsewhere, and hides
/// nothing here.
struct Secrecies<'a>(&'a Env<'a>);

impl Types for Secrecies<'_> {
    fn path(&self, path: &Path, span: Span) -> Result<Typed, Diagnostic> {
        Ok(self.0.path(path, span).map(Typed::known).unwrap_or_default())
    }

    fn null_in_text(&self) -> NullInText {
        NullInText::Empty
    }
}
