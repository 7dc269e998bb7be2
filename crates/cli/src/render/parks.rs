//! What of a run waits for a time or a person, from its events, and what is to be typed.

use cutover_engine::event::{Event, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use indexmap::IndexMap;

use super::time;
use crate::typed::Typed;

/// A step that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Park {
    /// The step.
    pub(crate) step: String,
    /// Until when, for a time.
    pub(crate) until: Option<Timestamp>,
    /// What is asked of a person.
    pub(crate) ask: Option<String>,
    /// What it waits for.
    pub(crate) kind: Kind,
}

/// What a step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A moment.
    Time,
    /// A yes or a no.
    Word,
    /// A write had no answer, and what became of it could not be looked for.
    Look,
    /// A write had no answer, and nobody but a person can look.
    Lost,
    /// A create had no answer, and nobody but a person can look.
    LostCreate,
}

/// What waits, kept up with the events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parks {
    waiting: IndexMap<String, Park>,
    /// Writes without an answer: whether it was looked for them.
    lost: IndexMap<String, bool>,
    creates: Vec<String>,
}

impl Parks {
    /// Takes an event in.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                self.settle(&started.step);
                if started.role == Role::Create {
                    self.creates.push(started.step.clone());
                }
            }
            Event::Lost { step, .. } => drop(self.lost.insert(step.clone(), false)),
            Event::Settling { step, .. } => drop(self.lost.insert(step.clone(), true)),
            Event::Parked { step, until, ask } => {
                let kind = self.kind(step, *until, ask.as_deref());
                let (until, ask) = (*until, ask.clone());
                let park = Park { step: step.clone(), until, ask, kind };
                self.waiting.insert(step.clone(), park);
            }
            Event::Decided { step, .. } => drop(self.waiting.shift_remove(step)),
            Event::Succeeded { step, .. }
            | Event::Failed { step, .. }
            | Event::Found { step, .. }
            | Event::RetryAt { step, .. }
            | Event::Skipped { step, .. }
            | Event::Undone { step, .. }
            | Event::Abandoned { step, .. } => self.settle(step),
            Event::Reopened { steps, .. } => steps.iter().for_each(|step| self.settle(step)),
            Event::Ended { status, .. } => match status {
                // What waited still does: a run with such an end goes on.
                Status::Stuck | Status::Parked => {}
                Status::Succeeded | Status::Failed | Status::Undone | Status::Abandoned => {
                    *self = Self::default();
                }
            },
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::Stored { .. }
            | Event::Resumed { .. }
            | Event::Swept { .. }
            | Event::UndoStarted { .. }
            | Event::UndoFailed { .. }
            | Event::Promoted { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped => {}
        }
    }

    /// Returns what waits, in the order in which it began to.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Park> {
        self.waiting.values()
    }

    fn settle(&mut self, step: &str) {
        self.waiting.shift_remove(step);
        self.lost.shift_remove(step);
    }

    fn kind(&self, step: &str, until: Option<Timestamp>, ask: Option<&str>) -> Kind {
        match self.lost.get(step) {
            Some(true) => Kind::Look,
            Some(false) if self.creates.iter().any(|create| create == step) => Kind::LostCreate,
            Some(false) => Kind::Lost,
            None if until.is_some() && ask.is_none() => Kind::Time,
            None => Kind::Word,
        }
    }
}

impl Park {
    /// Returns what it waits for, as the rest of a sentence on the run: `waits in `pause` until ..`.
    pub(crate) fn words(&self) -> String {
        let step = &self.step;
        let until = self.until.map(|at| format!(" until {}", time::minute(at)));
        let until = until.unwrap_or_default();
        match self.kind {
            Kind::Time => format!("waits in `{step}`{until}"),
            Kind::Word => format!("waits for a yes or a no on `{step}`{until}"),
            Kind::Look => format!("could not find out what became of `{step}`"),
            Kind::Lost | Kind::LostCreate => {
                format!("had no answer in `{step}`, and a person must look what became of it")
            }
        }
    }

    /// Returns what to type, each with when to type it.
    pub(crate) fn next(&self, run: &str, typed: &Typed) -> Vec<(String, String)> {
        let resume = |more: &str| typed.command(&format!("resume {run}{more}"));
        let said = |flag: &str| resume(&format!(" --{flag} {}", self.step));
        let line = |when: &str, command: String| (when.to_owned(), command);
        match self.kind {
            Kind::Time => vec![line("`cutover tick` goes on with it then; by hand", resume(""))],
            Kind::Word => vec![line("Yes", said("approve")), line("No", said("reject"))],
            Kind::Look => vec![line("When that is mended", resume(""))],
            Kind::Lost => vec![
                line("It was not done", said("redo")),
                line("It was, or need not be", said("skip")),
            ],
            Kind::LostCreate => {
                vec![line("Nothing was made, or it is revoked now", said("redo"))]
            }
        }
    }
}

#[cfg(test)]
mod tests;
