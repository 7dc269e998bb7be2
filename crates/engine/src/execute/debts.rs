//! Debts of a run that is over: paid, or forgiven by a person.

use crate::event::{Debt, DebtState, Entry, Event};
use crate::execute::closed::{Beside, Closed};
use crate::execute::door::Door;
use crate::execute::fresh::MISSING;
use crate::execute::prove::HELD;
use crate::execute::{Drive, ExecuteError};
use crate::host::Host;
use crate::plan::Plan;
use crate::run::{Outcome, Slot};
use crate::step::StepError;

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
        let run = current.and_then(|current| current.proved_by());
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

    pub(crate) async fn paid(&mut self, debt: &Debt) -> Result<(), ExecuteError> {
        let (debt, state) = (debt.id.clone(), DebtState::Paid);
        self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        self.flush().await
    }

    pub(crate) async fn leave_by(
        &mut self,
        debt: &Debt,
        error: &StepError,
    ) -> Result<(), ExecuteError> {
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

    pub(crate) fn slot(&self, debt: &Debt) -> Option<Slot> {
        self.run.graph().slot(&debt.step)
    }
}
