//! Secrets after a crash: got again from where they are, or made again.

use super::linear::rotation;
use crate::event::{Event, Status};
use crate::execute::testing::*;
use crate::plan::Plan;
use crate::run::Outcome;

/// Goes on with a run from the record of that word on, as another process.
pub(super) fn cut_after(plan: &Plan, host: &MemoryHost, word: &str) -> Outcome {
    let history = host.history();
    let at = words(&history).iter().position(|of| of == word).expect("it was recorded");
    let history = history[..=at].to_vec();
    *host.journal() = Journal::holding(&history);
    host.secrets.forget();
    run_with(plan, host, &How { history, ..How::default() }).expect("the edge holds")
}

pub(super) fn since(host: &MemoryHost, word: &str) -> Vec<String> {
    let events = words(&host.history());
    let at = events.iter().position(|of| of == word).expect("it was recorded");
    events[at..].to_vec()
}

/// A run that stops at a step which fails, without an undo: the world stays as it was then.
pub(super) fn until(text: &str, verb: &str, nth: usize) -> (Plan, MemoryHost) {
    let plan = planned(text);
    let host = MemoryHost::new().fault(verb, nth, Fault::Edge);
    run_with(&plan, &host, &How::default()).expect_err("the edge fails there");
    host.world().faults.clear();
    (plan, host)
}

#[test]
fn a_value_that_a_place_holds_is_read_back_from_it() {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    let outcome = cut_after(&plan, &host, "stored keep");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"], "nothing was made again");
}

#[test]
fn a_value_that_no_place_holds_is_made_again_after_the_old_one_is_revoked() {
    let (plan, host) = until(&rotation("24h"), "put", 1);
    let outcome = cut_after(&plan, &host, "succeeded works 1");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-3"]);
    let again = since(&host, "resumed");
    let expected = [
        "resumed",
        "undo_started create",
        "undone create",
        "abandoned create 1",
        "reopened",
        "started create 2",
        "succeeded create 2",
        "started works 2",
    ];
    assert_eq!(again[..expected.len()], expected);
}

/// A value that a place held and does not hold any more: what stored it is taken back too.
fn lost_from_its_place() -> (Plan, MemoryHost) {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    let history = host.history();
    let at = words(&history).iter().position(|of| of == "stored keep").expect("it was recorded");
    *host.journal() = Journal::holding(&history[..=at]);
    host.world().places.remove("vault a");
    host.secrets.forget();
    (plan, host)
}

#[test]
fn everything_that_used_a_lost_value_is_taken_back_wherever_the_process_ends_in_that() {
    for last in [Last::Undone, Last::Done] {
        for call in 0.. {
            let (plan, host) = lost_from_its_place();
            host.death.at(call, last);
            let how = How { history: host.history(), ..How::default() };
            let died = run_or_die(&plan, &host, &how).is_none();
            host.death.none();
            host.secrets.forget();
            let how = How { history: host.history(), ..How::default() };
            let outcome = run_with(&plan, &host, &how).expect("the edge holds");
            let at = format!("{last:?} {call}: {:#?}", words(&host.history()));
            assert_eq!(outcome.status, Status::Succeeded, "{at}");
            assert_eq!(host.world().live().len(), 3, "{at}");
            assert_eq!(host.world().locked_out, Vec::<String>::new(), "{at}");
            let places = host.world().places.clone();
            let made = host.world().tokens.last().cloned();
            let made = made.expect("it was made again").value;
            assert_eq!((&places["profile ci"], &places["vault a"]), (&made, &made), "{at}");
            if !died {
                assert!(call > 15, "all of it was tried: {call}");
                break;
            }
        }
    }
}

#[test]
fn a_place_that_holds_another_value_gives_none_and_is_not_written_over_with_it() {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    host.world()
        .places
        .insert("vault a".to_owned(), "somebody else's value, long enough".to_owned());
    let outcome = cut_after(&plan, &host, "stored keep");
    // What was stored can't be taken back: somebody has changed it since.
    assert_eq!(outcome.status, Status::Stuck, "{}", told(&outcome));
    assert_eq!(host.world().places["profile ci"], "old-value");
    assert_eq!(host.world().locked_out, Vec::<String>::new());
}

#[test]
fn a_place_that_cannot_be_read_now_parks_the_run_and_nothing_is_made_again() {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    for nth in 0..40 {
        host.world().faults.push(("get".to_owned(), nth, Fault::Refused(500)));
    }
    let outcome = cut_after(&plan, &host, "stored keep");
    assert_eq!((outcome.status, outcome.ended), (Status::Parked, false), "{}", told(&outcome));
    assert!(
        outcome.parked[0].ask.as_deref().is_some_and(|ask| ask.contains("when that is mended"))
    );
    host.world().faults.clear();
    host.secrets.forget();
    let history = host.history();
    let outcome = run_with(&plan, &host, &How { history, ..How::default() }).expect("it holds");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"]);
}

#[test]
fn a_value_that_a_read_gave_is_read_once_more_and_what_was_made_of_it_made_anew() {
    let text = "version: 1\nname: some\nsteps:\n  \
        - { id: ask, uses: fake.published, with: { profile: ci } }\n  \
        - { id: keep, uses: fake.store, with: { path: a, value: \"{{ concat steps.ask.token \\\"-x\\\" }}\" } }\n  \
        - { id: other, uses: fake.store, with: { path: b, value: \"{{ steps.ask.token }}\" } }\n";
    let (plan, host) = until(text, "put", 1);
    let outcome = cut_after(&plan, &host, "succeeded ask 1");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().places["vault a"], "old-value-x");
    assert_eq!(host.world().places["vault b"], "old-value");
    assert!(!words(&host.history()).contains(&"reopened".to_owned()), "a read changes nothing");
}

#[test]
fn a_lost_store_of_a_value_made_of_another_is_sent_again_with_it() {
    let text = "version: 1\nname: some\nsteps:\n  \
        - { id: ask, uses: fake.published, with: { profile: ci } }\n  \
        - { id: keep, uses: fake.store, with: { path: a, value: \"{{ concat steps.ask.token \\\"-x\\\" }}\" } }\n";
    for done in [false, true] {
        let (plan, host) = until(text, "put", 1);
        if done {
            host.world().places.insert("vault a".to_owned(), "old-value-x".to_owned());
        }
        let outcome = cut_after(&plan, &host, "started keep 1");
        assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
        assert_eq!(outcome.steps[1].attempts, if done { 1 } else { 2 });
        assert_eq!(host.world().places["vault a"], "old-value-x");
    }
}

/// A rotation that was cut off when its store was done and no answer had come. What made the value
/// has noted no check of it, as what draws one does not.
fn cut_at_a_lost_store(old_format: bool) -> (MemoryHost, Outcome) {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    let mut history = host.history();
    for entry in &mut history {
        match &mut entry.event {
            Event::Started(started) if old_format => started.checks.clear(),
            Event::Succeeded { checks, .. } => checks.clear(),
            _ => {}
        }
    }
    *host.journal() = Journal::holding(&history);
    let outcome = cut_after(&plan, &host, "started keep 1");
    (host, outcome)
}

#[test]
fn a_lost_store_is_found_by_the_check_of_what_it_announced() {
    let (host, outcome) = cut_at_a_lost_store(false);
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    let again = since(&host, "resumed");
    assert_eq!(again[1..4], ["lost keep 1", "found keep 1", "stored keep"], "{again:?}");
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"], "nothing is made again");
}

#[test]
fn a_run_that_an_older_version_began_has_no_such_check_and_still_goes_on() {
    let (host, outcome) = cut_at_a_lost_store(true);
    let again = since(&host, "resumed");
    assert!(!again.contains(&"found keep 1".to_owned()), "{again:?}");
    assert!(host.world().locked_out.is_empty(), "{}", told(&outcome));
}

#[test]
fn what_writes_to_a_place_announces_the_checks_of_what_steps_gave_it() {
    let host = MemoryHost::new();
    run_text(&rotation("24h"), &host);
    let checks: Vec<(String, Vec<String>)> = host
        .history()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Started(started) if !started.checks.is_empty() => {
                Some((started.step.clone(), started.checks.keys().cloned().collect()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(checks, [("publish".to_owned(), vec!["steps.create.token".to_owned()])]);
}
