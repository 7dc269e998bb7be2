//! Which steps are given the secret of which create: while one of them may hold it, an undo does
//! not revoke it.

use crate::check::Checked;
use crate::check::rules::flow::Flow;
use crate::run::graph::id;
use crate::step::Registry;

/// What is known of the secrets that the steps of a workflow make.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Given {
    /// For each step, those whose secret it is given and that it is not surely before. A step that
    /// keeps a chosen value for the create to come is before it, and says nothing about who uses
    /// the credential.
    pub(crate) carries: Vec<Vec<u32>>,
    /// Whether a step makes a credential: a create, or a program or address of the author's whose
    /// sealed answer reaches a store or publish.
    pub(crate) makes: Vec<bool>,
}

/// Follows the secrets of a workflow.
pub(crate) fn given(checked: &Checked) -> Given {
    let registry = Registry::default();
    let flow = Flow::of(checked, &registry);
    let nodes = checked.nodes();
    let mut given =
        Given { carries: vec![Vec::new(); nodes.len()], makes: vec![false; nodes.len()] };
    for made in &flow.made {
        given.makes[made.node] = true;
        for (step, node) in nodes.iter().enumerate() {
            let other = step != made.node && node.writes();
            if other && !checked.is_before(step, made.node) && flow.given(step, made).is_some() {
                given.carries[step].push(id(made.node));
            }
        }
    }
    given
}
