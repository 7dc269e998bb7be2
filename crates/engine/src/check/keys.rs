//! Which key goes where on a step.

use crate::check::checked::{Checked, Node};
use crate::check::conditions::has_no_items;
use crate::check::env::Site;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Span, Spanned};
use crate::spec::Role;

/// Checks the keys of every step.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    for (site, node) in checked.sites() {
        match site {
            Site::OnFailure(_) => hook(node, "on_failure", found),
            Site::Finally(_) => hook(node, "finally", found),
            Site::Step(at) => verifies(checked, at, found),
            Site::Outputs | Site::Inputs => {}
        }
        if node.known {
            until(checked, node, found);
            after(node, found);
        }
        undo(node, found);
    }
}

fn hook(node: &Node, list: &str, found: &mut Diagnostics) {
    let decl = &node.decl;
    let word = node.role.as_str();
    match node.role {
        Role::Create | Role::Store | Role::Publish | Role::Promote | Role::Revoke => {
            let message = format!("`{}` is a {word}, which has no place in `{list}`", node.id());
            let help = "steps here only look, tell and tidy up: they run after a failure too, and \
                        nothing takes them back";
            found.push(Diagnostic::error("C02", decl.uses.span, message).help(help));
        }
        Role::Read | Role::Notify | Role::Other if node.step.spec().asks => {
            let message = format!("`{}` waits for a person, and `{list}` never waits", node.id());
            let help = "put it among the `steps`: these here run to their end by themselves";
            found.push(Diagnostic::error("C02", decl.uses.span, message).help(help));
        }
        Role::Read | Role::Notify | Role::Other => {}
    }
    let first_proof = decl.verifies.first().map(|id| id.span);
    let needs = decl.needs.as_ref().map(|ids| ids.first().map_or(decl.id.span, |id| id.span));
    let keys = [
        (needs, "needs", "these steps run one after the other, as they are written"),
        (first_proof, "verifies", "nothing that counts on it comes after it"),
        (decl.undo.as_ref().map(|undo| undo.span), "undo", "nothing here is taken back"),
    ];
    for (span, key, help) in keys {
        if let Some(span) = span {
            let message = format!("`{key}` has no place in a step of `{list}`");
            found.push(Diagnostic::error("C03", span, message).help(help));
        }
    }
}

/// A create with `until` is one of the lifecycle rules.
fn until(checked: &Checked, node: &Node, found: &mut Diagnostics) {
    let Some(until) = &node.decl.until else { return };
    match node.role {
        Role::Read => {}
        Role::Create => return,
        Role::Store | Role::Publish | Role::Promote | Role::Revoke | Role::Notify | Role::Other => {
            let message =
                format!("`until` goes on a step that only reads; `{}` does more", node.id());
            let help = "what it does would be done again with every try; put a reading step with \
                        `until` after it";
            found.push(Diagnostic::error("C04", until.span, message).help(help));
            return;
        }
    }
    let has_retry = node.decl.retry.is_some() || checked.workflow.defaults.retry.is_some();
    if has_retry && node.retry.max_attempts < 2 {
        let message = "`until` tries again, and `retry` here allows one try";
        let help = "for example `retry: { max_attempts: 20, delay: 15s, backoff: constant }`";
        found.push(Diagnostic::error("C05", until.span, message).help(help));
    }
}

fn after(node: &Node, found: &mut Diagnostics) {
    let Some(after) = node.decl.after.as_ref().filter(|_| node.role != Role::Revoke) else {
        return;
    };
    let message = format!("`after` goes on a revoke; `{}` is none", node.id());
    let help = "the step `wait` waits within a run";
    found.push(Diagnostic::error("C06", after.span, message).help(help));
}

fn undo(node: &Node, found: &mut Diagnostics) {
    let Some(undo) = node.decl.undo.as_ref().filter(|_| node.known && !node.writes()) else {
        return;
    };
    let message = match node.role {
        Role::Promote => "a promotion is never taken back, so it has no `undo`".to_owned(),
        Role::Read
        | Role::Create
        | Role::Store
        | Role::Publish
        | Role::Revoke
        | Role::Notify
        | Role::Other => format!("`{}` changes nothing, so there is nothing to undo", node.id()),
    };
    found.push(Diagnostic::error("C03", undo.span, message).help("take `undo` out"));
}

fn verifies(checked: &Checked, at: usize, found: &mut Diagnostics) {
    let node = &checked.nodes[at];
    for id in &node.decl.verifies {
        if let Some((message, help)) = bad_proof(checked, at, id) {
            found.push(refuse(id.span, message, &help));
        }
    }
    if let Some(first) = node.decl.verifies.first().filter(|_| has_no_items(node)) {
        let message = format!("`{}` has no items, so it proves nothing", node.id());
        found.push(refuse(first.span, message, "give `for_each` something to go through"));
    }
}

fn refuse(span: Span, message: String, help: &str) -> Diagnostic {
    Diagnostic::error("C07", span, message).help(help)
}

fn bad_proof(checked: &Checked, at: usize, id: &Spanned<String>) -> Option<(String, String)> {
    let own = checked.nodes[at].id();
    let name = &id.value;
    let Some(target) = checked.index(name) else {
        let message = format!("`{own}` verifies `{name}`, which is not a step here");
        let help = match nearest(name, checked.nodes.iter().map(Node::id)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a step that writes, above this one".to_owned(),
        };
        return Some((message, help));
    };
    let node = &checked.nodes[target];
    if target == at {
        let message = format!("`{own}` verifies itself");
        return Some((message, "a proof is another step, after it".to_owned()));
    }
    if node.known && !can_be_proven(node) {
        let message = format!("`{own}` verifies `{name}`, and there is nothing in it to prove");
        let help = "`verifies` names a create, a store, a publish, or a program or request that \
                    writes";
        return Some((message, help.to_owned()));
    }
    if checked.ordered && !checked.is_before(target, at) {
        let message = format!("`{own}` verifies `{name}`, which is not surely finished before it");
        let help = match checked.nodes[at].decl.needs {
            Some(_) => format!("add `{name}` to the `needs` of `{own}`"),
            None => format!("move `{name}` above `{own}`"),
        };
        return Some((message, help));
    }
    None
}

fn can_be_proven(node: &Node) -> bool {
    match node.role {
        Role::Create | Role::Store | Role::Publish => true,
        Role::Other => node.writes(),
        Role::Read | Role::Promote | Role::Revoke | Role::Notify => false,
    }
}
