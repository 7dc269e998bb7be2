//! Everything that can be known before a run: references, order, types, places, secrets, rules.

pub(crate) mod checked;
mod children;
mod conditions;
mod debts;
pub mod env;
pub(crate) mod facts;
mod graph;
mod in_use;
mod keys;
pub mod pages;
mod params;
pub(crate) mod place;
mod resolve;
pub(crate) mod rules;
mod set;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod values;
pub(crate) mod walk;

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::step::Registry;
use crate::workflow::Workflow;

pub(crate) use checked::holds_secret;
pub use checked::{Checked, Node};
pub use env::Env;
pub use rules::check_folder;
pub use set::StepSet;

/// Checks a parsed workflow. `Checked` is there only where there is no error; warnings may be.
pub fn check(workflow: &Arc<Workflow>, registry: &Registry) -> (Option<Checked>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut checked = resolve::resolve(workflow, registry, &mut found);
    graph::order(&mut checked, &mut found);
    in_use::find(&mut checked, &mut found);
    debts::fill(&mut checked, &mut found);
    keys::check(&checked, &mut found);
    conditions::check(&checked, &mut found);
    params::check(&checked, &mut found);
    children::check(&checked, &mut found);
    values::check(&checked, &mut found);
    if checked.is_sound() {
        rules::check(&checked, registry, &mut found);
    } else {
        rules::l04::check(&checked, &mut found);
    }
    found.settle();
    let right = !found.has_errors();
    (right.then_some(checked), found)
}
