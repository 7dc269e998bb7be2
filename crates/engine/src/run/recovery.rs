//! What a later process and a person add to a run: it goes on, looks again, waits, begins anew.

use crate::ctx::{Waited, Word};
use crate::event::{Decision, Failure, Status};
use crate::run::Run;
use crate::run::apply::Applied;
use crate::run::graph::id;
use crate::run::hooks::Stage;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::step::Park;
use crate::time::Timestamp;

/// The code of the failure of a run that a person gave up.
pub(crate) const GIVEN_UP: &str = "given_up";

impl Run {
    /// A process goes on with the run: an interrupt is over, every open step has its whole budget
    /// of tries again, and what failed after promotion is to be done still. Where the run was left
    /// only because it waits, nothing is new, and every try counts on.
    pub(super) fn resumed(&mut self, at: Timestamp) {
        let was_left_waiting = self.is_left_waiting();
        self.stopped = false;
        self.undo_again();
        let was_ended = self.ended.take().is_some();
        let goes_forward = self.waits_for_resume();
        if was_ended || goes_forward {
            self.stage = Stage::Steps;
        }
        if goes_forward {
            self.failure = None;
            (0..self.graph.steps).for_each(|node| self.redo_failed(id(node)));
        }
        if !was_left_waiting {
            self.each_state(|state| state.forgiven = state.attempts);
        }
        self.look_again(at);
        self.queue_anew();
    }

    /// Says whether nothing cut the run off: it has not ended, nobody stopped it, and no step of it
    /// is in the middle of anything.
    fn is_left_waiting(&self) -> bool {
        let rests = |state: &State| match state.phase {
            Phase::Pending | Phase::Waiting(_) | Phase::Parked(Some(_)) | Phase::Over(_) => true,
            Phase::Due | Phase::Proving | Phase::Running | Phase::Lost(_) => false,
            Phase::Parked(None) => false,
        };
        let is_open = self.ended.is_none() && self.failure.is_none();
        !self.stopped && is_open && self.slots().all(|(_, state)| rests(state))
    }

    /// Says whether a run that has ended may go on.
    pub(super) fn may_go_on(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| match ended.status {
            Status::Stuck | Status::Parked => true,
            Status::Succeeded | Status::Failed | Status::Undone | Status::Abandoned => false,
        })
    }

    fn each_state(&mut self, mut change: impl FnMut(&mut State)) {
        let items = self.items.values_mut().flat_map(|items| &mut items.states);
        self.states.iter_mut().chain(items).filter(|state| !state.is_over()).for_each(&mut change);
    }

    /// What could not be looked for, or begun, may be by now.
    fn look_again(&mut self, at: Timestamp) {
        let parked = self.slots().filter(|(slot, state)| {
            let is_parked = matches!(state.phase, Phase::Parked(_));
            is_parked && state.unsettled && self.shape(slot.node).has_read
        });
        let parked: Vec<Slot> = parked.map(|(slot, _)| slot).collect();
        for slot in parked {
            self.state_mut(slot).phase = Phase::Lost(at);
        }
        self.each_state(|state| {
            if std::mem::take(&mut state.stalled) && matches!(state.phase, Phase::Parked(_)) {
                state.phase = Phase::Waiting(at);
            }
        });
    }

    /// Makes a step that failed pending again; of a `for_each` the items that failed.
    fn redo_failed(&mut self, node: u32) {
        let failed = |state: &State| {
            matches!(state.phase, Phase::Over(Over::Failed | Over::NotHeld | Over::Lost))
        };
        let state = &mut self.states[node as usize];
        if !failed(state) || self.graph.node(node).goes_on {
            return;
        }
        state.open_again();
        self.open += 1;
        if let Some(items) = self.items.get_mut(&node) {
            items.redo(failed);
        }
    }

    /// Fills the queues from the states. A decision never does this.
    fn queue_anew(&mut self) {
        self.timers.clear();
        self.looks.clear();
        self.count_anew();
        for node in 0..self.graph.nodes.len() {
            let node = id(node);
            let items = self.items.get(&node).map_or(0, |items| items.states.len());
            let whole = Slot { node, item: None };
            let slots = (0..items).map(|item| Slot { node, item: Some(id(item)) });
            for slot in std::iter::once(whole).chain(slots) {
                self.set_timer(slot);
            }
            self.refresh(node);
        }
    }

    /// What went on after an end was not counted.
    pub(super) fn count_anew(&mut self) {
        let (mut running, mut doubts) = (0, 0);
        let mut count = |state: &mut State| {
            state.unsettled &= !state.is_over();
            doubts += usize::from(state.unsettled);
            running += usize::from(state.is_running());
            usize::from(state.is_running())
        };
        self.states.iter_mut().for_each(|state| {
            count(state);
        });
        for items in self.items.values_mut() {
            items.running = items.states.iter_mut().map(&mut count).sum();
        }
        (self.running, self.doubts) = (running, doubts);
        let open =
            |node: &usize| !self.states[*node].is_over() || self.unsettled.contains(&id(*node));
        self.open = (0..self.graph.steps).filter(open).count();
    }

    /// A lost write was looked for and is looked for again.
    pub(super) fn settling(&mut self, step: &str, attempt: u32, until: Timestamp) -> Applied {
        let slot = self.unsettled_slot(step, attempt)?;
        self.rest(slot, Phase::Lost(until));
        Ok(())
    }

    /// Nothing is there, or not any more, of what a lost write may have done. What is abandoned
    /// later, of a step that is over, changes nothing in the run.
    pub(super) fn abandoned(&mut self, step: &str, attempt: u32, at: Timestamp) -> Applied {
        let slot = self.slot(step)?;
        if !self.state(slot).is_some_and(|state| state.unsettled && state.attempts == attempt) {
            return Ok(());
        }
        self.be_sure(slot);
        let state = self.state_mut(slot);
        (state.is_unsure, state.back) = (false, None);
        let state = self.state(slot).expect("the slot is there");
        let again = state.spent() < self.shape(slot.node).retry.max_attempts;
        if again && self.failure.is_none() {
            self.rest(slot, Phase::Waiting(at));
        } else if self.debt_of(slot.node).is_some() {
            self.leave_debt(slot, Over::Failed, at);
        } else {
            self.finish(slot, Over::Failed, at);
        }
        Ok(())
    }

    /// A step waits for a time or a person. The try that said so does not count.
    pub(super) fn parked(
        &mut self,
        step: &str,
        until: Option<Timestamp>,
        ask: Option<&str>,
        at: Timestamp,
    ) -> Applied {
        let slot = self.tried_slot(step)?;
        let may_begin = self.may_begin(slot);
        let state = self.state_mut(slot);
        match state.phase {
            Phase::Running => state.forgiven += 1,
            Phase::Waiting(_) => state.stalled = until.is_none(),
            Phase::Lost(_) | Phase::Parked(_) => {}
            Phase::Pending if may_begin => state.stalled = until.is_none(),
            Phase::Pending | Phase::Due | Phase::Proving | Phase::Over(_) => {
                return Err(format!("`{step}` cannot wait now"));
            }
        }
        let park = Park { until, ask: ask.map(str::to_owned) };
        state.waited = Some(Box::new(Waited { park, word: None }));
        self.rest(slot, Phase::Parked(until));
        if self.is_given_up {
            self.wait_no_more(slot, at);
        }
        Ok(())
    }

    /// A person's word on a step that waits for one, or on the whole run.
    pub(super) fn decided(
        &mut self,
        step: &str,
        decision: Decision,
        by: &str,
        note: &str,
        at: Timestamp,
    ) -> Applied {
        if step.is_empty() {
            self.give_up(decision, by, at);
            return Ok(());
        }
        let slot = self.tried_slot(step)?;
        if !self.waits_for_a_word(slot) {
            return Err(format!("`{step}` waits for no word"));
        }
        let (by, note) = (by.to_owned(), note.to_owned());
        if let Some(waited) = &mut self.state_mut(slot).waited {
            waited.word = Some(Word { decision, by, at, note });
        }
        self.be_sure(slot);
        match decision {
            Decision::Skip => self.finish(slot, Over::Skipped, at),
            // What failed meanwhile is taken back; nothing is done again for it.
            _ if self.failure.is_some() => self.finish(slot, Over::Failed, at),
            Decision::Redo | Decision::Approve | Decision::Reject | Decision::Abandon => {
                self.rest(slot, Phase::Waiting(at));
            }
        }
        Ok(())
    }

    /// Says whether a step stands still until a person has decided.
    pub(crate) fn waits_for_a_word(&self, slot: Slot) -> bool {
        self.state(slot).is_some_and(|state| match state.phase {
            Phase::Parked(_) => true,
            // What was asked of a person is looked for once more by whoever goes on.
            Phase::Lost(_) => state.unsettled && state.waited.is_some(),
            Phase::Pending
            | Phase::Due
            | Phase::Proving
            | Phase::Running
            | Phase::Waiting(_)
            | Phase::Over(_) => false,
        })
    }

    /// Says whether a try of a slot may begin that was about to.
    pub(crate) fn may_go_on_with(&self, slot: Slot) -> bool {
        let waits = self.state(slot).is_some_and(|state| match state.phase {
            Phase::Waiting(_) | Phase::Parked(Some(_)) | Phase::Proving => true,
            Phase::Pending
            | Phase::Due
            | Phase::Running
            | Phase::Lost(_)
            | Phase::Parked(None)
            | Phase::Over(_) => false,
        });
        (waits || self.may_begin(slot)) && self.failure.is_none()
    }

    /// A person gives the run up: nothing new begins. Before promotion it is taken back. What
    /// waits for a time or a person, who will not come, is over.
    fn give_up(&mut self, decision: Decision, by: &str, at: Timestamp) {
        if decision != Decision::Abandon {
            return;
        }
        self.is_given_up = true;
        let message = format!("given up by {by}");
        let code = GIVEN_UP.to_owned();
        self.failure.get_or_insert(Failure { message, code, ..Failure::default() });
        let parked = self.slots().filter(|(_, state)| matches!(state.phase, Phase::Parked(_)));
        let parked: Vec<Slot> = parked.map(|(slot, _)| slot).collect();
        parked.into_iter().for_each(|slot| self.wait_no_more(slot, at));
    }

    fn wait_no_more(&mut self, slot: Slot, at: Timestamp) {
        let in_doubt = self.state(slot).is_some_and(|state| state.unsettled);
        let over = if in_doubt { Over::Lost } else { Over::Failed };
        if self.debt_of(slot.node).is_some() {
            self.leave_debt(slot, over, at);
        } else {
            self.finish(slot, over, at);
        }
    }

    /// Returns a slot whose last write is in doubt.
    fn unsettled_slot(&self, step: &str, attempt: u32) -> Result<Slot, String> {
        let slot = self.tried_slot(step)?;
        let fits =
            self.state(slot).is_some_and(|state| state.unsettled && state.attempts == attempt);
        if fits { Ok(slot) } else { Err(format!("`{step}` has no lost try {attempt}")) }
    }

    /// What became of its last write is known.
    pub(super) fn be_sure(&mut self, slot: Slot) {
        let state = self.state_mut(slot);
        let was = std::mem::replace(&mut state.unsettled, false);
        if was {
            let timer = state.timer();
            self.doubts -= 1;
            if let Some(at) = timer {
                self.looks.remove(&(at, slot));
                self.set_timer(slot);
            }
        }
    }

    /// Ends what is under way of a slot that is not over; it waits for something.
    pub(super) fn rest(&mut self, slot: Slot, phase: Phase) {
        self.unset_timer(slot);
        let state = self.state_mut(slot);
        let was_running = state.is_running();
        state.phase = phase;
        if was_running {
            self.running -= 1;
            if let (Some(_), Some(items)) = (slot.item, self.items.get_mut(&slot.node)) {
                items.running -= 1;
            }
        }
        self.set_timer(slot);
        self.refresh(slot.node);
    }

    /// A lost write is looked for at its time, everything else is tried.
    fn set_timer(&mut self, slot: Slot) {
        let Some(state) = self.state(slot) else { return };
        let (timer, unsettled) = (state.timer(), state.unsettled);
        if let Some(at) = timer {
            let queue = if unsettled { &mut self.looks } else { &mut self.timers };
            queue.insert((at, slot));
        }
    }

    pub(super) fn unset_timer(&mut self, slot: Slot) {
        if let Some(at) = self.state(slot).and_then(State::timer) {
            self.timers.remove(&(at, slot));
            self.looks.remove(&(at, slot));
        }
    }

    /// Returns what is in doubt. A run that has no lost write looks at nothing for that.
    pub(crate) fn in_doubt(&self) -> Vec<Slot> {
        if self.doubts == 0 {
            return Vec::new();
        }
        self.slots().filter(|(_, state)| state.unsettled).map(|(slot, _)| slot).collect()
    }

    /// Returns the marker of the run's first try.
    pub(crate) fn first_marker(&self) -> Option<&str> {
        self.slots().find_map(|(_, state)| state.marker())
    }

    /// Returns what waits for its next try, and when that is; none where a lost write is to be
    /// looked for, which is never put off.
    pub(crate) fn waiting(&self) -> Vec<(Slot, Timestamp)> {
        if !self.looks.is_empty() {
            return Vec::new();
        }
        self.timers.iter().map(|(at, slot)| (*slot, *at)).collect()
    }

    /// Says whether anything waits for a time or a person. What still does when the run is taken
    /// back waits no more.
    pub(crate) fn is_parked(&self) -> bool {
        self.stage == Stage::Steps
            && self.slots().any(|(_, state)| matches!(state.phase, Phase::Parked(_)))
    }
}
