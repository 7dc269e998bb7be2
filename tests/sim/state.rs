//! The state of one machine: journals as they lie on a disk, and the tables that follow from them.

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::event::{Debt, DebtState, Entry, Event, Identity, Status};
use cutover_engine::host::{Claim, GivenUp, HostError, Position};
use cutover_engine::time::Timestamp;
use cutover_engine::value::{MARK_CLOSE, MARK_OPEN};
use indexmap::IndexMap;

use crate::book::Book;

/// The epoch of a run's first driver.
const FIRST_EPOCH: u64 = 1;

/// A state.
#[derive(Default)]
pub(crate) struct State {
    /// The journals, each an event a line.
    pub(crate) runs: IndexMap<String, Journal>,
    /// What is current, by the credential's name.
    pub(crate) current: IndexMap<String, Current>,
    /// What is owed, by id.
    pub(crate) debts: IndexMap<String, Debt>,
    /// The locks of credentials, by the process that holds each.
    locks: BTreeMap<String, u64>,
}

/// What is current of a credential.
pub(crate) struct Current {
    pub(crate) identity: Identity,
    /// What made it so, and when.
    workflow: String,
    pub(crate) run: String,
    pub(crate) at: Timestamp,
}

/// The journal of one run.
#[derive(Default)]
pub(crate) struct Journal {
    lines: Vec<(Timestamp, String)>,
    /// The first of them as they came back from the disk.
    read: Vec<Entry>,
    epoch: u64,
    pub(crate) credential: Option<String>,
    workflow: String,
    pub(crate) status: Option<Status>,
    /// The process that holds its locks.
    pub(crate) driver: Option<u64>,
    /// What the oracle knows of it.
    pub(crate) book: Book,
}

impl Journal {
    /// Says whether it still holds its credential.
    pub(crate) fn is_unfinished(&self) -> bool {
        match self.status {
            None | Some(Status::Stuck | Status::Parked) => true,
            Some(Status::Succeeded | Status::Failed | Status::Undone | Status::Abandoned) => false,
        }
    }

    /// Returns the events as they come back from the disk.
    pub(crate) fn entries(&mut self) -> Vec<Entry> {
        let read = |(at, line): &(Timestamp, String)| {
            let event = Event::from_text(line).expect("it was written by us");
            Entry { at: *at, event }
        };
        self.read.extend(self.lines[self.read.len()..].iter().map(read));
        self.read.clone()
    }
}

/// What a claim may get wrong, as a planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Careless {
    /// Locks do not hold a living driver's run.
    pub(crate) locks: bool,
    /// An unfinished run does not hold its credential.
    pub(crate) unfinished: bool,
    /// A record of a driver that has lost its run is taken.
    pub(crate) fencing: bool,
    /// A promotion and its debts are two records.
    pub(crate) apart: bool,
}

impl State {
    /// Takes a run for a process, as a host does under its locks.
    pub(crate) fn claim(
        &mut self,
        run: &str,
        credential: Option<&str>,
        process: u64,
        careless: Careless,
    ) -> Result<Claim, HostError> {
        if let Some(name) = credential {
            let held = self.locks.get(name).is_some_and(|holder| *holder != process);
            if held && !careless.locks && !careless.unfinished {
                return Err(taken(name, run));
            }
            let mut others = self.runs.iter().filter(|(id, _)| *id != run);
            let holds = |journal: &Journal| {
                journal.credential.as_deref() == Some(name) && journal.is_unfinished()
            };
            if let Some((id, _)) = others.find(|(_, journal)| holds(journal))
                && !careless.unfinished
            {
                return Err(taken(name, id));
            }
        }
        let journal = self.runs.get_mut(run);
        let position = match journal {
            Some(journal) => {
                let other = journal.driver.is_some_and(|driver| driver != process);
                if other && !careless.locks {
                    return Err(taken(run, run));
                }
                journal.driver = Some(process);
                journal.epoch += 1;
                Position { seq: journal.lines.len() as u64, epoch: journal.epoch }
            }
            None => Position { seq: 0, epoch: FIRST_EPOCH },
        };
        self.locks.extend(credential.map(|name| (name.to_owned(), process)));
        Ok(self.under(credential, position))
    }

    fn under(&self, credential: Option<&str>, position: Position) -> Claim {
        let Some(name) = credential else { return Claim { position, ..Claim::default() } };
        let known = self.current.get(name);
        let open = |debt: &&Debt| {
            let open = matches!(debt.state, DebtState::Held | DebtState::Owed | DebtState::Paying);
            debt.credential == name && open
        };
        Claim {
            position,
            current: known.map(|known| known.identity.clone()),
            promoted_by: known.map(|known| known.workflow.clone()),
            promoted_at: known.map(|known| known.at),
            debts: self.debts.values().filter(open).cloned().collect(),
            given_up: self.given_up(name),
        }
    }

    /// Returns what runs made that were given up since something was promoted last.
    fn given_up(&self, name: &str) -> Vec<GivenUp> {
        let promoted = self.runs.values().rposition(|journal| journal.book.promoted);
        let from = promoted.map_or(0, |at| at + 1);
        let of = |(run, journal): (&String, &Journal)| -> Vec<GivenUp> {
            let abandoned = journal.status == Some(Status::Abandoned);
            if !abandoned || journal.credential.as_deref() != Some(name) {
                return Vec::new();
            }
            let old = &journal.book.old;
            let given_up =
                |made: &String| GivenUp { run: run.clone(), made: made.clone(), old: old.clone() };
            journal.book.made.iter().map(given_up).collect()
        };
        self.runs.iter().skip(from).flat_map(of).collect()
    }

    /// Appends events, all or nothing. `plain` says whether a text holds a secret in the clear.
    pub(crate) fn append(
        &mut self,
        run: &str,
        after: Position,
        entries: &[Entry],
        process: u64,
        careless: Careless,
        plain: &dyn Fn(&str) -> bool,
    ) -> Result<Position, HostError> {
        let journal = self.runs.entry(run.to_owned()).or_insert_with(|| Journal {
            epoch: FIRST_EPOCH,
            driver: Some(process),
            ..Journal::default()
        });
        let here = Position { seq: journal.lines.len() as u64, epoch: journal.epoch };
        if after != here && !careless.fencing {
            return Err(HostError::Fenced(run.to_owned()));
        }
        let state = |message: &str| HostError::State { message: message.to_owned() };
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            let line = entry.event.to_text().expect("an event has a disk form");
            if line.contains(MARK_OPEN) || line.contains(MARK_CLOSE) {
                return Err(state("an event holds a mark outside of a value"));
            }
            let may_hold = !matches!(entry.event, Event::Claimed(_));
            if may_hold && plain(&line) {
                return Err(state("an event holds a secret in the clear"));
            }
            lines.push((entry.at, line));
        }
        journal.lines.append(&mut lines);
        let position = Position { seq: journal.lines.len() as u64, epoch: after.epoch };
        for entry in entries {
            self.apply(run, entry);
        }
        Ok(position)
    }

    fn apply(&mut self, run: &str, entry: &Entry) {
        let journal = self.runs.get_mut(run).expect("it was just appended to");
        journal.book.apply(entry.at, &entry.event);
        if let Event::Claimed(claimed) = &entry.event {
            journal.credential.clone_from(&claimed.credential);
            journal.workflow.clone_from(&claimed.workflow);
        } else if let Event::Resumed { .. } = &entry.event {
            journal.status = None;
        } else if let Event::Ended { status, .. } = &entry.event {
            journal.status = Some(*status);
            journal.driver = None;
            let name = journal.credential.clone().unwrap_or_default();
            self.locks.remove(&name);
        } else if let Event::Promoted { to, debts, .. } = &entry.event {
            let (identity, workflow) = (to.clone(), journal.workflow.clone());
            let current = Current { identity, workflow, run: run.to_owned(), at: entry.at };
            self.current.insert(journal.credential.clone().unwrap_or_default(), current);
            self.debts.extend(debts.iter().map(|debt| (debt.id.clone(), debt.clone())));
        } else if let Event::DebtChanged { debt, state, due, reason } = &entry.event
            && let Some(debt) = self.debts.get_mut(debt)
        {
            debt.state = *state;
            debt.due = due.or(debt.due);
            debt.reason.clone_from(reason);
        }
    }

    /// Takes the last lines of a journal back, for a bug that is planted.
    pub(crate) fn cut_back(&mut self, run: &str, seq: u64) {
        if let Some(journal) = self.runs.get_mut(run) {
            let seq = usize::try_from(seq).unwrap_or(usize::MAX);
            journal.lines.truncate(seq);
            journal.read.truncate(seq);
        }
    }

    /// Returns the runs that owe what is due.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<String> {
        let current = self.current.values().next().map(|known| (known.run.as_str(), known.at));
        let is_due = |debt: &&Debt| {
            let run = self.runs.get(&debt.run);
            let over = run.is_some_and(|run| !run.is_unfinished());
            let due = debt.falls_due(run.and_then(|run| run.status), current);
            over && due.is_some_and(|due| due <= now)
        };
        let mut runs: Vec<String> =
            self.debts.values().filter(is_due).map(|debt| debt.run.clone()).collect();
        runs.dedup();
        runs
    }

    /// Returns the runs that are over and have given tries up that are still to be swept.
    pub(crate) fn to_sweep(&self) -> Vec<String> {
        let runs = self
            .runs
            .iter()
            .filter(|(_, journal)| !journal.is_unfinished() && !journal.book.abandoned.is_empty());
        runs.map(|(run, _)| run.clone()).collect()
    }

    /// Returns the ids that are current, owed, or of a run that is not over.
    pub(crate) fn known_ids(&self) -> BTreeSet<String> {
        let current = self.current.values().map(|known| known.identity.id.clone());
        let owed = self.debts.values().filter(|debt| !debt.is_settled());
        let mut known: BTreeSet<String> =
            current.chain(owed.map(|debt| debt.target.clone())).collect();
        for journal in self.runs.values().filter(|journal| journal.is_unfinished()) {
            known.extend(journal.book.made.iter().cloned());
            known.extend(journal.book.old.iter().map(|old| old.id.clone()));
        }
        known
    }

    /// A process is gone: what it held is free.
    pub(crate) fn release(&mut self, process: u64) {
        self.locks.retain(|_, holder| *holder != process);
        for journal in self.runs.values_mut().filter(|of| of.driver == Some(process)) {
            journal.driver = None;
        }
    }
}

fn taken(key: &str, run: &str) -> HostError {
    HostError::Taken {
        key: key.to_owned(),
        run: run.to_owned(),
        step: None,
        marker: None,
        since: None,
        alive: false,
    }
}
