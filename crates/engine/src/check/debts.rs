//! Which revokes are owed rather than done.

use crate::check::checked::{Checked, Node};
use crate::check::walk;
use crate::spec::Role;
use crate::time::Duration;
use crate::workflow::{Node as Written, Workflow};

/// Fills in how long each revoke waits: one with `after` that long, one that takes
/// `credential.old` the credential's `overlap`, any other is done where it stands.
pub(super) fn fill(checked: &mut Checked) {
    let debts: Vec<Option<Duration>> =
        checked.nodes.iter().map(|node| debt(node, &checked.workflow)).collect();
    for (node, debt) in checked.nodes.iter_mut().zip(debts) {
        node.debt = debt;
    }
}

fn debt(node: &Node, workflow: &Workflow) -> Option<Duration> {
    if node.role != Role::Revoke {
        return None;
    }
    if let Some(after) = &node.decl.after {
        return Some(after.value);
    }
    let target = node.step.spec().revokes.as_ref().and_then(|name| node.params.get(name))?;
    let overlap = workflow.credential.as_ref()?.overlap.as_ref().map(|overlap| overlap.value);
    takes_old(target).then(|| overlap.unwrap_or_default())
}

fn takes_old(target: &Written) -> bool {
    let mut takes = false;
    walk::in_node(target, &mut |path, _| takes |= walk::is_old(path));
    takes
}
