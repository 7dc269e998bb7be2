//! What a plan would do, as a person and a saved plan see it.

mod canonical;
mod host;
mod known;
mod places;
mod reading;
mod step;
#[cfg(test)]
mod tests;
mod words;

use crate::effect::Access;
use crate::event::{Debt, Identity};
use crate::execute::sha256;
use crate::host::Host;
use crate::plan::preview::known::Known;
use crate::plan::{Plan, order};
use crate::spec::Role;
use crate::value::{Map, Value};

pub use crate::plan::preview::host::{Halt, PreviewHost, Seen};

/// The preview of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The workflow's name.
    pub workflow: String,
    /// SHA-256 of its text, in hex.
    pub digest: String,
    /// Whether nothing was left unasked.
    pub complete: bool,
    /// What the state knows of the credential; none where there is no state.
    pub old: Option<Identity>,
    /// Whether the state was there to be read.
    pub state_read: bool,
    /// Open debts of the credential.
    pub debts: Vec<Debt>,
    /// The steps in running order.
    pub steps: Vec<StepPreview>,
}

/// One step of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPreview {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub uses: String,
    /// Its role as it is used here.
    pub role: Role,
    /// What it would do.
    pub effects: Vec<EffectPreview>,
    /// Its outputs: known ones by value, others as unknowns.
    pub outputs: Map,
    /// What it does in a person's words, each once; empty where its effects say it better.
    pub words: Vec<String>,
    /// A few words: conditional, not asked, due later, undone how.
    pub note: String,
    /// The one of them that matters most.
    pub brief: String,
}

/// One effect of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectPreview {
    /// `http`, `exec`, `read_file`, `write_file`, ..
    pub kind: &'static str,
    /// Whether it may change something.
    pub access: Access,
    /// One line: on what, with what.
    pub summary: String,
    /// The canonical form: secrets and unknowns by where they come from.
    pub detail: Value,
}

/// What a preview may see of the state: opened read-only, or not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateView {
    /// Whether the state was there to be read.
    pub read: bool,
    /// What is current of the credential.
    pub current: Option<Identity>,
    /// What is owed of it.
    pub debts: Vec<Debt>,
}

/// What a preview may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reads {
    /// Nothing at all: the world that would be read is not made yet.
    Nothing,
    /// Local files, nothing else.
    #[default]
    Offline,
    /// All that only looks.
    Refresh,
}

/// Runs every step until its first write on a wrapper of `host` that withholds writes, and tells
/// what it would have done. It is the wrapper made here that enforces it, whatever `host` is.
pub async fn preview(plan: &Plan, state: &StateView, host: &dyn Host, reads: Reads) -> Preview {
    let checked = plan.checked();
    let workflow = checked.workflow();
    let mut known = Known::new(plan, state);
    let mut steps = Vec::new();
    let mut complete = true;
    let in_order = order(checked).into_iter().map(|at| (at, &checked.nodes()[at]));
    for (at, node) in in_order {
        let shown = step::preview(node, &node.decl.id.value, &mut known, host, reads).await;
        complete &= shown.complete;
        let mut step = shown.step;
        if checked.in_use() == Some(at) {
            known.capture(&mut step, host.secrets());
        }
        steps.push(step);
    }
    for node in checked.finally() {
        let path = format!("finally.{}", node.decl.id.value);
        let shown = step::preview(node, &path, &mut known, host, reads).await;
        complete &= shown.complete;
        steps.push(shown.step);
    }
    Preview {
        workflow: workflow.name.value.clone(),
        digest: sha256(&workflow.source.text),
        complete: complete && state.read,
        old: known.old().cloned(),
        state_read: state.read,
        debts: state.debts.clone(),
        steps,
    }
}
