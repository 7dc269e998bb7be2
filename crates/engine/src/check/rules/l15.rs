//! L15: a secret that was read before its place was written is not used after that.

#[cfg(test)]
mod tests;

use super::flow::{Flow, Site, Use, secret_outputs, uses};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;

/// The page of `cutover explain L15`.
pub(crate) const PAGE: &str = include_str!("pages/l15.md");

/// Refuses the use of a secret that is, or after a crash would be, another one than it seems.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let writers: Vec<usize> =
        (0..flow.nodes().len()).filter(|nth| flow.written(*nth).is_some()).collect();
    for read in (0..flow.nodes().len()).filter(|nth| flow.node(*nth).role == Role::Read) {
        let late = |nth: &&usize| flow.read(read).is_some() && !flow.is_before(**nth, read);
        for writer in writers.iter().filter(late) {
            if flow.written(*writer) == flow.read(read) {
                stale_uses(flow, read, *writer, out);
            }
        }
    }
}

fn stale_uses(flow: &Flow<'_>, read: usize, writer: usize, out: &mut Diagnostics) {
    let secrets = secret_outputs(flow.node(read));
    let is_it = |used: &&Use<'_>| secrets.iter().any(|secret| used.touches(secret));
    for nth in 0..flow.nodes().len() {
        let is_early = nth == writer || flow.is_before(nth, writer);
        let stale = flow.uses(nth).iter().filter(is_it).find(|used| match used.site {
            Site::Param(_) | Site::Control => !is_early,
            Site::Undo => true,
        });
        if let Some(used) = stale {
            out.push(stale_use(flow, read, writer, flow.id(nth), used));
        }
    }
    // Hooks run when everything is written.
    for hook in flow.checked.on_failure().iter().chain(flow.checked.finally()) {
        if let Some(used) = uses(&hook.decl).iter().find(is_it) {
            out.push(stale_use(flow, read, writer, hook.id(), used));
        }
    }
}

fn stale_use(flow: &Flow<'_>, read: usize, writer: usize, id: &str, used: &Use<'_>) -> Diagnostic {
    let (from, then) = (flow.id(read), flow.id(writer));
    let place = flow.written(writer).map_or("its place", |at| at.shown());
    let message = format!(
        "`{id}` uses what `{from}` read from {place}, which `{then}` may have written since"
    );
    Diagnostic::error("L15", used.span, message)
        .label("after a crash it would be read again, and be another value")
        .related(flow.head(writer), format!("writes {place}"))
        .help(format!("read it again below `{then}`, or let `{then}` wait for `{id}`"))
}
