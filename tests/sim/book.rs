//! What the oracle reads in a journal: what was announced, what stands in the world, what is over.

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::event::{Event, Identity, Started};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::{Map, Piece, Value, pieces, shown};

/// A journal as the oracle keeps it.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// What every step or item has done, by its path.
    pub(crate) steps: BTreeMap<String, Page>,
    /// Ids of what its creates made.
    pub(crate) made: Vec<String>,
    /// What was in use before it.
    pub(crate) old: Option<Identity>,
    pub(crate) promoted: bool,
    /// A step failed for good, or a person gave the run up: everything is taken back.
    pub(crate) failed: bool,
    pub(crate) promoted_at: Option<Timestamp>,
    /// Tries of creates that are given up and not swept.
    pub(crate) abandoned: BTreeSet<(String, u32)>,
    /// Steps that wait for a person.
    pub(crate) asks: BTreeSet<String>,
    /// Every marker that was announced, with its step and attempt.
    pub(crate) markers: Vec<(String, String, u32)>,
}

/// What one step has done.
#[derive(Debug, Default, Clone)]
pub(crate) struct Page {
    /// The attempt that is announced and has no end.
    pub(crate) open: Option<u32>,
    /// Taking it back is announced.
    pub(crate) undoing: bool,
    /// What it has left in the world.
    pub(crate) stands: Stands,
    /// It was there before us.
    pub(crate) found: bool,
    /// A try of it got no answer, and is not settled.
    pub(crate) lost: bool,
    /// A try of it was announced.
    pub(crate) started: bool,
    pub(crate) role: Role,
    /// The origins of the secrets that it was given.
    pub(crate) given: Vec<String>,
}

/// What a step has left in the world.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Nothing.
    #[default]
    Nothing,
    /// A write got no answer.
    Perhaps,
    /// Its write.
    Written,
}

impl Book {
    pub(crate) fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Claimed(claimed) => self.old.clone_from(&claimed.old),
            Event::Captured { old } => self.old.clone_from(old),
            Event::Started(started) => self.start(started),
            Event::Succeeded { step, outputs, unwritten, .. } => {
                let stands = if *unwritten { Stands::Nothing } else { Stands::Written };
                self.done(step, stands, outputs);
            }
            Event::Found { step, attempt, outputs, .. } => {
                let stands = if *attempt == 0 { Stands::Nothing } else { Stands::Written };
                self.done(step, stands, outputs);
                self.page(step).found = *attempt == 0;
            }
            Event::Failed { step, .. } => {
                self.failed = true;
                let stands = if self.page(step).lost { Stands::Perhaps } else { Stands::Nothing };
                self.over(step, stands);
            }
            Event::Lost { step, .. } => {
                let page = self.page(step);
                page.open = None;
                page.lost = true;
            }
            Event::RetryAt { step, .. } => {
                let stands = if self.page(step).lost { Stands::Perhaps } else { Stands::Nothing };
                self.over(step, stands);
            }
            Event::UndoStarted { step, .. } => self.page(step).undoing = true,
            Event::Undone { step, .. } => {
                self.page(step).undoing = false;
                self.page(step).lost = false;
                self.over(step, Stands::Nothing);
            }
            Event::UndoFailed { step, .. } => self.page(step).undoing = false,
            Event::Abandoned { step, attempt, .. } => {
                self.page(step).undoing = false;
                self.page(step).lost = false;
                self.over(step, Stands::Nothing);
                if self.page(step).role == Role::Create {
                    self.abandoned.insert((step.clone(), *attempt));
                }
            }
            Event::Swept { step, attempt, .. } => {
                self.page(step).undoing = false;
                self.abandoned.remove(&(step.clone(), *attempt));
            }
            Event::Promoted { .. } => {
                self.promoted = true;
                self.promoted_at = Some(at);
            }
            Event::Parked { step, ask: Some(ask), .. } if ask.contains("--redo") => {
                self.asks.insert(step.clone());
            }
            Event::Parked { .. } => {}
            Event::Decided { step, .. } => {
                self.asks.remove(step);
                self.failed |= step.is_empty();
            }
            Event::Expanded { .. }
            | Event::Skipped { .. }
            | Event::Stored { .. }
            | Event::Resumed { .. }
            | Event::Settling { .. }
            | Event::Reopened { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped
            | Event::Ended { .. } => {}
        }
    }

    fn page(&mut self, step: &str) -> &mut Page {
        self.steps.entry(step.to_owned()).or_default()
    }

    fn start(&mut self, started: &Started) {
        if let Some(marker) = &started.marker {
            self.markers.push((marker.clone(), started.step.clone(), started.attempt));
        }
        let writes = started.writes;
        let page = self.page(&started.step);
        page.role = started.role;
        page.started = true;
        if writes {
            page.open = Some(started.attempt);
            page.stands = page.stands.max(Stands::Perhaps);
            page.given.extend(origins(&started.params));
        }
    }

    fn done(&mut self, step: &str, stands: Stands, outputs: &Map) {
        let page = self.page(step);
        let made = page.role == Role::Create;
        page.open = None;
        page.lost = false;
        page.stands = stands;
        if made && let Some(id) = outputs.get("id").and_then(Value::as_text) {
            self.made.push(shown(id));
        }
    }

    fn over(&mut self, step: &str, stands: Stands) {
        let page = self.page(step);
        page.open = None;
        page.stands = stands;
    }
}

impl Stands {
    fn max(self, other: Self) -> Self {
        if self == Self::Written { self } else { other }
    }
}

fn origins(params: &Map) -> Vec<String> {
    let mut found = Vec::new();
    for value in params.values() {
        value.visit(&mut |leaf| {
            let Value::Text(text) = leaf else { return };
            found.extend(pieces(text).into_iter().filter_map(|piece| match piece {
                Piece::Secret(handle) => Some(handle.origin),
                Piece::Plain(_) | Piece::Unknown { .. } => None,
            }));
        });
    }
    found
}
