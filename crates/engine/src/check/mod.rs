//! Everything that can be known before a run: references, order, types, places, secrets, rules.

pub(crate) mod checked;
mod children;
mod conditions;
mod config;
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

/// Checks the workflow that a run began with, as its journal holds it. What a later engine asks of
/// the order and the secrets of a workflow (the lifecycle rules) is not asked of what has begun:
/// a run that could not go on could not be taken back either.
pub fn recorded(workflow: &Arc<Workflow>, registry: &Registry) -> (Option<Checked>, Diagnostics) {
    checked(workflow, registry, &|_, _| {})
}

/// Checks a parsed workflow. `Checked` is there only where there is no error; warnings may be.
pub fn check(workflow: &Arc<Workflow>, registry: &Registry) -> (Option<Checked>, Diagnostics) {
    checked(workflow, registry, &|checked, found| {
        if checked.is_sound() {
            rules::check(checked, registry, found);
        } else {
            rules::l04::check(checked, found);
        }
    })
}

fn checked(
    workflow: &Arc<Workflow>,
    registry: &Registry,
    rules: &dyn Fn(&Checked, &mut Diagnostics),
) -> (Option<Checked>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut checked = resolve::resolve(workflow, registry, &mut found);
    graph::order(&mut checked, &mut found);
    in_use::find(&mut checked, &mut found);
    debts::fill(&mut checked, &mut found);
    keys::check(&checked, &mut found);
    conditions::check(&checked, &mut found);
    params::check(&checked, &mut found);
    children::check(&checked, &mut found);
    values::check(&checked, registry, &mut found);
    rules(&checked, &mut found);
    found.settle();
    let right = !found.has_errors();
    (right.then_some(checked), found)
}
