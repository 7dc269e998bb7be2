//! Everything that can be known before a run: references, order, types, places, secrets, rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::spec::{Repeat, Role};
use crate::step::{Registry, Step};
use crate::time::Duration;
use crate::value::Map;
use crate::workflow::{Retry, StepDecl, Workflow};

/// A workflow that may run. Only [`check`] makes one.
#[derive(Clone)]
pub struct Checked {
    workflow: Arc<Workflow>,
    nodes: Vec<Node>,
    on_failure: Vec<Node>,
    finally: Vec<Node>,
    in_use: Option<usize>,
}

/// A step that has been checked.
#[derive(Clone)]
pub struct Node {
    /// The step as it was written.
    pub decl: StepDecl,
    /// What runs it.
    pub step: Arc<dyn Step>,
    /// The step of `undo: {uses, with}`.
    pub undo_step: Option<Arc<dyn Step>>,
    /// Of a step whose spec names a `read_back`: the step that reads its place back.
    pub reader: Option<Arc<dyn Step>>,
    /// Its role as it is used here.
    pub role: Role,
    /// Whether a lost write may be sent again.
    pub repeat: Repeat,
    /// Its literal parameters, defaults filled in.
    pub literals: Map,
    /// The steps that it waits for, by index in [`Checked::nodes`]; of hooks always empty (they run
    /// in written order).
    pub needs: Vec<usize>,
    /// Everything that is surely finished before it, by index.
    pub before: BTreeSet<usize>,
    /// The steps that it verifies, by index.
    pub verifies: Vec<usize>,
    /// How often and how it is tried.
    pub retry: Retry,
    /// How long a try may take.
    pub timeout: Duration,
    /// Of a revoke that is owed rather than done: how long after the last step it waits for.
    pub debt: Option<Duration>,
}

impl Checked {
    /// Returns the workflow as it was written.
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }

    /// Returns the steps in written order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the steps of `on_failure`.
    pub fn on_failure(&self) -> &[Node] {
        &self.on_failure
    }

    /// Returns the steps of `finally`.
    pub fn finally(&self) -> &[Node] {
        &self.finally
    }

    /// Returns the index of the step that `credential.in_use` reads.
    pub fn in_use(&self) -> Option<usize> {
        self.in_use
    }

    /// Returns the index of the step with an id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.decl.id.value == id)
    }

    /// Returns the index of the one create of a workflow with a credential.
    pub fn create(&self) -> Option<usize> {
        self.workflow.credential.as_ref()?;
        self.nodes.iter().position(|node| node.role == Role::Create)
    }

    /// Returns the index of the promote.
    pub fn promote(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.role == Role::Promote)
    }
}

/// Checks a parsed workflow. `Checked` is there only where there is no error; warnings may be.
pub fn check(workflow: &Arc<Workflow>, registry: &Registry) -> (Option<Checked>, Diagnostics) {
    let _ = (workflow, registry);
    unimplemented!()
}
