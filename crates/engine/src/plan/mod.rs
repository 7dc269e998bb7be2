//! A checked workflow with its inputs: what a run does, and what a person sees of it before.

mod credential;
mod inputs;
pub mod login;
pub mod preview;
pub mod saved;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::check::Checked;
use crate::time::Duration;
use crate::value::Map;

/// A workflow ready to run with its inputs. Only [`plan`] makes one.
#[derive(Clone)]
pub struct Plan {
    checked: Arc<Checked>,
    inputs: Map,
    credential: Option<PlannedCredential>,
}

/// The credential of a plan, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCredential {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// How long it is meant to live.
    pub lifetime: Option<Duration>,
    /// How long the old one stays valid after promotion.
    pub overlap: Duration,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InputError {
    /// The input; empty where it is none of the workflow's.
    pub input: String,
    /// What is wrong.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
}

impl Plan {
    /// Returns the checked workflow.
    pub fn checked(&self) -> &Arc<Checked> {
        &self.checked
    }

    /// Returns the inputs, typed; secret ones as marks, or unknown in a preview.
    pub fn inputs(&self) -> &Map {
        &self.inputs
    }

    /// Returns the credential.
    pub fn credential(&self) -> Option<&PlannedCredential> {
        self.credential.as_ref()
    }
}

/// Puts a checked workflow and its inputs together. `given` holds what was given: text as it was
/// typed, values of a document, values of a journal, secrets as marks. Secret inputs that are not
/// in it become unknowns. All mistakes at once.
pub fn plan(checked: &Arc<Checked>, given: &Map) -> Result<Plan, Vec<InputError>> {
    let workflow = checked.workflow();
    let (inputs, mut wrong) = inputs::fill(&workflow.inputs, given);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let credential = match &workflow.credential {
        Some(credential) => credential::render(credential, &inputs, &mut wrong),
        None => None,
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Plan { checked: Arc::clone(checked), inputs, credential })
}

/// Returns the steps in running order: each after all that it waits for, else as they are written.
pub fn order(checked: &Checked) -> Vec<usize> {
    let nodes = checked.nodes();
    let mut waited_by: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut unmet: Vec<usize> = nodes.iter().map(|node| node.needs.len()).collect();
    for (at, node) in nodes.iter().enumerate() {
        node.needs.iter().for_each(|need| waited_by[*need].push(at));
    }
    let free = unmet.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse(step)) = ready.pop() {
        order.push(step);
        for later in &waited_by[step] {
            unmet[*later] -= 1;
            if unmet[*later] == 0 {
                ready.push(Reverse(*later));
            }
        }
    }
    order
}
