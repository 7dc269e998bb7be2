//! A checked workflow with its inputs: what a run does, and what a person sees of it before.

pub mod preview;

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

/// Puts a checked workflow and its inputs together. `given` holds what was given, as text, JSON
/// values or marks; secret inputs that are not in it become unknowns. All mistakes at once.
pub fn plan(checked: &Arc<Checked>, given: &Map) -> Result<Plan, Vec<InputError>> {
    let _ = (checked, given);
    unimplemented!()
}
