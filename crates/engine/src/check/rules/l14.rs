//! L14: no credential stands in a workflow file.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use super::shapes;
use crate::check::Node;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::{Secrecy, Spec};
use crate::value::Value;
use crate::workflow::{Entry, Undo};

/// The page of `cutover explain L14`.
pub(crate) const PAGE: &str = include_str!("pages/l14.md");

/// Refuses text that looks like a credential, anywhere in the file, and written-out secrets.
pub(crate) fn check(flow: &Flow<'_>, out: &mut Diagnostics) {
    let text = &flow.checked.workflow().source.text;
    let mut known = Vec::new();
    for found in shapes::find(text) {
        let message = format!("this looks like {}", found.shape.what);
        known.push(found.span);
        out.push(
            Diagnostic::error("L14", found.span, message)
                .label("revoke it: whoever can read the file has it")
                .help(HELP),
        );
    }
    let checked = flow.checked;
    let hooks = checked.on_failure().iter().chain(checked.finally());
    for node in flow.nodes().iter().chain(hooks) {
        for (name, entry) in written_out(node) {
            let span = entry.node.span;
            if known.iter().any(|found| found.start >= span.start && found.end <= span.end) {
                continue;
            }
            let message = format!("`{name}` is a secret, and its value is written out");
            out.push(Diagnostic::error("L14", span, message).help(HELP));
        }
    }
}

const HELP: &str = "take it from outside: `inputs: { password: { type: secret, from: { env: NAME } } }`, \
                    and here `\"{{ inputs.password }}\"`";

/// The parameters that must be secrets and are literals.
fn written_out(node: &Node) -> Vec<(&String, &Entry)> {
    let undo = match node.decl.undo.as_ref().map(|undo| &undo.value) {
        Some(Undo::Step { with, .. }) => Some(with),
        Some(Undo::Again | Undo::None { .. }) | None => None,
    };
    let own = literal_secrets(node.step.spec(), node.decl.with.iter());
    let of_undo = node
        .undo_step
        .iter()
        .zip(undo)
        .flat_map(|(step, with)| literal_secrets(step.spec(), with.iter()));
    own.into_iter().chain(of_undo).collect()
}

fn literal_secrets<'a>(
    spec: &Spec,
    with: impl Iterator<Item = (&'a String, &'a Entry)>,
) -> Vec<(&'a String, &'a Entry)> {
    with.filter(|(name, entry)| {
        let must = spec.param(name).is_some_and(|param| param.secrecy == Secrecy::Must);
        must && entry.node.literal().is_some_and(|value| value != Value::Null)
    })
    .collect()
}
