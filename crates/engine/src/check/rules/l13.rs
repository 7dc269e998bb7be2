//! L13: a revoke ends one credential that was captured before, never a guess.

mod id;
#[cfg(test)]
mod tests;

use id::{Ask, Fault};

use super::flow::{Flow, takes_word};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;
use crate::workflow::{Tree, Undo};

/// The page of `cutover explain L13`.
pub(crate) const PAGE: &str = include_str!("pages/l13.md");

/// Refuses a revoke whose id could be another credential's, and warns of programs that a step
/// wraps: `wrapped` are their names.
pub(crate) fn check(flow: &Flow<'_>, wrapped: &[&str], out: &mut Diagnostics) {
    for nth in 0..flow.nodes().len() {
        if flow.node(nth).role == Role::Revoke {
            out.list.extend(guesses(flow, nth));
        }
        out.list.extend(undoes_a_literal(flow, nth));
        out.list.extend(runs_wrapped(flow, nth, wrapped));
    }
}

fn guesses(flow: &Flow<'_>, revoke: usize) -> Option<Diagnostic> {
    let node = flow.node(revoke);
    let param = node.step.spec().revokes.as_ref()?;
    let entry = node.decl.with.get(param)?;
    let ask = Ask { flow, revoke };
    let (span, fault) = ask.value(&entry.node).err()?;
    let id = flow.id(revoke);
    let (why, help) = explained(flow, &fault);
    let message = format!("`{id}` may end the wrong credential: `{param}` {why}");
    Some(Diagnostic::error("L13", span, message).help(help))
}

/// An undo that revokes takes what its step has made, not what is written out.
fn undoes_a_literal(flow: &Flow<'_>, nth: usize) -> Option<Diagnostic> {
    let decl = &flow.node(nth).decl;
    let spec = flow.node(nth).undo_step.as_ref()?.spec();
    let Undo::Step { with, .. } = &decl.undo.as_ref()?.value else { return None };
    let param = spec.revokes.as_ref()?;
    let entry = with.get(param)?;
    entry.node.literal()?;
    let id = flow.id(nth);
    let message = format!(
        "the undo of `{id}` may end the wrong credential: `{param}` is written out, and stale the \
         next time"
    );
    let help = format!("take what `{id}` made: `{param}: \"{{{{ result.id }}}}\"`");
    Some(Diagnostic::error("L13", entry.node.span, message).help(help))
}

fn explained(flow: &Flow<'_>, fault: &Fault) -> (String, String) {
    let captured = if flow.checked.workflow().credential.is_some() {
        "take `credential.old.id`, which is captured before anything is made".to_owned()
    } else {
        "take an input, or what a reading step gives".to_owned()
    };
    match fault {
        Fault::Literal => ("is written out, and stale the next time".to_owned(), captured),
        Fault::Position(what) => (
            format!("is {what} of a list: whichever that is when it runs"),
            "pick one by what it is: `lookup (find steps.list.tokens description=\"..\") \"id\"`"
                .to_owned(),
        ),
        Fault::Many => (
            "is a list".to_owned(),
            "revoke one: `lookup (find LIST key=value) \"id\"`, or `for_each` over a `filter` in a \
             workflow without `credential`"
                .to_owned(),
        ),
        Fault::Unfiltered => (
            "is each item of a list that nothing narrows".to_owned(),
            "say which ones: `for_each: filter LIST key=value`".to_owned(),
        ),
        Fault::ItemOfCredential => ("is one of many, in a workflow of one credential".to_owned(), captured),
        Fault::New(create) => (
            format!("is what `{create}` made in this run and promotes"),
            captured,
        ),
        Fault::ReadTooLate(read) => (
            format!("comes from `{read}`, which may look after the new one was made"),
            format!("put `{read}` above the create"),
        ),
        Fault::NotRead(step) => (
            format!("comes from `{step}`, which is not a reading step"),
            format!("{captured}; a program that only looks says so: `reads: true`"),
        ),
        Fault::NotAnId(what) => (format!("is `{what}`, which names no captured credential"), captured),
    }
}

fn runs_wrapped(flow: &Flow<'_>, nth: usize, wrapped: &[&str]) -> Option<Diagnostic> {
    let node = flow.node(nth);
    if !takes_word(node) {
        return None;
    }
    let argv = node.decl.with.get("argv")?;
    let Tree::List(words) = &argv.node.tree else { return None };
    let program = words.first()?;
    let path = program.literal()?;
    let name = path.as_text()?.rsplit('/').next()?;
    let name = wrapped.iter().find(|known| **known == name)?;
    let id = flow.id(nth);
    Some(
        Diagnostic::warning(
            "L13",
            program.span,
            format!("`{id}` runs `{name}`, and no rule sees what it makes or ends"),
        )
        .help(format!("use a step of `{name}` where there is one: `cutover steps` lists them")),
    )
}
