//! Tests of the timeline.

use cutover_engine::event::{Claimed, Entry, Event, Identity, Started, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::{Map, Value};
use insta::assert_snapshot;

use super::drawing;
use crate::typed::Typed;

const MARKER: &str = "cutover-1f0a77c2-k3f9-8e21c04d";

fn at(seconds: i64, event: Event) -> Entry {
    let start = Timestamp::parse("2026-11-24T14:02:11.204Z").expect("a moment");
    Entry { at: Timestamp(start.0 + seconds * 1000), event }
}

fn claimed() -> Event {
    let old = Identity { id: "8d3f0a52-77aa-4d2e-9c11-01".to_owned(), ..Identity::default() };
    Event::Claimed(Box::new(Claimed {
        format: 1,
        workflow: "rotate-influx-ci".to_owned(),
        file: "rotate.yaml".to_owned(),
        text: String::new(),
        digest: String::new(),
        inputs: Map::new(),
        started_at: Timestamp(0),
        credential: Some("influx-ci-prod".to_owned()),
        owner: None,
        old: Some(old),
        salt: String::new(),
        machine: String::new(),
        engine: String::new(),
        first: false,
        plugins: indexmap::IndexMap::new(),
        trigger: None,
        family: cutover_engine::event::Kin::default(),
    }))
}

fn started(step: &str, role: Role, writes: bool) -> Event {
    Event::Started(Box::new(Started {
        step: step.to_owned(),
        attempt: 1,
        uses: "influxctl.management.create".to_owned(),
        role,
        params: Map::new(),
        deadline: Timestamp(0),
        marker: writes.then(|| MARKER.to_owned()),
        writes,
        checks: indexmap::IndexMap::new(),
    }))
}

fn succeeded(step: &str) -> Event {
    let outputs = [("prefix".to_owned(), Value::from("M.V1.+5Jk"))].into_iter().collect();
    Event::Succeeded {
        step: step.to_owned(),
        attempt: 1,
        outputs,
        checks: Default::default(),
        unwritten: false,
    }
}

fn drawn(entries: &[Entry], alive: bool) -> String {
    anstream::adapter::strip_str(&drawing("k3f9", entries, alive, &Typed::default(), 100))
        .to_string()
}

#[test]
fn a_run_that_was_cut_off_says_in_which_step_and_what_to_look_for() {
    let entries = [
        at(0, claimed()),
        at(0, started("before", Role::Read, false)),
        at(1, succeeded("before")),
        at(1, started("create", Role::Create, true)),
    ];
    assert_snapshot!(drawn(&entries, false), @"
    run k3f9   rotate-influx-ci   unfinished: cut off in `create`
      2026-11-24 UTC
      14:02:11.204  claimed  influx-ci-prod, old 8d3f…
      14:02:12.204  before   done   M.V1.+5Jk
      14:02:12.204  create   started, attempt 1, marker cutover-1f0a77c2-k3f9-8e21c04d
      (no more: the process ended)
    `create` may have happened: look for what is marked cutover-1f0a77c2-k3f9-8e21c04d
    Next: cutover resume k3f9
    ");
}

#[test]
fn a_run_that_is_over_says_how() {
    let ended = Event::Ended { status: Status::Succeeded, error: None, outputs: Map::new() };
    let entries = [at(0, claimed()), at(3, ended)];
    let drawn = drawn(&entries, false);
    assert!(drawn.starts_with("run k3f9   rotate-influx-ci   succeeded\n"), "{drawn}");
    assert!(!drawn.contains("abandon"), "{drawn}");
}

#[test]
fn a_run_that_is_going_is_not_called_cut_off() {
    let entries = [at(0, claimed()), at(1, started("create", Role::Create, true))];
    let drawn = drawn(&entries, true);
    assert!(drawn.contains("running: in `create`"), "{drawn}");
    assert!(!drawn.contains("abandon"), "{drawn}");
}
