//! L08: nobody is given a new value before something has shown that it works.

#[cfg(test)]
mod tests;

use super::flow::{Doubt, Flow, Made};
use crate::check::Node;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::{Role, Spec};
use crate::types::Type;

/// The page of `cutover explain L08`.
pub(crate) const PAGE: &str = include_str!("pages/l08.md");

/// Refuses to hand out a new value that was not tried.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    doubtful_proofs(flow, out);
    let Some(made) = flow.pending() else { return };
    let holders: Vec<usize> =
        flow.holders(made).filter(|nth| !flow.keeps_pending(*nth, made)).collect();
    if !flow.node(made.node).step.spec().in_place {
        holders.iter().for_each(|nth| out.list.extend(untried(flow, *nth, made)));
    }
    holders.iter().for_each(|nth| out.list.extend(unproved(flow, *nth)));
}

fn untried(flow: &Flow<'_>, nth: usize, made: &Made) -> Option<Diagnostic> {
    let above = flow.checked.promote().is_none_or(|promote| !flow.is_before(promote, nth));
    let proves = flow.node(nth).verifies.contains(&made.node);
    let tried = flow
        .proofs(made.node)
        .any(|proof| flow.is_before(proof, nth) && flow.node(proof).decl.when.is_none());
    if !above || proves || tried {
        return None;
    }
    let (id, create) = (flow.id(nth), flow.id(made.node));
    let skipped = flow.proofs(made.node).find(|proof| flow.is_before(*proof, nth));
    if let Some((proof, when)) =
        skipped.and_then(|proof| Some((proof, flow.node(proof).decl.when.as_ref()?)))
    {
        let proof = flow.id(proof);
        let message =
            format!("`{proof}` may be skipped, and then `{id}` hands out an untried value");
        let help = format!("drop the `when` of `{proof}`");
        return Some(Diagnostic::error("L08", when.span, message).help(help));
    }
    let what = flow.written(nth).map_or("hands it out", |at| at.shown()).to_owned();
    let value = flow.given(nth, made).map_or_else(String::new, |used| used.text.clone());
    let label = match flow.written(nth) {
        Some(_) => format!("writes {what} with `{value}`"),
        None => format!("is given `{value}`"),
    };
    let message = format!("`{id}` hands out the new value before anything has shown that it works");
    let later = flow.proofs(made.node).next().map(|proof| flow.id(proof));
    let help = match later {
        Some(proof) => {
            format!("let `{id}` wait for `{proof}`: put it below, or name it in `needs`")
        }
        None => format!(
            "put a step with `verifies: {create}` above it, for example\n{}",
            example(flow, made)
        ),
    };
    Some(Diagnostic::error("L08", flow.head(nth), message).label(label).help(help))
}

/// A step that proves a create: the one that lists what it makes, logged in by the new value.
fn example(flow: &Flow<'_>, made: &Made) -> String {
    let create = flow.node(made.node);
    let value = made.values.first().map_or("steps.create.token", String::as_str);
    let list = create.step.spec().list.as_deref().and_then(|name| flow.registry.get(name));
    let secret = list.and_then(|list| list.spec().written().find(|p| p.ty == Type::Secret));
    let (uses, mut with) = match (list, secret) {
        (Some(list), Some(_)) => (list.spec().name.as_str(), same_login(flow, create, list.spec())),
        _no_list_by_value => ("http.request", "method: GET, url: .., ".to_owned()),
    };
    with += &match secret {
        Some(secret) => format!("{}: \"{{{{ {value} }}}}\"", secret.name),
        None => format!("headers: {{ Authorization: \"Bearer {{{{ {value} }}}}\" }}"),
    };
    let create = create.id();
    format!("  - id: works\n    uses: {uses}\n    verifies: {create}\n    with: {{ {with} }}")
}

/// The parameters that say where a create logs in, as they are written, for a step that has them
/// too.
fn same_login(flow: &Flow<'_>, create: &Node, spec: &Spec) -> String {
    let names = spec.logs_in_with.iter().flat_map(|place| &place.args);
    let source = &flow.checked.workflow().source;
    names
        .filter_map(|name| {
            let written = create.decl.with.get(name)?;
            Some(format!("{name}: {}, ", source.slice(written.node.span).trim()))
        })
        .collect()
}

/// A publish that nothing proves before the old value ends.
fn unproved(flow: &Flow<'_>, nth: usize) -> Option<Diagnostic> {
    if flow.node(nth).role != Role::Publish {
        return None;
    }
    let revoke = flow
        .revokes_of_old()
        .find(|revoke| !flow.proofs(nth).any(|proof| flow.is_before(proof, *revoke)))?;
    let (id, revoke) = (flow.id(nth), flow.id(revoke));
    let place = flow.written(nth).map_or("its place", |at| at.shown());
    Some(
        Diagnostic::warning(
            "L08",
            flow.head(nth),
            format!("nothing proves `{id}` before `{revoke}` ends the old value"),
        )
        .help(format!("put a step with `verifies: {id}` that logs in by {place} above `{revoke}`")),
    )
}

fn doubtful_proofs(flow: &Flow<'_>, out: &mut Diagnostics) {
    for proof in 0..flow.nodes().len() {
        for target in &flow.node(proof).verifies {
            let doubt =
                if flow.is_keeper(*target) { None } else { flow.doubt_of_create(proof, *target) };
            let Some(Doubt::WithoutTheValue) = doubt else { continue };
            let Some(made) = flow.made_at(*target) else { continue };
            let (id, create) = (flow.id(proof), flow.id(*target));
            let value = made.values.first().map_or("its secret", String::as_str);
            let named = &flow.node(proof).decl.verifies;
            let span = named
                .iter()
                .find(|named| named.value == create)
                .map_or(flow.head(proof), |named| named.span);
            out.push(
                Diagnostic::error(
                    "L08",
                    span,
                    format!("`{id}` does not prove `{create}`: it is not given the new value"),
                )
                .help(format!("hand it `\"{{{{ {value} }}}}\"`")),
            );
        }
    }
}
