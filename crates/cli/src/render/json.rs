//! The shapes of `--output json` that more than one command prints.

use cutover_engine::disk::to_json;
use cutover_engine::event::{Debt, DebtState, Failure, Identity, Status};
use cutover_engine::run::{Outcome, Parked, StepView};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;
use serde_json::{Value as Json, json};

/// Returns a whole run.
pub(crate) fn outcome(run: &Outcome) -> Json {
    let steps = json!({ "steps": run.steps.iter().map(step).collect::<Vec<_>>() });
    let parts = [head(run), steps, tail(run)].into_iter();
    let entries = parts.flat_map(|part| match part {
        Json::Object(entries) => entries,
        other => unreachable!("a part is an object: {other}"),
    });
    Json::Object(entries.collect())
}

/// Returns a whole run on one line, in pieces that are no larger than a step: a run may have very
/// many of them.
pub(crate) fn outcome_in_pieces(run: &Outcome) -> impl Iterator<Item = String> {
    let head = head(run).to_string();
    let head = head.strip_suffix('}').expect("it is an object").to_owned() + ",\"steps\":[";
    let tail = tail(run).to_string();
    let tail = format!("],{}\n", tail.strip_prefix('{').expect("it is an object"));
    let steps = run.steps.iter().enumerate().map(|(nth, view)| {
        let comma = if nth == 0 { "" } else { "," };
        format!("{comma}{}", step(view))
    });
    std::iter::once(head).chain(steps).chain(std::iter::once(tail))
}

/// What comes before the steps of a run.
fn head(run: &Outcome) -> Json {
    json!({
        "run": run.run,
        "workflow": run.workflow,
        "status": status(run.status),
        "ended": run.ended,
        "interrupted": run.interrupted,
    })
}

/// What comes after the steps of a run.
fn tail(run: &Outcome) -> Json {
    json!({
        "parked": run.parked.iter().map(parked).collect::<Vec<_>>(),
        "debts": run.debts.iter().map(debt).collect::<Vec<_>>(),
        "outputs": map(&run.outputs),
        "error": run.error.as_ref().map(failure),
        "left": run.left,
    })
}

/// Returns a step that waits.
fn parked(parked: &Parked) -> Json {
    json!({ "step": parked.step, "until": moment(parked.until), "ask": parked.ask })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(steps: usize) -> Outcome {
        let step = |nth: usize| StepView {
            id: format!("each[{nth}]"),
            uses: "assert".to_owned(),
            status: cutover_engine::run::StepStatus::Succeeded,
            attempts: 1,
            started_at: Some(Timestamp(1_700_000_000_000)),
            ended_at: None,
            outputs: [("quoted".to_owned(), "a \"b\", {c}".into())].into_iter().collect(),
            error: None,
            next_try: None,
            marker: None,
        };
        Outcome {
            run: "k3f9".to_owned(),
            workflow: "many".to_owned(),
            status: Status::Succeeded,
            ended: true,
            interrupted: false,
            steps: (0..steps).map(step).collect(),
            debts: Vec::new(),
            outputs: Map::new(),
            error: None,
            undo_error: None,
            left: vec!["a line".to_owned()],
            parked: Vec::new(),
        }
    }

    #[test]
    fn a_run_in_pieces_is_the_run_in_one() {
        for steps in [0, 1, 3] {
            let run = run(steps);
            let pieces: Vec<String> = outcome_in_pieces(&run).collect();
            assert_eq!(pieces.len(), steps + 2);
            assert_eq!(pieces.concat(), format!("{}\n", outcome(&run)));
        }
    }
}
