//! L11: a value that we choose is kept as pending before it is set.

#[cfg(test)]
mod tests;

use super::flow::{Flow, Made, Origin};
use super::l01::{keeps_surely, weakness};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;

/// The page of `cutover explain L11`.
pub(crate) const PAGE: &str = include_str!("pages/l11.md");

/// Refuses to set a value that only the run's memory knows.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    for made in flow.made.iter().filter(|made| made.origin == Origin::Chosen) {
        out.list.extend(not_pending(flow, made));
    }
}

fn not_pending(flow: &Flow<'_>, made: &Made) -> Option<Diagnostic> {
    let node = flow.node(made.node);
    let id = flow.id(made.node);
    let param = node.step.spec().chosen.as_deref().unwrap_or("its value");
    let span = node.decl.with.get(param).map_or(flow.head(made.node), |entry| entry.node.span);
    let Some(value) = made.values.first() else {
        let message =
            format!("`{param}` of `{id}` is not just a reference, so no place can hold it");
        return Some(Diagnostic::error("L11", span, message).help(format!(
            "make the value in a step of its own, keep it, and write just its reference here: \
             `{param}: \"{{{{ steps.new.value }}}}\"`"
        )));
    };
    let takers: Vec<usize> = (0..flow.nodes().len())
        .filter(|nth| flow.is_keeper(*nth) && flow.whole(*nth, value).is_some())
        .collect();
    let early: Vec<usize> =
        takers.iter().copied().filter(|nth| flow.keeps_pending(*nth, made)).collect();
    let mut faults = Vec::new();
    for nth in &early {
        match fault(flow, made, *nth) {
            None => return None,
            Some(found) => faults.push(found),
        }
    }
    if let Some(found) = faults.into_iter().next() {
        return Some(found);
    }
    let message = format!("`{id}` sets `{value}` before any place holds it");
    let help = match takers.first() {
        Some(taker) => format!(
            "let `{id}` wait for a step that keeps it: `{}` comes too late",
            flow.id(*taker)
        ),
        None => "keep it first, in a place of its own".to_owned(),
    };
    Some(
        Diagnostic::error("L11", span, message)
            .label("after a crash nobody would know what was set")
            .help(format!(
                "{help}; for example, above `{id}`\n  - id: pending\n    uses: file.write\n    \
                 with: {{ path: ~/.secrets/pending, content: \"{{{{ {value} }}}}\" }}"
            )),
    )
}

/// Why a place that holds the value early is not a pending place: it may not be written, another
/// step writes it too, or something verifies it.
fn fault(flow: &Flow<'_>, made: &Made, keeper: usize) -> Option<Diagnostic> {
    let id = flow.id(keeper);
    if !keeps_surely(flow, made, keeper) {
        let (span, why) = weakness(flow, keeper);
        let message = format!("`{id}`, which should keep the pending value, {why}");
        let help = "keep it in a place that can be read back, without `when` and `for_each`";
        return Some(Diagnostic::error("L11", span, message).help(help));
    }
    let place = flow.written(keeper);
    let shown = place.map_or("its place", |at| at.shown());
    let help = "keep the pending value in a place of its own, which no consumer reads";
    let other = (0..flow.nodes().len())
        .find(|nth| *nth != keeper && place.is_some() && flow.written(*nth) == place);
    if let Some(other) = other {
        let message = format!(
            "`{}` writes {shown} too, where `{id}` keeps the pending value",
            flow.id(other)
        );
        return Some(
            Diagnostic::error("L11", flow.head(other), message)
                .related(flow.head(keeper), "the pending place")
                .help(help),
        );
    }
    let (proof, span) = (0..flow.nodes().len())
        .find(|nth| flow.node(*nth).verifies.contains(&keeper))
        .map(|nth| (nth, named(flow, nth, id)))?;
    let message = format!(
        "`{}` verifies `{id}`, which keeps the pending value before it is set",
        flow.id(proof)
    );
    Some(
        Diagnostic::error("L11", span, message)
            .related(flow.head(keeper), "the pending place")
            .help(help),
    )
}

fn named(flow: &Flow<'_>, proof: usize, id: &str) -> Span {
    let names = &flow.node(proof).decl.verifies;
    names.iter().find(|name| name.value == id).map_or(flow.head(proof), |name| name.span)
}
