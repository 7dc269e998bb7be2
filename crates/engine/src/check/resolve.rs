//! From a written step to the step that runs it: `uses`, literals, defaults, ids.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::check::checked::{Checked, Node};
use crate::check::config;
use crate::check::set::StepSet;
use crate::ctx::Ctx;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::Spanned;
use crate::spec::{Role, Spec};
use crate::step::{BoxFuture, Registry, Step, StepError};
use crate::time::Duration;
use crate::value::{Map, Value};
use crate::workflow::{Defaults, Entry, Node as Written, Retry, StepDecl, Tree, Undo, Workflow};

/// How long a try may take where nothing says otherwise.
const TIMEOUT: Duration = Duration::seconds(60);
/// The longest wait between two tries where nothing says otherwise.
const MAX_DELAY: Duration = Duration::seconds(60);
/// How many names a message lists before it only counts them.
const NAMES_SHOWN: usize = 8;

/// Finds the step behind each `uses`. A name that is nearly right is taken for the nearest one, so
/// that what else is wrong with the step is told too.
pub(super) fn resolve(
    workflow: &Arc<Workflow>,
    registry: &Registry,
    found: &mut Diagnostics,
) -> Checked {
    let by_id = ids(workflow);
    let verifies = |decl: &StepDecl| -> Vec<usize> {
        decl.verifies.iter().filter_map(|id| by_id.get(&id.value).copied()).collect()
    };
    let proofs: Vec<Vec<usize>> = workflow.steps.iter().map(verifies).collect();
    let mut node = |decl: &StepDecl| node(decl, workflow, registry, found);
    let mut nodes: Vec<Node> = workflow.steps.iter().map(&mut node).collect();
    nodes.iter_mut().zip(proofs).for_each(|(node, proofs)| node.verifies = proofs);
    Checked {
        nodes,
        on_failure: workflow.on_failure.iter().map(&mut node).collect(),
        finally: workflow.finally.iter().map(&mut node).collect(),
        workflow: Arc::clone(workflow),
        in_use: None,
        by_id,
        files: registry.files().clone(),
        plugins: registry.digests(),
        ordered: true,
    }
}

/// Returns where each id stands; of two with one id, which is told of elsewhere, the first.
fn ids(workflow: &Workflow) -> HashMap<String, usize> {
    let mut by_id = HashMap::new();
    for (at, decl) in workflow.steps.iter().enumerate() {
        by_id.entry(decl.id.value.clone()).or_insert(at);
    }
    by_id
}

fn node(
    decl: &StepDecl,
    workflow: &Workflow,
    registry: &Registry,
    found: &mut Diagnostics,
) -> Node {
    let step = find(&decl.uses, workflow, registry, found);
    let step = step.and_then(|step| child(decl, step, registry, found));
    let undo_step = match decl.undo.as_ref().map(|undo| &undo.value) {
        Some(Undo::Step { uses, .. }) => find(uses, workflow, registry, found),
        Some(Undo::Again | Undo::None { .. }) | None => None,
    };
    let known = step.is_some();
    let step = step.unwrap_or_else(|| Arc::new(Opaque(opaque(&decl.uses.value))));
    let undone_by = undo_step.as_ref().map(|step| step.spec());
    let decl = &config::filled(decl, step.spec(), undone_by, workflow, found);
    let spec = step.spec();
    let params = params(&decl.with, spec, decl);
    let literals = literals(&params, spec);
    let role = spec.role_with(&literals);
    Node {
        role,
        repeat: spec.repeat_with(&literals),
        retry: retry(decl, role, &workflow.defaults),
        timeout: timeout(decl, &workflow.defaults),
        decl: decl.clone(),
        step: Arc::clone(&step),
        undo_step,
        reader: spec.read_back.as_ref().and_then(|name| registry.get(name)).cloned(),
        literals,
        params,
        needs: Vec::new(),
        before: StepSet::default(),
        verifies: Vec::new(),
        debt: None,
        known,
    }
}

/// Returns the step that runs the workflow file which a step names; any other step as it is.
fn child(
    decl: &StepDecl,
    step: Arc<dyn Step>,
    registry: &Registry,
    found: &mut Diagnostics,
) -> Option<Arc<dyn Step>> {
    let Some(starts) = &step.spec().starts else { return Some(step) };
    let Some(entry) = decl.with.get(starts) else { return Some(step) };
    let Tree::Literal(Value::Text(file)) = &entry.node.tree else { return Some(step) };
    let why = match registry.child(file) {
        Some(Ok(child)) => return Some(Arc::clone(child)),
        Some(Err(why)) => why.as_str(),
        None => "it was not read with this file",
    };
    let message = format!("`{file}` cannot be run from here: {why}");
    let help = "`cutover check` of that file tells more";
    found.push(Diagnostic::error("P07", entry.node.span, message).help(help));
    None
}

fn find(
    uses: &Spanned<String>,
    workflow: &Workflow,
    registry: &Registry,
    found: &mut Diagnostics,
) -> Option<Arc<dyn Step>> {
    if let Some(step) = registry.get(&uses.value) {
        return Some(Arc::clone(step));
    }
    if uses.value.is_empty() {
        return None;
    }
    let near = nearest(&uses.value, registry.names());
    let message = format!("there is no step `{}`", uses.value);
    let help = near.map_or_else(
        || other_names(&uses.value, workflow, registry),
        |near| format!("did you mean `{near}`?"),
    );
    found.push(Diagnostic::error("P01", uses.span, message).help(help));
    near.and_then(|near| registry.get(near)).cloned()
}

fn other_names(uses: &str, workflow: &Workflow, registry: &Registry) -> String {
    let Some((provider, _)) = uses.split_once('.') else {
        return "a step is named `provider.verb`; `cutover steps` lists all of them".to_owned();
    };
    let of_provider: Vec<&str> = registry
        .names()
        .filter(|name| name.split('.').next() == Some(provider))
        .take(NAMES_SHOWN)
        .collect();
    if !of_provider.is_empty() {
        return format!("`{provider}` has {}", quoted(&of_provider));
    }
    if workflow.plugins.contains_key(provider) {
        return format!("the plugin `{provider}` gives no such step");
    }
    let providers = registry.names().filter_map(|name| name.split('.').next());
    match nearest(provider, providers) {
        Some(near) => format!("no provider is called `{provider}`; did you mean `{near}`?"),
        None => format!(
            "no provider is called `{provider}`; `cutover steps` lists the built-in steps, \
             a plugin is declared under `plugins`"
        ),
    }
}

/// Returns names as `a`, `b`, `c`.
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns what stands for each parameter: what was written, else the default. One that was given
/// null is as if it was not written.
pub(super) fn params(
    with: &IndexMap<String, Entry>,
    spec: &Spec,
    decl: &StepDecl,
) -> IndexMap<String, Written> {
    spec.params
        .iter()
        .filter_map(|param| {
            let written = with.get(&param.name).map(|entry| &entry.node);
            let node = match written.filter(|node| !is_null(node)) {
                Some(node) => node.clone(),
                None if param.default.is_null() => return None,
                None => default_node(&param.default, decl),
            };
            Some((param.name.clone(), node))
        })
        .collect()
}

fn default_node(value: &Value, decl: &StepDecl) -> Written {
    let span = decl.uses.span;
    let tree = match value {
        Value::List(items) => {
            Tree::List(items.iter().map(|item| default_node(item, decl)).collect())
        }
        Value::Map(map) => Tree::Map(
            map.iter()
                .map(|(key, value)| {
                    (key.clone(), Entry { key: span, node: default_node(value, decl) })
                })
                .collect(),
        ),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => Tree::Literal(value.clone()),
    };
    Written { span, tree }
}

/// Says whether a node is a written null.
pub(super) fn is_null(node: &Written) -> bool {
    matches!(node.tree, Tree::Literal(Value::Null))
}

fn literals(params: &IndexMap<String, Written>, spec: &Spec) -> Map {
    params
        .iter()
        .filter(|(name, _)| spec.param(name).is_some())
        .filter_map(|(name, node)| Some((name.clone(), node.literal()?)))
        .collect()
}

fn retry(decl: &StepDecl, role: Role, defaults: &Defaults) -> Retry {
    let inherited = defaults.retry.as_ref().filter(|_| role != Role::Create);
    decl.retry.as_ref().or(inherited).cloned().unwrap_or(Retry {
        span: decl.id.span,
        max_attempts: 1,
        delay: Duration(0),
        exponential: true,
        max_delay: MAX_DELAY,
    })
}

fn timeout(decl: &StepDecl, defaults: &Defaults) -> Duration {
    decl.timeout.as_ref().map(|timeout| timeout.value).or(defaults.timeout).unwrap_or(TIMEOUT)
}

/// What stands where `uses` names no step: nothing is known of it, and it never runs.
struct Opaque(Spec);

fn opaque(name: &str) -> Spec {
    Spec { name: name.to_owned(), ..Spec::default() }
}

impl Step for Opaque {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn read<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async { Err(StepError::new("there is no such step")) })
    }

    fn run<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async { Err(StepError::new("there is no such step")) })
    }

    fn undo<'a>(
        &'a self,
        _params: &'a Map,
        _done: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(async { Err(StepError::new("there is no such step")) })
    }
}
