//! What came of a try, turned into events: done, tried again, failed or lost.

use indexmap::IndexMap;

use crate::ctx::{Ctx, GONE, Mode, Scope};
use crate::event::{DebtState, Event, Failure};
use crate::execute::ExecuteError;
use crate::execute::attempt::End;
use crate::execute::driver::{Driver, Landed};
use crate::execute::look::Why;
use crate::execute::render;
use crate::execute::undo::Ended;
use crate::host::Host;
use crate::run::scope::Values;
use crate::run::slot::{Phase, State};
use crate::run::{INTERRUPTED, Slot, retry};
use crate::spec::Role;
use crate::step::{Fate, StepError};
use crate::time::Duration;
use crate::types::Type;
use crate::value::{Map, Value};

/// How long an orphan's revocation may take when its create could not be recorded.
const TAKE_BACK: Duration = Duration::seconds(30);

impl Driver<'_> {
    /// Notes what came of something that was under way.
    pub(crate) fn settle(&mut self, landed: Landed) -> Result<(), ExecuteError> {
        let edge_failed = self.door.edge().is_some();
        match landed {
            // It stays open: what came of it is for a resume to find out.
            Landed::Try { end, .. } if edge_failed && end.result.is_err() => Ok(()),
            Landed::Proved { .. }
            | Landed::Looked(_)
            | Landed::Revived(_)
            | Landed::OrphanEnded { .. }
                if edge_failed =>
            {
                Ok(())
            }
            Landed::Undone { ended: Ended::Failed(_), .. } if edge_failed => Ok(()),
            Landed::Try { slot, attempt, end } => self.settle_try(slot, attempt, *end),
            Landed::Proved { slot, result } => {
                self.proved(slot, result);
                Ok(())
            }
            Landed::Undone { slot, ended } => {
                self.undone(slot, ended);
                Ok(())
            }
            Landed::Revived(revived) => {
                self.revived(*revived);
                Ok(())
            }
            Landed::Looked(looked) => {
                self.looked(*looked);
                Ok(())
            }
            Landed::OrphanEnded { slot, attempt, ended } => {
                self.orphan_ended(slot, attempt, ended);
                Ok(())
            }
        }
    }

    fn settle_try(&mut self, slot: Slot, attempt: u32, end: End) -> Result<(), ExecuteError> {
        match end.result {
            Ok(ref outputs) => {
                if let Some(error) = self.not_until(slot, outputs) {
                    self.failed(slot, attempt, &error);
                    return Ok(());
                }
                self.succeeded(slot, attempt, end)
            }
            Err(StepError { park: Some(park), .. }) if end.unwritten => {
                self.wait_for(slot, attempt, park);
                Ok(())
            }
            Err(error) if end.fate == Fate::Lost => {
                self.lose(slot, attempt, &error);
                Ok(())
            }
            Err(error) => {
                self.fail_or_doubt(slot, attempt, error, end.unwritten);
                Ok(())
            }
        }
    }

    /// A create that failed after its write was sent is looked for once, before that is believed.
    fn fail_or_doubt(&mut self, slot: Slot, attempt: u32, error: StepError, unwritten: bool) {
        let makes = self.run.shape(slot.node).role == Role::Create;
        let tried = self.run.state(slot).and_then(|state| state.tried.as_ref());
        let can_look = self.node(slot).step.spec().has_read;
        match tried.filter(|_| makes && can_look && !unwritten) {
            Some(tried) => {
                let params = tried.params.clone();
                self.queue_look(slot, attempt, params, Why::Doubted(error));
            }
            None => self.failed(slot, attempt, &error),
        }
    }

    fn succeeded(&mut self, slot: Slot, attempt: u32, end: End) -> Result<(), ExecuteError> {
        let outputs = end.result.unwrap_or_default();
        let step = self.run.graph().path(slot);
        let checks = self.checks(slot, &outputs);
        let made = (self.run.shape(slot.node).role == Role::Create).then(|| outputs.clone());
        let unwritten = end.unwritten;
        self.revive_with(slot, &outputs);
        self.note(Event::Succeeded { step, attempt, outputs, checks, unwritten });
        if let Some(stored) = end.stored {
            self.note(stored);
        }
        self.unrecorded = made.map(|outputs| (slot, attempt, outputs));
        if let Some(debt) = self.run.debt_of(slot.node) {
            let (debt, state) = (debt.id.clone(), DebtState::Paid);
            self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        }
        if self.plan.checked().in_use() == Some(slot.node as usize) {
            self.capture()?;
        }
        Ok(())
    }

    /// Returns why a step's `until` does not hold, where it does not.
    fn not_until(&self, slot: Slot, outputs: &Map) -> Option<StepError> {
        let until = self.node(slot).decl.until.as_ref()?;
        let scope = Values { result: Some(outputs), ..Values::of(self.plan, &self.run, slot) };
        match render::holds(until, &scope, self.door.secrets()) {
            Ok(true) => None,
            Ok(false) => Some(StepError::retryable("its `until` does not hold yet").code("until")),
            Err(error) => Some(StepError::new(error.message).code("template")),
        }
    }

    /// Eight bytes of a hash of each long secret that was made: they tell after a crash whether a
    /// place holds our value.
    pub(crate) fn checks(&self, slot: Slot, outputs: &Map) -> IndexMap<String, String> {
        let shape = self.run.shape(slot.node);
        let Some(claimed) = self.run.claimed() else { return IndexMap::new() };
        if shape.role != Role::Create {
            return IndexMap::new();
        }
        let spec = self.node(slot).step.spec();
        let secret = |name: &str| {
            spec.outputs.iter().any(|output| output.name == name && output.ty == Type::Secret)
        };
        let check = |value: &Value| self.door.secrets().check(&claimed.salt, value.as_text()?);
        outputs
            .iter()
            .filter(|(name, _)| secret(name))
            .filter_map(|(name, value)| Some((name.clone(), check(value)?)))
            .collect()
    }

    pub(crate) fn failed(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let shape = self.run.shape(slot.node);
        // After an interrupt there is no other try; a resume may have one.
        let cut = error.retryable && self.drive.stop.requested();
        let unsure = matches!(error.code.as_str(), "template" | "bug" | "withheld" | GONE);
        let again = error.retryable || (shape.verifies && !unsure);
        let step = self.run.graph().path(slot);
        let spent = self.run.state(slot).map_or(attempt, State::spent);
        if cut || (again && spent < shape.retry.max_attempts) {
            self.try_again(slot, attempt, error);
        } else {
            let error = failure(&step, error);
            let reason = error.message.clone();
            self.note(Event::Failed { step, attempt, error });
            self.still_owed(slot, reason);
        }
    }

    /// Notes a write without an answer: the table of recovery says what becomes of it.
    pub(crate) fn lose(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let step = self.run.graph().path(slot);
        let lost = failure(&step, error);
        let reason = lost.message.clone();
        self.note(Event::Lost { step, attempt, error: lost });
        self.owed_if_over(slot, reason);
        let waits =
            self.run.state(slot).is_some_and(|state| matches!(state.phase, Phase::Waiting(_)));
        if waits && error.code != INTERRUPTED {
            self.try_again(slot, attempt, error);
        }
    }

    /// A revoke that is over, and did not succeed, leaves its debt owed.
    pub(crate) fn owed_if_over(&mut self, slot: Slot, reason: String) {
        if self.run.state(slot).is_some_and(State::is_over) {
            self.still_owed(slot, reason);
        }
    }

    pub(crate) fn try_again(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let step = self.run.graph().path(slot);
        let plan = &self.run.shape(slot.node).retry;
        let wait = retry::wait(plan, self.drive.run, &step, attempt, error.retry_after);
        let at = self.door.now() + wait;
        let verifies = self.run.shape(slot.node).verifies;
        let reason = if verifies && error.denied { not_yet(error) } else { error.message.clone() };
        self.note(Event::RetryAt { step, attempt: attempt.saturating_add(1), at, reason });
    }

    /// A revoke that failed leaves its debt owed.
    pub(crate) fn still_owed(&mut self, slot: Slot, reason: String) {
        let Some(debt) = self.run.debt_of(slot.node) else { return };
        let (debt, state) = (debt.id.clone(), DebtState::Owed);
        self.note(Event::DebtChanged { debt, state, due: None, reason });
    }

    /// Revokes at once what was made and cannot be recorded: nobody would ever find it. What
    /// announced the create announces this too.
    pub(crate) async fn take_back(&mut self, slot: Slot, attempt: u32, outputs: &Map) {
        let Some(tried) = self.run.state(slot).and_then(|state| state.tried.as_ref()) else {
            return;
        };
        let deadline = self.door.now() + TAKE_BACK;
        let scope = Scope { mode: Mode::Undo, ..self.scope(slot, attempt, deadline) };
        let node = self.node(slot);
        let ctx = Ctx::new(self.door, scope);
        if let Err(error) = node.step.undo(&tried.params, outputs, &ctx).await {
            let step = &node.decl.id.value;
            tracing::error!(step, %error, "what was made could neither be recorded nor revoked");
        }
    }
}

pub(crate) fn failure(step: &str, error: &StepError) -> Failure {
    Failure {
        step: step.to_owned(),
        message: error.message.clone(),
        code: error.code.clone(),
        help: error.help.clone(),
    }
}

/// A new credential that is refused may only need time: said in as few words as help.
fn not_yet(error: &StepError) -> String {
    let status = ["401", "403"].into_iter().find(|status| error.message.contains(status));
    format!("not yet ({})", status.unwrap_or("the login is refused"))
}
