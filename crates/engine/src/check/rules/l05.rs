//! L05: what a failure before promotion leaves behind can be put back.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::Role;
use crate::workflow::Undo;

/// The page of `cutover explain L05`.
pub(crate) const PAGE: &str = include_str!("pages/l05.md");

/// Refuses a write that a failure before the point of no return could not take back.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let Some(pivot) = point_of_no_return(flow) else { return };
    for nth in (0..flow.nodes().len()).filter(|nth| *nth != pivot) {
        if is_write(flow, nth) && !flow.is_before(pivot, nth) {
            out.list.extend(stays_behind(flow, nth, pivot));
        }
    }
}

/// The step after which a run only goes forward: the `in_place` create, else the promote.
fn point_of_no_return(flow: &Flow<'_>) -> Option<usize> {
    let nodes = 0..flow.nodes().len();
    let in_place = nodes.into_iter().find(|nth| {
        let node = flow.node(*nth);
        node.role == Role::Create && node.step.spec().in_place
    });
    in_place.or(flow.checked.promote())
}

/// Whether a step changes something that matters after a failure.
fn is_write(flow: &Flow<'_>, nth: usize) -> bool {
    let node = flow.node(nth);
    let changes = match node.role {
        Role::Read | Role::Promote | Role::Notify => false,
        Role::Create | Role::Store | Role::Publish | Role::Revoke | Role::Other => true,
    };
    changes && !node.step.spec().pure && node.verifies.is_empty()
}

fn stays_behind(flow: &Flow<'_>, nth: usize, pivot: usize) -> Option<Diagnostic> {
    let node = flow.node(nth);
    let must = node.role == Role::Create || flow.is_keeper(nth) || flow.made_at(nth).is_some();
    match node.decl.undo.as_ref().map(|undo| &undo.value) {
        Some(Undo::Step { .. }) => None,
        Some(Undo::Again | Undo::None { .. }) if !must => None,
        Some(undo @ (Undo::Again | Undo::None { .. })) => {
            let span = node.decl.undo.as_ref().map_or(flow.head(nth), |undo| undo.span);
            Some(not_enough(flow, nth, undo, span))
        }
        None if node.step.spec().has_undo => None,
        None => Some(no_undo(flow, nth, pivot, must)),
    }
}

fn not_enough(flow: &Flow<'_>, nth: usize, undo: &Undo, span: Span) -> Diagnostic {
    let id = flow.id(nth);
    let role = match flow.node(nth).role {
        Role::Store => "store",
        Role::Publish => "publish",
        Role::Read | Role::Create | Role::Promote | Role::Revoke | Role::Notify | Role::Other => {
            "create"
        }
    };
    let what = match undo {
        Undo::Again => "doing it again does not take it back",
        Undo::None { .. } | Undo::Step { .. } => "leaving it behind is not an answer for one",
    };
    let help = if flow.node(nth).step.spec().has_undo {
        format!("drop `undo`: `{}` has an undo of its own", flow.node(nth).decl.uses.value)
    } else {
        format!("write `undo: {{ uses: .., with: .. }}` with the step that takes `{id}` back")
    };
    Diagnostic::error("L05", span, format!("`{id}` is a {role}, and {what}")).help(help)
}

fn no_undo(flow: &Flow<'_>, nth: usize, pivot: usize, must: bool) -> Diagnostic {
    let (id, until) = (flow.id(nth), flow.id(pivot));
    let uses = &flow.node(nth).decl.uses.value;
    let (message, help) = if flow.is_keeper(nth) {
        let place = flow.written(nth).map_or("its place", |at| at.shown());
        (
            format!("{place} cannot be put back, and `{id}` writes it before `{until}`"),
            format!("put `{id}` below `{until}`; or say how: `undo: {{ uses: .., with: .. }}`"),
        )
    } else if must {
        (
            format!("a failure before `{until}` could not take back what `{id}` makes"),
            "say how: `undo: { uses: .., with: .. }`; `result` holds its outputs".to_owned(),
        )
    } else {
        (
            format!("a failure before `{until}` could not take `{id}` back"),
            "say how, `undo: { uses: .., with: .. }` or `undo: again`, or why nothing needs to be: \
             `undo: { none: \"<why>\" }`"
                .to_owned(),
        )
    };
    Diagnostic::error("L05", flow.head(nth), message)
        .label(format!("`{uses}` has no undo"))
        .help(help)
}
