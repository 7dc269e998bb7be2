//! `credential.in_use`: the reading step that finds what is in use, and who waits for it.

use crate::check::checked::{Checked, Node, holds_secret};
use crate::check::env::{Env, Site};
use crate::check::graph;
use crate::check::walk;
use crate::coerce::article;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::Role;
use crate::template::Expr;
use crate::types::Type;
use crate::workflow::OnError;

/// Finds the step that `in_use` reads and makes every create and every use of `credential.old`
/// wait for it.
pub(super) fn find(checked: &mut Checked, found: &mut Diagnostics) {
    let workflow = checked.workflow.clone();
    let Some(expr) = workflow.credential.as_ref().and_then(|held| held.in_use.as_ref()) else {
        return;
    };
    let Some(step) = named(checked, expr, found) else { return };
    let wrong = mistakes(checked, step);
    if !wrong.is_empty() {
        wrong.into_iter().for_each(|(message, help)| found.push(refuse(expr.span, message, help)));
        return;
    }
    checked.in_use = Some(step);
    if checked.ordered {
        let waiting: Vec<usize> = waiting(checked, step).collect();
        if !waiting.is_empty() {
            graph::wait_for(checked, &waiting, step);
        }
    }
}

fn waiting(checked: &Checked, step: usize) -> impl Iterator<Item = usize> + '_ {
    let nodes = checked.nodes.iter().enumerate();
    nodes
        .filter(move |(at, node)| *at != step && !node.before.contains(step))
        .filter(|(_, node)| node.role == Role::Create || walk::uses_old(&node.decl))
        .map(|(at, _)| at)
}

fn refuse(span: Span, message: String, help: &str) -> Diagnostic {
    let base = Diagnostic::error("C01", span, message);
    if help.is_empty() { base } else { base.help(help) }
}

/// Returns the step that the expression reads, where it is one output of one.
fn named(checked: &Checked, expr: &Expr, found: &mut Diagnostics) -> Option<usize> {
    let path = expr.as_path().filter(|path| path.head == "steps" && path.rest.len() == 2);
    let Some(path) = path else {
        let help = "write `steps.<id>.<output>`";
        found.push(refuse(expr.span, "`in_use` is one output of a reading step".into(), help));
        return None;
    };
    let step = checked.index(&path.rest[0].0);
    if step.is_some_and(|step| checked.nodes[step].decl.for_each.is_some()) {
        return step;
    }
    match expr.infer(&Env::new(checked, Site::Outputs)) {
        Ok(typed) if holds_secret(&typed.ty) => {
            let help = "name an output that holds the provider's id";
            found.push(refuse(expr.span, "`in_use` is an id, never a secret".into(), help));
            None
        }
        Ok(typed) if typed.ty.is_textual() || matches!(typed.ty, Type::Any | Type::Integer) => step,
        Ok(typed) => {
            let message = format!("`in_use` is an id; this is {}", article(&typed.ty));
            found.push(refuse(expr.span, message, ""));
            None
        }
        Err(errors) => {
            errors.into_iter().for_each(|error| found.push(error));
            None
        }
    }
}

fn mistakes(checked: &Checked, step: usize) -> Vec<(String, &'static str)> {
    let node = &checked.nodes[step];
    let id = node.id();
    let mut wrong = Vec::new();
    if !node.known || !checked.ordered {
        return wrong;
    }
    if node.role != Role::Read {
        let message = format!("`in_use` names `{id}`, which does more than read");
        wrong.push((message, "what is in use is found by a reading step"));
    }
    let continues = node.decl.on_error.as_ref().is_some_and(|on| on.value == OnError::Continue);
    let keys = [
        (node.decl.when.is_some(), "when"),
        (node.decl.for_each.is_some(), "for_each"),
        (continues, "on_error: continue"),
    ];
    for (_, key) in keys.into_iter().filter(|(has, _)| *has) {
        let message = format!("`in_use` names `{id}`, which has `{key}`");
        wrong.push((message, "what is in use has to be looked up in every run"));
    }
    for other in node.before.iter().map(|at| &checked.nodes[at]).filter(|other| changes(other)) {
        let message = format!(
            "`in_use` names `{id}`, which waits for `{}`, and that does more than read",
            other.id()
        );
        wrong.push((message, "put the reading step first, or give it `needs: []`"));
    }
    let chain = node.before.iter().chain([step]).map(|at| &checked.nodes[at]);
    for user in chain.filter(|node| walk::uses_old(&node.decl)) {
        let message = format!("`{}` uses `credential.old`, which `in_use` is to find", user.id());
        wrong.push((message, "what finds it, and all before that, cannot use it"));
    }
    wrong
}

fn changes(node: &Node) -> bool {
    node.known && node.role != Role::Read && !node.step.spec().pure
}
