//! What became of debts that were to be paid, a line each: what was done, or what is missing and
//! what to type.

use cutover_engine::event::{Debt, DebtState};
use cutover_engine::time::Timestamp;
use serde_json::Value as Json;

use super::json::debt as debt_json;
use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::tame;
use crate::typed::Typed;
use crate::workplace::Stopped;

/// What became of one debt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    /// The debt as it stands now.
    pub(crate) debt: Debt,
    /// Why nothing was tried.
    pub(crate) stopped: Option<Stopped>,
}

/// What `needs env NAME` begins with.
const NEEDS_ENV: &str = "needs env ";

/// Returns how the command ends for one.
pub(crate) fn exit(attempt: &Attempt) -> Exit {
    match (&attempt.stopped, attempt.debt.state) {
        (Some(stopped), _) => stopped.problem.exit,
        (None, DebtState::Paid | DebtState::Cancelled | DebtState::Forgiven) => Exit::Done,
        (None, DebtState::Held | DebtState::Owed | DebtState::Paying) => Exit::Failed,
    }
}

/// Returns the line of one.
pub(crate) fn line(attempt: &Attempt, now: Timestamp, typed: &Typed) -> String {
    let id = Paint::Strong.on(&attempt.debt.id);
    format!("{}  {id}  {}\n", word(attempt), rest(attempt, now, typed))
}

/// Returns what the line of one says behind its id.
pub(crate) fn rest(attempt: &Attempt, now: Timestamp, typed: &Typed) -> String {
    let debt = &attempt.debt;
    let target = short_id(&debt.target);
    if let Some(stopped) = &attempt.stopped {
        return tame(&stopped.problem.brief());
    }
    match debt.state {
        DebtState::Paid => format!("{target} of {} is revoked", debt.credential),
        DebtState::Cancelled | DebtState::Forgiven => debt.state.as_str().to_owned(),
        DebtState::Held | DebtState::Owed | DebtState::Paying if debt.reason.is_empty() => {
            match debt.due.filter(|due| *due > now) {
                Some(due) => format!("{target} is due {}", time::minute(due)),
                None => format!("{target} stays owed"),
            }
        }
        DebtState::Held | DebtState::Owed | DebtState::Paying => not_paid(debt, typed),
    }
}

/// Returns how one is told in a word.
pub(crate) fn word(attempt: &Attempt) -> String {
    match exit(attempt) {
        Exit::Done => Paint::Good.on("paid    "),
        _ => Paint::Bad.on("not paid"),
    }
}

fn not_paid(debt: &Debt, typed: &Typed) -> String {
    let again = typed.command(&format!("debts pay {}", debt.id));
    let reason = debt.reason.strip_prefix("not paid: ").unwrap_or(&debt.reason);
    let reason = tame(reason);
    match reason.strip_prefix(NEEDS_ENV) {
        Some(name) => format!("needs env {name}; export {name}, then: {again}"),
        None => format!("{reason}; when that is mended: {again}"),
    }
}

/// Says what falls due next.
pub(crate) fn next_one(debt: &Debt, due: Timestamp, typed: &Typed) -> String {
    let early = typed.command(&format!("debts pay {}", debt.id));
    format!(
        "nothing is due; next is {}, on {}\n  Before its time: {early}\n",
        debt.id,
        time::minute(due)
    )
}

/// Returns one as `--output json` has it.
pub(crate) fn json(attempt: &Attempt) -> Json {
    let mut shown = debt_json(&attempt.debt);
    if let Some(stopped) = &attempt.stopped {
        shown["reason"] = stopped.problem.message.clone().into();
    }
    shown
}
