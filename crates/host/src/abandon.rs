//! Giving a run up without the engine: nothing is undone, what is left in the world is named, the
//! credential is free.
//!
//! A run is given up through the engine (`Drive::word` with `Decision::Abandon`), which takes back
//! what can be taken back. This is for what the engine cannot go on with: a run whose workflow no
//! longer checks, whose plugins or inputs are gone, or whose history cannot be folded.

use std::fmt;

use cutover_engine::event::{Debt, DebtState, Entry, Event, Started, Status};
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::spec::Role;
use cutover_engine::value::{Map, shown};
use indexmap::IndexMap;

use crate::LocalHost;
use crate::journal::{Journal, RunRow};

/// What giving a run up came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Abandoned {
    /// The run.
    pub run: String,
    /// Its workflow.
    pub workflow: String,
    /// The credential that is free now.
    pub credential: Option<String>,
    /// What is left in the world.
    pub left: Vec<Left>,
    /// What the run owes: held until the next promotion's proofs, or a person forgives it.
    pub debts: Vec<Debt>,
}

/// One thing that a run has left in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// A credential that it made.
    Made {
        /// The step.
        step: String,
        /// The provider's id.
        id: String,
        /// A prefix of its value that is not secret.
        prefix: Option<String>,
    },
    /// Something that it may have made or written, to be looked for by its marker.
    Marked {
        /// The step.
        step: String,
        /// The step's kind.
        uses: String,
        /// The marker.
        marker: String,
    },
    /// Something that was begun and leaves no marker: whether it was done is to be looked at.
    Begun {
        /// The step.
        step: String,
        /// The step's kind.
        uses: String,
    },
    /// A place that took a value of it.
    Holds {
        /// The step that wrote it.
        step: String,
        /// Where the value came from.
        secret: String,
    },
}

/// Why a run was not given up.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AbandonError {
    /// There is none of that id.
    #[error("there is no run `{0}`")]
    NotThere(String),
    /// It is over.
    #[error("run `{0}` is over: there is nothing to give up")]
    Over(String),
    /// The edge failed, or a living process still drives it.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Gives an unfinished or stuck run up by its events alone; see the module. It is refused while a living process drives the run.
pub async fn abandon(host: &LocalHost, run: &str) -> Result<Abandoned, AbandonError> {
    let (row, _) = look(host, run)?;
    let keys: Vec<Key> = row.credential.iter().cloned().map(Key::Credential).collect();
    let claim = host.claim(run, &keys).await?;
    // Under its locks nobody else writes to it: only now its events are all there are.
    let looked = look(host, run).and_then(|(row, entries)| Ok((debts(host, run)?, row, entries)));
    let (debts, row, entries) = match looked {
        Ok(found) => found,
        Err(error) => {
            host.inner().release(run);
            return Err(error);
        }
    };
    let events = last_events(&row, &debts);
    let at = host.now();
    let last: Vec<Entry> = events.into_iter().map(|event| Entry { at, event }).collect();
    let recorded = host.record(run, claim.position, &last).await;
    host.inner().release(run);
    recorded?;
    let held = |mut debt: Debt| {
        debt.state = DebtState::Held;
        debt
    };
    Ok(Abandoned {
        run: run.to_owned(),
        workflow: row.workflow,
        credential: row.credential,
        left: left(&entries),
        debts: debts.into_iter().map(held).collect(),
    })
}

fn look(host: &LocalHost, run: &str) -> Result<(RunRow, Vec<Entry>), AbandonError> {
    let none = || AbandonError::NotThere(run.to_owned());
    let journal = Journal::open_read_only(&host.options().state)?.ok_or_else(none)?;
    let row = journal.run(run)?.ok_or_else(none)?;
    if !row.is_unfinished() {
        return Err(AbandonError::Over(run.to_owned()));
    }
    let entries = journal.events(run)?;
    Ok((row, entries))
}

fn debts(host: &LocalHost, run: &str) -> Result<Vec<Debt>, AbandonError> {
    let Some(journal) = Journal::open_read_only(&host.options().state)? else {
        return Ok(Vec::new());
    };
    let mut debts = journal.debts(crate::journal::DebtFilter::default())?;
    debts.retain(|debt| debt.run == run);
    Ok(debts)
}

fn last_events(row: &RunRow, debts: &[Debt]) -> Vec<Event> {
    let open = row.open.iter().filter(|open| open.writes);
    let given_up = open.filter_map(|open| {
        let (step, attempt) = (open.step.clone(), open.attempt);
        Some(Event::Abandoned { step, attempt, marker: open.marker.clone()? })
    });
    let unpaid = debts.iter().filter(|debt| debt.state != DebtState::Held);
    let held = unpaid.map(|debt| Event::DebtChanged {
        debt: debt.id.clone(),
        state: DebtState::Held,
        due: None,
        reason: format!("run {} was given up", row.run),
    });
    let end = Event::Ended { status: Status::Abandoned, error: None, outputs: Map::new() };
    given_up.chain(held).chain([end]).collect()
}

/// Returns what a run has left in the world, by its events alone.
pub fn left(entries: &[Entry]) -> Vec<Left> {
    let mut world = World::default();
    entries.iter().for_each(|entry| world.see(&entry.event));
    world.left.into_values().collect()
}

/// What a run has done to the world so far.
#[derive(Default)]
struct World {
    /// Writing tries: whether they make a credential, and whether their answer was lost.
    tries: IndexMap<(String, u32), (bool, bool)>,
    /// What is left, by step and try; a place that took a value is try 0.
    left: IndexMap<(String, u32), Left>,
}

impl World {
    fn see(&mut self, event: &Event) {
        match event {
            Event::Started(started) if started.writes => self.start(started),
            Event::Succeeded { step, attempt, outputs, .. }
            | Event::Found { step, attempt, outputs, .. } => self.succeed(step, *attempt, outputs),
            Event::Failed { step, attempt, .. } => {
                self.left.shift_remove(&(step.clone(), *attempt));
            }
            Event::Lost { step, attempt, .. } => {
                let tried = self.tries.get_mut(&(step.clone(), *attempt));
                tried.into_iter().for_each(|(_, lost)| *lost = true);
            }
            Event::RetryAt { step, attempt, .. } => self.retry(step, *attempt),
            Event::Stored { step, secret, .. } => {
                let holds = Left::Holds { step: step.clone(), secret: secret.clone() };
                self.left.insert((step.clone(), 0), holds);
            }
            Event::Undone { step, .. } => self.left.retain(|(of, _), _| of != step),
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::Started(_)
            | Event::Skipped { .. }
            | Event::Parked { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Settling { .. }
            | Event::Reopened { .. }
            | Event::Swept { .. }
            | Event::UndoStarted { .. }
            | Event::UndoFailed { .. }
            | Event::Abandoned { .. }
            | Event::Promoted { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped
            | Event::Ended { .. } => {}
        }
    }

    fn start(&mut self, started: &Started) {
        let key = (started.step.clone(), started.attempt);
        self.tries.insert(key.clone(), (started.role == Role::Create, false));
        if let Some(marker) = started.marker.clone() {
            let (step, uses) = (started.step.clone(), started.uses.clone());
            let left = match started.role.leaves_marker() {
                true => Left::Marked { step, uses, marker },
                false => Left::Begun { step, uses },
            };
            self.left.insert(key, left);
        }
    }

    fn succeed(&mut self, step: &str, attempt: u32, outputs: &Map) {
        let key = (step.to_owned(), attempt);
        self.left.shift_remove(&key);
        match self.tries.get(&key) {
            Some((true, _)) => drop(self.left.insert(key, made(step, outputs))),
            // A write that may be repeated is done now, whatever was lost before.
            Some((false, _)) => self.left.retain(|(of, try_), _| of != step || *try_ == 0),
            None => {}
        }
    }

    /// The tries before the next one failed, but for those whose answer was lost.
    fn retry(&mut self, step: &str, next: u32) {
        let tries = &self.tries;
        self.left.retain(|key, _| {
            let failed = key.0 == step && (1..next).contains(&key.1);
            !failed || tries.get(key).is_some_and(|(_, lost)| *lost)
        });
    }
}

fn made(step: &str, outputs: &Map) -> Left {
    let text = |name: &str| outputs.get(name).and_then(|value| value.as_text()).map(shown);
    let id = text("id").unwrap_or_else(|| "(no id)".to_owned());
    Left::Made { step: step.to_owned(), id, prefix: text("prefix") }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made { step, id, prefix } => {
                write!(f, "{id}")?;
                if let Some(prefix) = prefix {
                    write!(f, " {prefix}")?;
                }
                write!(f, "  live, made by `{step}`")
            }
            Self::Marked { step, uses, marker } => {
                write!(f, "perhaps something marked {marker}, by `{step}` ({uses})")
            }
            Self::Begun { step, uses } => {
                write!(f, "perhaps what `{step}` ({uses}) was doing: look whether it was done")
            }
            Self::Holds { step, secret } => write!(f, "what `{step}` wrote holds {secret}"),
        }
    }
}
