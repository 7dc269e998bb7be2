//! Every path that a step refers to, wherever in it that stands.

use indexmap::IndexMap;

use crate::source::Span;
use crate::template::Path;
use crate::workflow::{Entry, ForEach, Node as Written, StepDecl, Undo};

/// Calls a function with every path in a step.
pub(crate) fn paths<'a>(decl: &'a StepDecl, see: &mut dyn FnMut(&'a Path, Span)) {
    in_map(&decl.with, see);
    for expr in decl.when.iter().chain(&decl.until) {
        expr.paths(see);
    }
    match &decl.for_each {
        Some(ForEach::Expr(expr)) => expr.paths(see),
        Some(ForEach::List(node)) => in_node(node, see),
        None => {}
    }
    if let Some(Undo::Step { with, .. }) = decl.undo.as_ref().map(|undo| &undo.value) {
        in_map(with, see);
    }
}

/// Calls a function with every path in a value.
pub(crate) fn in_node<'a>(node: &'a Written, see: &mut dyn FnMut(&'a Path, Span)) {
    node.templates(&mut |template| template.paths(see));
}

fn in_map<'a>(with: &'a IndexMap<String, Entry>, see: &mut dyn FnMut(&'a Path, Span)) {
    with.values().for_each(|entry| in_node(&entry.node, see));
}

/// Says whether a path is `credential.old` or leads into it.
pub(crate) fn is_old(path: &Path) -> bool {
    path.head == "credential" && path.rest.first().is_some_and(|(name, _)| name == "old")
}

/// Says whether a step refers to `credential.old`.
pub(crate) fn uses_old(decl: &StepDecl) -> bool {
    let mut uses = false;
    paths(decl, &mut |path, _| uses |= is_old(path));
    uses
}
