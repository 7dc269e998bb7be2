//! The plans of a rehearsal: of the workflow itself, and of the runs that it began.

use std::sync::Arc;

use cutover_engine::check::Checked;
use cutover_engine::event::Entry;
use cutover_engine::host::Host;
use cutover_engine::plan::{Plan, plan};

use super::Script;
use super::stage::Stage;
use crate::exit::Problem;
use crate::{inputs, recorded};

/// Returns the plan of a run: of the workflow that is rehearsed, where its history is empty or is
/// the history of that; else of the one among its children that it is of.
///
/// # Errors
/// Where the inputs are not right, or it is a run of none of them.
pub(super) fn planned(script: &Script, stage: &Stage, history: &[Entry]) -> Result<Plan, Problem> {
    let child = recorded::claimed(history).filter(|claimed| claimed.family.parent.is_some());
    let (checked, mut given) = match child {
        None => (Arc::clone(&script.checked), script.given.clone()),
        Some(claimed) => {
            let unknown = || Problem::edge(format!("`{}` is no workflow of it", claimed.file));
            let checked = child_of(&script.checked, &claimed.file).ok_or_else(unknown)?;
            let given = recorded::given_again(&claimed.inputs, checked.workflow());
            (checked, given)
        }
    };
    given.extend(stage.canaries.sealed(checked.workflow(), Host::secrets(stage)));
    plan(&checked, &given).map_err(|errors| inputs::wrong(&errors))
}

/// Finds the workflow of a file among those that one runs, however deep.
fn child_of(checked: &Checked, file: &str) -> Option<Arc<Checked>> {
    let nodes = [checked.nodes(), checked.on_failure(), checked.finally()];
    let mut children = nodes.into_iter().flatten().filter_map(|node| node.step.child());
    children.find_map(|child| match child.workflow().source.name == file {
        true => Some(Arc::clone(child)),
        false => child_of(child, file),
    })
}
