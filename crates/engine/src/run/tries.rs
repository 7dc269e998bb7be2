//! The tries of a step: begun, done, failed, lost, tried again; and what is over with them.

use crate::event::{Failure, Started};
use crate::run::Run;
use crate::run::apply::{Applied, INTERRUPTED, NOT_HELD, SPENT};
use crate::run::graph::Part;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::spec::Repeat;
use crate::time::Timestamp;
use crate::value::Map;

impl Run {
    pub(super) fn started(&mut self, started: &Started, at: Timestamp) -> Applied {
        let slot = self.tried_slot(&started.step)?;
        let state = self.state(slot).expect("the slot is there");
        let again = match state.phase {
            Phase::Waiting(_) | Phase::Running | Phase::Proving => true,
            Phase::Parked(until) => until.is_some() && !state.unsettled,
            Phase::Pending | Phase::Due | Phase::Lost(_) | Phase::Over(_) => false,
        };
        if started.attempt <= state.attempts || !(again || self.may_begin(slot)) {
            return Err(format!("`{}` cannot begin try {} now", started.step, started.attempt));
        }
        let was_running = state.is_running();
        self.unset_timer(slot);
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

    pub(super) fn succeeded(
        &mut self,
        step: &str,
        attempt: u32,
        outputs: &Map,
        unwritten: bool,
        at: Timestamp,
    ) -> Applied {
        let slot = self.ended_try(step, attempt)?;
        if let (true, Some(tried)) = (unwritten, &mut self.state_mut(slot).tried) {
            tried.writes = false;
        }
        self.give(slot, outputs, Over::Succeeded, at);
        Ok(())
    }

    fn give(&mut self, slot: Slot, outputs: &Map, over: Over, at: Timestamp) {
        let state = self.state_mut(slot);
        state.outputs.clone_from(outputs);
        state.error = None;
        state.is_unsure = false;
        self.finish(slot, over, at);
    }

    /// What the try of that number did is there: it is ours. What was there before any of our
    /// tries (0) is not.
    pub(super) fn found(
        &mut self,
        step: &str,
        attempt: u32,
        outputs: &Map,
        at: Timestamp,
    ) -> Applied {
        let slot = self.tried_slot(step)?;
        let state = self.state(slot).expect("the slot is there");
        let begun = match state.phase {
            Phase::Running | Phase::Waiting(_) | Phase::Lost(_) | Phase::Parked(_) => true,
            Phase::Proving => true,
            Phase::Pending | Phase::Due | Phase::Over(_) => self.may_begin(slot),
        };
        let ours = attempt > 0;
        if !begun || (ours && attempt != state.attempts) || (!ours && state.unsettled) {
            return Err(format!("`{step}` cannot be found now"));
        }
        self.give(slot, outputs, if ours { Over::Succeeded } else { Over::Found }, at);
        Ok(())
    }

    pub(super) fn failed(
        &mut self,
        step: &str,
        attempt: u32,
        error: &Failure,
        at: Timestamp,
    ) -> Applied {
        let slot = match attempt {
            0 if self.waits(step) => self.tried_slot(step)?,
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

    /// Says whether a step waits for its next try, whose parameters may be what fails.
    fn waits(&self, step: &str) -> bool {
        let state = self.graph.slot(step).and_then(|slot| self.state(slot));
        state.is_some_and(|state| matches!(state.phase, Phase::Waiting(_)))
    }

    /// A lost write is looked for. A hook that is cut off runs again: it runs at least once.
    pub(super) fn lost(
        &mut self,
        step: &str,
        attempt: u32,
        error: &Failure,
        at: Timestamp,
    ) -> Applied {
        let slot = self.lost_slot(step, attempt)?;
        let shape = self.shape(slot.node);
        let spent = self.state(slot).map_or(0, State::spent);
        let once_more = error.code == INTERRUPTED
            || (shape.repeat == Repeat::Safe && spent < shape.retry.max_attempts);
        let is_hook = shape.part != Part::Steps;
        let state = self.state_mut(slot);
        state.error = Some(Box::new(error.clone()));
        state.is_unsure = true;
        if error.code == NOT_HELD {
            self.finish(slot, Over::NotHeld, at);
        } else if error.code == SPENT && self.debt_of(slot.node).is_some() {
            self.leave_debt(slot, Over::Lost, at);
        } else if error.code == SPENT {
            self.finish(slot, Over::Lost, at);
        } else if !is_hook {
            self.unset_timer(slot);
            self.doubts +=
                usize::from(!std::mem::replace(&mut self.state_mut(slot).unsettled, true));
            self.rest(slot, Phase::Lost(at));
        } else if once_more {
            self.rest(slot, Phase::Waiting(at));
        } else {
            self.finish(slot, Over::Lost, at);
        }
        Ok(())
    }

    /// Returns a slot whose last write may be called lost: while it is under way, before it is tried
    /// again, and, for good, once it is lost.
    fn lost_slot(&self, step: &str, attempt: u32) -> Result<Slot, String> {
        let slot = self.tried_slot(step)?;
        let state = self.state(slot).expect("the slot is there");
        let begun = match state.phase {
            Phase::Running | Phase::Waiting(_) | Phase::Lost(_) => state.attempts == attempt,
            Phase::Parked(_) => state.unsettled && state.attempts == attempt,
            Phase::Pending | Phase::Due | Phase::Proving | Phase::Over(_) => false,
        };
        if begun { Ok(slot) } else { Err(format!("`{step}` has no try {attempt} to lose")) }
    }

    pub(super) fn retry_at(
        &mut self,
        step: &str,
        attempt: u32,
        when: Timestamp,
        reason: &str,
    ) -> Applied {
        let slot = self.tried_slot(step)?;
        let state = self.state_mut(slot);
        let begun = match state.phase {
            Phase::Running | Phase::Waiting(_) | Phase::Lost(_) | Phase::Parked(_) => true,
            Phase::Pending | Phase::Due | Phase::Proving | Phase::Over(_) => false,
        };
        let fits = begun && attempt == state.attempts.saturating_add(1);
        if !fits {
            return Err(format!("`{step}` cannot be tried again now"));
        }
        let message = reason.to_owned();
        let failure = Failure { step: step.to_owned(), message, ..Failure::default() };
        state.error = Some(Box::new(failure));
        self.be_sure(slot);
        self.rest(slot, Phase::Waiting(when));
        Ok(())
    }

    pub(super) fn skipped(&mut self, step: &str, at: Timestamp) -> Applied {
        let slot = self.unbegun(step)?;
        self.finish(slot, Over::Skipped, at);
        Ok(())
    }

    /// Ends a slot, and with the last item its step.
    pub(super) fn finish(&mut self, slot: Slot, over: Over, at: Timestamp) {
        self.be_sure(slot);
        self.unset_timer(slot);
        let state = self.state_mut(slot);
        let was_running = state.is_running();
        state.end(over, at);
        self.running -= usize::from(was_running);
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
        if over.is_bad() && !self.shape(node).goes_on {
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
