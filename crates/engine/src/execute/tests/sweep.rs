//! What abandoned tries made after all, swept.

use super::linear::rotation;
use crate::event::{Decision, Entry, Event, Started, Status};
use crate::execute::testing::later::Later;
use crate::execute::testing::*;
use crate::execute::{Said, Swept};
use crate::plan::Plan;
use crate::time::Duration;
use crate::value::Map;

const DAY: Duration = Duration::seconds(24 * 60 * 60);

/// A rotation that was cut off behind one of its events and given up, with all its creates.
fn given_up(behind: &str) -> (MemoryHost, Plan, String) {
    let plan = planned(&rotation("24h"));
    let host = MemoryHost::new();
    run_with(&plan, &host, &How::default()).expect("the edge holds");
    let told = words(&host.history());
    let last = told.iter().rposition(|word| word == behind).expect("it happened");
    let mut history = host.history()[..=last].to_vec();
    let started = |entry: &Entry| match &entry.event {
        Event::Started(started) if started.step == "create" => Some(started.clone()),
        _ => None,
    };
    let create: Box<Started> = history.iter().find_map(started).expect("it was begun");
    let marker = create.marker.clone().expect("it writes");
    let at = host.clock.now();
    let (step, attempt) = (create.step.clone(), create.attempt);
    let gave_up = Event::Abandoned { step, attempt, marker: marker.clone() };
    let ended = Event::Ended { status: Status::Abandoned, error: None, outputs: Map::new() };
    history.extend([gave_up, ended].map(|event| Entry { at, event }));
    host.take_up(&history);
    host.secrets.forget();
    host.world().calls.clear();
    (host, plan, marker)
}

/// A create without an answer that was given up, and may yet land.
fn unanswered() -> (MemoryHost, Plan, String) {
    let (host, plan, marker) = given_up("started create 1");
    let mut world = host.world();
    world.places.insert("profile ci".to_owned(), "old-value".to_owned());
    world.tokens.retain(|token| token.marker.is_empty());
    drop(world);
    (host, plan, marker)
}

fn lands(host: &MemoryHost, marker: &str) {
    let mut world = host.world();
    world.issue("late", "a-value-that-nobody-has-seen");
    world.tokens.last_mut().expect("it was issued").marker = marker.to_owned();
}

#[track_caller]
fn swept(host: &MemoryHost, plan: &Plan) -> Swept {
    host.sweep(plan, &Later::default()).expect("the edge holds")
}

fn reasons(swept: &Swept) -> Vec<&str> {
    swept.kept.iter().chain(&swept.unknown).map(|orphan| orphan.reason.as_str()).collect()
}

#[test]
fn what_a_late_answer_made_is_revoked_by_its_marker() {
    let (host, plan, marker) = unanswered();
    assert_eq!(swept(&host, &plan), Swept::default());
    lands(&host, &marker);
    let before = host.history().len();
    let found = swept(&host, &plan);
    let ids: Vec<Option<&str>> = found.revoked.iter().map(|orphan| orphan.id.as_deref()).collect();
    assert_eq!((ids, reasons(&found)), (vec![Some("late")], vec![]));
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert_eq!(words(&host.history())[before..], ["undo_started create", "swept create"]);
    let calls = host.world().calls.len();
    assert_eq!(swept(&host, &plan), Swept::default());
    assert_eq!(host.world().calls.len(), calls, "what is swept is not looked for again");
}

#[test]
fn only_what_carries_that_marker_is_revoked() {
    let (host, plan, marker) = unanswered();
    lands(&host, &format!("{marker}0"));
    assert_eq!(swept(&host, &plan), Swept::default());
    assert_eq!(host.world().live(), ["old-id", "admin-id", "late"]);
}

#[test]
fn after_a_day_it_is_looked_for_once_more_and_then_no_more() {
    let (host, plan, marker) = unanswered();
    host.pass(DAY);
    host.pass(DAY);
    lands(&host, &marker);
    assert_eq!(swept(&host, &plan).revoked.len(), 1, "however late the first sweep comes");
    let (host, plan, _) = unanswered();
    host.pass(DAY);
    assert_eq!(swept(&host, &plan), Swept::default());
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("swept create"));
    host.world().calls.clear();
    swept(&host, &plan);
    assert!(host.world().calls.is_empty());
}

#[test]
fn what_the_state_knows_as_in_use_is_left_alone() {
    let (host, plan, marker) = unanswered();
    lands(&host, &marker);
    let how = Later { in_use: ["late".to_owned()].into_iter().collect(), ..Later::default() };
    let found = host.sweep(&plan, &how).expect("the edge holds");
    assert_eq!(reasons(&found), ["the state knows it as in use"]);
    let (host, plan, marker) = unanswered();
    lands(&host, &marker);
    let host = host.knowing("late");
    assert_eq!(reasons(&swept(&host, &plan)), ["the state knows it as in use"]);
    assert!(host.world().live().contains(&"late"));
}

#[test]
fn what_a_place_still_holds_is_left_alone_until_it_does_not() {
    let (host, plan, _) = given_up("succeeded publish 1");
    let why = "`publish` was given its value, and its place still holds it";
    assert_eq!(reasons(&swept(&host, &plan)), [why]);
    assert!(host.world().live().contains(&"new-2"));
    host.world().places.insert("profile ci".to_owned(), "old-value".to_owned());
    assert_eq!(swept(&host, &plan).revoked.len(), 1);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
    assert!(host.world().locked_out.is_empty());
}

/// A daemon loads what a place holds; told to load it again, it did not.
#[test]
fn what_a_program_may_hold_that_could_not_be_taken_back_is_left_alone() {
    let reload =
        "{ id: reload, uses: test.write, needs: [publish], with: { name: r }, undo: again }";
    let text = rotation("24h").replace("  - id: verify", &format!("  - {reload}\n  - id: verify"));
    let plan = planned(&text);
    let refuse = |verb, host: MemoryHost| host.fault(verb, 2, Fault::Refused(400));
    let host =
        refuse("write", refuse("list", MemoryHost::new())).fault("write", 3, Fault::Refused(400));
    let outcome = run_with(&plan, &host, &How::default()).expect("the edge holds");
    assert_eq!(outcome.status, Status::Stuck, "{}", told(&outcome));
    let word = Said {
        step: String::new(),
        decision: Decision::Abandon,
        by: "ana".to_owned(),
        note: String::new(),
    };
    let how = How { history: host.history(), word: Some(word), ..How::default() };
    let outcome = run_with(&plan, &host, &how).expect("the edge holds");
    assert_eq!(outcome.status, Status::Abandoned, "{}", told(&outcome));
    let why = "`reload` could not be taken back, and what it did may use it";
    assert_eq!(reasons(&swept(&host, &plan)), [why]);
    assert!(host.world().live().contains(&"new-2"));
}

#[test]
fn what_a_place_may_hold_that_cannot_be_read_is_left_alone() {
    // The write of the place has no end: whether it was done is not known, so it is read.
    let (host, plan, _) = given_up("started publish 1");
    host.world().places.remove("profile ci");
    let why =
        "`publish` was given its value, and its place cannot be read: get was refused with 404";
    assert_eq!(reasons(&swept(&host, &plan)), [why]);
    assert!(host.world().live().contains(&"new-2"));
}

/// A login may tell whose credential it is: that makes it no maker of it.
#[test]
fn what_a_step_only_shows_is_revoked_all_the_same() {
    let (host, plan, _) = given_up("succeeded works 1");
    let mut history = host.history();
    for entry in &mut history {
        if let Event::Succeeded { step, outputs, .. } = &mut entry.event
            && step == "works"
        {
            outputs.insert("id".to_owned(), "new-2".into());
        }
    }
    host.take_up(&history);
    assert_eq!(swept(&host, &plan).revoked.len(), 1);
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
}

#[test]
fn what_cannot_be_looked_for_now_is_looked_for_the_next_time() {
    let (host, plan, marker) = unanswered();
    lands(&host, &marker);
    let host = host.fault("find", 1, Fault::Refused(500)).fault("revoke", 1, Fault::Refused(500));
    assert_eq!(reasons(&swept(&host, &plan)), ["find was refused with 500"]);
    assert_eq!(reasons(&swept(&host, &plan)), ["revoke was refused with 500"]);
    assert_eq!(words(&host.history()).last().map(String::as_str), Some("undo_failed create"));
    assert_eq!(swept(&host, &plan).revoked.len(), 1);
}

/// Wherever the process dies in a sweep, the next one ends it.
#[test]
fn a_sweep_ends_right_wherever_it_is_cut_off() {
    for dies_at in 0..2 {
        let (host, plan, marker) = unanswered();
        lands(&host, &marker);
        let commits = host.journal().commits.len();
        host.journal().fails_at = Some(commits + dies_at);
        host.sweep(&plan, &Later::default()).expect_err("it dies there");
        host.journal().fails_at = None;
        let live = host.world().live().contains(&"late");
        assert_eq!(live, dies_at == 0, "nothing is revoked that was not announced");
        swept(&host, &plan);
        assert_eq!(host.world().live(), ["old-id", "admin-id"]);
        host.pass(DAY);
        swept(&host, &plan);
        assert_eq!(words(&host.history()).last().map(String::as_str), Some("swept create"));
    }
}
