//! Events in words, for the story of a history.

use cutover_engine::event::Event;

/// Returns an event in words: `started create 1`.
pub(crate) fn event(event: &Event) -> String {
    let kind = event.kind();
    match event {
        Event::Started(started) => format!("{kind} {} {}", started.step, started.attempt),
        Event::Succeeded { step, attempt, .. } | Event::Found { step, attempt, .. } => {
            format!("{kind} {step} {attempt}")
        }
        Event::Failed { step, attempt, error } | Event::Lost { step, attempt, error } => {
            format!("{kind} {step} {attempt}: {}", error.message)
        }
        Event::Abandoned { step, attempt, .. } | Event::Swept { step, attempt, .. } => {
            format!("{kind} {step} {attempt}")
        }
        Event::RetryAt { step, attempt, reason, .. } => {
            format!("{kind} {step} {attempt}: {reason}")
        }
        Event::Settling { step, attempt, reason, .. } => {
            format!("{kind} {step} {attempt}: {reason}")
        }
        Event::Skipped { step, reason } => format!("{kind} {step}: {reason}"),
        Event::Parked { step, ask, .. } => format!("{kind} {step}: {ask:?}"),
        Event::Stored { step, secret, .. } => format!("{kind} {step}: {secret}"),
        Event::UndoStarted { step, attempt, .. } => format!("{kind} {step} {attempt}"),
        Event::UndoFailed { step, error } => format!("{kind} {step}: {}", error.message),
        Event::Decided { step, decision, .. } => format!("{kind} {step}: {decision:?}"),
        Event::Reopened { steps, reason } => format!("{kind} {}: {reason}", steps.join(", ")),
        Event::Expanded { step, .. } | Event::Undone { step, .. } => format!("{kind} {step}"),
        Event::Promoted { to, debts, .. } => {
            let debts: Vec<&str> = debts.iter().map(|debt| debt.target.as_str()).collect();
            format!("{kind} {}, owes {}", to.id, debts.join(", "))
        }
        Event::DebtChanged { debt, state, reason, .. } => {
            format!("{kind} {debt}: {state:?} {reason}")
        }
        Event::Ended { status, error, .. } => {
            let why = error.as_ref().map(|error| format!(": {}", error.message));
            format!("{kind} {status:?}{}", why.unwrap_or_default())
        }
        Event::Claimed(_) | Event::Captured { .. } | Event::Resumed { .. } | Event::Stopped => {
            kind.to_owned()
        }
    }
}
