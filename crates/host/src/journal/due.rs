//! What is due: debts with their time, runs that nobody drives, tries that are still to be swept.

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::event::{Debt, Entry, Event, Identity, Status};
use cutover_engine::host::HostError;
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::{Value, shown};
use rusqlite::Row;

use super::error::from_sqlite;
use super::read::{Journal, RunRow, decode, word_to};

/// A debt that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Owing {
    /// The debt.
    pub debt: Debt,
    /// How its run stands; none while it has no end: then it pays the debt itself.
    pub status: Option<Status>,
    /// When it may be paid; none while what it waits for is not done.
    pub due: Option<Timestamp>,
}

/// A run that is not over.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// The run.
    pub row: RunRow,
    /// What its steps wait for.
    pub waits: Vec<Wait>,
    /// The run and step that began it, `RUN.STEP`, where it is a child: that run goes on with it.
    pub parent: Option<String>,
    /// Whether a person interrupted it.
    pub stopped: bool,
    /// When it is to be gone on with.
    pub next: Next,
}

/// What a step of a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The step.
    pub step: String,
    /// Until when.
    pub until: Option<Timestamp>,
    /// What is asked of a person.
    pub ask: Option<String>,
}

/// When a run is to be gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Now: it was cut off, or failed after its promotion.
    Now,
    /// At a moment that it waits for.
    At(Timestamp),
    /// When a person has said or mended something.
    Person,
    /// A living process drives it.
    Driven,
}

/// A try of a create that was given up, and may have made something after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonedTry {
    /// The run.
    pub run: String,
    /// The step.
    pub step: String,
    /// The try.
    pub attempt: u32,
    /// The step's kind.
    pub uses: String,
    /// The marker to look for.
    pub marker: Option<String>,
    /// When it was given up.
    pub at: Timestamp,
}

impl Journal {
    /// Returns the debts that are open with the time of each, those due first first.
    pub fn owing(&self) -> Result<Vec<Owing>, HostError> {
        let sql = "SELECT debt.body, run.status, credential.identity, credential.promoted_at
             FROM debt JOIN run ON run.run = debt.run
             LEFT JOIN credential ON credential.name = debt.credential
             WHERE debt.state IN ('held', 'owed', 'paying') ORDER BY debt.id";
        let mut rows = self.connection.prepare_cached(sql).map_err(from_sqlite)?;
        let rows = rows.query_map([], read_owing).map_err(from_sqlite)?;
        let mut owing: Vec<Owing> = rows.collect::<Result<_, _>>().map_err(from_sqlite)?;
        owing.sort_by_key(|owing| (owing.due.is_none(), owing.due));
        Ok(owing)
    }

    /// Returns the runs that are not over, the oldest first. One whose events cannot be read is
    /// [`Next::Person`]'s.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, HostError> {
        let rest = "WHERE status IS NULL OR status IN ('stuck', 'parked') ORDER BY first";
        let rows = self.select(rest, &[])?;
        Ok(rows.into_iter().map(|row| self.unfinished_of(row)).collect())
    }

    fn unfinished_of(&self, row: RunRow) -> Unfinished {
        let Ok(entries) = self.events(&row.run) else {
            let (waits, next) = (Vec::new(), Next::Person);
            return Unfinished { row, waits, parent: None, stopped: false, next };
        };
        let parent = entries.iter().find_map(|entry| match &entry.event {
            Event::Claimed(claimed) => claimed.family.parent.clone(),
            _ => None,
        });
        let waits = waits(&entries);
        let is_stop = |event: &Event| matches!(event, Event::Stopped);
        let is_resume = |event: &Event| matches!(event, Event::Resumed { .. });
        let mut events = entries.iter().rev().map(|entry| &entry.event);
        let stopped = events.find(|event| is_stop(event) || is_resume(event)).is_some_and(is_stop);
        let next = next(&row, &waits);
        Unfinished { row, waits, parent, stopped, next }
    }

    /// Returns the abandoned tries of creates that are not swept yet, the oldest first.
    pub fn abandoned(&self) -> Result<Vec<AbandonedTry>, HostError> {
        let sql = "SELECT run, step, attempt, uses, marker, abandoned_at FROM made
             WHERE abandoned_at IS NOT NULL AND swept_at IS NULL
             ORDER BY abandoned_at, run, step, attempt";
        let mut rows = self.connection.prepare_cached(sql).map_err(from_sqlite)?;
        let read = |row: &Row<'_>| {
            Ok(AbandonedTry {
                run: row.get(0)?,
                step: row.get(1)?,
                attempt: row.get(2)?,
                uses: row.get(3)?,
                marker: row.get(4)?,
                at: Timestamp(row.get(5)?),
            })
        };
        let rows = rows.query_map([], read).map_err(from_sqlite)?;
        rows.collect::<Result<_, _>>().map_err(from_sqlite)
    }

    /// Returns the ids that the state knows as current, in use or owed: a sweep leaves them alone.
    pub fn known_ids(&self) -> Result<BTreeSet<String>, HostError> {
        let current = self.credentials()?.into_iter().map(|known| known.identity.id);
        let owed = self.owing()?.into_iter().map(|owing| owing.debt.target);
        let mut known: BTreeSet<String> = current.chain(owed).collect();
        for run in self.unfinished()? {
            known.extend(ids_of(&self.events(&run.row.run)?));
        }
        Ok(known)
    }
}

fn read_owing(row: &Row<'_>) -> rusqlite::Result<Owing> {
    let debt: Debt = decode(row, 0)?;
    let status: Option<String> = row.get(1)?;
    let status = status.and_then(|word| word_to(&word));
    let known: Option<String> = row.get(2)?;
    let current: Option<Identity> = known.map(|_| decode(row, 2)).transpose()?;
    let run = current.as_ref().and_then(Identity::proved_by);
    let promoted_at = row.get::<_, Option<i64>>(3)?.map(Timestamp);
    let due = debt.falls_due(status, run.zip(promoted_at));
    Ok(Owing { debt, status, due })
}

fn next(row: &RunRow, waits: &[Wait]) -> Next {
    if row.alive {
        return Next::Driven;
    }
    if row.status == Some(Status::Stuck) {
        return Next::Person;
    }
    let waited_for = |step: &str| waits.iter().any(|wait| wait.step == step);
    if waits.is_empty() || row.open.iter().any(|open| !waited_for(&open.step)) {
        return Next::Now;
    }
    waits.iter().filter_map(|wait| wait.until).min().map_or(Next::Person, Next::At)
}

/// Returns what the steps of a run wait for, as its last events say.
fn waits(entries: &[Entry]) -> Vec<Wait> {
    let mut waits: BTreeMap<&str, Wait> = BTreeMap::new();
    for entry in entries {
        let (until, ask) = match &entry.event {
            Event::Parked { until, ask, .. } => (*until, ask.clone()),
            Event::Settling { until, .. } | Event::RetryAt { at: until, .. } => {
                (Some(*until), None)
            }
            other => {
                other.step().map(|step| waits.remove(step));
                continue;
            }
        };
        if let Some(step) = entry.event.step() {
            waits.insert(step, Wait { step: step.to_owned(), until, ask });
        }
    }
    waits.into_values().collect()
}

/// Returns the ids that a run found in use and those that it made.
fn ids_of(entries: &[Entry]) -> BTreeSet<String> {
    let (mut ids, mut creates) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let event = &entry.event;
        if let Event::Claimed(claimed) = event {
            ids.extend(claimed.old.as_ref().map(|old| old.id.clone()));
        } else if let Event::Captured { old } = event {
            ids.extend(old.as_ref().map(|old| old.id.clone()));
        } else if let Event::Started(started) = event
            && started.role == Role::Create
        {
            creates.insert(started.step.as_str());
        } else if let Event::Succeeded { step, outputs, .. } | Event::Found { step, outputs, .. } =
            event
            && creates.contains(step.as_str())
        {
            ids.extend(outputs.get("id").and_then(Value::as_text).map(shown));
        }
    }
    ids
}
