//! How a run stands when one looks at it, from its events and whether a process drives it.

use cutover_engine::event::{Decision, Entry, Event, Failure, Status};

use super::json::status;
use super::parks::{Kind, Park, Parks};
use crate::style::Paint;
use crate::typed::Typed;

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    /// It is over.
    Over(Status),
    /// A process drives it.
    Alive(Option<Open>),
    /// Its process ended before it did.
    CutOff(Option<Open>),
    /// An interrupt stopped it in good order.
    Interrupted,
    /// It waits for a time or a person.
    Parked(Vec<Park>),
    /// A person must look: what could not be taken back, where that is why.
    Stuck(Option<Failure>),
    /// A step failed after promotion: it waits to be tried again.
    Waits(String),
    /// Its events cannot be read.
    Unreadable(String),
}

/// What was begun and has no end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// The step.
    pub(crate) step: String,
    /// The marker of the try.
    pub(crate) marker: Option<String>,
    /// Whether it may have written.
    pub(crate) writes: bool,
    /// What was going on.
    pub(crate) doing: Doing,
}

/// What is going on with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// A try.
    Run,
    /// Its write had no answer, and it is looked for what became of it.
    Look,
    /// It is taken back.
    Undo,
}

/// What a run's events tell so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    open: Vec<Open>,
    parks: Parks,
    not_undone: Vec<(String, Failure)>,
    ended: Option<Status>,
    stopped: bool,
    promoted: bool,
    failed: Option<String>,
    given_up: bool,
    /// The markers of tries that were given up with the run: a sweep looks for them.
    swept: Vec<String>,
}

/// Returns how a run stands.
pub(crate) fn of(entries: &[Entry], alive: bool) -> Standing {
    let mut seen = Seen::default();
    entries.iter().for_each(|entry| seen.see(&entry.event));
    seen.standing(alive)
}

impl Seen {
    /// Takes an event in.
    pub(crate) fn see(&mut self, event: &Event) {
        self.parks.see(event);
        match event {
            Event::Started(started) => {
                self.close(&started.step);
                self.stopped = false;
                let marker = started.marker.clone().filter(|_| started.role.leaves_marker());
                let (step, writes) = (started.step.clone(), started.writes);
                self.open.push(Open { step, marker, writes, doing: Doing::Run });
            }
            Event::Lost { step, .. } | Event::Settling { step, .. } => self.turn(step, Doing::Look),
            Event::UndoStarted { step, .. } => self.turn(step, Doing::Undo),
            Event::UndoFailed { step, error } => {
                self.close(step);
                self.not_undone.push((step.clone(), error.clone()));
            }
            Event::Undone { step, .. } => {
                self.close(step);
                self.not_undone.retain(|(of, _)| of != step);
            }
            Event::Failed { step, .. } => {
                self.close(step);
                self.failed.get_or_insert_with(|| step.clone());
            }
            Event::Promoted { step, .. } => {
                self.close(step);
                self.promoted = true;
            }
            Event::Succeeded { step, .. }
            | Event::Found { step, .. }
            | Event::Skipped { step, .. }
            | Event::RetryAt { step, .. }
            | Event::Parked { step, .. } => self.close(step),
            Event::Abandoned { step, marker, .. } => {
                self.close(step);
                self.swept.extend(self.given_up.then(|| marker.clone()));
            }
            Event::Decided { decision, .. } => self.given_up |= *decision == Decision::Abandon,
            Event::Reopened { steps, .. } => steps.iter().for_each(|step| self.close(step)),
            Event::Resumed { .. } => self.resume(),
            Event::Stopped => self.stopped = true,
            Event::Ended { status, .. } => self.ended = Some(*status),
            Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::Stored { .. }
            | Event::Swept { .. }
            | Event::DebtChanged { .. } => {}
        }
    }

    /// Returns what could not be taken back, and why.
    pub(crate) fn not_undone(&self) -> &[(String, Failure)] {
        &self.not_undone
    }

    /// Returns the markers of what was given up with the run, and a sweep looks for.
    pub(crate) fn swept(&self) -> &[String] {
        &self.swept
    }

    /// Returns what waits for a time or a person.
    pub(crate) fn waiting(&self) -> Vec<Park> {
        self.parks.waiting().cloned().collect()
    }

    /// Returns the tries that were begun and whose end is not recorded, in the order of their
    /// start.
    pub(crate) fn open(&self) -> &[Open] {
        &self.open
    }

    fn standing(self, alive: bool) -> Standing {
        // What writes is what matters: a read that was cut off left nothing.
        let last = self.open.iter().rev().find(|open| open.writes).or(self.open.last()).cloned();
        let waiting = self.waiting();
        match self.ended {
            Some(Status::Stuck) => {
                Standing::Stuck(self.not_undone.into_iter().next().map(|(_, error)| error))
            }
            Some(ended) if ended != Status::Parked => Standing::Over(ended),
            _ if alive => Standing::Alive(last),
            _ if last.is_some() => Standing::CutOff(last),
            _ if self.stopped => Standing::Interrupted,
            _ if !waiting.is_empty() => Standing::Parked(waiting),
            _ => match self.failed.filter(|_| self.promoted) {
                Some(step) => Standing::Waits(step),
                None => Standing::CutOff(None),
            },
        }
    }

    fn resume(&mut self) {
        self.ended = None;
        self.stopped = false;
        self.not_undone.clear();
        if self.promoted {
            self.failed = None;
        }
    }

    fn close(&mut self, step: &str) {
        self.open.retain(|open| open.step != step);
    }

    fn turn(&mut self, step: &str, doing: Doing) {
        let before = self.open.iter().position(|open| open.step == step);
        let open = before.map(|at| self.open.remove(at)).unwrap_or_else(|| Open {
            step: step.to_owned(),
            marker: None,
            writes: true,
            doing,
        });
        self.open.push(Open { doing, ..open });
    }
}

impl Open {
    /// Returns where a run is: `in `create``, `taking back `create``.
    pub(crate) fn place(&self) -> String {
        match self.doing {
            Doing::Run => format!("in `{}`", self.step),
            Doing::Look => format!("looking for what `{}` did", self.step),
            Doing::Undo => format!("taking back `{}`", self.step),
        }
    }

    /// Returns what a try without an end may have left, in words.
    pub(crate) fn left(&self) -> String {
        let may = match self.doing {
            Doing::Run | Doing::Look => format!("`{}` may have happened", self.step),
            Doing::Undo => format!("`{}` may be taken back", self.step),
        };
        match self.marker.as_ref().filter(|_| self.doing != Doing::Undo) {
            Some(marker) => format!("{may}: look for what is marked {marker}"),
            None => may,
        }
    }
}

impl Standing {
    /// Returns it in a few words: `succeeded`, `unfinished: cut off in `create``.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Over(ended) => status(*ended).to_owned(),
            Self::Alive(Some(open)) => format!("running: {}", open.place()),
            Self::Alive(None) => "running".to_owned(),
            Self::CutOff(Some(open)) => format!("unfinished: cut off {}", cut(open)),
            Self::CutOff(None) => "unfinished: cut off".to_owned(),
            Self::Interrupted => "unfinished: stopped by an interrupt".to_owned(),
            Self::Parked(waiting) => match waiting.as_slice() {
                [one] => format!("parked: {}", one.words()),
                all => format!("parked: waits in {}", steps(all)),
            },
            Self::Stuck(Some(error)) => format!("stuck: could not take back `{}`", error.step),
            Self::Stuck(None) => "stuck".to_owned(),
            Self::Waits(step) => format!("unfinished: `{step}` failed after promotion"),
            Self::Unreadable(_) => "cannot be read".to_owned(),
        }
    }

    /// Returns it in the fewest words, for a list.
    pub(crate) fn brief(&self) -> String {
        match self {
            Self::Over(ended) => status(*ended).to_owned(),
            Self::Alive(Some(open)) => format!("running {}", open.place()),
            Self::Alive(None) => "running".to_owned(),
            Self::CutOff(Some(open)) => format!("cut off {}", cut(open)),
            Self::CutOff(None) => "cut off".to_owned(),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Parked(waiting) => format!("parked in {}", steps(waiting)),
            Self::Stuck(Some(error)) => format!("stuck: `{}` is not taken back", error.step),
            Self::Stuck(None) => "stuck".to_owned(),
            Self::Waits(step) => format!("waits: `{step}` failed"),
            Self::Unreadable(_) => "cannot be read".to_owned(),
        }
    }

    /// Returns the one word of `--output json`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Over(ended) => status(*ended),
            Self::Alive(_) => "running",
            Self::CutOff(_) | Self::Interrupted | Self::Waits(_) => "unfinished",
            Self::Parked(_) => "parked",
            Self::Stuck(_) => "stuck",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Returns its colour.
    pub(crate) fn paint(&self) -> Paint {
        match self {
            Self::Over(Status::Succeeded | Status::Undone) => Paint::Good,
            Self::Over(Status::Parked | Status::Abandoned) | Self::Parked(_) => Paint::Warn,
            Self::Alive(_) => Paint::Look,
            Self::Interrupted | Self::Waits(_) => Paint::Warn,
            Self::Over(Status::Failed | Status::Stuck)
            | Self::CutOff(_)
            | Self::Stuck(_)
            | Self::Unreadable(_) => Paint::Bad,
        }
    }

    /// Says whether it goes on only with a person, who may as well give it up.
    pub(crate) fn needs_a_person(&self) -> bool {
        match self {
            Self::Stuck(_) | Self::Waits(_) | Self::Parked(_) => true,
            Self::Over(_)
            | Self::Alive(_)
            | Self::CutOff(_)
            | Self::Interrupted
            | Self::Unreadable(_) => false,
        }
    }

    /// Returns what to type next, each with when to type it; nothing where there is nothing to do.
    pub(crate) fn next(&self, run: &str, typed: &Typed) -> Vec<(String, String)> {
        let line =
            |when: &str, words: &str| (when.to_owned(), typed.command(&format!("{words} {run}")));
        match self {
            Self::Over(_) | Self::Alive(_) => Vec::new(),
            Self::CutOff(_) | Self::Interrupted => vec![line("Next", "resume")],
            Self::Stuck(_) | Self::Waits(_) => vec![line("When that is mended", "resume")],
            Self::Parked(waiting) => match waiting.as_slice() {
                [one] => one.next(run, typed),
                all => all.iter().flat_map(|park| of_many(park, run, typed)).collect(),
            },
            Self::Unreadable(_) => vec![line("Give it up", "abandon")],
        }
    }
}

fn of_many(park: &Park, run: &str, typed: &Typed) -> Vec<(String, String)> {
    let named = |(when, command)| (format!("`{}`: {when}", park.step), command);
    park.next(run, typed).into_iter().map(named).collect()
}

fn cut(open: &Open) -> String {
    match open.doing {
        Doing::Run => open.place(),
        Doing::Look | Doing::Undo => format!("while {}", open.place()),
    }
}

fn steps(waiting: &[Park]) -> String {
    let named = waiting.iter().map(|park| match (park.kind, park.until) {
        (Kind::Time, Some(at)) => {
            format!("`{}` until {}", park.step, super::time::minute(at))
        }
        (Kind::Time | Kind::Word | Kind::Look | Kind::Lost | Kind::LostCreate, _) => {
            format!("`{}`", park.step)
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
