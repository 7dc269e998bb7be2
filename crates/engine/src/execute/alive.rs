//! Secrets that were gone with their process, got again: from an input, the place that holds one,
//! the read that gave it, or computed anew from those.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::Event;
use crate::execute::attempt::read_back;
use crate::execute::door::Door;
use crate::execute::driver::{Driver, Landed};
use crate::execute::fresh::{Fresh, MISSING, Missing, steps_in};
use crate::host::Host;
use crate::run::revive::dead_in;
use crate::run::{Slot, retry};
use crate::source::Span;
use crate::spec::Role;
use crate::step::{Step, StepError};
use crate::time::Duration;
use crate::value::{Handle, Map, Value};
use crate::workflow::Retry;

/// How often something is asked that has no `retry` of its own.
const TRIES: u32 = 4;
/// How long is waited before the second time.
const DELAY: Duration = Duration::seconds(2);
/// How long is waited at most.
const MAX_DELAY: Duration = Duration::seconds(30);

/// A run has all its inputs.
static NONE_MISSING: Missing = Missing::new();

/// What came of a search for secrets.
pub(crate) struct Revived {
    /// The secrets that are here again, by where they came from.
    pub(crate) alive: HashMap<String, Handle>,
    /// Those that nothing gives any more.
    pub(crate) gone: BTreeSet<String>,
    /// Those of which that can't be told, and why.
    pub(crate) unreachable: BTreeMap<String, StepError>,
}

/// Something that is asked for a secret.
struct Ask {
    /// The step for which it is asked: that which stored the secret, or the read itself.
    step: String,
    by: Arc<dyn Step>,
    with: Map,
    retry: Retry,
    timeout: Duration,
    source: Source,
}

enum Source {
    /// A place, which must hold what has this check, where there is one.
    Place { origin: String, output: String, check: Option<String> },
    /// A read, which gives its outputs once more.
    Read { slot: String },
}

/// A search for secrets.
struct Search<'d> {
    wanted: BTreeSet<String>,
    asks: Vec<Ask>,
    fresh: Fresh<'d>,
    scope: Scope,
    salt: String,
}

impl<'d> Driver<'d> {
    /// Makes a search for secrets ready to be launched.
    pub(crate) fn search(&mut self, slot: Slot, wanted: BTreeSet<String>) {
        let mut asks = Vec::new();
        let mut seen = BTreeSet::new();
        for origin in &wanted {
            self.plan_asks(origin, &mut seen, &mut asks);
        }
        let deadline = self.door.now() + self.run.shape(slot.node).timeout;
        let scope = self.scope(slot, 0, deadline);
        let scope = Scope { mode: Mode::Read, may_write: false, ..scope };
        let fresh = Fresh::new(self.plan.inputs(), &NONE_MISSING);
        let search = Search { wanted, asks, fresh, scope, salt: self.salt() };
        self.reviving = true;
        let door = self.door;
        self.waiting
            .push(Box::pin(async move { Landed::Revived(Box::new(search.ask_all(door).await)) }));
    }

    /// Plans what to ask for a secret, after what has to be asked for that itself.
    fn plan_asks(&self, origin: &str, seen: &mut BTreeSet<String>, asks: &mut Vec<Ask>) {
        if !seen.insert(origin.to_owned()) {
            return;
        }
        let places = self.run.stored().iter().filter_map(|event| self.place_ask(origin, event));
        let mut found: Vec<Ask> = places.collect();
        found.extend(self.run.slots().filter_map(|(slot, _)| self.doubted_place_ask(origin, slot)));
        for id in steps_in(origin) {
            found.extend(self.read_asks(&id));
        }
        for ask in found {
            for needed in dead_in(&ask.with) {
                self.plan_asks(&needed, seen, asks);
            }
            let known = seen.contains(&format!("asked {}", ask.step));
            match &ask.source {
                Source::Read { .. } if known => {}
                Source::Read { slot } => {
                    seen.insert(format!("asked {slot}"));
                    asks.push(ask);
                }
                Source::Place { .. } => asks.push(ask),
            }
        }
        // What it is computed from is asked for too.
        for inner in self.inner_origins(origin) {
            self.plan_asks(&inner, seen, asks);
        }
    }

    /// Returns the dead outputs that a derived secret was computed from.
    fn inner_origins(&self, origin: &str) -> Vec<String> {
        let nodes = steps_in(origin).into_iter().filter_map(|id| self.run.graph().find(&id));
        let states = nodes.filter_map(|node| self.run.state(Slot { node, item: None }));
        states.flat_map(|state| dead_in(&state.outputs)).filter(|inner| inner != origin).collect()
    }

    fn place_ask(&self, wanted: &str, event: &Event) -> Option<Ask> {
        let Event::Stored { step, secret, uses, with, output, check } = event else { return None };
        let slot = self.run.graph().slot(step)?;
        let done = self.run.state(slot)?.is_done();
        let reader = self.node(slot).reader.as_ref()?;
        if secret != wanted || !done || reader.spec().name != *uses {
            return None;
        }
        let check = check.clone().or_else(|| self.run.check_of(secret).map(str::to_owned));
        let (origin, output) = (secret.clone(), output.clone());
        Some(Ask {
            step: step.clone(),
            by: Arc::clone(reader),
            with: with.clone(),
            retry: a_few_times(),
            timeout: self.run.shape(slot.node).timeout,
            source: Source::Place { origin, output, check },
        })
    }

    /// Returns how to ask a place that was written without an answer, and may hold a secret by now.
    fn doubted_place_ask(&self, wanted: &str, slot: Slot) -> Option<Ask> {
        let state = self.run.state(slot).filter(|state| !state.is_done())?;
        let node = self.node(slot);
        let back = read_back(node, &state.tried.as_ref()?.params)?;
        let written = Value::from(back.written.as_str()).handles();
        if !back.is_whole() || written.first().is_none_or(|of| of.origin != wanted) {
            return None;
        }
        let check = Some(self.run.check_of(wanted)?.to_owned());
        let (origin, output) = (wanted.to_owned(), back.output);
        Some(Ask {
            step: self.run.graph().path(slot),
            by: Arc::clone(node.reader.as_ref()?),
            with: back.with,
            retry: a_few_times(),
            timeout: self.run.shape(slot.node).timeout,
            source: Source::Place { origin, output, check },
        })
    }

    /// Returns how to ask a read once more, each item of it.
    fn read_asks(&self, id: &str) -> Vec<Ask> {
        let Some(node) = self.run.graph().find(id) else { return Vec::new() };
        let written = self.node(Slot { node, item: None });
        if written.role != Role::Read {
            return Vec::new();
        }
        let slots = self.run.slots_of(node);
        slots.filter_map(|slot| self.read_ask(slot, written)).collect()
    }

    fn read_ask(&self, slot: Slot, node: &Node) -> Option<Ask> {
        let state = self.run.state(slot).filter(|state| state.is_done())?;
        let with = state.tried.as_ref()?.params.clone();
        let step = self.run.graph().path(slot);
        let by = Arc::clone(&node.step);
        let retry = if node.retry.max_attempts > 1 { node.retry.clone() } else { a_few_times() };
        let source = Source::Read { slot: step.clone() };
        Some(Ask { step, by, with, retry, timeout: node.timeout, source })
    }
}

impl Search<'_> {
    async fn ask_all(mut self, door: &Door<'_>) -> Revived {
        let mut failed: Vec<(String, StepError)> = Vec::new();
        for ask in std::mem::take(&mut self.asks) {
            if let Err(error) = self.ask(&ask, door).await {
                failed.push((ask.step.clone(), error));
            }
        }
        let mut revived =
            Revived { alive: HashMap::new(), gone: BTreeSet::new(), unreachable: BTreeMap::new() };
        for origin in std::mem::take(&mut self.wanted) {
            match self.fresh.mark_of(&origin, door.secrets()) {
                Ok(handle) => {
                    revived.alive.insert(origin, handle);
                }
                Err(_) => match failed.iter().find(|(_, error)| is_unreachable(error)) {
                    Some((step, error)) => {
                        let message = format!("`{step}`: {}", error.message);
                        let error = StepError { message, ..error.clone() };
                        revived.unreachable.insert(origin, error);
                    }
                    None => {
                        revived.gone.insert(origin);
                    }
                },
            }
        }
        revived
    }

    async fn ask(&mut self, ask: &Ask, door: &Door<'_>) -> Result<(), StepError> {
        let with = self.fresh.fill(&ask.with, door.secrets())?;
        let found = self.run(ask, &with, door).await?;
        match &ask.source {
            Source::Read { slot } => self.fresh.keep(slot, &found),
            Source::Place { origin, output, check } => {
                let held = found.get(output).and_then(Value::as_text).unwrap_or_default();
                let value = Value::from(held);
                let [handle] = <[Handle; 1]>::try_from(value.handles())
                    .map_err(|_| StepError::new("the place holds no secret").code(ANOTHER))?;
                let same =
                    |check: &String| door.secrets().check(&self.salt, held).as_ref() == Some(check);
                if !check.as_ref().is_none_or(same) {
                    return Err(StepError::new("the place holds another value").code(ANOTHER));
                }
                self.fresh.keep_as(origin, handle);
            }
        }
        Ok(())
    }

    async fn run(&self, ask: &Ask, with: &Map, door: &Door<'_>) -> Result<Map, StepError> {
        let mut tries = 1;
        loop {
            let deadline = door.now() + ask.timeout;
            let scope = Scope { step: ask.step.clone(), deadline, ..self.scope.clone() };
            let mode = match ask.source {
                Source::Place { .. } => Mode::Read,
                Source::Read { .. } => Mode::Run,
            };
            let ctx = Ctx::new(door, Scope { mode, ..scope });
            let error = match ask.by.run(with, &ctx).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            if error.code == "not_found" || tries >= ask.retry.max_attempts {
                return Err(error);
            }
            let run = &self.scope.run;
            let wait = retry::wait(&ask.retry, run, &ask.step, tries, error.retry_after);
            ctx.sleep(door.now() + wait).await?;
            tries += 1;
        }
    }
}

/// The code of an error that says that a place holds something else.
const ANOTHER: &str = "another";

/// Says whether it may be there, and could only not be asked for.
fn is_unreachable(error: &StepError) -> bool {
    !matches!(error.code.as_str(), ANOTHER | MISSING | "not_found")
}

fn a_few_times() -> Retry {
    let (delay, max_delay) = (DELAY, MAX_DELAY);
    Retry { span: Span::default(), max_attempts: TRIES, delay, exponential: true, max_delay }
}
