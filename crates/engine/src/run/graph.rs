//! The shape of a run: its steps and hooks as one row of nodes, and who waits for whom.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::check::{Checked, Node};
use crate::plan::{self, Plan};
use crate::run::slot::Slot;
use crate::run::undo::order::Form;
use crate::spec::{Place, Repeat, Role};
use crate::time::Duration;
use crate::workflow::{OnError, Retry, Undo};

/// Which part of a workflow a node belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// `steps`.
    Steps,
    /// `on_failure`.
    OnFailure,
    /// `finally`.
    Finally,
}

/// A step of the run, by what its decisions need.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) path: String,
    pub(crate) uses: String,
    pub(crate) part: Part,
    pub(crate) role: Role,
    pub(crate) needs: usize,
    pub(crate) dependents: Vec<u32>,
    pub(crate) for_each: bool,
    /// How many of its items may run at once.
    pub(crate) cap: usize,
    pub(crate) goes_on: bool,
    pub(crate) repeat: Repeat,
    pub(crate) retry: Retry,
    pub(crate) timeout: Duration,
    pub(crate) writes: bool,
    pub(crate) pure: bool,
    /// It can be asked whether it is done.
    pub(crate) has_read: bool,
    pub(crate) verifies: bool,
    /// How it is taken back.
    pub(crate) form: Form,
    /// Where it stores or publishes to.
    pub(crate) place: Option<Place>,
}

/// All nodes: the steps in written order, then `on_failure`, then `finally`.
#[derive(Clone)]
pub(crate) struct Graph {
    pub(crate) checked: Arc<Checked>,
    pub(crate) workflow: String,
    pub(crate) nodes: Vec<Shape>,
    pub(crate) max_parallel: usize,
    /// How many of the nodes are steps; `on_failure` begins here.
    pub(crate) steps: usize,
    /// Where `finally` begins.
    pub(crate) finally: usize,
    /// The nodes in running order: no step before one that it waits for.
    pub(crate) order: Vec<u32>,
    by_path: HashMap<String, u32>,
}

impl Graph {
    pub(crate) fn new(plan: &Plan) -> Self {
        let checked = plan.checked();
        let workflow = checked.workflow();
        let steps = checked.nodes().len();
        let finally = steps + checked.on_failure().len();
        let max_parallel = workflow.max_parallel.max(1);
        let parts = [
            (Part::Steps, checked.nodes()),
            (Part::OnFailure, checked.on_failure()),
            (Part::Finally, checked.finally()),
        ];
        let of = |(part, nodes): (Part, &[Node])| {
            nodes.iter().map(|node| shape(node, part, max_parallel)).collect::<Vec<_>>()
        };
        let mut nodes: Vec<Shape> = parts.into_iter().flat_map(of).collect();
        for (index, node) in checked.nodes().iter().enumerate() {
            node.needs.iter().for_each(|need| nodes[*need].dependents.push(id(index)));
        }
        let order = plan::order(checked).into_iter().chain(steps..nodes.len()).map(id).collect();
        let by_path =
            nodes.iter().enumerate().map(|(at, node)| (node.path.clone(), id(at))).collect();
        let workflow = workflow.name.value.clone();
        let checked = Arc::clone(checked);
        Self { checked, workflow, nodes, max_parallel, steps, finally, order, by_path }
    }

    /// Lets every revoke begin as soon as the credential is made: a planted bug. Returns them.
    pub(super) fn revoke_first(&mut self) -> Vec<usize> {
        let Some(create) = self.checked.create() else { return Vec::new() };
        let revokes = |at: &usize| self.nodes[*at].role == Role::Revoke;
        let revokes: Vec<usize> = (0..self.steps).filter(revokes).collect();
        for revoke in revokes.iter().copied() {
            self.nodes.iter_mut().for_each(|of| of.dependents.retain(|below| *below != id(revoke)));
            self.nodes[create].dependents.push(id(revoke));
            self.nodes[revoke].needs = 1;
        }
        revokes
    }

    pub(crate) fn node(&self, node: u32) -> &Shape {
        &self.nodes[node as usize]
    }

    /// Returns the node of a step's path without an item's number.
    pub(crate) fn find(&self, path: &str) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    /// Returns what a path names: `push` and `push[3]`.
    pub(crate) fn slot(&self, path: &str) -> Option<Slot> {
        let Some(open) = path.find('[') else {
            return Some(Slot { node: self.find(path)?, item: None });
        };
        let number = path[open + 1..].strip_suffix(']')?;
        let item = number.parse().ok()?;
        Some(Slot { node: self.find(&path[..open])?, item: Some(item) })
    }

    /// Returns the path of a slot.
    pub(crate) fn path(&self, slot: Slot) -> String {
        let path = &self.node(slot.node).path;
        match slot.item {
            Some(item) => format!("{path}[{item}]"),
            None => path.clone(),
        }
    }

    /// Returns the checked step of a node.
    pub(crate) fn written<'a>(&self, plan: &'a Plan, node: u32) -> &'a Node {
        let (checked, at) = (plan.checked(), node as usize);
        if at < self.steps {
            &checked.nodes()[at]
        } else if at < self.finally {
            &checked.on_failure()[at - self.steps]
        } else {
            &checked.finally()[at - self.finally]
        }
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

/// Turns an index into the small number that nodes go by.
pub(crate) fn id(index: usize) -> u32 {
    u32::try_from(index).expect("a document's size limit keeps its steps far below four billion")
}

fn shape(node: &Node, part: Part, max_parallel: usize) -> Shape {
    let spec = node.step.spec();
    let decl = &node.decl;
    let path = match part {
        Part::Steps => decl.id.value.clone(),
        Part::OnFailure => format!("on_failure.{}", decl.id.value),
        Part::Finally => format!("finally.{}", decl.id.value),
    };
    let undo = decl.undo.as_ref().map(|undo| &undo.value);
    Shape {
        path,
        uses: decl.uses.value.clone(),
        part,
        role: node.role,
        needs: if part == Part::Steps { node.needs.len() } else { 0 },
        dependents: Vec::new(),
        for_each: decl.for_each.is_some(),
        cap: decl.max_parallel.as_ref().map_or(max_parallel, |limit| limit.value.max(1)),
        goes_on: decl.on_error.as_ref().is_some_and(|on| on.value == OnError::Continue),
        repeat: node.repeat,
        retry: node.retry.clone(),
        timeout: node.timeout,
        writes: node.role != Role::Read && !spec.pure,
        pure: spec.pure,
        has_read: spec.has_read,
        verifies: !decl.verifies.is_empty(),
        form: match undo {
            Some(Undo::Step { .. }) => Form::Other,
            Some(Undo::Again) => Form::Again,
            Some(Undo::None { .. }) => Form::None,
            None if spec.has_undo => Form::Own,
            None => Form::None,
        },
        place: spec.stores_at.clone().or_else(|| spec.publishes_to.clone()),
    }
}
