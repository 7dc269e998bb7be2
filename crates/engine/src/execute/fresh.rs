//! Frozen parameters, filled with the secrets that inputs and reads give now.

use std::collections::{BTreeMap, HashMap};

use crate::disk::GONE;
use crate::host::Secrets;
use crate::source::Span;
use crate::step::StepError;
use crate::template::{Expr, NullInText, Path, Placement, Scope};
use crate::value::{Handle, Map, Piece, Value, pieces};

/// The code of an error that says which secret is not there.
pub(crate) const MISSING: &str = "missing";

/// Why an input is not there, by its name: ``needs env `INFLUX_TOKEN` ``.
pub type Missing = BTreeMap<String, String>;

/// What frozen parameters are filled with.
#[derive(Clone)]
pub(crate) struct Fresh<'a> {
    inputs: &'a Map,
    missing: &'a Missing,
    /// What each read gave this time, by its path.
    outputs: BTreeMap<String, Map>,
    /// The secrets among that, by where they say they come from.
    handles: HashMap<String, Handle>,
}

impl<'a> Fresh<'a> {
    pub(crate) fn new(inputs: &'a Map, missing: &'a Missing) -> Self {
        Self { inputs, missing, outputs: BTreeMap::new(), handles: HashMap::new() }
    }

    /// Keeps what a read gave.
    pub(crate) fn keep(&mut self, step: &str, outputs: &Map) {
        let handles = outputs.values().flat_map(Value::handles);
        self.handles.extend(handles.map(|handle| (handle.origin.clone(), handle)));
        self.outputs.insert(step.to_owned(), outputs.clone());
    }

    /// Keeps a secret that a place gave, by where it came from.
    pub(crate) fn keep_as(&mut self, origin: &str, held: Handle) {
        let handle = Handle { id: held.id, origin: origin.to_owned() };
        self.handles.insert(origin.to_owned(), handle);
    }

    /// Returns a secret that is here again, by where it came from.
    pub(crate) fn mark_of(&self, origin: &str, secrets: &dyn Secrets) -> Result<Handle, StepError> {
        let dead = Handle { id: GONE, origin: origin.to_owned() };
        let mark = self.mark(dead, secrets)?;
        let handles = Value::Text(mark).handles();
        let whole = handles.first().filter(|_| handles.len() == 1);
        let id = whole.map(|handle| handle.id).ok_or_else(|| self.gone(origin))?;
        Ok(Handle { id, origin: origin.to_owned() })
    }

    /// Returns parameters in which every secret is there. One that nothing gives any more is an
    /// error with the code [`MISSING`].
    pub(crate) fn fill(&self, with: &Map, secrets: &dyn Secrets) -> Result<Map, StepError> {
        let filled =
            with.iter().map(|(name, value)| Ok((name.clone(), self.value(value, secrets)?)));
        filled.collect()
    }

    fn value(&self, value: &Value, secrets: &dyn Secrets) -> Result<Value, StepError> {
        Ok(match value {
            Value::Text(text) => Value::Text(self.text(text, secrets)?),
            Value::List(items) => {
                let items = items.iter().map(|item| self.value(item, secrets));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Value::Map(map) => Value::Map(self.fill(map, secrets)?),
            other => other.clone(),
        })
    }

    fn text(&self, text: &str, secrets: &dyn Secrets) -> Result<String, StepError> {
        let filled = pieces(text).into_iter().map(|piece| match piece {
            Piece::Plain(plain) => Ok(plain.to_owned()),
            Piece::Secret(handle) => self.mark(handle, secrets),
            Piece::Unknown { from, .. } => Err(self.gone(from)),
        });
        filled.collect()
    }

    /// Returns the mark of a secret as it is given now: by a read that was asked again, else the
    /// one that this process still has, else an input.
    fn mark(&self, handle: Handle, secrets: &dyn Secrets) -> Result<String, StepError> {
        if let Some(fresh) = self.handles.get(&handle.origin) {
            return Ok(fresh.to_mark());
        }
        let again = self.again(&handle.origin, secrets);
        match again {
            Some(mark) => Ok(mark),
            None if handle.id != GONE => Ok(handle.to_mark()),
            None => Err(self.gone(&handle.origin)),
        }
    }

    fn again(&self, origin: &str, secrets: &dyn Secrets) -> Option<String> {
        let expr = parse(origin)?;
        match expr.eval(self, secrets) {
            Ok(Value::Text(text)) => {
                let lives = |piece: &Piece<'_>| match piece {
                    Piece::Plain(_) => true,
                    Piece::Secret(handle) => handle.id != GONE,
                    Piece::Unknown { .. } => false,
                };
                Some(text).filter(|text| pieces(text).iter().all(lives))
            }
            Ok(_) | Err(_) => None,
        }
    }

    fn gone(&self, origin: &str) -> StepError {
        let input = inputs_in(origin).into_iter().next().map(|name| {
            let why = self.missing.get(&name).cloned();
            why.unwrap_or_else(|| format!("needs the input `{name}`"))
        });
        let why = input.unwrap_or_else(|| format!("`{origin}` is not there any more"));
        StepError::new(why).code(MISSING)
    }
}

impl Scope for Fresh<'_> {
    fn path(&self, path: &Path) -> Value {
        let names: Vec<&str> = path.rest.iter().map(|(name, _)| name.as_str()).collect();
        let found = match (path.head.as_str(), names.as_slice()) {
            ("inputs", [name, rest @ ..]) => self.inputs.get(*name).map(|value| walk(value, rest)),
            ("steps", [id, rest @ ..]) => self.output(id, rest),
            _ => None,
        };
        let by_origin = || {
            let origin = [&[path.head.as_str()], names.as_slice()].concat().join(".");
            self.handles.get(&origin).map(|handle| Value::from(handle.clone()))
        };
        found.cloned().or_else(by_origin).unwrap_or_default()
    }

    fn null_in_text(&self) -> NullInText {
        NullInText::Error
    }
}

impl Fresh<'_> {
    /// An item of a `for_each` stands under `push[3]`, and is written `steps.push.3`.
    fn output(&self, id: &str, names: &[&str]) -> Option<&Value> {
        if let Some(outputs) = self.outputs.get(id) {
            let (name, rest) = names.split_first()?;
            return outputs.get(*name).map(|value| walk(value, rest));
        }
        let [item, name, rest @ ..] = names else { return None };
        self.outputs.get(&format!("{id}[{item}]"))?.get(*name).map(|value| walk(value, rest))
    }
}

/// Returns the ids of the steps that a secret came from.
pub(crate) fn steps_in(origin: &str) -> Vec<String> {
    heads(origin, "steps")
}

fn inputs_in(origin: &str) -> Vec<String> {
    heads(origin, "inputs")
}

fn heads(origin: &str, head: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(expr) = parse(origin) {
        expr.paths(&mut |path, _| {
            let first = path.rest.first().filter(|_| path.head == head);
            found.extend(first.map(|(name, _)| name.clone()));
        });
    }
    found
}

fn parse(origin: &str) -> Option<Expr> {
    Expr::parse(origin, Placement { span: Span::default(), verbatim: None }).ok()
}

fn walk<'v>(value: &'v Value, names: &[&str]) -> &'v Value {
    names.iter().fold(value, |value, name| match value {
        Value::List(items) => {
            name.parse().ok().and_then(|at: usize| items.get(at)).unwrap_or(&Value::Null)
        }
        other => other.get(name),
    })
}
