//! One event after the other: what each of them changes, and which of them cannot be.

use indexmap::IndexMap;

use crate::event::{Claimed, Debt, Entry, Event, Failure, Identity, Status};
use crate::run::hooks::Stage;
use crate::run::items::Items;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::run::{Ended, Run};
use crate::spec::Role;
use crate::time::Timestamp;
use crate::value::{Map, Value};

/// As many defects are kept as a person would read.
const MAX_DEFECTS: usize = 100;

/// The code of a [`Failure`] whose write was done although its place does not hold it.
pub(crate) const NOT_HELD: &str = "not_held";

/// The code of a [`Failure`] of a writing program that was run: what it had done when it ended with
/// an error, nobody knows.
pub(crate) const RAN: &str = "exit";
/// The code of a [`Failure`] of a lost write that is neither looked for nor sent again any more.
pub(crate) const SPENT: &str = "spent";

/// The code of a [`Failure`] of a try that ended with its process.
pub(crate) const INTERRUPTED: &str = "interrupted";

pub(super) type Applied = Result<(), String>;

impl Run {
    /// Applies an event. Total: one that cannot be is noted in [`Run::defects`] and ignored.
    pub fn apply(&mut self, entry: &Entry) {
        match self.change(&entry.event, entry.at) {
            Ok(()) => self.move_on(),
            Err(why) if self.defects.len() < MAX_DEFECTS => self.defects.push(why),
            Err(_) => {}
        }
    }

    fn change(&mut self, event: &Event, at: Timestamp) -> Applied {
        self.check_time_of_life(event)?;
        if self.ended.is_some() {
            let applied = self.afterwards(event, at);
            self.count_anew();
            return applied;
        }
        match event {
            Event::Claimed(claimed) => self.claim(claimed),
            Event::Captured { old } => self.capture(old.as_ref()),
            Event::Expanded { step, items } => self.expand(step, items, at),
            Event::Started(started) => self.started(started, at),
            Event::Succeeded { step, attempt, outputs, unwritten, checks } => {
                self.succeeded(step, *attempt, outputs, *unwritten, at)?;
                self.keep_checks(step, checks)
            }
            Event::Found { step, attempt, outputs, checks } => {
                self.found(step, *attempt, outputs, at)?;
                self.keep_checks(step, checks)
            }
            Event::Failed { step, attempt, error } => self.failed(step, *attempt, error, at),
            Event::Lost { step, attempt, error } => self.lost(step, *attempt, error, at),
            Event::RetryAt { step, attempt, at: when, reason } => {
                self.retry_at(step, *attempt, *when, reason)
            }
            Event::Skipped { step, .. } => self.skipped(step, at),
            Event::Stored { step, .. } => {
                self.slot(step)?;
                self.stored.push(event.clone());
                Ok(())
            }
            Event::Undone { step, .. } => self.undone(step, at),
            Event::UndoFailed { step, error } => self.undo_failed(step, error, at),
            Event::UndoStarted { step, uses, with, .. } => {
                self.undo_started(step, (uses.as_deref(), with), at)
            }
            Event::Swept { step, .. } => self.slot(step).map(|_| ()),
            Event::Parked { step, until, ask } => self.parked(step, *until, ask.as_deref(), at),
            Event::Resumed { .. } => {
                self.resumed(at);
                Ok(())
            }
            Event::Decided { step, decision, by, note } => {
                self.decided(step, *decision, by, note, at)
            }
            Event::Settling { step, attempt, until, .. } => self.settling(step, *attempt, *until),
            Event::Abandoned { step, attempt, .. } => self.abandoned(step, *attempt, at),
            Event::Reopened { steps, .. } => self.reopened(steps),
            Event::Promoted { step, to, debts, .. } => self.promote(step, to, debts, at),
            Event::DebtChanged { debt, state, due, reason } => {
                self.debt_changed(debt, *state, *due, reason, at)
            }
            Event::Stopped => {
                self.stopped = true;
                Ok(())
            }
            Event::Ended { status, error, outputs } => {
                self.end(*status, error.as_ref(), outputs);
                Ok(())
            }
        }
    }

    /// A run begins with its claim.
    fn check_time_of_life(&self, event: &Event) -> Applied {
        match (event, &self.claimed) {
            (Event::Claimed(_), Some(_)) => Err("the run is claimed twice".to_owned()),
            (Event::Claimed(_), None) => Ok(()),
            (_, None) => Err("something happens before the run is claimed".to_owned()),
            (_, Some(_)) => Ok(()),
        }
    }

    fn claim(&mut self, claimed: &Claimed) -> Applied {
        self.old.clone_from(&claimed.old);
        self.claimed = Some(Box::new(claimed.clone()));
        Ok(())
    }

    fn capture(&mut self, old: Option<&Identity>) -> Applied {
        if self.captured {
            return Err("what is in use is captured twice".to_owned());
        }
        self.captured = true;
        if self.old.is_none() {
            self.old = old.cloned();
        }
        Ok(())
    }

    fn expand(&mut self, step: &str, values: &[Value], at: Timestamp) -> Applied {
        let node = self.graph.find(step).ok_or_else(|| format!("there is no step `{step}`"))?;
        let slot = Slot { node, item: None };
        if !self.shape(node).for_each || self.items.contains_key(&node) || !self.may_begin(slot) {
            return Err(format!("`{step}` cannot be expanded now"));
        }
        let mut items = Items::new(values.to_vec());
        let before = self.reopened_items.remove(&node).unwrap_or_default();
        for (state, attempts) in items.states.iter_mut().zip(before) {
            (state.attempts, state.forgiven) = (attempts, attempts);
        }
        self.states[node as usize].started_at = Some(at);
        self.items.insert(node, items);
        if !values.is_empty() {
            self.refresh(node);
        } else if self.shape(node).verifies {
            let message = "its `for_each` is empty, and nothing proves nothing";
            let error = Failure {
                step: step.to_owned(),
                message: message.to_owned(),
                code: "empty".to_owned(),
                help: String::new(),
            };
            self.states[node as usize].error = Some(Box::new(error));
            self.finish(slot, Over::Failed, at);
        } else {
            self.finish(slot, Over::Succeeded, at);
        }
        Ok(())
    }

    fn keep_checks(&mut self, step: &str, checks: &IndexMap<String, String>) -> Applied {
        let slot = self.slot(step)?;
        if !checks.is_empty() {
            self.state_mut(slot).checks = Some(Box::new(checks.clone()));
        }
        Ok(())
    }

    fn promote(&mut self, step: &str, to: &Identity, debts: &[Debt], at: Timestamp) -> Applied {
        let slot = self.unbegun(step)?;
        if self.shape(slot.node).role != Role::Promote || self.promoted.is_some() {
            return Err(format!("`{step}` cannot promote"));
        }
        self.promoted = Some(to.clone());
        self.debts.extend(debts.iter().cloned());
        let state = self.state_mut(slot);
        state.attempts = 1;
        state.started_at = Some(at);
        self.finish(slot, Over::Succeeded, at);
        Ok(())
    }

    fn end(&mut self, status: Status, error: Option<&Failure>, outputs: &Map) {
        let (error, outputs) = (error.cloned(), outputs.clone());
        self.ended = Some(Ended { status, error, outputs });
        self.stage = Stage::Over;
        self.ready.clear();
        self.timers.clear();
        self.looks.clear();
    }

    pub(super) fn slot(&self, path: &str) -> Result<Slot, String> {
        let slot = self.graph.slot(path).filter(|slot| self.state(*slot).is_some());
        slot.ok_or_else(|| format!("there is no step `{path}`"))
    }

    /// Returns a slot that has tries of its own: an item, or a step without `for_each`.
    pub(super) fn tried_slot(&self, path: &str) -> Result<Slot, String> {
        let slot = self.slot(path)?;
        if slot.item.is_none() && self.shape(slot.node).for_each {
            return Err(format!("`{path}` runs once for each item, not by itself"));
        }
        Ok(slot)
    }

    pub(super) fn ended_try(&self, path: &str, attempt: u32) -> Result<Slot, String> {
        let slot = self.tried_slot(path)?;
        let fits = self
            .state(slot)
            .is_some_and(|state| state.phase == Phase::Running && state.attempts == attempt);
        if fits { Ok(slot) } else { Err(format!("`{path}` has no try {attempt} to end")) }
    }

    pub(super) fn unbegun(&self, path: &str) -> Result<Slot, String> {
        let slot = self.slot(path)?;
        let expanded = slot.item.is_none() && self.items.contains_key(&slot.node);
        if self.may_begin(slot) && !expanded {
            return Ok(slot);
        }
        Err(format!("`{path}` is not about to begin"))
    }

    pub(super) fn may_begin(&self, slot: Slot) -> bool {
        let pending = self
            .state(slot)
            .is_some_and(|state| matches!(state.phase, Phase::Pending | Phase::Due));
        pending && self.unmet[slot.node as usize] == 0 && self.is_open(slot.node)
    }

    pub(super) fn state_mut(&mut self, slot: Slot) -> &mut State {
        match slot.item {
            None => &mut self.states[slot.node as usize],
            Some(item) => {
                let items = self.items.get_mut(&slot.node).expect("its items are there");
                &mut items.states[item as usize]
            }
        }
    }
}
