//! Waits for a time or a person, and a person's words.

use super::linear::rotation;
use crate::event::{Decision, Status};
use crate::execute::testing::*;
use crate::execute::{ExecuteError, Patience};
use crate::plan::Plan;
use crate::run::Outcome;

fn some(steps: &[&str]) -> Plan {
    let steps: String = steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect();
    planned(&format!("version: 1\nname: some\nsteps:\n{steps}"))
}

const ASK: &str = "id: ask, uses: test.park";
const AFTER: &str = "id: after, uses: test.write, with: { name: a }";

/// Goes on with a run, as another process.
fn again(plan: &Plan, host: &MemoryHost, how: How) -> Result<Outcome, ExecuteError> {
    host.secrets.forget();
    run_with(plan, host, &How { history: host.history(), ..how })
}

fn word(step: &str, decision: Decision) -> How {
    How { word: Some(said(step, decision)), ..How::default() }
}

fn begin(plan: &Plan, host: &MemoryHost) -> Outcome {
    run_with(plan, host, &How::default()).expect("the edge holds")
}

#[track_caller]
fn refused(result: Result<Outcome, ExecuteError>) -> String {
    match result {
        Err(ExecuteError::Refused { message, exit: 2, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_step_that_waits_for_a_person_gets_their_word() {
    let plan = some(&[ASK, AFTER]);
    for (decision, value) in [(Decision::Approve, "approve"), (Decision::Reject, "reject")] {
        let host = MemoryHost::new();
        let outcome = begin(&plan, &host);
        assert_eq!((outcome.status, outcome.ended), (Status::Parked, false));
        assert_eq!(told(&outcome), "ask parked, after pending");
        assert_eq!(outcome.parked[0].ask.as_deref(), Some("may it?"));
        let outcome = again(&plan, &host, How::default()).expect("the edge holds");
        assert_eq!(outcome.status, Status::Parked, "nobody has said anything");
        let outcome = again(&plan, &host, word("ask", decision)).expect("the edge holds");
        assert_eq!(outcome.status, Status::Succeeded);
        assert_eq!(outcome.steps[0].outputs["value"], value.into());
    }
}

#[test]
fn what_does_not_wait_for_it_goes_on_beside_a_step_that_waits_for_a_person() {
    let plan = some(&[ASK, "id: other, uses: test.write, needs: [], with: { name: a }"]);
    let host = MemoryHost::new();
    assert_eq!(told(&begin(&plan, &host)), "ask parked, other succeeded");
}

#[test]
fn a_long_wait_is_slept_or_returned_as_the_driver_likes() {
    let plan = some(&["id: wait, uses: test.park, with: { ms: 600000 }", AFTER]);
    let host = MemoryHost::new();
    assert_eq!(begin(&plan, &host).status, Status::Succeeded);
    assert_eq!(host.clock.passed(), 600_000);
    let host = MemoryHost::new();
    let how = || How { patience: Patience::Return, ..How::default() };
    let outcome = run_with(&plan, &host, &how()).expect("the edge holds");
    assert_eq!((outcome.status, host.clock.passed()), (Status::Parked, 0));
    assert_eq!(outcome.parked[0].until, Some(BEGIN + crate::time::Duration::seconds(600)));
    let outcome = again(&plan, &host, how()).expect("the edge holds");
    assert_eq!(outcome.status, Status::Parked, "it is too early");
    host.pass(crate::time::Duration::seconds(600));
    assert_eq!(again(&plan, &host, how()).expect("the edge holds").status, Status::Succeeded);
}

#[test]
fn a_long_wait_for_a_retry_is_returned_too_and_counts_on() {
    let plan = some(&["id: it, uses: test.write, with: { name: a }, \
                       retry: { max_attempts: 2, delay: 5m, max_delay: 5m, backoff: constant }"]);
    let host = MemoryHost::new().fault("write", 1, Fault::Busy);
    let how = || How { patience: Patience::Return, ..How::default() };
    let outcome = run_with(&plan, &host, &how()).expect("the edge holds");
    assert_eq!((outcome.status, told(&outcome).as_str()), (Status::Parked, "it parked"));
    host.pass(crate::time::Duration::seconds(300));
    let outcome = again(&plan, &host, how()).expect("the edge holds");
    assert_eq!((outcome.status, outcome.steps[0].attempts), (Status::Succeeded, 2));
}

#[test]
fn a_step_that_is_left_for_each_of_its_waits_has_no_more_tries_than_it_may() {
    let plan = some(&["id: it, uses: test.write, with: { name: a }, \
                       retry: { max_attempts: 2, delay: 5m, max_delay: 5m, backoff: constant }"]);
    let busy = |host: MemoryHost, nth| host.fault("write", nth, Fault::Busy);
    let host = (1..=3).fold(MemoryHost::new(), busy);
    let how = || How { patience: Patience::Return, ..How::default() };
    assert_eq!(run_with(&plan, &host, &how()).expect("the edge holds").status, Status::Parked);
    host.pass(crate::time::Duration::seconds(300));
    let outcome = again(&plan, &host, how()).expect("the edge holds");
    assert_eq!((outcome.status, outcome.steps[0].attempts), (Status::Failed, 2));
}

fn in_doubt(host: &MemoryHost) -> Plan {
    let plan = some(&["id: it, uses: test.write, with: { name: a }", AFTER]);
    assert_eq!(begin(&plan, host).status, Status::Parked);
    plan
}

#[test]
fn a_write_in_doubt_is_done_again_or_passed_over_as_a_person_says() {
    let host = MemoryHost::new().fault("write", 1, Fault::LostUndone);
    let plan = in_doubt(&host);
    let outcome = again(&plan, &host, word("it", Decision::Redo)).expect("the edge holds");
    assert_eq!((outcome.status, outcome.steps[0].attempts), (Status::Succeeded, 2));
    assert_eq!(host.world().calls.len(), 3);
    let host = MemoryHost::new().fault("write", 1, Fault::LostDone);
    let plan = in_doubt(&host);
    let outcome = again(&plan, &host, word("it", Decision::Skip)).expect("the edge holds");
    assert_eq!(told(&outcome), "it skipped, after succeeded");
    assert_eq!(host.world().calls.len(), 2);
}

#[test]
fn a_word_that_nothing_waits_for_is_refused_and_changes_nothing() {
    let host = MemoryHost::new().fault("write", 1, Fault::LostUndone);
    let plan = in_doubt(&host);
    let before = host.history();
    let refuse = |how| refused(again(&plan, &host, how));
    assert_eq!(refuse(word("after", Decision::Redo)), "`after` waits for no word");
    assert_eq!(refuse(word("nope", Decision::Redo)), "there is no step `nope` in this run");
    assert_eq!(refuse(word("it", Decision::Approve)), "`it` waits for no approval");
    assert_eq!(refuse(word("", Decision::Redo)), "`redo` names no step");
    assert_eq!(host.history(), before, "nothing was noted");
}

#[test]
fn what_makes_or_proves_a_credential_is_never_skipped() {
    let text = crate::execute::tests::linear::rotation("24h");
    let mut host = MemoryHost::new().fault("create", 1, Fault::LostDone);
    for nth in 1..10 {
        host = host.fault("find", nth, Fault::Refused(500));
    }
    let plan = planned(&text);
    let outcome = begin(&plan, &host);
    assert!(told(&outcome).contains("create parked"), "{}", told(&outcome));
    let why = refused(again(&plan, &host, word("create", Decision::Skip)));
    assert_eq!(why, "`create` can't be skipped: it makes the credential");
}

#[test]
fn what_could_not_be_looked_for_is_looked_for_again_when_the_run_goes_on() {
    let text = crate::execute::tests::linear::rotation("24h");
    let mut host = MemoryHost::new().fault("create", 1, Fault::LostDone);
    for nth in 1..=6 {
        host = host.fault("find", nth, Fault::Refused(500));
    }
    let plan = planned(&text);
    assert_eq!(begin(&plan, &host).status, Status::Parked);
    let outcome = again(&plan, &host, How::default()).expect("the edge holds");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-3"]);
}

#[test]
fn a_word_on_a_step_that_could_not_be_looked_for_is_taken_and_the_history_stays_readable() {
    let plan = planned(&rotation("24h"));
    let host = MemoryHost::new().fault("put", 1, Fault::LostUndone);
    // It is asked once before the write; then every look for it fails.
    let host = (2..=7).fold(host, |host, nth| host.fault("get", nth, Fault::NotSent));
    let outcome = run_with(&plan, &host, &How::default()).expect("the edge holds");
    assert_eq!(outcome.status, Status::Parked, "{}", told(&outcome));
    let word = Some(said("publish", Decision::Redo));
    let how = How { history: host.history(), word, ..How::default() };
    let outcome = run_with(&plan, &host, &how).expect("its history can be");
    assert!(outcome.ended, "{}", told(&outcome));
    assert_eq!(words(&host.history())[17], "decided publish");
}
