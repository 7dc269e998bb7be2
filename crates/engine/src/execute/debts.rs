//! Debts of a run that is over: paid, or forgiven by a person.

use crate::ctx::{Ctx, Mode, Scope};
use crate::event::{Debt, DebtState, Entry, Event, Failure, Started};
use crate::execute::attempt::{End, attempt};
use crate::execute::claim::marker;
use crate::execute::closed::{Beside, Closed};
use crate::execute::door::Door;
use crate::execute::fresh::{Fresh, MISSING};
use crate::execute::prove::HELD;
use crate::execute::{Drive, ExecuteError};
use crate::host::Host;
use crate::plan::Plan;
use crate::planted::Bug;
use crate::run::slot::{Over, Phase};
use crate::run::{Outcome, Slot, retry};
use crate::spec::{Repeat, Role};
use crate::step::{Fate, StepError};
use crate::value::{Map, Value};

/// How often a revoke is sent again at once whose answer was lost.
const LOST_TRIES: u32 = 3;

/// Which debts are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'a> {
    /// These, by their ids; none for all of the run that are due.
    pub debts: Option<&'a [String]>,
    /// Also what is not due yet: a person asks for it. What proves comes first all the same.
    pub early: bool,
}

/// Pays debts of a run that is over: under the lock of its credential; each place that can be read
/// holds what is current; the proofs once more; then the revoke. What cannot be paid stays, with
/// its reason, in the debts of the outcome. `history` must be all that is recorded of the run.
///
/// # Errors
/// [`HostError::Taken`](crate::host::HostError::Taken) while a run of the credential is
/// unfinished, this one included; where the edge fails; exit 2 for a debt that this run does not
/// owe.
pub async fn pay(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
    beside: &Beside<'_>,
    order: &Order<'_>,
) -> Result<Outcome, ExecuteError> {
    let door = Door::new(host, drive.stop);
    let mut closed = Closed::open(plan, history, &door, drive, beside).await?;
    let paid = closed.pay(order).await;
    host.release(drive.run);
    paid.map(|()| closed.run.outcome())
}

/// Lets a debt go: a person says that it need not be paid. `note` is why, in their words.
///
/// # Errors
/// As [`pay`]; but a run that waits for a resume may have its debts forgiven.
pub async fn forgive(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
    debt: &str,
    note: &str,
) -> Result<Outcome, ExecuteError> {
    let door = Door::new(host, drive.stop);
    let beside = Beside::nothing();
    let mut closed = Closed::open(plan, history, &door, drive, &beside).await?;
    let forgiven = closed.forgive(debt, note).await;
    host.release(drive.run);
    forgiven.map(|()| closed.run.outcome())
}

/// What becomes of a debt that is looked at.
enum Verdict {
    Pay,
    NotYet,
    Hold(String),
}

impl Closed<'_> {
    async fn forgive(&mut self, id: &str, note: &str) -> Result<(), ExecuteError> {
        let debt = self.debt(id)?.id;
        let reason = note.to_owned();
        self.note(Event::DebtChanged { debt, state: DebtState::Forgiven, due: None, reason });
        self.flush().await
    }

    async fn pay(&mut self, order: &Order<'_>) -> Result<(), ExecuteError> {
        self.refuse_unfinished()?;
        let debts = match order.debts {
            Some(ids) => ids.iter().map(|id| self.debt(id)).collect::<Result<_, _>>()?,
            None => self.run.debts().to_vec(),
        };
        for debt in debts.iter().filter(|debt| !debt.is_settled()) {
            if self.drive.stop.requested() {
                break;
            }
            match self.verdict(debt, order) {
                Verdict::Pay => self.pay_one(debt, order).await?,
                Verdict::NotYet => {}
                Verdict::Hold(reason) => self.leave(debt, DebtState::Held, &reason).await?,
            }
        }
        Ok(())
    }

    /// Returns a debt that a person names, and that is open.
    fn debt(&self, id: &str) -> Result<Debt, ExecuteError> {
        let refused = |message: String| ExecuteError::Refused {
            message,
            help: "all that are open: cutover debts".to_owned(),
            exit: 2,
        };
        let debt = self.run.debts().iter().find(|debt| debt.id == id);
        match debt {
            None => Err(refused(format!("run {} owes no `{id}`", self.drive.run))),
            Some(debt) if debt.is_settled() => {
                Err(refused(format!("`{id}` is {} already", debt.state.as_str())))
            }
            Some(debt) => Ok(debt.clone()),
        }
    }

    fn verdict(&self, debt: &Debt, order: &Order<'_>) -> Verdict {
        let current = self.claim.current.as_ref();
        if current.is_some_and(|current| current.id == debt.target) {
            return Verdict::Hold(format!("{} is in use again", debt.target));
        }
        let run = current.and_then(|current| current.run.as_deref());
        let promoted = run.zip(self.claim.promoted_at);
        let Some(due) = debt.falls_due(self.status, promoted) else {
            let why = "its run was given up: it waits for the next promotion of the credential";
            return Verdict::Hold(why.to_owned());
        };
        let now = self.door.now();
        // Put back and replaced once more, it is owed by two: the later one's time counts.
        let later = |other: &Debt| {
            other.id != debt.id
                && other.target == debt.target
                && other.due.is_none_or(|due| due > now)
        };
        if !order.early && (due > now || self.claim.debts.iter().any(later)) {
            return Verdict::NotYet;
        }
        Verdict::Pay
    }

    async fn pay_one(&mut self, debt: &Debt, order: &Order<'_>) -> Result<(), ExecuteError> {
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
        let tried = self.run.state(slot).and_then(|state| state.tried.as_ref());
        let lands = tried.map(|tried| tried.deadline + node.step.spec().settle);
        if lost && node.repeat == Repeat::Never && lands.is_some_and(|at| at > self.door.now()) {
            return Err(StepError::new("its revoke got no answer, and may still be done"));
        }
        Ok(false)
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

    async fn paid(&mut self, debt: &Debt) -> Result<(), ExecuteError> {
        let (debt, state) = (debt.id.clone(), DebtState::Paid);
        self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        self.flush().await
    }

    async fn leave_by(&mut self, debt: &Debt, error: &StepError) -> Result<(), ExecuteError> {
        let state = if error.code == HELD { DebtState::Held } else { DebtState::Owed };
        let reason = match error.code.as_str() {
            MISSING | HELD => error.message.clone(),
            _ => format!("not paid: {}", error.message),
        };
        self.leave(debt, state, &reason).await
    }

    /// Notes how a debt stands, where that is new.
    async fn leave(
        &mut self,
        debt: &Debt,
        state: DebtState,
        reason: &str,
    ) -> Result<(), ExecuteError> {
        let known = self.run.debts().iter().find(|known| known.id == debt.id);
        if known.is_some_and(|known| known.state == state && known.reason == reason) {
            return Ok(());
        }
        let (debt, reason) = (debt.id.clone(), reason.to_owned());
        self.note(Event::DebtChanged { debt, state, due: None, reason });
        self.flush().await
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

    fn slot(&self, debt: &Debt) -> Option<Slot> {
        self.run.graph().slot(&debt.step)
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
