//! The values that templates see while a run goes on.

use std::borrow::Cow;

use crate::event::Identity;
use crate::plan::Plan;
use crate::run::Run;
use crate::run::graph::Part;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::template::{NullInText, Path, Scope};
use crate::value::{Map, Value};

const NULL: &Value = &Value::Null;

/// The scope of one step or item.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) run: &'a Run,
    /// The item and its number, in a `for_each`.
    pub(crate) item: Option<(&'a Value, u32)>,
    /// The step's outputs, in `until` and `undo`.
    pub(crate) result: Option<&'a Map>,
    /// Whether it is that of a step of `on_failure` or `finally`.
    pub(crate) is_hook: bool,
}

impl<'a> Values<'a> {
    /// Makes the scope in which a slot's parameters stand.
    pub(crate) fn of(plan: &'a Plan, run: &'a Run, slot: Slot) -> Self {
        let item = slot.item.and_then(|item| {
            let values = &run.items(slot.node)?.values;
            Some((values.get(item as usize)?, item))
        });
        let is_hook = run.graph().node(slot.node).part != Part::Steps;
        Self { plan, run, item, result: None, is_hook }
    }

    fn steps(&self, names: &[&str]) -> Value {
        let Some((id, rest)) = names.split_first() else { return Value::Null };
        let Some(node) = self.find(id) else { return Value::Null };
        let Some(items) = self.run.items(node) else {
            let slot = Slot { node, item: None };
            return self.run.state(slot).map_or(Value::Null, |state| outputs(state, rest));
        };
        match rest.split_first() {
            None => Value::List(items.states.iter().map(|state| outputs(state, &[])).collect()),
            Some((number, rest)) => {
                let state = number.parse().ok().and_then(|at: usize| items.states.get(at));
                state.map_or(Value::Null, |state| outputs(state, rest))
            }
        }
    }

    /// A hook sees the hooks above it by their ids too.
    fn find(&self, id: &str) -> Option<u32> {
        let graph = self.run.graph();
        let hook = |list: &str| graph.find(&format!("{list}.{id}"));
        let hooks = || hook("on_failure").or_else(|| hook("finally"));
        graph.find(id).or_else(|| if self.is_hook { hooks() } else { None })
    }

    fn run_value(&self, name: &str) -> Value {
        let claimed = self.run.claimed();
        match name {
            "id" => self.run.id().into(),
            "started_at" => claimed.map(|claimed| claimed.started_at).into(),
            "workflow" => self.plan.checked().workflow().name.value.as_str().into(),
            "status" => self.run.status_so_far().as_str().into(),
            _ => Value::Null,
        }
    }

    fn credential(&self, names: &[&str]) -> Value {
        let Some(credential) = self.plan.credential() else { return Value::Null };
        match names {
            ["name"] => credential.name.as_str().into(),
            ["owner"] => credential.owner.as_deref().into(),
            ["lifetime"] => credential.lifetime.map_or(Value::Null, Value::Duration),
            ["overlap"] => Value::Duration(credential.overlap),
            ["old"] => self.run.old().map_or(Value::Null, identity),
            ["old", field] => {
                self.run.old().map_or(Value::Null, |old| identity(old).get(field).clone())
            }
            _ => Value::Null,
        }
    }

    fn error(&self, name: &str) -> Value {
        let Some(failure) = self.run.failure() else { return Value::Null };
        match name {
            "step" => failure.step.as_str().into(),
            "message" => failure.message.as_str().into(),
            "code" => failure.code.as_str().into(),
            _ => Value::Null,
        }
    }
}

impl Scope for Values<'_> {
    fn path(&self, path: &Path) -> Value {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.as_slice();
        match path.head.as_str() {
            "inputs" => match names.split_first() {
                Some((name, rest)) => {
                    walk(self.plan.inputs().get(*name).unwrap_or(NULL), rest).clone()
                }
                None => Value::Map(self.plan.inputs().clone()),
            },
            "steps" => self.steps(names),
            "run" => names.first().map_or(Value::Null, |name| self.run_value(name)),
            "credential" => self.credential(names),
            "item" => self.item.map_or(Value::Null, |(item, _)| walk(item, names).clone()),
            "index" => self.item.map_or(Value::Null, |(_, index)| i64::from(index).into()),
            "result" => self.result.map_or(Value::Null, |result| within(result, names)),
            "error" => names.first().map_or(Value::Null, |name| self.error(name)),
            _ => Value::Null,
        }
    }

    fn peek(&self, path: &Path) -> Cow<'_, Value> {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let found = match (path.head.as_str(), names.as_slice()) {
            ("inputs", [name, rest @ ..]) => {
                self.plan.inputs().get(*name).map(|value| walk(value, rest))
            }
            ("item", rest) => self.item.map(|(item, _)| walk(item, rest)),
            ("steps", [id, name, rest @ ..]) => self
                .find(id)
                .filter(|node| self.run.items(*node).is_none())
                .and_then(|node| self.run.state(Slot { node, item: None }))
                .and_then(|state| state.outputs.get(*name).filter(|_| is_known(state)))
                .map(|value| walk(value, rest)),
            _ => None,
        };
        found.map_or_else(|| Cow::Owned(self.path(path)), Cow::Borrowed)
    }

    fn null_in_text(&self) -> NullInText {
        if self.is_hook { NullInText::Empty } else { NullInText::Error }
    }
}

/// Returns what templates see of a credential.
pub(crate) fn identity(of: &Identity) -> Value {
    Value::map([
        ("id", of.id.as_str().into()),
        ("prefix", of.prefix.as_deref().into()),
        ("created_at", of.created_at.into()),
        ("expires_at", of.expires_at.into()),
    ])
}

/// A step's outputs are null until it is done, and where it was skipped or failed.
fn outputs(state: &State, names: &[&str]) -> Value {
    if is_known(state) { within(&state.outputs, names) } else { Value::Null }
}

fn is_known(state: &State) -> bool {
    match state.phase {
        Phase::Over(Over::Succeeded | Over::Found | Over::Owed) => true,
        Phase::Over(Over::Failed | Over::NotHeld | Over::Lost | Over::Skipped | Over::Undone)
        | Phase::Pending
        | Phase::Due
        | Phase::Proving
        | Phase::Running
        | Phase::Waiting(_)
        | Phase::Lost(_)
        | Phase::Parked(_) => false,
    }
}

fn within(map: &Map, names: &[&str]) -> Value {
    match names.split_first() {
        None => Value::Map(map.clone()),
        Some((name, rest)) => walk(map.get(*name).unwrap_or(NULL), rest).clone(),
    }
}

/// Follows names into maps and numbers into lists; null where there is nothing.
fn walk<'v>(value: &'v Value, names: &[&str]) -> &'v Value {
    names.iter().fold(value, |value, name| match value {
        Value::List(items) => name.parse().ok().and_then(|at: usize| items.get(at)).unwrap_or(NULL),
        other => other.get(name),
    })
}
