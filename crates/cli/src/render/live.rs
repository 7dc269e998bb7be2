//! The board of a run that is going: what runs, what waits, what has just settled.

use cutover_engine::event::{DebtState, Entry, Event, Failure, Identity};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use indexmap::IndexMap;

use super::line::{Settled, Word, row};
use super::standing::Seen;
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text;

/// The most waiting steps that are drawn.
const MOST_WAITING: usize = 12;
/// The longest id that gets a column of its own.
const LONGEST_ID: usize = 28;
/// What is said of a write whose answer did not come, where nothing else is known.
const NO_ANSWER: &str = "no answer yet";

/// What a run shows of itself while it goes. Fed with its events; costs the same at the last step
/// as at the first.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// All steps, with how often each may be tried.
    all: IndexMap<String, u32>,
    waiting: IndexMap<String, u32>,
    running: IndexMap<String, Running>,
    held: Option<Settled>,
    /// The revokes that are owed.
    owed: Vec<String>,
    /// Tries of which nothing is there: how their steps ended, unless they are tried again.
    gone: IndexMap<String, Settled>,
    /// Something is taken back: what has not begun does not, for now.
    backwards: bool,
    ids: usize,
    /// What was promoted: from what, to what.
    pub(crate) promoted: Option<(Option<Identity>, Identity)>,
    /// What was in use when the run began.
    pub(crate) old: Option<Identity>,
    /// When the run began.
    pub(crate) began: Option<Timestamp>,
    /// How it stands.
    pub(crate) seen: Seen,
}

#[derive(Debug, Clone)]
struct Running {
    since: Timestamp,
    attempt: u32,
    most: u32,
    says: Says,
}

/// What is said of a step that is not over.
#[derive(Debug, Clone)]
enum Says {
    /// A try is under way.
    Nothing,
    /// The next try is waited for.
    Retry(Timestamp, String),
    /// A write had no answer.
    Lost(Failure),
    /// A write had no answer, and is looked for again.
    Looked(Timestamp, String),
    /// It waits for a time or a person.
    Parked(String),
    /// It is taken back.
    Undo,
}

impl Board {
    /// Makes a board of a run's steps with how often each may be tried.
    pub(crate) fn new(steps: impl IntoIterator<Item = (String, u32)>) -> Self {
        let all: IndexMap<String, u32> = steps.into_iter().collect();
        let ids = all.keys().map(|id| text::width(id)).max().unwrap_or(0);
        Self { waiting: all.clone(), all, ids: ids.min(LONGEST_ID), ..Self::default() }
    }

    /// Takes in what happened before this process, and returns what is still on the way. What was
    /// under way then begins again.
    pub(crate) fn go_on_from(&mut self, before: &[Entry]) -> Vec<Settled> {
        before.iter().for_each(|entry| drop(self.see(entry)));
        let (waits, open): (IndexMap<_, _>, IndexMap<_, _>) =
            self.running.drain(..).partition(|(_, running)| match running.says {
                Says::Parked(_) => true,
                Says::Nothing | Says::Retry(..) | Says::Lost(_) | Says::Looked(..) | Says::Undo => {
                    false
                }
            });
        self.put_back(&open.into_keys().collect::<Vec<_>>());
        self.running = waits;
        (self.held, self.gone) = (None, IndexMap::new());
        self.finish()
    }

    /// Returns the steps that are over.
    pub(crate) fn over(&self) -> Vec<&str> {
        let open = |step: &String| {
            let goes_on = self.waiting.contains_key(step) || self.running.contains_key(step);
            goes_on || self.owed.contains(step)
        };
        self.all.keys().filter(|step| !open(step)).map(String::as_str).collect()
    }

    /// Returns how wide the column of ids is.
    pub(crate) fn id_columns(&self) -> usize {
        self.ids.max(8)
    }

    /// Takes an event in and returns what has settled by it, or is on the way. A failure is held
    /// back until it is clear that the step is not tried again.
    pub(crate) fn see(&mut self, entry: &Entry) -> Vec<Settled> {
        self.seen.see(&entry.event);
        let retried = matches!(&entry.event, Event::RetryAt { step, .. }
            if self.held.as_ref().is_some_and(|held| held.step == *step));
        let held = self.held.take().filter(|_| !retried);
        let mut settled: Vec<Settled> = held.into_iter().collect();
        settled.extend(self.take(entry));
        let is_over = |one: &&Settled| !one.word.is_on_the_way() && one.word != Word::Again;
        for done in settled.iter().filter(is_over) {
            self.running.shift_remove(&done.step);
            self.waiting.shift_remove(&done.step);
            self.gone.shift_remove(&done.step);
            self.owed.retain(|step| *step != done.step);
        }
        settled
    }

    /// Returns what was still held back, and what is still on the way, when the run was left.
    pub(crate) fn finish(&mut self) -> Vec<Settled> {
        let mut last: Vec<Settled> = self.held.take().into_iter().collect();
        last.extend(self.gone.drain(..).map(|(_, settled)| settled));
        for (step, running) in &self.running {
            let (word, error, note) = match &running.says {
                Says::Lost(error) => (Word::Lost, Some(error.clone()), String::new()),
                Says::Looked(_, reason) => (Word::Lost, None, reason.clone()),
                Says::Parked(words) => (Word::Parked, None, words.clone()),
                Says::Nothing | Says::Retry(..) | Says::Undo => continue,
            };
            let (step, outputs) = (step.clone(), Map::new());
            last.push(Settled { step, word, took: None, outputs, error, note });
        }
        last
    }

    fn take(&mut self, entry: &Entry) -> Vec<Settled> {
        let at = entry.at;
        let one = match &entry.event {
            Event::Claimed(claimed) => {
                self.began = Some(claimed.started_at);
                self.old.clone_from(&claimed.old);
                None
            }
            Event::Captured { old } => {
                self.old.clone_from(old);
                None
            }
            Event::Promoted { step, from, to, debts } => {
                self.promoted = Some((from.clone(), to.clone()));
                for debt in debts {
                    self.waiting.shift_remove(&debt.step);
                    self.owed.push(debt.step.clone());
                }
                let from = from.as_ref().map_or("none".to_owned(), |from| short_id(&from.id));
                let note = format!("{from} -> {}", short_id(&to.id));
                Some(self.settle(step, Word::Done, note, at))
            }
            Event::Reopened { steps, reason } => {
                steps.iter().for_each(|step| drop(self.running.shift_remove(step)));
                self.put_back(steps);
                return vec![self.settle(&steps.join(", "), Word::Again, reason.clone(), at)];
            }
            event => self.goes_on(event, at).or_else(|| self.ended(event, at)),
        };
        one.into_iter().collect()
    }

    /// What changes how a step that is not over looks; what is on the way is returned for a pipe.
    fn goes_on(&mut self, event: &Event, at: Timestamp) -> Option<Settled> {
        match event {
            Event::Started(started) => {
                self.gone.shift_remove(&started.step);
                self.backwards = false;
                self.begin(&started.step, started.attempt, at, Says::Nothing);
            }
            Event::RetryAt { step, attempt, at: next, reason } => {
                self.begin(step, *attempt, at, Says::Retry(*next, reason.clone()));
            }
            Event::UndoStarted { step, attempt, .. } => {
                self.backwards = true;
                self.begin(step, *attempt, at, Says::Undo);
            }
            Event::Failed { step, error, .. } => {
                let settled = self.settle(step, Word::Failed, String::new(), at);
                self.held = Some(Settled { error: Some(error.clone()), ..settled });
            }
            Event::Abandoned { step, attempt, .. } => return self.give_up(step, *attempt, at),
            Event::Lost { step, attempt, error } => {
                let settled = self.settle(step, Word::Lost, String::new(), at);
                self.begin(step, *attempt, at, Says::Lost(error.clone()));
                return Some(Settled { error: Some(error.clone()), ..settled });
            }
            Event::Settling { step, attempt, until, reason } => {
                let again = self.running.get(step).is_some_and(|running| {
                    running.attempt == *attempt && matches!(running.says, Says::Looked(..))
                });
                let reason = if reason.is_empty() { NO_ANSWER } else { reason };
                self.begin(step, *attempt, at, Says::Looked(*until, reason.to_owned()));
                let left = time::rough(until.since(at));
                let note = format!("{reason}; looked for again in {left}");
                let waits = Settled { took: None, ..self.settle(step, Word::Waits, note, at) };
                return (!again).then_some(waits);
            }
            Event::Parked { step, until, ask } => {
                let until = until.map(|at| format!("until {}", time::minute(at)));
                let note = ask.clone().or(until).unwrap_or_default();
                let attempt = self.running.get(step).map_or(1, |running| running.attempt);
                self.begin(step, attempt, at, Says::Parked(note.clone()));
                return Some(Settled { took: None, ..self.settle(step, Word::Parked, note, at) });
            }
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::Succeeded { .. }
            | Event::Found { .. }
            | Event::Skipped { .. }
            | Event::Stored { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Reopened { .. }
            | Event::Swept { .. }
            | Event::Undone { .. }
            | Event::UndoFailed { .. }
            | Event::Promoted { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped
            | Event::Ended { .. } => {}
        }
        None
    }

    /// Nothing of a try is there any more. Its step has failed, unless it is tried again; what had
    /// to be taken back for that is told.
    fn give_up(&mut self, step: &str, attempt: u32, at: Timestamp) -> Option<Settled> {
        let settled = self.settle(step, Word::Failed, String::new(), at);
        let running = self.running.get_mut(step)?;
        let note = match std::mem::replace(&mut running.says, Says::Nothing) {
            Says::Undo => {
                let note = format!("what attempt {attempt} had made is revoked");
                return Some(Settled { word: Word::Undone, note, ..settled });
            }
            Says::Lost(_) | Says::Looked(..) => {
                "no answer came, and nothing of it is there".to_owned()
            }
            Says::Nothing | Says::Retry(..) | Says::Parked(_) => return None,
        };
        self.gone.insert(step.to_owned(), Settled { note, ..settled });
        None
    }

    fn put_back(&mut self, steps: &[String]) {
        let is_open = |step: &String| self.waiting.contains_key(step) || steps.contains(step);
        let open = self.all.iter().filter(|(step, _)| is_open(step));
        self.waiting = open.map(|(step, most)| (step.clone(), *most)).collect();
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
            Event::Undone { step, note } => {
                Some(self.settle(step, Word::Undone, text::brief_ids(note), at))
            }
            Event::UndoFailed { step, error } => {
                let error = Some(error.clone());
                Some(Settled { error, ..self.settle(step, Word::Stuck, String::new(), at) })
            }
            Event::DebtChanged { debt, state, due, reason } => {
                self.debt(debt, *state, *due, reason, at)
            }
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::Started(_)
            | Event::RetryAt { .. }
            | Event::Failed { .. }
            | Event::Lost { .. }
            | Event::Settling { .. }
            | Event::Parked { .. }
            | Event::Stored { .. }
            | Event::UndoStarted { .. }
            | Event::Abandoned { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Reopened { .. }
            | Event::Swept { .. }
            | Event::Promoted { .. }
            | Event::Stopped
            | Event::Ended { .. } => None,
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

    fn begin(&mut self, step: &str, attempt: u32, at: Timestamp, says: Says) {
        let base = step.split('[').next().unwrap_or(step);
        let most = self.all.get(step).or(self.all.get(base)).copied().unwrap_or(1);
        let new = Running { since: at, attempt, most, says: Says::Nothing };
        let running = self.running.entry(step.to_owned()).or_insert(new);
        (running.attempt, running.says) = (attempt, says);
    }

    /// Returns the moving part of the picture: the running steps, then the waiting ones, never
    /// more than some lines, none longer than the terminal is wide.
    pub(crate) fn frame(&self, now: Timestamp, columns: usize, lines: usize) -> Vec<String> {
        let grid = (self.id_columns(), columns);
        let waits = |id: &&String| !self.backwards && !self.running.contains_key(*id);
        let waiting: Vec<&String> = self.waiting.keys().filter(waits).collect();
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
        let left = |next: Timestamp| time::rough(Duration(next.since(now).0.div_ceil(1000) * 1000));
        match &self.says {
            Says::Retry(next, reason) => format!("{reason}, {tries}, next in {}", left(*next)),
            // Why stands in the timeline: here is room for what a person waits for.
            Says::Looked(next, _) => format!("{NO_ANSWER}; looked for again in {}", left(*next)),
            Says::Lost(_) => format!("{NO_ANSWER}; looking for what became of it"),
            Says::Parked(words) => words.clone(),
            Says::Undo => "is taken back".to_owned(),
            Says::Nothing if self.attempt > 1 => tries,
            Says::Nothing => String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
