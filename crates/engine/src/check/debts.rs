//! Which revokes are owed rather than done.

use crate::check::checked::{Checked, Node};
use crate::check::rules::flow::head;
use crate::check::walk;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::spec::Role;
use crate::time::Duration;
use crate::workflow::{Node as Written, Workflow};

/// Fills in how long each revoke waits: one with `after` that long, one that takes
/// `credential.old` the credential's `overlap`, any other is done where it stands. A debt is one
/// revocation, so that one that is owed goes through no list.
pub(super) fn fill(checked: &mut Checked, found: &mut Diagnostics) {
    let debts: Vec<Option<Duration>> =
        checked.nodes.iter().map(|node| debt(node, &checked.workflow)).collect();
    for (node, debt) in checked.nodes.iter_mut().zip(debts) {
        node.debt = debt;
    }
    let lists = |node: &&Node| node.debt.is_some() && node.decl.for_each.is_some();
    found
        .list
        .extend(checked.nodes.iter().filter(lists).map(|node| goes_through_a_list(checked, node)));
}

fn goes_through_a_list(checked: &Checked, node: &Node) -> Diagnostic {
    let message = format!("`{}` is owed, and a debt is one revocation: no `for_each`", node.id());
    let help = match &node.decl.after {
        Some(_) => "drop `after`, so that it is done in the run; or write a step for each",
        None => "revoke `credential.old.id`, without `for_each`",
    };
    Diagnostic::error("C10", head(checked, &node.decl), message).help(help)
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
