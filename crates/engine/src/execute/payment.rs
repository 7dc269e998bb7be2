//! The payment of one debt: proved, announced, revoked, and looked at where no answer came.

use crate::ctx::{Ctx, Mode, Scope};
use crate::event::{Debt, DebtState, Event, Failure, Started};
use crate::execute::attempt::{End, attempt};
use crate::execute::claim::marker;
use crate::execute::closed::Closed;
use crate::execute::debts::Order;
use crate::execute::fresh::Fresh;
use crate::execute::prove::HELD;
use crate::execute::{ExecuteError, Patience};
use crate::host::Host;
use crate::planted::Bug;
use crate::run::slot::{Over, Phase};
use crate::run::{Slot, retry};
use crate::spec::{Repeat, Role};
use crate::step::{Fate, StepError};
use crate::time::Duration;
use crate::value::{Map, Value};

/// How often a revoke is sent again at once whose answer was lost.
const LOST_TRIES: u32 = 3;

/// Whether a revoke without an answer may still be done.
#[derive(PartialEq, Eq)]
enum Lands {
    /// It may not.
    NoMore,
    /// It may not any more: that was waited for.
    Waited,
}

impl Closed<'_> {
    /// Pays a debt, or notes why that is not possible now.
    pub(crate) async fn pay_one(
        &mut self,
        debt: &Debt,
        order: &Order<'_>,
    ) -> Result<(), ExecuteError> {
        let Some(slot) = self.slot(debt) else { return Ok(()) };
        self.lose_what_was_cut_off(debt, slot).await?;
        let most = self.node(slot).retry.max_attempts;
        let (mut tries, mut lost) = (0, 0);
        loop {
            let with = match self.ready(debt, slot, order).await {
                Ok(Some(with)) => with,
                Ok(None) => return self.paid(debt).await,
                Err(error) => {
                    self.edge()?;
                    return self.leave_by(debt, &error).await;
                }
            };
            let error = match self.revoke(debt, slot, with).await? {
                Ok(()) => return self.paid(debt).await,
                Err(error) => error,
            };
            let again = if error.fate == Fate::Lost {
                lost += 1;
                lost < LOST_TRIES
            } else {
                tries += 1;
                error.retryable && tries < most
            };
            if !again || self.drive.stop.requested() {
                return self.leave_by(debt, &error).await;
            }
            self.pause(slot, tries + lost, &error).await;
        }
    }

    /// Notes a try that a process began and did not end: nobody knows what it did.
    async fn lose_what_was_cut_off(&mut self, debt: &Debt, slot: Slot) -> Result<(), ExecuteError> {
        let state = self.run.state(slot).filter(|state| state.phase == Phase::Running);
        let Some(attempt) = state.map(|state| state.attempts) else { return Ok(()) };
        let step = debt.step.clone();
        let error = Failure {
            step: step.clone(),
            message: "the process ended before an answer came".to_owned(),
            code: "interrupted".to_owned(),
            help: String::new(),
        };
        self.note(Event::Lost { step, attempt, error });
        self.flush().await
    }

    /// Proves that a debt may be paid, and returns the parameters of its revoke; none where the
    /// target is found to be gone.
    async fn ready(
        &mut self,
        debt: &Debt,
        slot: Slot,
        order: &Order<'_>,
    ) -> Result<Option<Map>, StepError> {
        let fresh = match self.drive.planted.is(Bug::NoProofs) {
            true => Fresh::new(self.plan.inputs(), self.beside.missing),
            false => self.proving(debt, slot)?.hold(self.door).await?,
        };
        let with = self.rendered(debt, fresh.fill(&debt.with, self.door.secrets())?);
        let node = self.node(slot);
        let state = self.run.state(slot);
        let lost = state.is_some_and(|state| state.phase == Phase::Over(Over::Lost));
        if node.step.spec().has_read {
            if self.is_gone(slot, &with, lost).await? {
                return Ok(None);
            }
            if !lost || self.lands(slot).await? == Lands::NoMore {
                return Ok(Some(with));
            }
            return if self.is_gone(slot, &with, lost).await? { Ok(None) } else { Ok(Some(with)) };
        }
        if lost && node.repeat == Repeat::Never && order.debts.is_none() {
            let message = "its revoke got no answer, and nothing tells whether it was done: look, \
                           then pay it by its id, or forgive it";
            return Err(StepError::new(message).code(HELD));
        }
        Ok(Some(with))
    }

    /// Asks the revoke's own `read` whether it is done.
    async fn is_gone(&mut self, slot: Slot, with: &Map, lost: bool) -> Result<bool, StepError> {
        let node = self.node(slot);
        let step = self.run.graph().path(slot);
        let (attempt, marker) = self
            .run
            .state(slot)
            .map_or((0, None), |state| (state.attempts, state.marker().map(str::to_owned)));
        let scope = self.scope(&step, attempt.max(1), self.door.now() + node.timeout);
        let scope = Scope { marker: marker.unwrap_or_default(), ..scope };
        let found = node.step.read(with, &Ctx::new(self.door, scope)).await?;
        if let Some(outputs) = found {
            let attempt = if lost { attempt } else { 0 };
            self.begin(slot);
            self.note(Event::Found { step, attempt, outputs, checks: indexmap::IndexMap::new() });
            return Ok(true);
        }
        Ok(false)
    }

    /// Waits until a revoke without an answer cannot land any more. What is revoked by its id may
    /// land twice; by a name it may not: the name may be somebody else's by then.
    async fn lands(&self, slot: Slot) -> Result<Lands, StepError> {
        let spec = self.node(slot).step.spec();
        let settles = spec.settle > Duration::default() && !spec.lands_at_once;
        let tried = self.run.state(slot).and_then(|state| state.tried.as_ref());
        let at = tried.map(|tried| tried.deadline + spec.settle);
        let Some(at) = at.filter(|at| settles && *at > self.door.now()) else {
            return Ok(Lands::NoMore);
        };
        if self.drive.patience == Patience::Return {
            return Err(StepError::new("its revoke got no answer, and may still be done"));
        }
        let step = self.run.graph().path(slot);
        Ctx::new(self.door, self.scope(&step, 1, at)).sleep(at).await?;
        Ok(Lands::Waited)
    }

    /// Sends the revoke: announced, recorded, done, recorded.
    async fn revoke(
        &mut self,
        debt: &Debt,
        slot: Slot,
        with: Map,
    ) -> Result<Result<(), StepError>, ExecuteError> {
        let node = self.node(slot);
        let step = debt.step.clone();
        let attempt_no = self.run.state(slot).map_or(1, |state| state.attempts + 1);
        let deadline = self.door.now() + node.timeout;
        let mark = marker(self.plan, self.drive.run, self.door);
        self.begin(slot);
        self.note(Event::Started(Box::new(Started {
            step: step.clone(),
            attempt: attempt_no,
            uses: debt.uses.clone(),
            role: Role::Revoke,
            params: with.clone(),
            deadline,
            marker: Some(mark.clone()),
            writes: true,
            checks: indexmap::IndexMap::new(),
        })));
        self.flush().await?;
        let scope = self.scope(&step, attempt_no, deadline);
        let scope = Scope { mode: Mode::Run, may_write: true, marker: mark, ..scope };
        let End { result, fate, unwritten, .. } = attempt(self.door, node, with, scope, "").await;
        self.edge()?;
        Ok(match result {
            Ok(outputs) => {
                let checks = indexmap::IndexMap::new();
                let attempt = attempt_no;
                self.note(Event::Succeeded { step, attempt, outputs, checks, unwritten });
                Ok(())
            }
            Err(error) => {
                let attempt = attempt_no;
                let failure = failure(&step, &error);
                self.note(match fate {
                    Fate::Lost => Event::Lost { step, attempt, error: failure },
                    Fate::NotDone | Fate::Previewed => {
                        Event::Failed { step, attempt, error: failure }
                    }
                });
                self.flush().await?;
                Err(StepError { fate, ..error })
            }
        })
    }

    fn begin(&mut self, slot: Slot) {
        let debt = self.run.debt_of(slot.node).filter(|debt| debt.state != DebtState::Paying);
        if let Some(debt) = debt.map(|debt| debt.id.clone()) {
            let state = DebtState::Paying;
            self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        }
    }

    async fn pause(&self, slot: Slot, tries: u32, error: &StepError) {
        let node = self.node(slot);
        let step = self.run.graph().path(slot);
        let wait = retry::wait(&node.retry, self.drive.run, &step, tries, error.retry_after);
        let until = self.door.now() + wait;
        let ctx = Ctx::new(self.door, self.scope(&step, tries, until));
        // Cut short or not: either way it is looked at again.
        drop(ctx.sleep(until).await);
    }

    /// Returns the frozen parameters, unless a test plants that they are rendered now.
    fn rendered(&self, debt: &Debt, mut with: Map) -> Map {
        if self.drive.planted.is(Bug::DebtRendersLate) {
            let newest = self.claim.debts.iter().max_by_key(|debt| debt.due);
            let node = self.slot(debt).map(|slot| self.node(slot));
            let param = node.and_then(|node| node.step.spec().revokes.clone());
            if let (Some(param), Some(newest)) = (param, newest) {
                with.insert(param, Value::from(newest.target.as_str()));
            }
        }
        with
    }
}

fn failure(step: &str, error: &StepError) -> Failure {
    Failure {
        step: step.to_owned(),
        message: error.message.clone(),
        code: error.code.clone(),
        help: error.help.clone(),
    }
}
