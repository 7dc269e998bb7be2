//! Giving a run up: before promotion it is taken back, after it the failed steps are let go.

use super::linear::rotation;
use crate::event::{DebtState, Decision, Status};
use crate::execute::Said;
use crate::execute::testing::*;
use crate::plan::Plan;
use crate::run::Outcome;

fn given_up(plan: &Plan, host: &MemoryHost) -> Outcome {
    let word = Said {
        step: String::new(),
        decision: Decision::Abandon,
        by: "ana".to_owned(),
        note: String::new(),
    };
    let how = How { history: host.history(), word: Some(word), ..How::default() };
    run_with(plan, host, &how).expect("the edge holds")
}

/// Runs a workflow until a commit fails, then gives it up.
fn cut_off_at(text: &str, commit: usize, host: &MemoryHost) -> Outcome {
    let plan = planned(text);
    host.journal().fails_at = Some(commit);
    run_with(&plan, host, &How::default()).expect_err("the process ends there");
    host.journal().fails_at = None;
    given_up(&plan, host)
}

fn kinds(host: &MemoryHost, of: &str) -> Vec<String> {
    words(&host.history()).into_iter().filter(|word| word.starts_with(of)).collect()
}

#[test]
fn a_run_that_was_cut_off_is_taken_back_and_over() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: b, uses: test.write, with: { name: b } }\n  - { id: c, uses: test.write, with: { name: c } }\n\
        on_failure:\n  - { id: tell, uses: log, with: { message: \"{{ error.message }}: {{ run.status }}\" } }\n";
    let host = MemoryHost::new();
    let outcome = cut_off_at(text, 2, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Abandoned, true));
    assert_eq!(told(&outcome), "a undone, b undone, c pending, on_failure.tell succeeded");
    assert_eq!(host.world().said, ["given up by ana: abandoned"]);
    assert!(outcome.left.is_empty());
}

#[test]
fn a_crash_anywhere_in_giving_up_is_gone_on_with() {
    let text = rotation("0s");
    let plan = planned(&text);
    for commit in 2..40 {
        let host = MemoryHost::new().fault("list", 2, Fault::Refused(401));
        host.journal().fails_at = Some(3);
        run_with(&plan, &host, &How::default()).expect_err("the process ends there");
        host.secrets.forget();
        host.journal().fails_at = Some(commit);
        let word = Said {
            step: String::new(),
            decision: Decision::Abandon,
            by: String::new(),
            note: String::new(),
        };
        let how = How { history: host.history(), word: Some(word.clone()), ..How::default() };
        let done = run_with(&plan, &host, &how).is_ok();
        host.journal().fails_at = None;
        host.secrets.forget();
        let noted = words(&host.history()).iter().any(|word| word.starts_with("decided"));
        let word = (!noted).then_some(word);
        let how = How { history: host.history(), word, ..How::default() };
        let outcome = run_with(&plan, &host, &how).expect("the edge holds");
        assert_eq!(outcome.status, Status::Abandoned, "crash at {commit}");
        assert!(host.world().locked_out.is_empty(), "crash at {commit}");
        if done {
            return;
        }
    }
    panic!("it never ended");
}

#[test]
fn a_stuck_run_that_is_given_up_is_tried_once_more_and_ends_whatever_is_left() {
    let text = rotation("0s") + "finally:\n  - { id: last, uses: log, with: { message: last } }\n";
    let plan = planned(&text);
    let stuck = || {
        let host = MemoryHost::new().fault("list", 2, Fault::Refused(401));
        host.fault("revoke", 1, Fault::Refused(409))
    };
    let host = stuck();
    assert_eq!(run_with(&plan, &host, &How::default()).unwrap().status, Status::Stuck);
    let outcome = given_up(&plan, &host);
    assert_eq!((outcome.status, outcome.left.len()), (Status::Abandoned, 0));
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert_eq!(host.world().said, ["last"], "a hook that is over never runs again");

    let host = stuck().fault("revoke", 2, Fault::Refused(409));
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    let outcome = given_up(&plan, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Abandoned, true));
    assert_eq!(outcome.left[0], "new-2 (M.V1.fake)  live, made by this run");
    assert_eq!(kinds(&host, "abandoned"), ["abandoned create 1"]);
    assert!(host.world().live().contains(&"new-2"));
}

#[test]
fn a_stuck_run_that_is_gone_on_with_tries_again_what_failed() {
    let plan = planned(&rotation("0s"));
    let host = MemoryHost::new().fault("list", 2, Fault::Refused(401));
    let host = host.fault("revoke", 1, Fault::Refused(409));
    assert_eq!(run_with(&plan, &host, &How::default()).unwrap().status, Status::Stuck);
    let how = How { history: host.history(), ..How::default() };
    let outcome = run_with(&plan, &host, &how).expect("the edge holds");
    assert_eq!((outcome.status, outcome.ended), (Status::Undone, true));
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert_eq!(kinds(&host, "undone"), ["undone publish", "undone create"]);
}

#[test]
fn what_waits_for_a_person_waits_no_more() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: b, uses: test.http, with: { name: b } }\n";
    let host = MemoryHost::new().fault("write", 2, Fault::LostDone);
    let plan = planned(text);
    assert_eq!(run_with(&plan, &host, &How::default()).unwrap().status, Status::Parked);
    let outcome = given_up(&plan, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Abandoned, true));
    assert_eq!(told(&outcome), "a undone, b lost");
    let marker = outcome.steps[1].marker.clone().expect("a write has a marker");
    assert_eq!(outcome.left, [format!("`b` may have been done: look for the marker {marker}")]);
}

#[test]
fn after_the_promotion_the_failed_steps_are_let_go_and_the_debts_stay_held() {
    let text = rotation("24h").replace(
        "  - id: revoke_old",
        "  - { id: reload, uses: test.write, with: { name: reload } }\n  - id: revoke_old",
    ) + "finally:\n  - { id: last, uses: log, with: { message: \"{{ run.status }}\" } }\n";
    let host = MemoryHost::new().fault("write", 1, Fault::Refused(500));
    let plan = planned(&text);
    assert!(!run_with(&plan, &host, &How::default()).unwrap().ended);
    let outcome = given_up(&plan, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Abandoned, true));
    assert_eq!((outcome.debts[0].state, outcome.left.len()), (DebtState::Held, 0));
    assert_eq!(host.world().said, ["abandoned"]);
    assert_eq!(kinds(&host, "undo"), Vec::<String>::new());
    assert_eq!(kinds(&host, "abandoned"), Vec::<String>::new());
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"]);
}

#[test]
fn a_run_that_may_not_go_on_keeps_what_it_did_until_it_is_given_up() {
    let text = rotation("0s").replace(
        "  - id: create\n",
        "  - { id: side, uses: test.write, needs: [], with: { name: side } }\n  - id: create\n    needs: [before]\n",
    );
    let host = MemoryHost::new().knowing("another-id");
    let plan = planned(&text);
    run_with(&plan, &host, &How::default()).expect_err("the state knows something else");
    let how = How { history: host.history(), ..How::default() };
    let error = run_with(&plan, &host, &how).expect_err("it still does");
    assert_eq!(error.to_string(), "the state knows another-id as in use, and old-id is");
    assert!(!host.world().calls.iter().any(|call| call.starts_with("create")));
    let outcome = given_up(&plan, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Abandoned, true));
    assert_eq!(host.world().calls.last().map(String::as_str), Some("unwrite side"));
}
