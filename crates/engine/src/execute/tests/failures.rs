//! A rotation that fails at each of its steps, and what is left in the world then.

use super::linear::rotation;
use crate::event::{DebtState, Status};
use crate::execute::testing::*;
use crate::run::Outcome;

fn failing(verb: &str, nth: usize, fault: Fault) -> (MemoryHost, Outcome) {
    let host = MemoryHost::new().fault(verb, nth, fault);
    let outcome = run_text(&rotation("0s"), &host);
    (host, outcome)
}

/// A run that failed before promotion says whether it left something, and what.
#[track_caller]
fn left(outcome: &Outcome, status: Status, left: &[&str]) {
    assert_eq!((outcome.status, outcome.ended), (status, true));
    assert_eq!(outcome.left, left);
}

#[test]
fn nothing_is_left_where_nothing_was_made() {
    let (host, outcome) = failing("which", 1, Fault::Refused(500));
    left(&outcome, Status::Failed, &[]);
    assert_eq!(outcome.error.expect("it failed").step, "before");
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    let (_, outcome) = failing("create", 1, Fault::Refused(403));
    left(&outcome, Status::Failed, &[]);
}

#[test]
fn a_token_that_does_not_work_is_given_to_nobody_and_revoked() {
    let mut host = MemoryHost::new();
    for nth in 1..=5 {
        host = host.fault("list", nth, Fault::Refused(401));
    }
    let outcome = run_text(&rotation("0s"), &host);
    left(&outcome, Status::Undone, &[]);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert!(!host.world().calls.iter().any(|call| call.starts_with("put")));
    assert_eq!(outcome.steps[2].attempts, 5);
}

#[test]
fn a_failed_publish_leaves_the_old_value_and_nothing_new() {
    let (host, outcome) = failing("put", 1, Fault::Refused(500));
    left(&outcome, Status::Undone, &[]);
    assert_eq!(host.world().places["profile ci"], "old-value");
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
}

#[test]
fn a_place_that_does_not_hold_what_was_written_fails_the_publish() {
    let (_, outcome) = failing("put", 1, Fault::Garbled);
    assert!(told(&outcome).contains("publish failed, verify pending"), "{}", told(&outcome));
    left(
        &outcome,
        Status::Stuck,
        &[
            "new-2 (M.V1.fake)  live, made by this run, perhaps in use by fake profile ci",
            "old-id  live, in use before this run",
        ],
    );
    let why = outcome.undo_error.expect("it is told");
    assert_eq!(
        (why.step.as_str(), why.message.as_str()),
        ("publish", "restore was refused with 409")
    );
    let error = outcome.error.expect("it failed");
    assert_eq!(error.message, "the place does not hold what was written");
}

/// A rotation whose place can't be read from the second read to the one of that number.
fn unreadable_until(last: usize) -> (MemoryHost, Outcome) {
    let faults = 2..=last;
    let host =
        faults.fold(MemoryHost::new(), |host, nth| host.fault("get", nth, Fault::Refused(500)));
    let outcome = run_text(&rotation("0s"), &host);
    (host, outcome)
}

#[test]
fn a_place_that_cannot_be_read_back_is_looked_at_again_until_a_person_has_to() {
    let (host, outcome) = unreadable_until(2);
    assert_eq!(outcome.status, Status::Succeeded);
    assert!(!words(&host.history()).contains(&"lost publish 1".to_owned()));
    let (host, outcome) = unreadable_until(6);
    assert_eq!(outcome.status, Status::Succeeded);
    let events = words(&host.history());
    let at = events.iter().position(|word| word == "lost publish 1").expect("it was in doubt");
    let then = ["settling publish", "settling publish", "found publish 1", "stored publish"];
    assert_eq!(events[at + 1..at + 5], then);
    let (_, outcome) = unreadable_until(99);
    assert!(told(&outcome).contains("publish parked"), "{}", told(&outcome));
    assert_eq!((outcome.status, outcome.ended), (Status::Parked, false));
    assert!(outcome.left[0].ends_with("made by this run, perhaps in use by fake profile ci"));
}

#[test]
fn a_failed_verify_comes_before_promotion_and_the_old_one_lives() {
    let (host, outcome) = failing("list", 2, Fault::Refused(401));
    assert!(told(&outcome).contains("verify failed, promote pending, revoke_old pending"));
    left(&outcome, Status::Undone, &[]);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert!(outcome.debts.is_empty());
}

#[test]
fn a_debt_whose_proof_fails_stays_owed_and_the_run_says_so() {
    let (host, outcome) = failing("list", 3, Fault::Refused(500));
    assert!(told(&outcome).ends_with("promote succeeded, revoke_old owed"), "{}", told(&outcome));
    assert_eq!((outcome.status, outcome.ended), (Status::Failed, true));
    assert_eq!(outcome.debts[0].state, DebtState::Owed);
    let error = outcome.error.expect("it is told");
    assert_eq!(error.message, "not paid: `verify`: list was refused with 500");
    assert!(host.world().live().contains(&"old-id"));
}

#[test]
fn a_debt_is_not_paid_while_a_place_holds_something_else() {
    let text = rotation("0s").replace(
        "  - id: revoke_old",
        "  - { id: spoil, uses: test.spoil, with: { name: profile ci } }\n  - id: revoke_old",
    );
    let host = MemoryHost::new();
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.debts[0].state, DebtState::Owed);
    let why = "not paid: `publish`: the place does not hold what was written";
    assert_eq!(outcome.error.expect("it is told").message, why);
    assert!(host.world().live().contains(&"old-id"));
}

#[test]
fn a_revoke_that_fails_leaves_its_debt_and_one_that_is_lost_is_sent_again() {
    let (_, outcome) = failing("revoke", 1, Fault::Refused(500));
    assert_eq!((outcome.status, outcome.debts[0].state), (Status::Failed, DebtState::Owed));
    let text = rotation("0s").replace(
        "when: credential.old",
        "when: credential.old\n    retry: { max_attempts: 2, delay: 1s }",
    );
    let host = MemoryHost::new().fault("revoke", 1, Fault::LostDone);
    let outcome = run_text(&text, &host);
    assert_eq!((outcome.status, outcome.debts[0].state), (Status::Succeeded, DebtState::Paid));
}

#[test]
fn steps_below_an_unpaid_debt_still_run() {
    let text = rotation("0s").replace(
        "outputs:\n  token_id",
        "  - { id: after, uses: test.write, with: { name: after } }\noutputs:\n  token_id",
    );
    let host = MemoryHost::new().fault("revoke", 1, Fault::Refused(500));
    let outcome = run_text(&text, &host);
    assert!(told(&outcome).ends_with("revoke_old owed, after succeeded"), "{}", told(&outcome));
    assert_eq!((outcome.status, outcome.ended), (Status::Failed, true));
}

#[test]
fn a_failure_after_promotion_leaves_the_run_unfinished_and_the_debt_held() {
    let text = rotation("24h").replace(
        "  - id: revoke_old",
        "  - { id: reload, uses: test.write, with: { name: reload } }\n  - id: revoke_old",
    ) + "on_failure:\n  - { id: tell, uses: log, with: { message: \"{{ default error.step \\\"\\\" }}\" } }\n\
         finally:\n  - { id: last, uses: log, with: { message: last } }\n";
    let host = MemoryHost::new().fault("write", 1, Fault::Refused(500));
    let outcome = run_text(&text, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Failed, false));
    assert_eq!(outcome.debts[0].state, DebtState::Held);
    assert_eq!(host.world().said, ["reload"], "the end, with `finally`, is yet to come");
    assert!(told(&outcome).contains("reload failed, revoke_old pending"), "{}", told(&outcome));
}

#[test]
fn a_result_that_cannot_be_recorded_is_revoked_at_once() {
    let host = MemoryHost::new();
    // The claim, the read and the create's start are one record; its result is the next.
    host.journal().fails_at = Some(1);
    let error = run_with(&planned(&rotation("24h")), &host, &How::default())
        .expect_err("the journal is full");
    assert_eq!(error.to_string(), "the disk is full");
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert_eq!(host.world().calls.last().map(String::as_str), Some("revoke new-2"));
}
