//! A workflow that may run, and what the rules and the run ask of it.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::check::env::{Env, Site};
use crate::check::set::StepSet;
use crate::spec::{Output, Repeat, Role};
use crate::step::Step;
use crate::template::Typed;
use crate::time::Duration;
use crate::types::Type;
use crate::value::Map;
use crate::workflow::{Node as Written, Retry, StepDecl, Tree, Workflow};

/// A workflow that may run. Only [`check`](crate::check::check) makes one.
#[derive(Clone)]
pub struct Checked {
    pub(super) workflow: Arc<Workflow>,
    pub(super) nodes: Vec<Node>,
    pub(super) on_failure: Vec<Node>,
    pub(super) finally: Vec<Node>,
    pub(super) in_use: Option<usize>,
    /// The index of each step by its id; the first of two with one id.
    pub(super) by_id: HashMap<String, usize>,
    /// The texts of the workflow files that its steps run, by path.
    pub(super) files: IndexMap<String, String>,
    /// The digests of its plugins, and of those of its files.
    pub(super) plugins: IndexMap<String, String>,
    /// Whether the order of the steps is known: no cycle, no unknown need.
    pub(super) ordered: bool,
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
    /// Its parameters as they were written; where one was not and has a default, the default.
    pub params: IndexMap<String, Written>,
    /// The steps that it waits for, by index in [`Checked::nodes`]: where the order rule makes it
    /// wait for all above, just the last ones of them. Of hooks always empty (they run in written
    /// order).
    pub needs: Vec<usize>,
    /// Everything that is surely finished before it, by index.
    pub before: StepSet,
    /// The steps that it verifies, by index.
    pub verifies: Vec<usize>,
    /// How often and how it is tried.
    pub retry: Retry,
    /// How long a try may take.
    pub timeout: Duration,
    /// Of a revoke that is owed rather than done: how long after the last step it waits for.
    pub debt: Option<Duration>,
    /// Whether `uses` named a step; where it did not, nothing is known of its outputs.
    pub(super) known: bool,
}

impl Checked {
    /// Returns the workflow as it was written.
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }

    /// Returns the texts of the workflow files that its steps run, by path.
    pub fn files(&self) -> &IndexMap<String, String> {
        &self.files
    }

    /// Returns the digests of its plugins by name; those of the workflow files that its steps run
    /// by `PATH: NAME`.
    pub fn plugins(&self) -> &IndexMap<String, String> {
        &self.plugins
    }

    /// Returns what is known of a value that is written among the `outputs`.
    pub(crate) fn type_of(&self, node: &Written) -> Typed {
        let env = Env::new(self, Site::Outputs);
        match &node.tree {
            Tree::Literal(value) => Typed::of(value),
            Tree::Template(template) => {
                template.infer(&env).unwrap_or_else(|_| Typed::new(Type::Any).nullable())
            }
            Tree::List(_) => Typed::new(Type::list(Type::Any)),
            Tree::Map(_) => Typed::new(Type::map(Type::Any)),
        }
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
        self.by_id.get(id).copied()
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

    /// Says whether a step is surely finished before another begins.
    pub fn is_before(&self, earlier: usize, later: usize) -> bool {
        self.nodes[later].before.contains(earlier)
    }

    /// Says whether a step may run before the promote is done; without one, every step may.
    pub fn is_above_promote(&self, step: usize) -> bool {
        self.promote().is_none_or(|promote| promote != step && !self.is_before(promote, step))
    }

    /// Says whether a step, as it is used here, changes something outside the run.
    pub fn writes(&self, step: usize) -> bool {
        self.nodes[step].writes()
    }

    /// Returns what stands where a parameter is written, or its default.
    pub fn param_node(&self, step: usize, name: &str) -> Option<&Written> {
        self.nodes[step].params.get(name)
    }

    /// Returns the names of a step's outputs that are, or hold, a secret.
    pub fn secret_outputs(&self, step: usize) -> Vec<&str> {
        self.nodes[step]
            .outputs()
            .filter(|output| holds_secret(&output.ty))
            .map(|output| output.name.as_str())
            .collect()
    }

    /// Returns what may be referred to in a step's parameters, `when` and `for_each`.
    pub fn env(&self, step: usize) -> Env<'_> {
        Env::new(self, Site::Step(step))
    }

    /// Says whether enough is known for the lifecycle rules: every step, and their order.
    pub(super) fn is_sound(&self) -> bool {
        self.ordered && self.nodes.iter().all(|node| node.known)
    }

    /// Returns all steps with where they stand, hooks included.
    pub(super) fn sites(&self) -> impl Iterator<Item = (Site, &Node)> {
        let steps = self.nodes.iter().enumerate().map(|(at, node)| (Site::Step(at), node));
        let hooks = self.on_failure.iter().enumerate();
        let last = self.finally.iter().enumerate();
        steps
            .chain(hooks.map(|(at, node)| (Site::OnFailure(at), node)))
            .chain(last.map(|(at, node)| (Site::Finally(at), node)))
    }
}

impl Node {
    /// Says whether it changes something outside the run.
    pub fn writes(&self) -> bool {
        match self.role {
            Role::Read | Role::Promote => false,
            Role::Create | Role::Store | Role::Publish | Role::Revoke | Role::Notify => true,
            Role::Other => !self.step.spec().pure,
        }
    }

    /// Returns the outputs that it has with its literal parameters.
    pub fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.step.spec().outputs_with(&self.literals)
    }

    /// Returns its id.
    pub fn id(&self) -> &str {
        &self.decl.id.value
    }
}

/// Says whether a type is a secret or holds one.
pub(crate) fn holds_secret(ty: &Type) -> bool {
    ty.any(&|inner| *inner == Type::Secret)
}
