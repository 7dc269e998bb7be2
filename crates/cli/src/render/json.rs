//! The shapes of `--output json` that more than one command prints.

use cutover_engine::disk::to_json;
use cutover_engine::event::{Debt, DebtState, Failure, Identity, Status};
use cutover_engine::run::{Outcome, StepView};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;
use serde_json::{Value as Json, json};

/// Returns a whole run.
pub(crate) fn outcome(run: &Outcome) -> Json {
    json!({
        "run": run.run,
        "workflow": run.workflow,
        "status": status(run.status),
        "ended": run.ended,
        "interrupted": run.interrupted,
        "steps": run.steps.iter().map(step).collect::<Vec<_>>(),
        "debts": run.debts.iter().map(debt).collect::<Vec<_>>(),
        "outputs": map(&run.outputs),
        "error": run.error.as_ref().map(failure),
        "left": run.left,
    })
}

/// Returns one step of a run.
pub(crate) fn step(step: &StepView) -> Json {
    json!({
        "id": step.id,
        "uses": step.uses,
        "status": step.status.as_str(),
        "attempts": step.attempts,
        "started_at": moment(step.started_at),
        "ended_at": moment(step.ended_at),
        "outputs": map(&step.outputs),
        "error": step.error.as_ref().map(failure),
    })
}

/// Returns a debt.
pub(crate) fn debt(debt: &Debt) -> Json {
    json!({
        "id": debt.id,
        "credential": debt.credential,
        "run": debt.run,
        "step": debt.step,
        "uses": debt.uses,
        "target": debt.target,
        "state": debt_state(debt.state),
        "due": moment(debt.due),
        "reason": debt.reason,
    })
}

/// Returns an identity; null where there is none.
pub(crate) fn identity(identity: Option<&Identity>) -> Json {
    identity.map_or(Json::Null, |identity| {
        json!({
            "id": identity.id,
            "prefix": identity.prefix,
            "created_at": moment(identity.created_at),
            "expires_at": moment(identity.expires_at),
            "run": identity.run,
            "places": identity.places,
        })
    })
}

/// Returns a failure.
pub(crate) fn failure(failure: &Failure) -> Json {
    json!({
        "step": failure.step,
        "message": failure.message,
        "code": failure.code,
        "help": failure.help,
    })
}

/// Returns a map of values.
pub(crate) fn map(map: &Map) -> Json {
    Json::Object(map.iter().map(|(key, value)| (key.clone(), to_json(value))).collect())
}

/// Returns a moment as text; null where there is none.
pub(crate) fn moment(at: Option<Timestamp>) -> Json {
    at.map_or(Json::Null, |at| Json::String(at.to_string()))
}

/// Returns the word for how a run stands.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Undone => "undone",
        Status::Stuck => "stuck",
        Status::Parked => "parked",
        Status::Abandoned => "abandoned",
    }
}

/// Returns the word for how a debt stands.
pub(crate) fn debt_state(state: DebtState) -> &'static str {
    match state {
        DebtState::Held => "held",
        DebtState::Owed => "owed",
        DebtState::Paying => "paying",
        DebtState::Paid => "paid",
        DebtState::Cancelled => "cancelled",
        DebtState::Forgiven => "forgiven",
    }
}
