//! L16: with a credential one create and one promote, surely; without one no promote.

#[cfg(test)]
mod tests;

use super::flow::{Flow, head};
use super::l01::for_each_span;
use crate::check::Node;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::Role;
use crate::workflow::Undo;

/// The page of `cutover explain L16`.
pub(crate) const PAGE: &str = include_str!("pages/l16.md");

/// Refuses a credential that nothing, or more than one step, makes or promotes.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let creates = with_role(flow, Role::Create);
    let promotes = with_role(flow, Role::Promote);
    hidden(flow, out);
    let Some(credential) = &flow.checked.workflow().credential else {
        for nth in promotes {
            let message =
                format!("`{}` promotes, and the workflow has no `credential`", flow.id(nth));
            out.push(Diagnostic::error("L16", flow.head(nth), message).help(
                "say what it promotes: `credential: { name: .., owner: .. }`; or drop the step",
            ));
        }
        return;
    };
    out.list.extend(exactly_one(flow, credential.span, &creates, "create"));
    out.list.extend(exactly_one(flow, credential.span, &promotes, "promote"));
    if let [create] = creates.as_slice() {
        out.list.extend(without_id(flow, *create));
    }
    for nth in creates.into_iter().chain(promotes) {
        out.list.extend(not_surely_once(flow, nth));
    }
}

fn with_role(flow: &Flow<'_>, role: Role) -> Vec<usize> {
    (0..flow.nodes().len()).filter(|nth| flow.node(*nth).role == role).collect()
}

fn exactly_one(flow: &Flow<'_>, at: Span, steps: &[usize], what: &str) -> Option<Diagnostic> {
    match steps {
        [_] => None,
        [] => {
            let message = format!("`credential` has no step that {what}s it");
            let help = if what == "create" {
                "add one step that makes the new credential, such as `influxctl.management.create`"
            } else {
                "add, below the proof that the new one works, a step with `uses: credential.promote`"
            };
            Some(Diagnostic::error("L16", at, message).help(help))
        }
        [first, second, ..] => {
            let (one, other) = (flow.id(*first), flow.id(*second));
            let message = format!("`{other}` is a second {what}, and a credential has just one");
            Some(
                Diagnostic::error("L16", flow.head(*second), message)
                    .related(flow.head(*first), format!("the first, `{one}`"))
                    .help("put each credential into a workflow of its own"),
            )
        }
    }
}

fn without_id(flow: &Flow<'_>, nth: usize) -> Option<Diagnostic> {
    let node = flow.node(nth);
    let has_id = node.outputs().any(|output| output.name == "id");
    let uses = &node.decl.uses.value;
    (!has_id).then(|| {
        let message = format!("`{uses}` gives no `id`, so what it makes could never be revoked");
        Diagnostic::error("L16", node.decl.uses.span, message)
            .help("make the credential with a step that gives its `id`")
    })
}

fn not_surely_once(flow: &Flow<'_>, nth: usize) -> Option<Diagnostic> {
    let node = flow.node(nth);
    let id = flow.id(nth);
    let verb = if node.role == Role::Create { "makes" } else { "promotes" };
    if let Some(when) = &node.decl.when {
        let message = format!("`{id}` {verb} the credential and may be skipped");
        return Some(Diagnostic::error("L16", when.span, message).help(format!(
            "drop the `when`: a run that should do nothing is best stopped by an `assert` above `{id}`"
        )));
    }
    // What `for_each` does to a create is said by L07.
    let span = for_each_span(&node.decl).filter(|_| node.role == Role::Promote)?;
    let message = format!("`{id}` {verb} the credential and runs once per item");
    Some(Diagnostic::error("L16", span, message).help("drop the `for_each`"))
}

/// Creates and promotes where none may be: in hooks and in `undo`.
fn hidden(flow: &Flow<'_>, out: &mut Diagnostics) {
    let checked = flow.checked;
    for node in checked.on_failure().iter().chain(checked.finally()) {
        if makes(node.role) {
            let id = &node.decl.id.value;
            let message = format!(
                "`{id}` {}s in a hook, which runs at least once, not just once",
                node.role.as_str()
            );
            out.push(
                Diagnostic::error("L16", head(checked, &node.decl), message)
                    .help("move it to `steps`"),
            );
        }
    }
    let hooks = checked.on_failure().iter().chain(checked.finally());
    for node in flow.nodes().iter().chain(hooks) {
        out.list.extend(in_undo(node));
    }
}

fn in_undo(node: &Node) -> Option<Diagnostic> {
    let role = node.undo_step.as_ref().map(|step| step.spec().role).filter(|role| makes(*role))?;
    let undo = node.decl.undo.as_ref()?;
    let span = match &undo.value {
        Undo::Step { uses, .. } => uses.span,
        Undo::Again | Undo::None { .. } => undo.span,
    };
    let id = &node.decl.id.value;
    let message = format!("the `undo` of `{id}` {}s, which no undo may", role.as_str());
    Some(Diagnostic::error("L16", span, message).help("an undo takes back what its step has done"))
}

fn makes(role: Role) -> bool {
    matches!(role, Role::Create | Role::Promote)
}
