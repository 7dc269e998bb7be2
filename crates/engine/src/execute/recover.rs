//! The table of recovery: what becomes of a write without an answer, one row each.

use std::collections::HashMap;

use crate::event::{DebtState, Event, Failure};
use crate::execute::driver::Driver;
use crate::execute::look::{Found, Looked, Why, is_whole};
use crate::execute::settle::failure;
use crate::host::Host;
use crate::planted::Bug;
use crate::run::slot::{State, Tried};
use crate::run::{SPENT, Slot};
use crate::spec::Repeat;
use crate::step::StepError;
use crate::time::{Duration, Timestamp};
use crate::value::{Map, Value};

/// How often a `read` that fails is asked again before a person is.
const MAX_LOOKS: u32 = 6;
/// How long is waited after the first `read` that failed; each time twice as long.
const LOOK_DELAY: Duration = Duration::seconds(2);

/// The rows of the table.
pub(crate) enum Row {
    /// It is there, whole: that is the result.
    Adopt(Box<Found>),
    /// It is there, and a secret of it can't be read: it is taken back.
    Orphan(Map),
    /// It is there, a secret of it can't be read, and the next try ends it.
    Supersede,
    /// Nothing is there, and it may still land.
    Wait(Timestamp),
    /// Nothing is there, and it can't land any more.
    Gone,
    /// Nobody can look, and it may be sent again.
    Again,
    /// Nobody can look, and it may not be sent again.
    Park,
}

impl Driver<'_> {
    /// Looks for what a lost write may have done; what nobody can look for is decided at once.
    pub(crate) fn look_for(&mut self, slot: Slot) -> bool {
        if self.is_looking(slot) {
            return false;
        }
        let Some((attempt, tried)) = self.last_try(slot) else { return false };
        if self.node(slot).step.spec().has_read {
            self.queue_look(slot, attempt, tried.params, Why::Lost);
            return true;
        }
        match self.node(slot).repeat {
            Repeat::Safe => self.carry_out_row(slot, attempt, Row::Again),
            Repeat::Never => self.carry_out_row(slot, attempt, Row::Park),
        }
        true
    }

    pub(crate) fn last_try(&self, slot: Slot) -> Option<(u32, Tried)> {
        let state = self.run.state(slot)?;
        Some((state.attempts, state.tried.as_deref()?.clone()))
    }

    /// Notes what a look has found.
    pub(crate) fn looked(&mut self, looked: Looked) {
        let Looked { slot, attempt, asked_at, why, found } = looked;
        self.looking.remove(&slot);
        if let Ok(Some(Found { revived: Some(revived), .. })) = &found {
            self.run.revive(&HashMap::from([revived.clone()]));
        }
        match (why, found) {
            (Why::Lost, Ok(found)) => {
                self.failed_looks.remove(&slot);
                let row = self.row(slot, asked_at, found);
                self.carry_out_row(slot, attempt, row);
            }
            (Why::Lost, Err(error)) => self.cannot_look(slot, attempt, &error),
            (Why::Doubted(error), Ok(Some(found))) => {
                self.lose(slot, attempt, &error);
                let row = self.row(slot, asked_at, Some(found));
                self.carry_out_row(slot, attempt, row);
            }
            (Why::Doubted(error), Ok(None) | Err(_)) => self.failed(slot, attempt, &error),
            (Why::Before { attempt: next, params }, found) => {
                self.looked_before(slot, attempt, next, params, found);
            }
            (Why::First { attempt, params }, told) => {
                self.told_before(slot, attempt, params, told.map(|_| ()));
            }
        }
    }

    pub(crate) fn row(&self, slot: Slot, asked_at: Timestamp, found: Option<Found>) -> Row {
        match found {
            Some(found) if found.unsure => match self.settles_at(slot) {
                Some(until) if asked_at < until => Row::Wait(until),
                Some(_) | None => Row::Orphan(found.outputs),
            },
            Some(found) if is_whole(self.node(slot), &found.outputs) => Row::Adopt(Box::new(found)),
            Some(_) if self.node(slot).step.spec().in_place => Row::Supersede,
            Some(found) if !self.run.was_in_use(id_of(&found.outputs)) => {
                Row::Orphan(found.outputs)
            }
            // What was in use before the run is not what the try has made.
            Some(_) | None => match self.settles_at(slot) {
                Some(until) if asked_at < until => Row::Wait(until),
                Some(_) | None => Row::Gone,
            },
        }
    }

    /// Returns until when a lost write may still land; none where it can't any more.
    fn settles_at(&self, slot: Slot) -> Option<Timestamp> {
        let spec = self.node(slot).step.spec();
        if spec.lands_at_once || self.drive.planted.is(Bug::NoSettleWait) {
            return None;
        }
        let tried = self.run.state(slot)?.tried.as_ref()?;
        Some(tried.deadline + spec.settle)
    }

    pub(crate) fn carry_out_row(&mut self, slot: Slot, attempt: u32, row: Row) {
        match row {
            Row::Adopt(found) => self.adopt(slot, attempt, *found),
            Row::Orphan(outputs) => self.end_orphan(slot, attempt, outputs),
            Row::Supersede => self.supersede(slot, attempt),
            Row::Wait(until) => self.wait_for_it(slot, attempt, until),
            Row::Gone => self.be_gone(slot, attempt),
            Row::Again => self.send_again(slot, attempt),
            Row::Park => self.ask_a_person(slot),
        }
    }

    /// Row 1: what is there is the result.
    pub(crate) fn adopt(&mut self, slot: Slot, attempt: u32, found: Found) {
        let step = self.run.graph().path(slot);
        let checks = self.checks(slot, &found.outputs);
        self.note(Event::Found { step, attempt, outputs: found.outputs, checks });
        if let Some(stored) = found.stored {
            self.note(stored);
        }
        self.pay_found(slot);
    }

    /// Row 2 where the next try itself ends what this one has made: it is given up at once. Where no
    /// try comes any more it stays, and is told.
    fn supersede(&mut self, slot: Slot, attempt: u32) {
        if self.may_try_again(slot) {
            return self.be_gone(slot, attempt);
        }
        let error = StepError::new("it was made, and nobody has its secret");
        self.be_spent(slot, attempt, &error);
    }

    /// Row 3: it is looked for again when it can't land any more. Until then nothing else is
    /// written to its place, and nothing that it carries is revoked.
    fn wait_for_it(&mut self, slot: Slot, attempt: u32, until: Timestamp) {
        let step = self.run.graph().path(slot);
        let reason = "nothing is there yet, and it may still land".to_owned();
        self.note(Event::Settling { step, attempt, until, reason });
    }

    /// Row 4: the next try may begin.
    pub(crate) fn be_gone(&mut self, slot: Slot, attempt: u32) {
        let step = self.run.graph().path(slot);
        let state = self.run.state(slot);
        let marker = state.and_then(|state| state.marker()).unwrap_or_default().to_owned();
        let why = state.and_then(|state| state.error.as_ref()).map(|error| error.message.clone());
        self.note(Event::Abandoned { step, attempt, marker });
        self.sure.insert(slot);
        self.owed_if_over(slot, why.unwrap_or_default());
    }

    /// Row 5: it is sent again, as often as its `retry` lets it, and not for a run that has failed.
    fn send_again(&mut self, slot: Slot, attempt: u32) {
        let Some(state) = self.run.state(slot) else { return };
        let error = state.error.as_deref().cloned().unwrap_or_default();
        let error = StepError::new(error.message).help(error.help);
        if self.may_try_again(slot) {
            return self.try_again(slot, attempt, &error);
        }
        match self.settles_at(slot) {
            Some(until) if self.door.now() < until => self.wait_for_it(slot, attempt, until),
            Some(_) | None => self.be_spent(slot, attempt, &error),
        }
    }

    fn may_try_again(&self, slot: Slot) -> bool {
        let most = self.run.shape(slot.node).retry.max_attempts;
        let spent = self.run.state(slot).map_or(most, State::spent);
        spent < most && self.run.failure().is_none()
    }

    /// No try comes any more, and nothing looks for the last one.
    fn be_spent(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let step = self.run.graph().path(slot);
        let error = Failure { code: SPENT.to_owned(), ..failure(&step, error) };
        let reason = error.message.clone();
        self.note(Event::Lost { step, attempt, error });
        self.owed_if_over(slot, reason);
    }

    /// Row 6: nobody but a person can tell.
    fn ask_a_person(&mut self, slot: Slot) {
        let step = self.run.graph().path(slot);
        let ask = format!(
            "`{step}` got no answer, and nothing can look whether it was done: look yourself, then \
             `--redo {step}` where it was not, or `--skip {step}` where it was"
        );
        self.park(slot, ask);
    }

    /// A `read` that fails is asked again, less and less often; then a person is.
    fn cannot_look(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let count = self.failed_looks.entry(slot).or_default();
        *count += 1;
        let count = *count;
        if count >= MAX_LOOKS {
            let step = self.run.graph().path(slot);
            let ask = format!(
                "`{step}` got no answer, and it can't be looked for: {}; go on when that is mended",
                error.message
            );
            return self.park(slot, ask);
        }
        let wait = Duration(LOOK_DELAY.0 << (count - 1)).max(error.retry_after.unwrap_or_default());
        let step = self.run.graph().path(slot);
        let reason = format!("it can't be looked for yet: {}", error.message);
        self.note(Event::Settling { step, attempt, until: self.door.now() + wait, reason });
    }

    /// A revoke that is owed waits for no one: its debt outlives the run.
    fn park(&mut self, slot: Slot, ask: String) {
        match self.run.debt_of(slot.node) {
            Some(_) => self.still_owed(slot, ask),
            None => {
                let step = self.run.graph().path(slot);
                self.note(Event::Parked { step, until: None, ask: Some(ask) });
                self.journal.urge();
            }
        }
    }

    fn pay_found(&mut self, slot: Slot) {
        if let Some(debt) = self.run.debt_of(slot.node) {
            let (debt, state) = (debt.id.clone(), DebtState::Paid);
            self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        }
    }
}

fn id_of(outputs: &Map) -> Option<&str> {
    outputs.get("id").and_then(Value::as_text)
}
