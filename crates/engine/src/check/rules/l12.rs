//! L12: a create that kills the old value logs in by something else, which was tried.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;

/// The page of `cutover explain L12`.
pub(crate) const PAGE: &str = include_str!("pages/l12.md");

/// Refuses a create after whose lost answer nobody could log in.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    for nth in 0..flow.nodes().len() {
        let node = flow.node(nth);
        if node.role == Role::Create && node.step.spec().in_place {
            out.list.extend(could_lock_out(flow, nth));
        }
    }
}

fn could_lock_out(flow: &Flow<'_>, create: usize) -> Option<Diagnostic> {
    let id = flow.id(create);
    let uses = &flow.node(create).decl.uses.value;
    let span = flow.head(create);
    let label = "the old value dies in this call; a lost answer would be a lock-out";
    let Some(login) = flow.logins(create).first() else {
        let message =
            format!("`{uses}` does not say what it logs in with, and `{id}` kills the old value");
        let help = "use a step whose login is known, another one than what it replaces";
        return Some(Diagnostic::error("L12", span, message).label(label).help(help));
    };
    let place = login.at.shown();
    if flow.held_old().contains(&&login.at) {
        let message = format!("`{id}` kills the old value and logs in by it: {place}");
        let help = "log in by another place, such as an administrator's";
        return Some(Diagnostic::error("L12", span, message).label(label).help(help));
    }
    let tried = flow.node(create).before.iter().any(|nth| {
        let node = flow.node(nth);
        node.role == Role::Read
            && node.decl.when.is_none()
            && node.decl.for_each.is_none()
            && flow.logins(nth).iter().any(|tried| tried.at == login.at)
    });
    if tried {
        return None;
    }
    let message =
        format!("`{id}` kills the old value, and nothing has shown that {place} can log in");
    let help = format!("above it, put a reading step without `when` that logs in by {place}");
    Some(Diagnostic::error("L12", span, message).label(label).help(help))
}
