//! What is written outside of steps: `outputs`, the credential's name and owner, plugins' `config`.

use crate::check::checked::Checked;
use crate::check::env::{Env, Site};
use crate::check::params::{Place, fits};
use crate::diagnostic::Diagnostics;
use crate::types::Type;

/// Checks every value that is not a step's.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
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
    for plugin in workflow.plugins.values() {
        for (name, node) in &plugin.config {
            fits(node, &Type::Any, &Place::optional(name, &inputs), found);
        }
    }
}
