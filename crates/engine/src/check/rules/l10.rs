//! L10: what cannot be found again dies by itself.

#[cfg(test)]
mod tests;

use super::flow::{Flow, Made, Origin};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::{Mints, Repeat};
use crate::value::Value;

/// The page of `cutover explain L10`.
pub(crate) const PAGE: &str = include_str!("pages/l10.md");

/// Refuses a create whose orphan nobody could find, and warns of one that lives for ever.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    for made in &flow.made {
        out.list.extend(lost_for_ever(flow, made));
    }
    out.list.extend(lives_for_ever(flow));
}

fn lost_for_ever(flow: &Flow<'_>, made: &Made) -> Option<Diagnostic> {
    let node = flow.node(made.node);
    let spec = node.step.spec();
    let can_find = match (made.origin, spec.mints) {
        (Origin::Answer, _) => false,
        (_, Some(Mints::Marker | Mints::Diff | Mints::Chosen)) => true,
        (_, Some(Mints::Blind) | None) => spec.list.is_some() || spec.in_place,
    };
    if can_find || node.repeat == Repeat::Safe || expires(flow, made.node) {
        return None;
    }
    let (id, uses) = (flow.id(made.node), &node.decl.uses.value);
    let message = format!(
        "what `{id}` makes could not be found again after a lost answer, and never expires"
    );
    let help = match (&spec.expires, made.origin) {
        (Some(param), Origin::Answer) => format!(
            "ask for one that expires and say when: `{param}: \"{{{{ time_add run.started_at \
             \"30d\" }}}}\"`; or, where asking twice gives the same, `repeat: safe`"
        ),
        (Some(param), Origin::Provider | Origin::Chosen) => {
            format!("set `{param}`, so that an orphan dies by itself")
        }
        (None, _) => format!("`{uses}` has no way to let it expire: make it with another step"),
    };
    Some(Diagnostic::error("L10", flow.head(made.node), message).help(help))
}

/// A promoted credential that neither expires nor is revoked.
fn lives_for_ever(flow: &Flow<'_>) -> Option<Diagnostic> {
    flow.checked.promote()?;
    let made = flow.pending()?;
    let spec = flow.node(made.node).step.spec();
    let ends = flow.revokes_of_old().next().is_some() || uses_old(flow) || spec.in_place;
    if ends || expires(flow, made.node) {
        return None;
    }
    let id = flow.id(made.node);
    let message = format!("what `{id}` makes neither expires nor is revoked when it is replaced");
    let revoke = spec.revoke.as_deref().unwrap_or("the step that revokes it");
    let help = match &spec.expires {
        Some(param) => {
            format!("set `{param}`, or end the old one below the promotion with `{revoke}`")
        }
        None => format!("end the old one below the promotion with `{revoke}`"),
    };
    Some(Diagnostic::warning("L10", flow.head(made.node), message).help(help))
}

/// Whether a program or address of the author's is told which one was replaced.
fn uses_old(flow: &Flow<'_>) -> bool {
    (0..flow.nodes().len())
        .filter(|nth| flow.is_general_write(*nth))
        .any(|nth| flow.uses(nth).iter().any(|used| used.text.starts_with("credential.old")))
}

fn expires(flow: &Flow<'_>, nth: usize) -> bool {
    let node = flow.node(nth);
    let param = node.step.spec().expires.as_ref();
    let entry = param.and_then(|param| node.decl.with.get(param));
    entry.is_some_and(|entry| entry.node.literal() != Some(Value::Null))
}
