//! A world in memory for the tests: a virtual clock, a provider, places, a journal, and an oracle
//! that lets no write through which no recorded start announced.

pub(crate) mod clock;
pub(crate) mod death;
mod journal;
pub(crate) mod later;
mod looks;
pub(crate) mod secrets;
pub(crate) mod steps;
mod world;

use std::sync::{Arc, Mutex, PoisonError};

use crate::check::check;
use crate::effect::{Call, Effect, EffectError, Reply};
use crate::event::{Decision, Entry, Event, Identity, Trigger};
use crate::execute::{Drive, ExecuteError, Expected, Patience, Said, Stop, execute};
use crate::host::{Claim, Host, HostError, Key, Position, Secrets};
use crate::parse::parse;
use crate::plan::{Plan, plan};
use crate::planted::Planted;
use crate::run::{Outcome, Run};
use crate::source::Source;
use crate::step::BoxFuture;
use crate::time::{Duration, Timestamp};
use crate::value::{Map, Value};

pub(crate) use clock::Clock;
pub(crate) use death::Last;
pub(crate) use journal::Journal;
pub(crate) use secrets::Table;
pub(crate) use world::{Fault, World};

/// When every test begins.
pub(crate) const BEGIN: Timestamp = Timestamp(1_700_000_000_000);

/// The host of the tests.
#[derive(Default)]
pub(crate) struct MemoryHost {
    pub(crate) clock: Clock,
    pub(crate) secrets: Table,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) world: Mutex<World>,
    pub(crate) known: Mutex<Claim>,
    pub(crate) death: death::Death,
    chance: Mutex<u128>,
}

impl MemoryHost {
    /// A world in which profile `ci` holds the token `old-id`, and the state knows nothing.
    pub(crate) fn new() -> Self {
        let host = Self::default();
        host.world().issue("old-id", "old-value");
        host.world().places.insert("profile ci".to_owned(), "old-value".to_owned());
        host.world().issue("admin-id", "admin-value");
        host.world().places.insert("profile admin".to_owned(), "admin-value".to_owned());
        host
    }

    pub(crate) fn knowing(self, id: &str) -> Self {
        let current = Identity { id: id.to_owned(), ..Identity::default() };
        self.known.lock().unwrap().current = Some(current);
        self
    }

    pub(crate) fn fault(self, verb: &str, nth: usize, fault: Fault) -> Self {
        self.world().faults.push((verb.to_owned(), nth, fault));
        self
    }

    pub(crate) fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the events that were recorded, as they come back from the disk.
    pub(crate) fn history(&self) -> Vec<Entry> {
        self.journal().entries.clone()
    }

    fn draw(&self) -> u128 {
        let mut chance = self.chance.lock().unwrap();
        *chance += 1;
        *chance
    }

    async fn act(&self, call: &Call) -> Result<Reply, EffectError> {
        match &call.effect {
            Effect::Sleep { until } => {
                self.clock.sleep(*until).await;
                Ok(Reply::Done)
            }
            Effect::Random { .. } => {
                let origin = format!("steps.{}.value", call.step);
                let value = format!("{}{}", "a-chosen-value".repeat(3), self.draw());
                Ok(Reply::Secret(self.secrets.seal(&origin, value)))
            }
            Effect::Log { message, .. } => {
                self.world().said.push(message.clone());
                Ok(Reply::Done)
            }
            Effect::Exec(exec) => {
                let verb = exec.argv[0].clone();
                let fault = self.world().next_fault(&verb);
                if !exec.reads {
                    self.journal().assert_announced(call);
                }
                if let Some(Fault::Slow(ms)) = fault {
                    self.clock.sleep(self.clock.now() + Duration(ms)).await;
                }
                self.world().exec(call, exec, fault, &self.secrets, self.clock.now())
            }
            other => panic!("the tests' world knows no {other:?}"),
        }
    }
}

impl Host for MemoryHost {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn claim<'a>(
        &'a self,
        _run: &'a str,
        _keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        let position = self.journal().position();
        let claim = Claim { position, ..self.known.lock().unwrap().clone() };
        Box::pin(async move { Ok(claim) })
    }

    fn record<'a>(
        &'a self,
        _run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(async move {
            match self.death.count() {
                Some(Last::Undone) => self.death.die().await,
                Some(Last::Done) => {
                    self.journal().append(after, entries)?;
                    self.death.die().await
                }
                None => self.journal().append(after, entries),
            }
        })
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(async move {
            match self.death.count() {
                Some(Last::Undone) => self.death.die().await,
                Some(Last::Done) => {
                    let _ = self.act(call).await;
                    self.death.die().await
                }
                None => self.act(call).await,
            }
        })
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.secrets
    }

    fn random(&self) -> Option<u128> {
        Some(self.draw())
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with(['/', '~']) { path.to_owned() } else { format!("/folder/{path}") }
    }
}

/// An interrupt at a moment; none for never.
pub(crate) struct StopAt<'a>(pub(crate) &'a Clock, pub(crate) Option<Timestamp>);

impl Stop for StopAt<'_> {
    fn requested(&self) -> bool {
        self.1.is_some_and(|at| at <= self.0.now())
    }

    fn wait(&self) -> BoxFuture<'_, ()> {
        match self.1 {
            Some(at) => Box::pin(self.0.sleep(at)),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// Makes a plan of a workflow's text, without inputs.
pub(crate) fn planned(text: &str) -> Plan {
    planned_from(text, &Map::new())
}

/// Makes a plan of a workflow's text with one input.
pub(crate) fn planned_with(text: &str, input: &str, value: Value) -> Plan {
    planned_from(text, &[(input.to_owned(), value)].into_iter().collect())
}

fn planned_from(text: &str, given: &Map) -> Plan {
    let source = Arc::new(Source::new("test.yaml", text));
    let (workflow, found) = parse(Arc::clone(&source));
    assert!(!found.has_errors(), "{}", found.to_lines(&source));
    let workflow = Arc::new(workflow.expect("it parsed"));
    let (checked, found) = check(&workflow, &steps::registry());
    assert!(!found.has_errors(), "{}", found.to_lines(&source));
    plan(&Arc::new(checked.expect("it is right")), given).expect("its inputs are right")
}

/// How a test runs a plan.
#[derive(Default)]
pub(crate) struct How {
    pub(crate) first: bool,
    pub(crate) expected: Option<Expected>,
    /// When the interrupt comes, in milliseconds after the beginning.
    pub(crate) stop_after: Option<u64>,
    pub(crate) history: Vec<Entry>,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) planted: Planted,
    pub(crate) word: Option<Said>,
    pub(crate) patience: Patience,
}

/// Returns a person's word on a step.
pub(crate) fn said(step: &str, decision: Decision) -> Said {
    let (step, by, note) = (step.to_owned(), "somebody".to_owned(), String::new());
    Said { step, decision, by, note }
}

/// Runs a plan to its end, on virtual time.
pub(crate) fn run_with(plan: &Plan, host: &MemoryHost, how: &How) -> Result<Outcome, ExecuteError> {
    run_or_die(plan, host, how).expect("it lives")
}

/// Runs a plan to its end or that of its process.
pub(crate) fn run_or_die(
    plan: &Plan,
    host: &MemoryHost,
    how: &How,
) -> Option<Result<Outcome, ExecuteError>> {
    let stop = StopAt(&host.clock, how.stop_after.map(|ms| BEGIN + Duration(ms)));
    let shown = |run: &Run, entry: &Entry| {
        assert!(run.defects().is_empty(), "{:?}", run.defects());
        let recorded = host.journal().entries.iter().any(|known| same(known, entry));
        assert!(recorded, "shown before it was recorded: {entry:?}");
    };
    let drive = Drive {
        run: "k3f9",
        file: "test.yaml",
        machine: "here",
        first: how.first,
        expected: how.expected.as_ref(),
        watch: &shown,
        stop: &stop,
        word: how.word.as_ref(),
        patience: how.patience,
        trigger: how.trigger,
        planted: how.planted,
    };
    let died = || host.death.came();
    host.clock.block_on_or(execute(plan, &how.history, host, &drive), &died)
}

/// Runs a workflow's text to its end.
pub(crate) fn run_text(text: &str, host: &MemoryHost) -> Outcome {
    run_with(&planned(text), host, &How::default()).expect("the edge holds")
}

fn same(known: &Entry, shown: &Entry) -> bool {
    known.at == shown.at && known.event.kind() == shown.event.kind()
}

/// Returns the steps of an outcome, a word each: `create succeeded, publish failed`.
pub(crate) fn told(outcome: &Outcome) -> String {
    let steps = outcome.steps.iter().map(|step| format!("{} {}", step.id, step.status.as_str()));
    steps.collect::<Vec<_>>().join(", ")
}

/// Returns events as words: `started create 1`.
pub(crate) fn words(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| word(&entry.event)).collect()
}

fn word(event: &Event) -> String {
    let kind = event.kind();
    match event {
        Event::Started(started) => format!("{kind} {} {}", started.step, started.attempt),
        Event::Succeeded { step, attempt, .. }
        | Event::Failed { step, attempt, .. }
        | Event::Lost { step, attempt, .. }
        | Event::Found { step, attempt, .. }
        | Event::Abandoned { step, attempt, .. }
        | Event::RetryAt { step, attempt, .. } => format!("{kind} {step} {attempt}"),
        Event::Expanded { step, .. }
        | Event::Skipped { step, .. }
        | Event::Stored { step, .. }
        | Event::Parked { step, .. }
        | Event::UndoStarted { step, .. }
        | Event::Decided { step, .. }
        | Event::Settling { step, .. }
        | Event::Swept { step, .. }
        | Event::Undone { step, .. }
        | Event::UndoFailed { step, .. }
        | Event::Promoted { step, .. } => format!("{kind} {step}"),
        Event::DebtChanged { state, .. } => format!("{kind} {state:?}").to_lowercase(),
        Event::Ended { status, .. } => format!("{kind} {status:?}").to_lowercase(),
        Event::Claimed(_)
        | Event::Captured { .. }
        | Event::Stopped
        | Event::Resumed { .. }
        | Event::Reopened { .. } => kind.to_owned(),
    }
}
