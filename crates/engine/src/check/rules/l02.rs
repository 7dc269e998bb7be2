//! L02: the old one ends only after the new one was promoted, and that only after a proof.

#[cfg(test)]
mod tests;

use super::flow::{Doubt, Flow, Made};
use super::l01::for_each_span;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;

/// The page of `cutover explain L02`.
pub(crate) const PAGE: &str = include_str!("pages/l02.md");

/// Refuses a revoke that could come before the new value is in use.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    doubtful_proofs(flow, out);
    match flow.checked.promote() {
        Some(promote) => {
            for revoke in flow.revokes_of_old().filter(|nth| !flow.is_before(promote, *nth)) {
                out.push(revoked_too_early(flow, revoke, promote));
            }
            if let Some(made) = flow.pending() {
                out.list.extend(promoted_unproved(flow, promote, made));
            }
        }
        None => flow.revokes_of_old().for_each(|nth| out.list.extend(never_promoted(flow, nth))),
    }
}

fn revoked_too_early(flow: &Flow<'_>, revoke: usize, promote: usize) -> Diagnostic {
    let (id, then) = (flow.id(revoke), flow.id(promote));
    let message =
        format!("`{id}` ends the old credential before `{then}` made the new one current");
    let help = match &flow.node(revoke).decl.needs {
        Some(_) => format!("add `{then}` to the `needs` of `{id}`"),
        None => format!("put `{id}` below `{then}`"),
    };
    Diagnostic::error("L02", flow.head(revoke), message)
        .label("a failure after it would put the dead value back")
        .related(flow.head(promote), "the point of no return")
        .help(help)
}

/// A run that makes a credential, hands it out and ends another one, and promotes nothing.
fn never_promoted(flow: &Flow<'_>, revoke: usize) -> Option<Diagnostic> {
    let made = flow.made.iter().find(|made| {
        flow.node(made.node).role == Role::Create && flow.holders(made).next().is_some()
    })?;
    let (id, create) = (flow.id(revoke), flow.id(made.node));
    let message = format!(
        "`{id}` ends a credential in a run that makes a new one (`{create}`), and nothing promotes it"
    );
    Some(
        Diagnostic::error("L02", flow.head(revoke), message)
            .label("a failure after it would put the dead value back")
            .help(format!(
                "add `credential:` and, above `{id}`, a step with `uses: credential.promote`; or \
                 move `{id}` to a workflow of its own"
            )),
    )
}

fn promoted_unproved(flow: &Flow<'_>, promote: usize, made: &Made) -> Option<Diagnostic> {
    let holders: Vec<usize> =
        flow.holders(made).filter(|nth| !flow.keeps_pending(*nth, made)).collect();
    let proofs = || {
        holders.iter().flat_map(|holder| flow.proofs(*holder).map(move |proof| (proof, *holder)))
    };
    let mut before = proofs().filter(|(proof, _)| flow.is_before(*proof, promote));
    let weak: Vec<Diagnostic> = {
        let mut weak = Vec::new();
        for (proof, holder) in before.by_ref() {
            match weakness(flow, proof, holder) {
                None => return None,
                Some(found) => weak.push(found),
            }
        }
        weak
    };
    if let Some(found) = weak.into_iter().next() {
        return Some(found);
    }
    let id = flow.id(promote);
    if let Some((proof, holder)) = proofs().next() {
        let (proof, holder) = (flow.id(proof), flow.id(holder));
        let message = format!(
            "`{id}` makes the new credential current before `{proof}` has proved `{holder}`"
        );
        let help = format!("put `{id}` below `{proof}`, or name `{proof}` in its `needs`");
        return Some(Diagnostic::error("L02", flow.head(promote), message).help(help));
    }
    let message = format!(
        "`{id}` makes the new credential current before anything has shown that it works where it \
         was put"
    );
    let found = Diagnostic::error("L02", flow.head(promote), message);
    Some(match holders.first() {
        Some(holder) => found.help(example(flow, *holder)),
        None => found.help("first write the new value where its consumer reads it, and prove that"),
    })
}

/// What keeps a proof of a place from carrying a promotion: it, or the write, may not happen.
fn weakness(flow: &Flow<'_>, proof: usize, holder: usize) -> Option<Diagnostic> {
    let promote = flow.checked.promote().map_or("promote", |nth| flow.id(nth));
    for nth in [proof, holder] {
        let (id, decl) = (flow.id(nth), &flow.node(nth).decl);
        if let Some(when) = &decl.when {
            let message = format!("`{id}` may be skipped, so `{promote}` could go on without it");
            let help =
                format!("drop the `when` of `{id}`, or prove a place that is always written");
            return Some(Diagnostic::error("L02", when.span, message).help(help));
        }
    }
    let (proof_decl, decl) = (&flow.node(proof).decl, &flow.node(holder).decl);
    let span = for_each_span(decl).filter(|_| proof_decl.for_each.is_none())?;
    let (id, proof) = (flow.id(holder), flow.id(proof));
    let message =
        format!("`{id}` writes nothing where its list is empty, and `{proof}` would not notice");
    let help = format!("give `{proof}` the same `for_each`: proving nothing is a failure");
    Some(Diagnostic::error("L02", span, message).help(help))
}

fn doubtful_proofs(flow: &Flow<'_>, out: &mut Diagnostics) {
    for proof in 0..flow.nodes().len() {
        for target in &flow.node(proof).verifies {
            let is_place =
                flow.is_keeper(*target) || flow.made.iter().any(|made| flow.holds(*target, made));
            if let Some(doubt) = flow.doubt_of_place(proof, *target).filter(|_| is_place) {
                out.push(doubtful(flow, proof, *target, &doubt));
            }
        }
    }
}

fn doubtful(flow: &Flow<'_>, proof: usize, target: usize, doubt: &Doubt) -> Diagnostic {
    let (id, of) = (flow.id(proof), flow.id(target));
    let place = flow.written(target).map_or("that place", |at| at.shown());
    let why = match doubt {
        Doubt::GivenTheValue(value) => format!("it is handed `{value}` itself"),
        Doubt::OtherLogin(login) => format!("it logs in by {login}, not by {place}"),
        Doubt::NoLogin => "it does not log in".to_owned(),
        Doubt::ReadTooEarly(read) => format!("`{read}` read {place} before `{of}` had written it"),
        Doubt::WithoutTheValue => "it is not given the new value".to_owned(),
    };
    let span = flow
        .node(proof)
        .decl
        .verifies
        .iter()
        .find(|named| named.value == of)
        .map_or(flow.head(proof), |named| named.span);
    Diagnostic::error("L02", span, format!("`{id}` does not prove `{of}`: {why}")).help(format!(
        "log in by {place}, or with what a step that reads {place} below `{of}` returns"
    ))
}

fn example(flow: &Flow<'_>, holder: usize) -> String {
    let id = flow.id(holder);
    let place = flow.written(holder).map_or("what it wrote", |at| at.shown());
    format!(
        "above it, put a step with `verifies: {id}` that logs in by {place}, as its consumer does"
    )
}
