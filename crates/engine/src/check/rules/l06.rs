//! L06: a credential outlives its overlap and the time in which it is renewed.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::time::Duration;

/// The page of `cutover explain L06`.
pub(crate) const PAGE: &str = include_str!("pages/l06.md");

/// Refuses times that do not fit each other.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let workflow = flow.checked.workflow();
    let Some(credential) = &workflow.credential else { return };
    let before = workflow.triggers.expiry.as_ref().map(|(before, _)| before);
    let overlap = credential.overlap.as_ref();
    let overlap_is = overlap.map_or(Duration(0), |overlap| overlap.value);
    if let Some(lifetime) = &credential.lifetime {
        let life = lifetime.value;
        if let Some(overlap) = overlap.filter(|overlap| overlap.value >= life) {
            out.push(
                Diagnostic::error(
                    "L06",
                    overlap.span,
                    format!(
                        "an overlap of {} is not shorter than the lifetime, {life}",
                        overlap.value
                    ),
                )
                .label("the old one would expire before it is revoked")
                .related(lifetime.span, "the lifetime")
                .help("write a shorter `overlap`, or a longer `lifetime`"),
            );
        } else if let Some(before) = before {
            let both = Duration(before.value.0.saturating_add(overlap_is.0));
            if both >= life {
                out.push(
                    too_soon(before.value, overlap_is, life, before.span)
                        .related(lifetime.span, "the lifetime"),
                );
            }
        }
    }
    if let (Some(overlap), Some(before)) = (overlap, before)
        && overlap.value > before.value
    {
        out.push(
            Diagnostic::warning(
                "L06",
                overlap.span,
                format!(
                    "an overlap of {} is longer than the {} before expiry in which it is renewed",
                    overlap.value, before.value
                ),
            )
            .label("the old one expires before it is revoked")
            .related(before.span, "renewed this long before it expires")
            .help("write an `overlap` that is no longer than `expiry.before`"),
        );
    }
}

fn too_soon(before: Duration, overlap: Duration, life: Duration, span: Span) -> Diagnostic {
    let (what, both) = if overlap.0 == 0 {
        (format!("renewing {before} before expiry"), String::new())
    } else {
        (
            format!("renewing {before} before expiry, with an overlap of {overlap},"),
            "`expiry.before` and `overlap` together must be shorter: ".to_owned(),
        )
    };
    Diagnostic::error("L06", span, format!("{what} is not shorter than the lifetime, {life}"))
        .label("each new one would be due at once")
        .help(format!("{both}write a shorter `before`, or a longer `lifetime`"))
}
