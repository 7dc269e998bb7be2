//! Engines that are wrong on purpose: each is seen by what the tests look at.

use super::linear::rotation;
use crate::event::Event;
use crate::execute::testing::*;
use crate::planted::{Bug, Planted};
use crate::run::Outcome;

fn wrong(bug: Bug, text: &str, host: &MemoryHost) -> Outcome {
    let how = How { planted: Planted::bug(bug), ..How::default() };
    run_with(&planned(text), host, &how).expect("the edge holds")
}

fn create_twice() -> String {
    let retry = "    retry: { max_attempts: 2, delay: 1s }\n  - id: works";
    rotation("24h").replace("  - id: works", retry)
}

#[test]
fn without_the_settle_wait_the_next_try_begins_at_once() {
    let host = MemoryHost::new().fault("create", 1, Fault::LostUndone);
    wrong(Bug::NoSettleWait, &create_twice(), &host);
    assert!(host.clock.passed() < 60_000, "the right engine waits a minute");
}

#[test]
fn one_marker_for_all_tries_is_seen_in_the_journal() {
    let host = MemoryHost::new().fault("create", 1, Fault::NotSent);
    wrong(Bug::MarkerPerRun, &create_twice(), &host);
    let history = host.history();
    let markers = history.iter().filter_map(|entry| match &entry.event {
        Event::Started(started) => started.marker.clone(),
        _ => None,
    });
    assert_eq!(markers.collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[test]
fn a_create_that_is_looked_for_before_its_first_try_is_seen_by_the_provider() {
    let asked = |host: &MemoryHost| {
        let calls = host.world().calls.clone();
        let create = calls.iter().position(|call| call.starts_with("create"));
        calls[..create.expect("it is made")].iter().any(|call| call.starts_with("find"))
    };
    let host = MemoryHost::new();
    wrong(Bug::ReadBeforeCreate, &rotation("24h"), &host);
    assert!(asked(&host));
    let host = MemoryHost::new();
    run_text(&rotation("24h"), &host);
    assert!(!asked(&host));
}

#[test]
#[should_panic(expected = "writes unannounced")]
fn a_write_before_its_record_is_caught_at_the_door() {
    wrong(Bug::ResultOnly, &rotation("24h"), &MemoryHost::new());
}

#[test]
fn a_revoke_before_the_promotion_locks_out_who_still_has_the_old_one() {
    let host = MemoryHost::new();
    wrong(Bug::RevokeFirst, &rotation("0s"), &host);
    let calls = host.world().calls.clone();
    let at = |verb: &str| calls.iter().position(|call| call.starts_with(verb));
    assert!(at("revoke old-id") < at("put profile ci"), "{calls:?}");
}
