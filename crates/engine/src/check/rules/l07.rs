//! L07: what makes, keeps or proves a credential runs once and may not fail unseen.

#[cfg(test)]
mod tests;

use super::flow::{Flow, Origin};
use super::l01::for_each_span;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;
use crate::workflow::OnError;

/// The page of `cutover explain L07`.
pub(crate) const PAGE: &str = include_str!("pages/l07.md");

/// Refuses a create that runs more than once, and failures that would go unseen.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    for nth in 0..flow.nodes().len() {
        let node = flow.node(nth);
        let id = flow.id(nth);
        if node.role == Role::Create || flow.made_at(nth).is_some() {
            if let Some(span) = for_each_span(&node.decl) {
                let message = format!("`{id}` makes a credential, and `for_each` makes many");
                out.push(Diagnostic::error("L07", span, message).help(
                    "put the steps for one credential into a workflow of its own, and run it with \
                     `uses: workflow.run` and `for_each`",
                ));
            }
            if let Some(until) = &node.decl.until {
                let message =
                    format!("`{id}` makes a credential, and each try of `until` makes another");
                out.push(
                    Diagnostic::error("L07", until.span, message)
                        .help(format!("put the `until` on a step that reads, below `{id}`")),
                );
            }
        }
        out.list.extend(unseen_failure(flow, nth));
    }
}

fn unseen_failure(flow: &Flow<'_>, nth: usize) -> Option<Diagnostic> {
    let node = flow.node(nth);
    let on_error = node.decl.on_error.as_ref()?;
    if on_error.value != OnError::Continue {
        return None;
    }
    let id = flow.id(nth);
    let answers = flow.made_at(nth).is_some_and(|made| made.origin == Origin::Answer);
    let verified = flow.nodes().iter().any(|proof| proof.verifies.contains(&nth));
    let what = match node.role {
        Role::Create => "makes a credential",
        Role::Store => "keeps a credential",
        Role::Publish => "hands out a credential",
        Role::Promote => "makes a credential current",
        Role::Revoke => "ends a credential",
        Role::Read | Role::Notify | Role::Other if !node.verifies.is_empty() => {
            "proves that a credential works"
        }
        Role::Other if answers => "makes a credential",
        Role::Other if verified => "puts a credential into place",
        Role::Read | Role::Notify | Role::Other => return None,
    };
    Some(
        Diagnostic::error(
            "L07",
            on_error.span,
            format!("`{id}` {what}, and the run would go on after its failure"),
        )
        .help("drop `on_error: continue`; `retry` tries again where that helps"),
    )
}
