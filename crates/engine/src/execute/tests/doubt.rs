//! While a write is in doubt: what begins beside it, and what does not.

use crate::event::Status;
use crate::execute::testing::*;

fn two(first: &str, second: &str) -> String {
    let put = |id: &str, path: &str| {
        format!(
            "  - {{ id: {id}, uses: fake.store, needs: [ask], with: {{ path: {path}, value: \
             \"{{{{ concat steps.ask.token \\\"-{id}\\\" }}}}\" }}, retry: {{ max_attempts: 2, delay: 1s }} }}\n"
        )
    };
    format!(
        "version: 1\nname: some\nmax_parallel: 1\nsteps:\n  - {{ id: ask, uses: fake.published, with: {{ profile: ci }} }}\n{}{}",
        put("one", first),
        put("two", second)
    )
}

/// Returns when `two` began, in seconds, after the first write to a place was lost.
fn second_begins(first: &str, second: &str) -> i64 {
    let host = MemoryHost::new().fault("put", 1, Fault::LostUndone);
    let outcome = run_text(&two(first, second), &host);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    let started = outcome.steps[2].started_at.expect("it began");
    (started.0 - BEGIN.0) / 1000
}

#[test]
fn nothing_else_is_written_to_a_place_until_a_lost_write_to_it_is_settled() {
    assert_eq!(second_begins("a", "b"), 0);
    assert_eq!(second_begins("a", "a"), 60);
}

#[test]
fn what_waits_for_a_place_that_waits_for_a_person_waits_with_it() {
    let text = two("a", "a");
    let mut host = MemoryHost::new().fault("put", 1, Fault::LostUndone);
    for nth in 3..60 {
        host = host.fault("get", nth, Fault::Refused(500));
    }
    let outcome = run_text(&text, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Parked, false));
    assert_eq!(told(&outcome), "ask succeeded, one parked, two pending");
}

#[test]
fn a_hook_that_was_cut_off_runs_again_and_one_that_is_over_does_not() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n\
        finally:\n  - { id: first, uses: notify.webhook, with: { url: \"http://a\", text: first } }\n  \
        - { id: last, uses: notify.webhook, with: { url: \"http://a\", text: last } }\n";
    let plan = planned(text);
    let host = MemoryHost::new().fault("notify", 2, Fault::Edge);
    run_with(&plan, &host, &How::default()).expect_err("the edge fails there");
    let history = host.history();
    assert_eq!(words(&history).last().map(String::as_str), Some("started finally.last 1"));
    let outcome = run_with(&plan, &host, &How { history, ..How::default() }).expect("it holds");
    assert_eq!(outcome.status, Status::Succeeded);
    let calls = host.world().calls.clone();
    assert_eq!(calls, ["write a", "notify first", "notify last", "notify last"]);
}

#[test]
fn what_failed_after_promotion_is_tried_again_with_a_whole_budget() {
    let text = super::linear::rotation("0s").replace(
        "  - id: revoke_old",
        "  - { id: reload, uses: test.write, with: { name: r }, retry: { max_attempts: 2, delay: 1s } }\n  - id: revoke_old",
    ) + "on_failure:\n  - { id: tell, uses: notify.webhook, with: { url: \"http://a\", text: failed } }\n";
    let plan = planned(&text);
    let host = MemoryHost::new()
        .fault("write", 1, Fault::Busy)
        .fault("write", 2, Fault::Busy)
        .fault("write", 3, Fault::Busy);
    let outcome = run_with(&plan, &host, &How::default()).expect("the edge holds");
    assert_eq!((outcome.status, outcome.ended), (Status::Failed, false));
    host.secrets.forget();
    let history = host.history();
    let outcome = run_with(&plan, &host, &How { history, ..How::default() }).expect("it holds");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    let reload = outcome.steps.iter().find(|step| step.id == "reload").expect("it is there");
    assert_eq!(reload.attempts, 4);
    assert_eq!(host.world().live(), ["admin-id", "new-2"]);
    let told = host.world().calls.iter().filter(|call| call.starts_with("notify")).count();
    assert_eq!(told, 1, "`on_failure` ran at the first failure");
}

#[test]
fn an_interrupted_run_goes_on() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a }, \
                retry: { max_attempts: 2, delay: 10m } }\n";
    let plan = planned(text);
    let host = MemoryHost::new().fault("write", 1, Fault::Busy);
    let how = How { stop_after: Some(1000), ..How::default() };
    let outcome = run_with(&plan, &host, &how).expect("the edge holds");
    assert!(outcome.interrupted && !outcome.ended);
    let history = host.history();
    let outcome = run_with(&plan, &host, &How { history, ..How::default() }).expect("it holds");
    assert_eq!((outcome.status, outcome.interrupted), (Status::Succeeded, false));
}
