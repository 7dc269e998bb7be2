//! One event after the other: what each of them changes, and which of them cannot be.

use crate::event::{Claimed, Debt, Entry, Event, Failure, Identity, Started, Status};
use crate::run::hooks::Stage;
use crate::run::items::Items;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::run::{Ended, Run};
use crate::spec::{Repeat, Role};
use crate::time::Timestamp;
use crate::value::{Map, Value};

/// As many defects are kept as a person would read.
const MAX_DEFECTS: usize = 100;

/// The code of a [`Failure`] whose write was done although its place does not hold it.
pub(crate) const NOT_HELD: &str = "not_held";

type Applied = Result<(), String>;

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
        match event {
            Event::Claimed(claimed) => self.claim(claimed),
            Event::Captured { old } => self.capture(old.as_ref()),
            Event::Expanded { step, items } => self.expand(step, items, at),
            Event::Started(started) => self.started(started, at),
            Event::Succeeded { step, attempt, outputs, .. } => self
                .ended_try(step, *attempt)
                .map(|slot| self.give(slot, outputs, Over::Succeeded, at)),
            Event::Found { step, outputs, .. } => self.found(step, outputs, at),
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
            Event::UndoFailed { step, error } => self.undo_failed(step, error),
            Event::Parked { step, .. }
            | Event::UndoStarted { step }
            | Event::Abandoned { step, .. } => self.slot(step).map(|_| ()),
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

    /// A run begins with its claim, and after its end only its debts go on.
    fn check_time_of_life(&self, event: &Event) -> Applied {
        match (event, &self.claimed, &self.ended) {
            (Event::Claimed(_), Some(_), _) => Err("the run is claimed twice".to_owned()),
            (Event::Claimed(_), None, _) => Ok(()),
            (_, None, _) => Err("something happens before the run is claimed".to_owned()),
            (Event::DebtChanged { .. }, Some(_), Some(_)) => Ok(()),
            (_, Some(_), Some(_)) => Err("something happens after the end".to_owned()),
            (_, Some(_), None) => Ok(()),
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
        let items = Items::new(values.to_vec());
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

    fn started(&mut self, started: &Started, at: Timestamp) -> Applied {
        let slot = self.tried_slot(&started.step)?;
        let state = self.state(slot).expect("the slot is there");
        let again = matches!(state.phase, Phase::Waiting(_) | Phase::Running | Phase::Proving);
        if started.attempt <= state.attempts || !(again || self.may_begin(slot)) {
            return Err(format!("`{}` cannot begin try {} now", started.step, started.attempt));
        }
        let was_running = state.is_running();
        if let Phase::Waiting(when) = state.phase {
            self.timers.remove(&(when, slot));
        }
        let keep = !self.shape(slot.node).pure;
        self.stopped = false;
        self.state_mut(slot).begin(started, at, keep);
        if !was_running {
            self.running += 1;
            self.count_item(slot);
        }
        self.refresh(slot.node);
        Ok(())
    }

    fn count_item(&mut self, slot: Slot) {
        if let (Some(_), Some(items)) = (slot.item, self.items.get_mut(&slot.node)) {
            items.running += 1;
            items.advance();
        }
    }

    fn give(&mut self, slot: Slot, outputs: &Map, over: Over, at: Timestamp) {
        let state = self.state_mut(slot);
        state.outputs.clone_from(outputs);
        state.error = None;
        self.finish(slot, over, at);
    }

    fn found(&mut self, step: &str, outputs: &Map, at: Timestamp) -> Applied {
        let slot = self.tried_slot(step)?;
        let begun = self
            .state(slot)
            .is_some_and(|state| matches!(state.phase, Phase::Running | Phase::Waiting(_)));
        if !begun && !self.may_begin(slot) {
            return Err(format!("`{step}` cannot be found now"));
        }
        self.give(slot, outputs, Over::Found, at);
        Ok(())
    }

    fn failed(&mut self, step: &str, attempt: u32, error: &Failure, at: Timestamp) -> Applied {
        let slot = match attempt {
            0 => self.unbegun(step)?,
            _ => self.ended_try(step, attempt)?,
        };
        self.state_mut(slot).error = Some(Box::new(error.clone()));
        if self.debt_of(slot.node).is_some() {
            self.leave_debt(slot, Over::Failed, at);
        } else {
            self.finish(slot, Over::Failed, at);
        }
        Ok(())
    }

    /// A lost write that may be sent again waits for its next try; one that may not is over.
    fn lost(&mut self, step: &str, attempt: u32, error: &Failure, at: Timestamp) -> Applied {
        let slot = self.ended_try(step, attempt)?;
        let shape = self.shape(slot.node);
        let again = shape.repeat == Repeat::Safe && attempt < shape.retry.max_attempts;
        let owes = self.debt_of(slot.node).is_some();
        let over = if error.code == NOT_HELD { Over::NotHeld } else { Over::Lost };
        self.state_mut(slot).error = Some(Box::new(error.clone()));
        if again {
            self.wait(slot, at);
        } else if owes {
            self.leave_debt(slot, over, at);
        } else {
            self.finish(slot, over, at);
        }
        Ok(())
    }

    fn retry_at(&mut self, step: &str, attempt: u32, when: Timestamp, reason: &str) -> Applied {
        let slot = self.tried_slot(step)?;
        let state = self.state_mut(slot);
        let fits = matches!(state.phase, Phase::Running | Phase::Waiting(_))
            && attempt == state.attempts.saturating_add(1);
        if !fits {
            return Err(format!("`{step}` cannot be tried again now"));
        }
        let message = reason.to_owned();
        let failure = Failure { step: step.to_owned(), message, ..Failure::default() };
        state.error = Some(Box::new(failure));
        self.wait(slot, when);
        Ok(())
    }

    fn wait(&mut self, slot: Slot, when: Timestamp) {
        let state = self.state_mut(slot);
        let before = std::mem::replace(&mut state.phase, Phase::Waiting(when));
        if let Phase::Waiting(former) = before {
            self.timers.remove(&(former, slot));
        } else {
            self.running -= 1;
            if let (Some(_), Some(items)) = (slot.item, self.items.get_mut(&slot.node)) {
                items.running -= 1;
            }
        }
        self.timers.insert((when, slot));
        self.refresh(slot.node);
    }

    fn skipped(&mut self, step: &str, at: Timestamp) -> Applied {
        let slot = self.unbegun(step)?;
        self.finish(slot, Over::Skipped, at);
        Ok(())
    }

    fn undone(&mut self, step: &str, at: Timestamp) -> Applied {
        let slot = self.slot(step)?;
        let state = self.state_mut(slot);
        let fits = state.is_over() && state.tried.is_some();
        if !fits {
            return Err(format!("`{step}` is taken back, but was not done"));
        }
        state.end(Over::Undone, at);
        Ok(())
    }

    fn undo_failed(&mut self, step: &str, error: &Failure) -> Applied {
        let slot = self.slot(step)?;
        self.state_mut(slot).error = Some(Box::new(error.clone()));
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
    }

    fn slot(&self, path: &str) -> Result<Slot, String> {
        let slot = self.graph.slot(path).filter(|slot| self.state(*slot).is_some());
        slot.ok_or_else(|| format!("there is no step `{path}`"))
    }

    /// Returns a slot that has tries of its own: an item, or a step without `for_each`.
    fn tried_slot(&self, path: &str) -> Result<Slot, String> {
        let slot = self.slot(path)?;
        if slot.item.is_none() && self.shape(slot.node).for_each {
            return Err(format!("`{path}` runs once for each item, not by itself"));
        }
        Ok(slot)
    }

    fn ended_try(&self, path: &str, attempt: u32) -> Result<Slot, String> {
        let slot = self.tried_slot(path)?;
        let fits = self
            .state(slot)
            .is_some_and(|state| state.phase == Phase::Running && state.attempts == attempt);
        if fits { Ok(slot) } else { Err(format!("`{path}` has no try {attempt} to end")) }
    }

    fn unbegun(&self, path: &str) -> Result<Slot, String> {
        let slot = self.slot(path)?;
        let expanded = slot.item.is_none() && self.items.contains_key(&slot.node);
        if self.may_begin(slot) && !expanded {
            return Ok(slot);
        }
        Err(format!("`{path}` is not about to begin"))
    }

    fn may_begin(&self, slot: Slot) -> bool {
        let pending = self
            .state(slot)
            .is_some_and(|state| matches!(state.phase, Phase::Pending | Phase::Due));
        pending && self.unmet[slot.node as usize] == 0 && self.is_open(slot.node)
    }

    fn state_mut(&mut self, slot: Slot) -> &mut State {
        match slot.item {
            None => &mut self.states[slot.node as usize],
            Some(item) => {
                let items = self.items.get_mut(&slot.node).expect("its items are there");
                &mut items.states[item as usize]
            }
        }
    }

    /// Ends a slot, and with the last item its step.
    pub(super) fn finish(&mut self, slot: Slot, over: Over, at: Timestamp) {
        let state = self.state_mut(slot);
        let was_running = state.is_running();
        let before = state.phase;
        state.end(over, at);
        self.running -= usize::from(was_running);
        if let Phase::Waiting(when) = before {
            self.timers.remove(&(when, slot));
        }
        match slot.item {
            None => self.node_over(slot.node, over),
            Some(item) => self.item_over(slot.node, item as usize, over, was_running, at),
        }
    }

    fn item_over(&mut self, node: u32, item: usize, over: Over, ran: bool, at: Timestamp) {
        let items = self.items.get_mut(&node).expect("its items are there");
        items.running -= usize::from(ran);
        items.count(item, over);
        items.advance();
        if !items.are_over() {
            self.refresh(node);
            return;
        }
        let error = items.failed.and_then(|first| items.states[first].error.clone());
        let whole = match (items.failed, items.lost) {
            (None, _) => Over::Succeeded,
            (Some(_), true) => Over::Lost,
            (Some(_), false) => Over::Failed,
        };
        let state = &mut self.states[node as usize];
        state.error = error;
        state.end(whole, at);
        self.node_over(node, whole);
    }

    fn node_over(&mut self, node: u32, over: Over) {
        self.ready.remove(&node);
        if node as usize >= self.graph.steps {
            return;
        }
        self.open -= 1;
        let bad = matches!(over, Over::Failed | Over::NotHeld | Over::Lost);
        if bad && !self.shape(node).goes_on {
            let error = self.states[node as usize].error.as_deref().cloned().unwrap_or_default();
            self.failure.get_or_insert(error);
            return;
        }
        let graph = self.graph.clone();
        for dependent in &graph.node(node).dependents {
            self.unmet[*dependent as usize] -= 1;
            self.refresh(*dependent);
        }
    }
}
