//! What goes on after a run is over: its debts are paid, what it abandoned is swept. Nothing of it
//! lets a step begin: the run stays over.

use crate::event::{DebtState, Event, Failure, Started};
use crate::run::Run;
use crate::run::apply::Applied;
use crate::run::slot::{Over, Phase, Slot};
use crate::spec::Role;
use crate::time::Timestamp;
use crate::value::Map;

impl Run {
    /// Applies an event of a run that is over.
    pub(super) fn afterwards(&mut self, event: &Event, at: Timestamp) -> Applied {
        match event {
            Event::Started(started) => self.paying_try(started, at),
            Event::Succeeded { step, attempt, outputs, .. } => {
                self.paid_try(step, *attempt, outputs, Over::Succeeded, at)
            }
            Event::Found { step, attempt, outputs, .. } => {
                self.paid_try(step, *attempt, outputs, Over::Found, at)
            }
            Event::Failed { step, attempt, error } => {
                self.unpaid_try(step, *attempt, error, Over::Owed, at)
            }
            Event::Lost { step, attempt, error } => {
                self.unpaid_try(step, *attempt, error, Over::Lost, at)
            }
            Event::DebtChanged { debt, state, due, reason } => {
                self.debt_changed(debt, *state, *due, reason, at)
            }
            Event::Settling { step, attempt, .. }
            | Event::Abandoned { step, attempt, .. }
            | Event::UndoStarted { step, attempt, .. }
            | Event::Swept { step, attempt, .. } => self.known_try(step, *attempt),
            Event::Resumed { .. } if self.may_go_on() => {
                self.resumed(at);
                Ok(())
            }
            Event::UndoFailed { step, .. } => self.slot(step).map(|_| ()),
            Event::Resumed { .. }
            | Event::Claimed(_)
            | Event::Captured { .. }
            | Event::Expanded { .. }
            | Event::RetryAt { .. }
            | Event::Skipped { .. }
            | Event::Stored { .. }
            | Event::Parked { .. }
            | Event::Decided { .. }
            | Event::Reopened { .. }
            | Event::Undone { .. }
            | Event::Promoted { .. }
            | Event::Stopped
            | Event::Ended { .. } => Err("something happens after the end".to_owned()),
        }
    }

    fn paying_slot(&self, step: &str) -> Result<Slot, String> {
        let slot = self.tried_slot(step)?;
        let paying = self.debt_of(slot.node).is_some_and(|debt| debt.state == DebtState::Paying);
        if paying { Ok(slot) } else { Err("something happens after the end".to_owned()) }
    }

    fn paying_try(&mut self, started: &Started, at: Timestamp) -> Applied {
        let slot = self.paying_slot(&started.step)?;
        let state = self.state_mut(slot);
        if started.attempt <= state.attempts {
            return Err(format!("`{}` cannot begin try {} now", started.step, started.attempt));
        }
        state.begin(started, at, true);
        Ok(())
    }

    fn open_try(&self, step: &str, attempt: u32) -> Result<Slot, String> {
        let slot = self.paying_slot(step)?;
        let state = &self.states[slot.node as usize];
        let open = matches!(state.phase, Phase::Running | Phase::Over(Over::Lost));
        if open && state.attempts == attempt {
            return Ok(slot);
        }
        Err(format!("`{step}` has no try {attempt} to end"))
    }

    fn paid_try(
        &mut self,
        step: &str,
        attempt: u32,
        outputs: &Map,
        over: Over,
        at: Timestamp,
    ) -> Applied {
        let before_us = attempt == 0 && over == Over::Found;
        let slot = if before_us { self.paying_slot(step) } else { self.open_try(step, attempt) }?;
        let state = self.state_mut(slot);
        state.outputs.clone_from(outputs);
        state.error = None;
        state.end(over, at);
        Ok(())
    }

    fn unpaid_try(
        &mut self,
        step: &str,
        attempt: u32,
        error: &Failure,
        over: Over,
        at: Timestamp,
    ) -> Applied {
        let slot = self.open_try(step, attempt)?;
        let state = self.state_mut(slot);
        state.error = Some(Box::new(error.clone()));
        state.end(over, at);
        Ok(())
    }

    /// A debt of a run that is over only changes how its revoke is shown.
    pub(super) fn debt_after_end(&mut self, slot: Slot, state: DebtState, at: Timestamp) {
        let step = &mut self.states[slot.node as usize];
        let lost = step.phase == Phase::Over(Over::Lost);
        let over = match state {
            DebtState::Paying => return,
            // What became of its last try is still to be found out.
            DebtState::Held | DebtState::Owed if lost => return,
            DebtState::Held | DebtState::Owed => Over::Owed,
            DebtState::Paid if step.is_done() => return,
            DebtState::Paid => Over::Succeeded,
            DebtState::Cancelled | DebtState::Forgiven => Over::Skipped,
        };
        step.end(over, at);
    }

    /// What an abandoned try left is looked for after the end, and a lost revoke settled.
    fn known_try(&self, step: &str, attempt: u32) -> Applied {
        let slot = self.tried_slot(step)?;
        let makes = self.shape(slot.node).role == Role::Create;
        let begun = self.state(slot).is_some_and(|state| attempt <= state.attempts);
        if attempt > 0 && begun && (makes || self.debt_of(slot.node).is_some()) {
            return Ok(());
        }
        Err(format!("`{step}` has no try {attempt} that could be taken back now"))
    }
}
