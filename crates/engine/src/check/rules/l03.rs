//! L03: a revoke does not log in by what it revokes.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use crate::check::place::Login;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// The page of `cutover explain L03`.
pub(crate) const PAGE: &str = include_str!("pages/l03.md");

/// Refuses a revoke whose login is, or may be, the value that it ends.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let held = flow.held_old();
    for revoke in flow.revokes_of_old() {
        for login in flow.logins(revoke) {
            if held.contains(&&login.at) && !holds_new(flow, revoke, login) {
                out.push(logs_in_by_old(flow, revoke, login));
            }
        }
    }
}

/// Whether the login's place surely held the new value when the revoke took it from there.
fn holds_new(flow: &Flow<'_>, revoke: usize, login: &Login) -> bool {
    let taken_by = login.through.unwrap_or(revoke);
    flow.made.iter().any(|made| {
        flow.holders(made).any(|writer| {
            let decl = &flow.node(writer).decl;
            flow.written(writer) == Some(&login.at)
                && flow.is_before(writer, taken_by)
                && decl.when.is_none()
                && decl.for_each.is_none()
        })
    })
}

fn logs_in_by_old(flow: &Flow<'_>, revoke: usize, login: &Login) -> Diagnostic {
    let (id, place) = (flow.id(revoke), login.at.shown());
    let message =
        format!("`{id}` logs in by {place}, which may still hold the credential that it ends");
    let writer = (0..flow.nodes().len())
        .find(|nth| flow.written(*nth) == Some(&login.at))
        .map(|nth| flow.id(nth));
    let read = login.through.map(|nth| flow.id(nth));
    let help = match (writer, read) {
        (Some(writer), Some(read)) => {
            format!(
                "let `{read}` wait for `{writer}`, which writes the new value there; or log in \
                     by another place"
            )
        }
        (Some(writer), None) => {
            format!(
                "let `{id}` wait for `{writer}`, without `when` and `for_each`, which writes \
                     the new value there; or log in by another place"
            )
        }
        (None, _) => "log in by another place, such as an administrator's".to_owned(),
    };
    let span = flow
        .uses(revoke)
        .iter()
        .find(|used| login.through.is_some_and(|nth| used.step() == Some(flow.id(nth))))
        .map_or_else(|| flow.head(revoke), |used| used.span);
    Diagnostic::error("L03", span, message).label("it would cut its own login off").help(help)
}
