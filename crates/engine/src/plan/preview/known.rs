//! What a preview knows while it goes from step to step, and what only a run will know.

use indexmap::IndexMap;

use crate::event::Identity;
use crate::host::Secrets;
use crate::plan::Plan;
use crate::plan::preview::places::Spot;
use crate::plan::preview::{StateView, StepPreview};
use crate::run::scope::identity;
use crate::template::{Path, Scope};
use crate::types::Type;
use crate::value::{Unknown, Value, shown};

/// The scope of a preview.
pub(super) struct Known<'a> {
    pub(super) plan: &'a Plan,
    state_read: bool,
    old: Option<Identity>,
    /// Whether it is known what is in use, nothing included.
    old_known: bool,
    pub(super) steps: IndexMap<String, Value>,
    /// What the steps so far write: each by its index, with the place.
    pub(super) written: Vec<(usize, Spot)>,
    /// The item and its number, in a `for_each`.
    pub(super) item: Option<(Value, Value)>,
}

impl<'a> Known<'a> {
    pub(super) fn new(plan: &'a Plan, state: &StateView) -> Self {
        let old = state.current.clone();
        let asks = plan.checked().in_use().is_some();
        let old_known = old.is_some() || (state.read && !asks);
        Self {
            plan,
            state_read: state.read,
            old,
            old_known,
            steps: IndexMap::new(),
            written: Vec::new(),
            item: None,
        }
    }

    pub(super) fn old(&self) -> Option<&Identity> {
        self.old.as_ref()
    }

    /// Takes what `in_use` found, where its step was asked.
    pub(super) fn capture(&mut self, step: &mut StepPreview, secrets: &dyn Secrets) {
        let credential = self.plan.checked().workflow().credential.as_ref();
        let Some(expr) = credential.and_then(|credential| credential.in_use.as_ref()) else {
            return;
        };
        let found = match expr.eval(self, secrets) {
            Ok(Value::Text(id)) if !Value::from(id.as_str()).is_unknown() => Some(shown(&id)),
            Ok(Value::Int(id)) => Some(id.to_string()),
            Ok(Value::Null) => None,
            Ok(_) | Err(_) => return,
        };
        match (&self.old, found) {
            (Some(old), Some(found)) if old.id != found => {
                step.note = format!("the state knows {} as in use: a run refuses", old.id);
                step.brief.clone_from(&step.note);
            }
            (Some(_), _) => {}
            (None, found) => {
                self.old = found.map(|id| Identity { id, ..Identity::default() });
                self.old_known = self.old.is_some() || self.state_read;
            }
        }
    }

    fn old_value(&self, rest: &[&str]) -> Value {
        if !self.old_known {
            let from = ["credential", "old"].iter().chain(rest).copied().collect::<Vec<_>>();
            return unknown(&from.join("."), Type::Any);
        }
        let old = self.old.as_ref().map_or(Value::Null, identity);
        walk(&old, rest)
    }

    fn credential(&self, names: &[&str]) -> Value {
        let Some(credential) = self.plan.credential() else { return Value::Null };
        match names {
            ["name"] => credential.name.as_str().into(),
            ["owner"] => credential.owner.as_deref().into(),
            ["lifetime"] => credential.lifetime.map_or(Value::Null, Value::Duration),
            ["overlap"] => Value::Duration(credential.overlap),
            ["old", rest @ ..] => self.old_value(rest),
            _ => Value::Null,
        }
    }
}

impl Scope for Known<'_> {
    fn path(&self, path: &Path) -> Value {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let whole = || std::iter::once(path.head.as_str()).chain(names.iter().copied());
        let later = |ty| unknown(&whole().collect::<Vec<_>>().join("."), ty);
        match (path.head.as_str(), names.as_slice()) {
            ("inputs", [name, rest @ ..]) => {
                self.plan.inputs().get(*name).map_or(Value::Null, |value| walk(value, rest))
            }
            ("steps", [id, rest @ ..]) => {
                self.steps.get(*id).map_or_else(|| later(Type::Any), |step| walk(step, rest))
            }
            ("run", ["workflow"]) => self.plan.checked().workflow().name.value.as_str().into(),
            ("run", ["started_at"]) => later(Type::Timestamp),
            ("run" | "error", _) => later(Type::String),
            ("credential", names) => self.credential(names),
            ("item", rest) => self.item.as_ref().map_or(Value::Null, |(item, _)| walk(item, rest)),
            ("index", _) => self.item.as_ref().map_or(Value::Null, |(_, index)| index.clone()),
            ("result", _) => later(Type::Any),
            _ => Value::Null,
        }
    }
}

/// Makes a value that only a run knows.
pub(super) fn unknown(from: &str, ty: Type) -> Value {
    Value::Unknown(Unknown { from: from.to_owned(), ty })
}

/// Follows names into a value; what is in an unknown is unknown too.
fn walk(value: &Value, names: &[&str]) -> Value {
    let Some((name, rest)) = names.split_first() else { return value.clone() };
    match value {
        Value::Unknown(of) => {
            let from = format!("{}.{}", of.from, names.join("."));
            let ty = names.iter().try_fold(of.ty.clone(), |ty, name| inner(&ty, name));
            unknown(&from, ty.unwrap_or_default())
        }
        Value::List(items) => {
            let item = name.parse().ok().and_then(|at: usize| items.get(at));
            item.map_or(Value::Null, |item| walk(item, rest))
        }
        other => walk(other.get(name), rest),
    }
}

fn inner(ty: &Type, name: &str) -> Option<Type> {
    match ty {
        Type::List(of) | Type::Map(of) => Some((**of).clone()),
        Type::Object(fields) => fields.get(name).cloned(),
        _ => None,
    }
}
