//! The board of a run that is going: what runs, what waits, what has just settled.

use cutover_engine::event::{DebtState, Entry, Event, Failure, Identity};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use indexmap::IndexMap;

use super::line::{Settled, Word, row};
use super::time;
use super::value::short_id;
use crate::style::Paint;

/// The most waiting steps that are drawn.
const MOST_WAITING: usize = 12;
/// The longest id that gets a column of its own.
const LONGEST_ID: usize = 28;

/// What a run shows of itself while it goes. Fed with its events; costs the same at the last step
/// as at the first.
#[derive(Debug, Default)]
pub(crate) struct Board {
    waiting: IndexMap<String, u32>,
    running: IndexMap<String, Running>,
    held: Option<Settled>,
    ids: usize,
    /// What was promoted: from what, to what.
    pub(crate) promoted: Option<(Option<Identity>, Identity)>,
    /// What was in use when the run began.
    pub(crate) old: Option<Identity>,
    /// When the run began.
    pub(crate) began: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Running {
    since: Timestamp,
    attempt: u32,
    most: u32,
    waits: Option<(Timestamp, String)>,
}

impl Board {
    /// Makes a board of a run's steps with how often each may be tried.
    pub(crate) fn new(steps: impl IntoIterator<Item = (String, u32)>) -> Self {
        let waiting: IndexMap<String, u32> = steps.into_iter().collect();
        let ids = waiting.keys().map(|id| crate::text::width(id)).max().unwrap_or(0);
        Self { waiting, ids: ids.min(LONGEST_ID), ..Self::default() }
    }

    /// Returns how wide the column of ids is.
    pub(crate) fn id_columns(&self) -> usize {
        self.ids.max(8)
    }

    /// Takes an event in and returns what has settled by it. A failure is held back until it is
    /// clear that the step is not tried again.
    pub(crate) fn see(&mut self, entry: &Entry) -> Vec<Settled> {
        let retried = matches!(&entry.event, Event::RetryAt { step, .. }
            if self.held.as_ref().is_some_and(|held| held.step == *step));
        let held = self.held.take().filter(|_| !retried);
        let mut settled: Vec<Settled> = held.into_iter().collect();
        settled.extend(self.take(entry));
        for done in &settled {
            self.running.shift_remove(&done.step);
            self.waiting.shift_remove(&done.step);
        }
        settled
    }

    /// Returns what was still held back when the run was over.
    pub(crate) fn finish(&mut self) -> Option<Settled> {
        self.held.take()
    }

    fn take(&mut self, entry: &Entry) -> Option<Settled> {
        let at = entry.at;
        match &entry.event {
            Event::Claimed(claimed) => {
                self.began = Some(claimed.started_at);
                self.old.clone_from(&claimed.old);
            }
            Event::Captured { old } => self.old.clone_from(old),
            Event::Started(started) => self.begin(&started.step, started.attempt, at),
            Event::RetryAt { step, attempt, at: next, reason } => {
                self.begin(step, *attempt, at);
                let running = self.running.get_mut(step).expect("it was begun just above");
                running.waits = Some((*next, reason.clone()));
            }
            Event::Promoted { step, from, to, debts } => {
                self.promoted = Some((from.clone(), to.clone()));
                for debt in debts {
                    self.waiting.shift_remove(&debt.step);
                }
                let from = from.as_ref().map_or("none".to_owned(), |from| short_id(&from.id));
                let note = format!("{from} -> {}", short_id(&to.id));
                return Some(self.settle(step, Word::Done, note, at));
            }
            Event::Failed { step, error, .. } => self.hold(step, Word::Failed, error, at),
            Event::Lost { step, error, .. } => self.hold(step, Word::Lost, error, at),
            other => return self.ended(other, at),
        }
        None
    }

    fn ended(&self, event: &Event, at: Timestamp) -> Option<Settled> {
        match event {
            Event::Succeeded { step, outputs, .. } => Some(Settled {
                outputs: outputs.clone(),
                ..self.settle(step, Word::Done, String::new(), at)
            }),
            Event::Found { step, outputs, .. } => Some(Settled {
                outputs: outputs.clone(),
                ..self.settle(step, Word::Found, String::new(), at)
            }),
            Event::Skipped { step, reason } => {
                Some(self.settle(step, Word::Skipped, reason.clone(), at))
            }
            Event::Undone { step, note } => Some(self.settle(step, Word::Undone, note.clone(), at)),
            Event::UndoFailed { step, error } => {
                let error = Some(error.clone());
                Some(Settled { error, ..self.settle(step, Word::Stuck, String::new(), at) })
            }
            Event::Parked { step, until, ask } => {
                let until = until.map(|at| format!("until {}", time::minute(at)));
                let note = ask.clone().or(until).unwrap_or_default();
                Some(self.settle(step, Word::Parked, note, at))
            }
            Event::DebtChanged { debt, state, due, reason } => {
                self.debt(debt, *state, *due, reason, at)
            }
            Event::Expanded { .. }
            | Event::Stored { .. }
            | Event::UndoStarted { .. }
            | Event::Abandoned { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Settling { .. }
            | Event::Reopened { .. }
            | Event::Swept { .. }
            | Event::Stopped
            | Event::Ended { .. } => None,
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Started(_)
            | Event::RetryAt { .. }
            | Event::Promoted { .. }
            | Event::Failed { .. }
            | Event::Lost { .. } => None,
        }
    }

    fn debt(
        &self,
        debt: &str,
        state: DebtState,
        due: Option<Timestamp>,
        reason: &str,
        at: Timestamp,
    ) -> Option<Settled> {
        let step = debt.split_once('.').map_or(debt, |(_, step)| step);
        // What is due now is paid now: the revoke's own line tells how that went.
        let later = due.filter(|due| *due > at);
        let (word, note) = match state {
            DebtState::Owed => (Word::Owed, format!("due {}", time::minute(later?))),
            DebtState::Cancelled => (Word::Skipped, reason.to_owned()),
            DebtState::Paid | DebtState::Held | DebtState::Paying | DebtState::Forgiven => {
                return None;
            }
        };
        Some(self.settle(step, word, note, at))
    }

    fn settle(&self, step: &str, word: Word, note: String, at: Timestamp) -> Settled {
        let took = self.running.get(step).map(|running| at.since(running.since));
        let step = step.to_owned();
        Settled { step, word, took, outputs: Map::new(), error: None, note }
    }

    fn hold(&mut self, step: &str, word: Word, error: &Failure, at: Timestamp) {
        let settled = self.settle(step, word, String::new(), at);
        self.held = Some(Settled { error: Some(error.clone()), ..settled });
    }

    fn begin(&mut self, step: &str, attempt: u32, at: Timestamp) {
        let base = step.split('[').next().unwrap_or(step);
        let most = self.waiting.get(step).or(self.waiting.get(base)).copied().unwrap_or(1);
        let running = self.running.entry(step.to_owned()).or_insert(Running {
            since: at,
            attempt,
            most,
            waits: None,
        });
        running.attempt = attempt;
        running.waits = None;
    }

    /// Returns the moving part of the picture: the running steps, then the waiting ones, never
    /// more than some lines, none longer than the terminal is wide.
    pub(crate) fn frame(&self, now: Timestamp, columns: usize, lines: usize) -> Vec<String> {
        let grid = (self.id_columns(), columns);
        let waiting: Vec<&String> =
            self.waiting.keys().filter(|id| !self.running.contains_key(*id)).collect();
        let mut drawn: Vec<String> = Vec::new();
        let room = lines.max(2) - 1;
        for (step, running) in self.running.iter().take(room) {
            let took = time::took(now.since(running.since));
            drawn.push(row("....", Paint::Look, step, &running.words(now), &took, grid));
        }
        let unseen = self.running.len().saturating_sub(room);
        let first_goes = self.running.is_empty();
        let room = (room - drawn.len()).min(MOST_WAITING);
        for (at, step) in waiting.iter().take(room).enumerate() {
            let word = if at == 0 && first_goes { "...." } else { "" };
            drawn.push(row(word, Paint::Look, step, "", "", grid));
        }
        let more = unseen + waiting.len().saturating_sub(room);
        if more > 0 {
            drawn.push(row("", Paint::Dim, &format!("{more} more"), "", "", grid));
        }
        drawn
    }
}

impl Running {
    fn words(&self, now: Timestamp) -> String {
        let tries = format!("try {} of {}", self.attempt, self.most.max(self.attempt));
        match &self.waits {
            Some((next, reason)) => {
                let left = Duration(next.since(now).0.div_ceil(1000) * 1000);
                format!("{reason}, {tries}, next in {}", time::rough(left))
            }
            None if self.attempt > 1 => tries,
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
