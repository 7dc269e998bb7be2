//! Events that cannot be: each is noted and changes nothing.

use super::*;
use crate::event::{Entry, Started};
use crate::execute::testing::{BEGIN, MemoryHost, run_text};
use crate::spec::Role;
use crate::value::Value;

fn entry(event: Event) -> Entry {
    Entry { at: BEGIN, event }
}

fn claimed() -> Entry {
    let host = MemoryHost::new();
    run_text("version: 1\nname: a\nsteps: [{ id: a, uses: test.echo }]\n", &host);
    host.history()[0].clone()
}

fn started(step: &str, attempt: u32) -> Event {
    Event::Started(Box::new(Started {
        step: step.to_owned(),
        attempt,
        uses: String::new(),
        role: Role::Read,
        params: Map::new(),
        deadline: BEGIN,
        marker: None,
        writes: false,
        checks: indexmap::IndexMap::new(),
    }))
}

fn succeeded(step: &str, attempt: u32) -> Event {
    Event::Succeeded {
        step: step.to_owned(),
        attempt,
        outputs: Map::new(),
        checks: indexmap::IndexMap::new(),
        unwritten: false,
    }
}

fn expanded(step: &str) -> Event {
    Event::Expanded { step: step.to_owned(), items: vec![Value::Null; 4] }
}

/// Applies events and returns the defects.
fn defects(events: Vec<Event>) -> Vec<String> {
    let mut run = Run::new(mixed(), "k3f9");
    run.apply(&claimed());
    for event in events {
        run.apply(&entry(event));
        assert_counts(&run);
    }
    run.defects
}

#[test]
fn what_cannot_be_is_said_in_words() {
    assert_eq!(defects(vec![started("nope", 1)]), ["there is no step `nope`"]);
    assert_eq!(defects(vec![started("create", 1)]), ["`create` cannot begin try 1 now"]);
    assert_eq!(defects(vec![started("all", 1)]), ["`all` runs once for each item, not by itself"]);
    assert_eq!(defects(vec![started("all[0]", 1)]), ["there is no step `all[0]`"]);
    assert_eq!(defects(vec![expanded("all"), expanded("all")]), ["`all` cannot be expanded now"]);
    assert_eq!(defects(vec![expanded("before")]), ["`before` cannot be expanded now"]);
    assert_eq!(defects(vec![succeeded("before", 1)]), ["`before` has no try 1 to end"]);
    assert_eq!(
        defects(vec![started("before", 1), succeeded("before", 2)]),
        ["`before` has no try 2 to end"]
    );
    assert_eq!(
        defects(vec![started("before", 1), started("before", 1)]),
        ["`before` cannot begin try 1 now"]
    );
    assert_eq!(
        defects(vec![started("finally.last[0]", 1)]),
        ["there is no step `finally.last[0]`"]
    );
    assert_eq!(defects(vec![claimed().event]), ["the run is claimed twice"]);
}

#[test]
fn nothing_happens_before_the_claim_or_after_the_end() {
    let mut run = Run::new(mixed(), "k3f9");
    run.apply(&entry(started("before", 1)));
    assert_eq!(run.defects, ["something happens before the run is claimed"]);
    let ended = Event::Ended { status: Status::Abandoned, error: None, outputs: Map::new() };
    assert_eq!(
        defects(vec![ended.clone(), ended, started("before", 1)]),
        ["something happens after the end", "something happens after the end"]
    );
}

#[test]
fn a_try_after_a_crash_is_legal() {
    let run = defects(vec![started("before", 1), started("before", 2), succeeded("before", 2)]);
    assert!(run.is_empty(), "{run:?}");
}

#[test]
fn a_long_list_of_defects_is_cut() {
    assert_eq!(defects((0..500).map(|_| started("nope", 1)).collect()).len(), 100);
}
