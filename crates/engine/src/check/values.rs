//! What is written outside of steps: `outputs`, the credential's name and owner, plugins' `config`.

use crate::check::checked::Checked;
use crate::check::config;
use crate::check::env::{Env, Site};
use crate::check::params::{Place, fits};
use crate::diagnostic::Diagnostics;
use crate::step::Registry;
use crate::types::Type;

/// Checks every value that is not a step's.
pub(super) fn check(checked: &Checked, registry: &Registry, found: &mut Diagnostics) {
    let workflow = &checked.workflow;
    let outputs = Env::new(checked, Site::Outputs);
    for (name, node) in &workflow.outputs {
        fits(node, &Type::Any, &Place::optional(name, &outputs), found);
    }
    let inputs = Env::new(checked, Site::Inputs);
    if let Some(credential) = &workflow.credential {
        fits(&credential.name, &Type::String, &Place::required("name", &inputs), found);
        if let Some(owner) = &credential.owner {
            fits(owner, &Type::String, &Place::optional("owner", &inputs), found);
        }
    }
    for (name, plugin) in &workflow.plugins {
        match registry.plugin(name) {
            Some(installed) => config::check(name, plugin, &installed.config, &inputs, found),
            None => {
                for (name, node) in &plugin.config {
                    fits(node, &Type::Any, &Place::optional(name, &inputs), found);
                }
            }
        }
    }
}
