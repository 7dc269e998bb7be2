//! The table of recovery, live: a row each.

use super::linear::rotation;
use crate::event::Status;
use crate::execute::testing::*;
use crate::run::Outcome;

/// Runs a rotation with a fault and returns what was recorded from the first `lost` on.
fn lost(text: &str, verb: &str, nth: usize, fault: Fault) -> (MemoryHost, Outcome, Vec<String>) {
    let host = MemoryHost::new().fault(verb, nth, fault);
    let outcome = run_text(text, &host);
    let events = words(&host.history());
    let at = events.iter().position(|word| word.starts_with("lost"));
    let events = at.map(|at| events[at..].to_vec()).unwrap_or_default();
    (host, outcome, events)
}

fn create_twice() -> String {
    rotation("24h")
        .replace("  - id: works", "    retry: { max_attempts: 2, delay: 1s }\n  - id: works")
}

#[test]
fn row_1_what_is_there_whole_is_the_result() {
    let (host, outcome, events) = lost(&rotation("24h"), "put", 1, Fault::LostDone);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(events[..3], ["lost publish 1", "found publish 1", "stored publish"]);
    assert_eq!(host.world().calls.iter().filter(|call| call.starts_with("put")).count(), 1);
}

#[test]
fn row_2_what_is_there_without_its_secret_is_revoked_and_made_again() {
    let (host, outcome, events) = lost(&create_twice(), "create", 1, Fault::LostDone);
    assert_eq!(outcome.status, Status::Succeeded);
    let row = ["lost create 1", "undo_started create", "abandoned create 1", "started create 2"];
    assert_eq!(events[..4], row);
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-3"]);
    assert!(host.clock.passed() < 1000, "what was found can't land any more");
}

#[test]
fn row_2_without_another_try_the_step_has_failed_and_nothing_is_left() {
    let (host, outcome, _) = lost(&rotation("24h"), "create", 1, Fault::LostDone);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert!(outcome.ended && outcome.left.is_empty(), "{outcome:?}");
    assert!(told(&outcome).contains("create failed"), "{}", told(&outcome));
}

/// Loses the answer of a create whose list lags, and says how that ended.
fn lagging(shown: &[&'static str]) -> (MemoryHost, Outcome) {
    let host = MemoryHost::new().fault("create", 1, Fault::LostDone);
    host.world().issue("stale-id", "stale-value");
    host.world().shown = shown.to_vec();
    let outcome = run_text(&create_twice().replace("fake.create", "test.create"), &host);
    (host, outcome)
}

#[test]
fn row_2_a_list_that_still_shows_what_is_revoked_is_given_the_time_it_settles_in() {
    let (host, outcome) = lagging(&["new-3"; 6]);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "stale-id", "new-4"]);
    let (host, outcome) = lagging(&["new-3"; 80]);
    assert_ne!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert!(host.clock.passed() < 600_000, "{}", host.clock.passed());
}

#[test]
fn row_2_takes_back_what_is_shown_last_and_not_what_a_list_that_lagged_showed_before() {
    let (host, outcome) = lagging(&["stale-id"]);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-4"]);
}

#[test]
fn row_2_what_was_in_use_before_the_run_is_not_what_a_try_made() {
    let (host, outcome) = lagging(&["old-id"; 6]);
    assert!(host.world().live().contains(&"old-id"), "{}", told(&outcome));
}

/// A create whose next try ends what the last one made.
fn in_place(tries: u32) -> String {
    format!(
        "version: 1\nname: some\nsteps:\n  \
         - {{ id: admin, uses: fake.list, with: {{ profile: admin }} }}\n  \
         - {{ id: create, uses: fake.in_place, with: {{ profile: admin, description: ci }}, \
         retry: {{ max_attempts: {tries}, delay: 1s }} }}\n  \
         - {{ id: keep, uses: fake.store, with: {{ path: a, value: \"{{{{ steps.create.token }}}}\" }} }}\n"
    )
}

#[test]
fn row_2_what_the_next_try_ends_is_given_up_at_once_and_not_taken_back() {
    let (host, outcome, events) = lost(&in_place(2), "create", 1, Fault::LostDone);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(events[..3], ["lost create 1", "abandoned create 1", "started create 2"]);
    assert!(host.world().calls.iter().all(|call| !call.starts_with("revoke")));
}

#[test]
fn row_2_without_another_try_what_ended_the_old_one_is_told_as_left() {
    let (host, outcome, events) = lost(&in_place(1), "create", 1, Fault::LostDone);
    assert_eq!(outcome.status, Status::Failed, "{}", told(&outcome));
    assert_eq!(events[..2], ["lost create 1", "lost create 1"]);
    let error = outcome.error.expect("it failed").message;
    assert_eq!(error, "it was made, and nobody has its secret");
    assert_eq!(outcome.left.len(), 1, "{:?}", outcome.left);
    assert_eq!(host.world().live().len(), 3);
}

#[test]
fn rows_3_and_4_what_is_not_there_is_waited_for_until_it_cannot_land_any_more() {
    let (host, outcome, events) = lost(&create_twice(), "create", 1, Fault::LostUndone);
    assert_eq!(outcome.status, Status::Succeeded);
    let row = ["lost create 1", "settling create", "abandoned create 1", "started create 2"];
    assert_eq!(events[..4], row);
    // Until the deadline of the try: a minute after it began.
    assert_eq!(host.clock.passed(), 60_000);
}

#[test]
fn row_5_what_nobody_can_look_for_and_may_be_repeated_is_sent_again() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: it, uses: test.put, with: { name: n }, \
                retry: { max_attempts: 2, delay: 1s } }\n";
    let (_, outcome, events) = lost(text, "write", 1, Fault::LostDone);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(
        events,
        ["lost it 1", "retry_at it 2", "started it 2", "succeeded it 2", "ended succeeded"]
    );
}

#[test]
fn row_6_what_nobody_can_look_for_and_may_not_be_repeated_waits_for_a_person() {
    let text =
        "version: 1\nname: some\nsteps:\n  - { id: it, uses: test.write, with: { name: n } }\n";
    let (_, outcome, events) = lost(text, "write", 1, Fault::LostDone);
    assert_eq!((outcome.status, outcome.ended), (Status::Parked, false));
    assert_eq!(events, ["lost it 1", "parked it"]);
    let ask = outcome.parked[0].ask.clone().expect("a person is asked");
    assert!(ask.contains("--redo it") && ask.contains("--skip it"), "{ask}");
}

#[test]
fn a_create_that_failed_after_it_was_sent_is_looked_for_before_that_is_believed() {
    let (host, outcome, events) = lost(&rotation("24h"), "create", 1, Fault::RefusedDone);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert_eq!(events[..3], ["lost create 1", "undo_started create", "abandoned create 1"]);
    assert!(outcome.left.is_empty());
    let (host, outcome, events) = lost(&rotation("24h"), "create", 1, Fault::Refused(403));
    assert!(told(&outcome).contains("create failed") && events.is_empty());
    assert_eq!(
        host.world().calls[1..3].iter().map(|call| &call[..4]).collect::<Vec<_>>(),
        ["crea", "find"]
    );
}
