//! L01: what is made is kept before anything but a look or a proof uses it.

#[cfg(test)]
mod tests;

use super::flow::{Flow, Made, Origin};
use crate::check::place::{Here, Nothing};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::spec::Role;
use crate::workflow::{ForEach, StepDecl};

/// The page of `cutover explain L01`.
pub(crate) const PAGE: &str = include_str!("pages/l01.md");

/// Refuses a new value that a crash could lose.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    for made in &flow.made {
        let lost: Vec<Diagnostic> =
            made.values.iter().filter_map(|value| never_kept(flow, made, value)).collect();
        if lost.is_empty() {
            (0..flow.nodes().len())
                .filter_map(|nth| used_too_early(flow, made, nth))
                .for_each(|found| out.push(found));
        }
        lost.into_iter().for_each(|found| out.push(found));
    }
}

fn never_kept(flow: &Flow<'_>, made: &Made, value: &str) -> Option<Diagnostic> {
    let takers: Vec<usize> =
        keepers(flow).filter(|nth| flow.whole(*nth, value).is_some()).collect();
    if takers.iter().any(|nth| keeps_surely(flow, made, *nth)) {
        return None;
    }
    let help = example(value);
    if let Some(nth) = takers.first() {
        let (span, why) = weakness(flow, *nth);
        let id = flow.id(*nth);
        let message = format!("a crash could lose `{value}`: `{id}`, which should keep it, {why}");
        return Some(Diagnostic::error("L01", span, message).help(help));
    }
    let partly = keepers(flow).find_map(|nth| {
        let used = flow.uses(nth).iter().find(|used| used.touches(value))?;
        Some((nth, used.span))
    });
    if let Some((nth, span)) = partly {
        let id = flow.id(nth);
        let message = format!("a crash could lose `{value}`: `{id}` puts it inside other text");
        let found = Diagnostic::error("L01", span, message).label("not the whole parameter");
        return Some(found.help(help));
    }
    let id = flow.id(made.node);
    let message = match made.origin {
        Origin::Provider | Origin::Answer => {
            format!("a crash could lose `{value}`: `{id}` makes it and no step keeps it")
        }
        Origin::Chosen => {
            format!("a crash could lose `{value}`: `{id}` sets it and no step keeps it")
        }
    };
    Some(Diagnostic::error("L01", flow.head(made.node), message).help(help))
}

fn used_too_early(flow: &Flow<'_>, made: &Made, nth: usize) -> Option<Diagnostic> {
    let node = flow.node(nth);
    let looks = node.step.spec().pure || node.role == Role::Read;
    let keeps = keeps_surely(flow, made, nth)
        && made.values.iter().any(|value| flow.whole(nth, value).is_some());
    if nth == made.node || looks || keeps || node.verifies.contains(&made.node) {
        return None;
    }
    let create = flow.id(made.node);
    let outputs = format!("steps.{create}");
    let promotes = node.role == Role::Promote && Some(made.node) == flow.checked.create();
    let (span, what) = match flow.uses(nth).iter().find(|used| used.step() == Some(create)) {
        Some(used) => (used.span, used.text.clone()),
        None if promotes => (flow.head(nth), outputs),
        None => return None,
    };
    let unkept = made.values.iter().find(|value| {
        !keepers(flow).any(|keeper| {
            flow.is_before(keeper, nth)
                && flow.whole(keeper, value).is_some()
                && keeps_surely(flow, made, keeper)
        })
    })?;
    let id = flow.id(nth);
    let keeper = keepers(flow)
        .find(|keeper| flow.whole(*keeper, unkept).is_some() && keeps_surely(flow, made, *keeper))
        .map_or("the step that keeps it", |keeper| flow.id(keeper));
    let message = format!("`{id}` uses `{what}` before `{unkept}` is kept");
    Some(
        Diagnostic::error("L01", span, message)
            .label(format!("a crash here would lose what `{create}` made"))
            .help(format!("let `{id}` wait for `{keeper}`: put it below, or name it in `needs`")),
    )
}

fn keepers(flow: &Flow<'_>) -> impl Iterator<Item = usize> {
    (0..flow.nodes().len()).filter(|nth| flow.is_keeper(*nth))
}

/// Says whether what a step keeps is surely there and can be read back.
pub(super) fn keeps_surely(flow: &Flow<'_>, made: &Made, nth: usize) -> bool {
    let node = flow.node(nth);
    flow.is_keeper(nth)
        && node.step.spec().read_back.is_some()
        && node.decl.for_each.is_none()
        && condition(flow, nth).is_none_or(|when| Some(when) == condition(flow, made.node))
}

fn condition(flow: &Flow<'_>, nth: usize) -> Option<String> {
    let node = flow.node(nth);
    node.decl.when.as_ref().map(|when| Here::new(flow.checked, node, &Nothing).expr(when))
}

/// Returns why what a step should keep may not be there, and where that is written.
pub(super) fn weakness(flow: &Flow<'_>, nth: usize) -> (Span, &'static str) {
    let decl = &flow.node(nth).decl;
    if let Some(span) = for_each_span(decl) {
        return (span, "runs once per item, and there may be none");
    }
    if let Some(when) = &decl.when {
        return (when.span, "may be skipped by its `when`");
    }
    (flow.head(nth), "writes a place that cannot be read back")
}

/// Returns where the list of `for_each` stands.
pub(super) fn for_each_span(decl: &StepDecl) -> Option<Span> {
    decl.for_each.as_ref().map(|list| match list {
        ForEach::List(list) => list.span,
        ForEach::Expr(expr) => expr.span,
    })
}

fn example(value: &str) -> String {
    format!(
        "give it whole to a store or publish that can be read back, without `when` and `for_each`, \
         for example\n  - id: keep\n    uses: file.write\n    with: {{ path: ~/.secrets/new, \
         content: \"{{{{ {value} }}}}\" }}"
    )
}
