//! A case on its way: its steps are carried out one after the other, and at one of them a law is
//! tried.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::diagnostic::nearest;
use cutover_engine::disk::to_json;
use cutover_engine::host::{Host, Secrets};
use cutover_engine::known::Known;
use cutover_engine::plan::preview::{PreviewHost, Reads, Seen as Shown};
use cutover_engine::spec::{Role, Spec};
use cutover_engine::step::{Fate, Step, StepError};
use cutover_engine::time::Duration;
use cutover_engine::value::{Map, Value};

use super::convert::from_lua;
use super::host::{FakeHost, Fault};
use super::link::{Link, Request, drive};
use super::params::fill;
use super::report::{Failure, Law};
use super::secrets::open;
use super::step::{Door, StepAsk, StepTold};
use super::world::World;
use crate::files::Files;

/// The steps of a plugin by their short names.
pub(crate) type Steps = BTreeMap<String, Arc<dyn Step>>;

/// How long a step may compute: what takes longer in a test is a loop without an end.
const PATIENCE: Duration = Duration::seconds(2);

/// Where a law is tried: at which step of the case, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) call: usize,
    pub(crate) law: Law,
    /// Which write, from 0, where the law is about one.
    pub(crate) write: usize,
}

/// A step that the case took, as far as the laws need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) step: String,
    /// How many writes it made.
    pub(crate) writes: usize,
    /// It was there before, or was to fail: there is no law to try.
    pub(crate) settled: bool,
}

/// A step with its parameters and the marker of a try.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) step: Arc<dyn Step>,
    pub(crate) params: Map,
    pub(crate) marker: String,
    pub(crate) attempt: u32,
}

/// How a try ended.
pub(crate) struct Tried {
    pub(crate) result: Result<Map, StepError>,
    pub(crate) fate: Fate,
    pub(crate) writes: usize,
}

/// A case on its way.
pub(crate) struct Stage<'a> {
    pub(crate) files: &'a Files,
    pub(crate) steps: &'a Steps,
    pub(crate) config: Map,
    pub(crate) point: Option<Point>,
    pub(crate) host: &'a FakeHost,
    pub(crate) link: Link,
    pub(crate) inbox: Receiver<Request>,
    pub(crate) calls: RefCell<Vec<Seen>>,
    pub(crate) markers: RefCell<BTreeMap<String, String>>,
    pub(crate) failure: RefCell<Option<Failure>>,
    /// What was to be seen has been seen.
    pub(crate) over: Cell<bool>,
    /// An `equal` does not hold.
    pub(crate) unequal: Cell<bool>,
    /// Something was made a second time, so that numbers in it may differ.
    pub(crate) made_again: Cell<bool>,
}

/// The case ends here: what is to be said is in `failure`.
pub(crate) struct Ends;

impl Asked {
    pub(crate) fn spec(&self) -> &Spec {
        self.step.spec()
    }

    /// Returns the same step with another marker: another try of it, or somebody else's.
    pub(crate) fn marked(&self, attempt: u32, marker: &str) -> Self {
        Self { attempt, marker: marker.to_owned(), ..self.clone() }
    }

    pub(crate) fn scope(&self, host: &dyn Host, mode: Mode, may_write: bool) -> Scope {
        let now = host.now();
        Scope {
            run: "test".to_owned(),
            step: self.name.clone(),
            attempt: self.attempt,
            marker: self.marker.clone(),
            deadline: now + PATIENCE,
            started_at: now,
            mode,
            may_write,
            current: None,
            waited: None,
            known: Known::default(),
        }
    }

    fn writes(&self) -> bool {
        self.spec().role_with(&self.params) != Role::Read && !self.spec().pure
    }
}

/// Returns the marker of a try.
pub(crate) fn marker(call: usize, attempt: u32) -> String {
    format!("cutover-1f0a77c2-test-{call:04x}{attempt:04x}")
}

impl Stage<'_> {
    /// Runs a step, with a fault of its own.
    pub(crate) fn run(&self, world: &World, asked: &Asked, fault: Option<Fault>) -> Tried {
        self.host.begin(fault);
        let scope = asked.scope(self.host, Mode::Run, asked.writes());
        let host = self.host;
        let (result, fate) = drive((world, &self.inbox), &self.link, || async {
            let ctx = Ctx::new(host, scope);
            let result = asked.step.run(&asked.params, &ctx).await;
            let fate = result.as_ref().err().map(|error| ctx.fate(error.fate));
            (result, fate.unwrap_or_default())
        });
        self.see(&asked.name, "run", result.as_ref().map(Some));
        Tried { result, fate, writes: self.host.writes() }
    }

    /// Asks a step whether it is there already.
    pub(crate) fn read(&self, world: &World, asked: &Asked) -> Result<Option<Map>, StepError> {
        self.host.begin(None);
        let scope = asked.scope(self.host, Mode::Read, false);
        let host = self.host;
        let result = drive((world, &self.inbox), &self.link, || async {
            asked.step.read(&asked.params, &Ctx::new(host, scope)).await
        });
        let found = match &result {
            Ok(Some(_)) => "found",
            Ok(None) => "nothing",
            Err(_) => "failed",
        };
        self.host.note(format!("{}.read -> {found}", asked.name));
        self.see(&asked.name, "read", result.as_ref().map(Option::as_ref));
        result
    }

    /// Takes a step back.
    pub(crate) fn undo(&self, world: &World, asked: &Asked, done: &Map) -> Result<(), StepError> {
        self.host.begin(None);
        let scope = asked.scope(self.host, Mode::Undo, true);
        let host = self.host;
        let result = drive((world, &self.inbox), &self.link, || async {
            asked.step.undo(&asked.params, done, &Ctx::new(host, scope)).await
        });
        let ended = if result.is_ok() { "done" } else { "failed" };
        self.host.note(format!("{}.undo -> {ended}", asked.name));
        self.see(&asked.name, "undo", result.as_ref().map(|()| None));
        result
    }

    /// Previews a step through the engine's own wrapper.
    pub(crate) fn preview(
        &self,
        world: &World,
        asked: &Asked,
        reads: Reads,
    ) -> (Result<Map, StepError>, Shown) {
        self.host.begin(None);
        let door = PreviewHost::new(self.host, reads, false);
        let scope = asked.scope(self.host, Mode::Run, asked.writes());
        let result = drive((world, &self.inbox), &self.link, || async {
            asked.step.run(&asked.params, &Ctx::new(&door, scope)).await
        });
        let shown = door.into_seen();
        for effect in &shown.effects {
            let place = format!("the preview of `{}`", asked.name);
            self.host.leave(place, format!("{} {}", effect.summary, to_json(&effect.detail)));
            self.host.note(format!("preview: {} {}", effect.kind, effect.summary));
        }
        self.see(&asked.name, "preview", result.as_ref().map(Some));
        (result, shown)
    }

    /// Notes what a call gave, for the search for secrets.
    fn see(&self, step: &str, what: &str, result: Result<Option<&Map>, &StepError>) {
        match result {
            Ok(None) => {}
            Ok(Some(outputs)) => {
                for (name, value) in outputs {
                    let place = format!("the output `{name}` of `{step}`");
                    self.host.leave(place, to_json(value).to_string());
                }
            }
            Err(error) => {
                let place = format!("an error of `{step}`");
                self.host.leave(place, format!("{} {}", error.message, error.help));
                self.host.note(format!("{step}.{what} -> {}", error.message));
            }
        }
    }

    /// Ends the case: something is wrong.
    pub(crate) fn broke(&self, step: &str, message: &str) -> Ends {
        let law = self.law_at(step);
        let write = self.point.filter(|_| matches!(law, Law::Refused | Law::Lost));
        let mut failure = Failure::new(law, message, self.files);
        failure.step = Some(step.to_owned());
        failure.write = write.map(|point| point.write + 1);
        failure.trail = self.host.trail();
        self.failure.borrow_mut().get_or_insert(failure);
        self.over.set(true);
        Ends
    }

    /// Ends the case with an error of a step.
    pub(crate) fn failed(&self, asked: &Asked, words: &str, error: &StepError) -> Ends {
        let message = match words {
            "" => error.message.clone(),
            words => format!("{words}: {}", error.message),
        };
        let ends = self.broke(&asked.name, &message);
        if let Some(failure) = self.failure.borrow_mut().as_mut() {
            failure.helped(&error.help, self.files);
        }
        ends
    }

    /// The law that is tried, once its step has come.
    fn law_at(&self, _step: &str) -> Law {
        let reached = |point: &Point| self.calls.borrow().len() > point.call;
        self.point.filter(reached).map_or(Law::Case, |point| point.law)
    }

    /// Ends the case: what was to be seen has been seen.
    pub(crate) fn ends(&self) -> Ends {
        self.over.set(true);
        Ends
    }

    fn asked(&self, ask: &StepAsk, marker: String) -> Result<Asked, String> {
        let Some(step) = self.steps.get(&ask.name) else {
            let near = nearest(&ask.name, self.steps.keys().map(String::as_str));
            let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("the plugin has no step `{}`{near}", ask.name));
        };
        let given = self.value(&mlua::Value::Table(ask.params.clone()))?;
        let params = fill(step.spec(), &given, &self.config)?;
        let (name, step) = (ask.name.clone(), Arc::clone(step));
        Ok(Asked { name, step, params, marker, attempt: 1 })
    }

    fn value(&self, value: &mlua::Value) -> Result<Map, String> {
        let seal = |plain: String| Value::from(self.host.table().seal("inputs.secret", plain));
        match from_lua(value, &seal, 0)? {
            Value::Map(map) => Ok(map),
            Value::List(items) if items.is_empty() => Ok(Map::new()),
            Value::Null => Ok(Map::new()),
            _ => Err("parameters have names".to_owned()),
        }
    }

    fn take(&self, world: &World, asked: &Asked) -> Result<Map, Ends> {
        let call = self.calls.borrow().len();
        self.markers.borrow_mut().insert(asked.name.clone(), asked.marker.clone());
        let (step, writes, settled) = (asked.name.clone(), 0, false);
        self.calls.borrow_mut().push(Seen { step, writes, settled });
        let point = self.point.filter(|point| point.call == call);
        if let Some(point) = point.filter(|point| matches!(point.law, Law::Preview | Law::Offline))
        {
            return Err(self.try_preview(world, asked, point.law));
        }
        let role = asked.spec().role_with(&asked.params);
        if asked.spec().has_read && !matches!(role, Role::Create | Role::Read) {
            match self.read(world, asked) {
                Ok(None) => {}
                Ok(Some(found)) => {
                    self.settle(call, |seen| seen.settled = true);
                    return Ok(found);
                }
                Err(error) => return Err(self.failed(asked, "its `read` fails", &error)),
            }
        }
        let told = asked.spec().has_before.then(|| self.told(world, asked)).transpose()?;
        let asked = told.as_ref().unwrap_or(asked);
        match point {
            Some(point) => self.try_law(world, asked, point),
            None => {
                let tried = self.run(world, asked, None);
                self.settle(call, |seen| seen.writes = tried.writes);
                tried.result.map_err(|error| self.failed(asked, "", &error))
            }
        }
    }

    fn settle(&self, call: usize, change: impl FnOnce(&mut Seen)) {
        if let Some(seen) = self.calls.borrow_mut().get_mut(call) {
            change(seen);
        }
    }

    fn fails(&self, world: &World, asked: &Asked) -> Result<Value, Ends> {
        let call = self.calls.borrow().len();
        let (step, writes, settled) = (asked.name.clone(), 0, true);
        self.calls.borrow_mut().push(Seen { step, writes, settled });
        debug_assert!(self.point.is_none_or(|point| point.call != call), "it is settled");
        match self.run(world, asked, None).result {
            Ok(_) => Err(self.broke(&asked.name, "it was to fail, and it is done")),
            Err(error) if error.code == "bug" => Err(self.failed(asked, "", &error)),
            Err(error) => Ok(Value::map([
                ("message", error.message.as_str().into()),
                ("code", error.code.as_str().into()),
                ("retryable", error.retryable.into()),
            ])),
        }
    }

    fn answer(&self, world: &World, ask: &StepAsk) -> Result<Value, Ends> {
        let call = self.calls.borrow().len();
        let last = self.markers.borrow().get(&ask.name).cloned();
        let marker = match ask.kind.as_str() {
            "read" | "undo" => last.unwrap_or_else(|| marker(call, 1)),
            _ => marker(call, 1),
        };
        let asked = match self.asked(ask, marker) {
            Ok(asked) => asked,
            Err(why) => return Err(self.broke(&ask.name, &why)),
        };
        match ask.kind.as_str() {
            "fails" => self.fails(world, &asked),
            "read" => match self.read(world, &asked) {
                Ok(found) => Ok(found.map_or(Value::Null, Value::Map)),
                Err(error) => Err(self.failed(&asked, "its `read` fails", &error)),
            },
            "undo" => {
                let out = match self.value(&ask.out) {
                    Ok(out) => out,
                    Err(why) => return Err(self.broke(&ask.name, &why)),
                };
                match self.undo(world, &asked, &out) {
                    Ok(()) => Ok(Value::Null),
                    Err(error) => Err(self.failed(&asked, "its `undo` fails", &error)),
                }
            }
            _ => self.take(world, &asked).map(Value::Map),
        }
    }
}

impl Door for Stage<'_> {
    fn step(&self, world: &World, ask: &StepAsk) -> StepTold {
        if self.over.get() {
            return StepTold::Over;
        }
        match self.answer(world, ask) {
            Ok(value) => StepTold::Done(value),
            Err(Ends) => match self.failure.borrow().as_ref() {
                Some(failure) => StepTold::Failed(format!("`{}`: {}", ask.name, failure.message)),
                None => StepTold::Over,
            },
        }
    }

    fn open(&self, text: &str) -> Result<String, String> {
        open(self.host.table(), text)
    }

    fn logs(&self) -> Vec<String> {
        self.host.logs()
    }

    fn unequal(&self) {
        self.unequal.set(true);
    }
}
