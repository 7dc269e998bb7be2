//! Tries: again, in time, lost, or over.

use super::linear::rotation;
use crate::event::{Event, Status};
use crate::execute::testing::*;
use crate::time::Timestamp;

fn one(step: &str) -> String {
    format!("version: 1\nname: some\nsteps:\n  - {{ id: it, {step} }}\n")
}

/// When each try began, in milliseconds after the beginning.
fn begun(host: &MemoryHost) -> Vec<i64> {
    let history = host.history();
    let started = history.iter().filter(|entry| matches!(entry.event, Event::Started(_)));
    started.map(|entry| entry.at.0 - BEGIN.0).collect()
}

#[test]
fn only_what_may_help_is_tried_again_and_each_try_has_its_time() {
    let text = one("uses: test.write, with: { name: n }, retry: { max_attempts: 4, delay: 10s }");
    let host = MemoryHost::new()
        .fault("write", 1, Fault::NotSent)
        .fault("write", 2, Fault::Busy)
        .fault("write", 3, Fault::NotSent);
    let outcome = run_text(&text, &host);
    assert_eq!(told(&outcome), "it succeeded");
    assert_eq!(outcome.steps[0].attempts, 4);
    let begun = begun(&host);
    for (wait, full) in begun.windows(2).map(|pair| pair[1] - pair[0]).zip([10, 20, 40]) {
        assert!((full * 800..=full * 1000).contains(&wait), "{begun:?}");
    }
    let host = MemoryHost::new().fault("write", 1, Fault::Refused(404));
    assert_eq!(told(&run_text(&text, &host)), "it failed");
    assert_eq!(host.world().calls.len(), 1);
}

#[test]
fn every_try_of_a_write_has_a_marker_of_its_own() {
    let text = one("uses: test.write, with: { name: n }, retry: { max_attempts: 3, delay: 1s }");
    let host = MemoryHost::new().fault("write", 1, Fault::NotSent).fault("write", 2, Fault::Busy);
    run_text(&text, &host);
    let history = host.history();
    let markers: std::collections::BTreeSet<&str> = history
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Started(started) => started.marker.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(markers.len(), 3);
    // 8 hex of SHA-256 of the workflow's name, the run, 8 hex of chance.
    let name = &crate::execute::sha256("some")[..8];
    assert!(markers.iter().all(|of| of.starts_with(&format!("cutover-{name}-k3f9-"))));
}

#[test]
fn a_try_ends_by_its_deadline_which_begins_anew_each_time() {
    let text = one(
        "uses: test.write, timeout: 5s, with: { name: n }, retry: { max_attempts: 2, delay: 10s }",
    );
    let host = MemoryHost::new().fault("write", 1, Fault::NotSent);
    run_text(&text, &host);
    let deadlines: Vec<(Timestamp, Timestamp)> = host
        .history()
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Started(started) => Some((entry.at, started.deadline)),
            _ => None,
        })
        .collect();
    assert!(deadlines.iter().all(|(at, end)| end.0 - at.0 == 5000), "{deadlines:?}");
    assert_eq!(host.world().deadlines, [deadlines[0].1, deadlines[1].1]);
}

#[test]
fn a_refusal_is_not_yet_for_a_step_that_verifies_and_no_for_any_other() {
    let retry = "retry: { max_attempts: 3, delay: 1s }";
    let text = format!(
        "version: 1\nname: some\nsteps:\n  - {{ id: write, uses: test.http, with: {{ name: n }} }}\n  \
         - {{ id: it, uses: test.look, verifies: write, with: {{ name: n }}, {retry} }}\n"
    );
    let denied = || {
        MemoryHost::new().fault("look", 1, Fault::Refused(401)).fault(
            "look",
            2,
            Fault::Refused(403),
        )
    };
    let host = denied();
    assert_eq!(told(&run_text(&text, &host)), "write succeeded, it succeeded");
    let history = host.history();
    let reasons = history.iter().filter_map(|entry| match &entry.event {
        Event::RetryAt { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    let reasons: Vec<&str> = reasons.collect();
    assert_eq!(reasons, ["not yet (401)", "not yet (403)"]);
    let plain = text.replace("verifies: write, ", "");
    assert_eq!(told(&run_text(&plain, &denied())), "write succeeded, it failed");
}

#[test]
fn until_tries_again_until_it_holds() {
    let text = one("uses: test.count, until: gte result.value 3, with: { name: n }, \
         retry: { max_attempts: 4, delay: 1s, backoff: constant }");
    let host = MemoryHost::new();
    let outcome = run_text(&text, &host);
    assert_eq!((told(&outcome).as_str(), outcome.steps[0].attempts), ("it succeeded", 3));
    let host = MemoryHost::new();
    let outcome = run_text(&text.replace("result.value 3", "result.value 9"), &host);
    assert_eq!((told(&outcome).as_str(), outcome.steps[0].attempts), ("it failed", 4));
    assert_eq!(outcome.error.expect("it failed").code, "until");
}

#[test]
fn a_lost_write_that_may_be_repeated_is_and_another_is_not() {
    let retry = "with: { name: n }, retry: { max_attempts: 3, delay: 1s }";
    let host = MemoryHost::new().fault("write", 1, Fault::LostDone);
    let outcome = run_text(&one(&format!("uses: test.put, {retry}")), &host);
    assert_eq!(told(&outcome), "it succeeded");
    assert_eq!(
        words(&host.history())[1..5],
        ["started it 1", "lost it 1", "retry_at it 2", "started it 2"]
    );
    let host = MemoryHost::new().fault("write", 1, Fault::LostUndone);
    let outcome = run_text(&one(&format!("uses: test.write, {retry}")), &host);
    assert_eq!((told(&outcome).as_str(), outcome.status), ("it parked", Status::Parked));
    let marker = outcome.steps[0].marker.clone().expect("a write has a marker");
    assert_eq!(outcome.left, [format!("`it` may have been done: look for the marker {marker}")]);
}

#[test]
fn a_write_that_is_repeated_has_an_end_too() {
    let text = one("uses: test.put, with: { name: n }, retry: { max_attempts: 2, delay: 1s }");
    let host =
        MemoryHost::new().fault("write", 1, Fault::LostDone).fault("write", 2, Fault::LostDone);
    let outcome = run_text(&text, &host);
    assert_eq!((told(&outcome).as_str(), outcome.status), ("it undone", Status::Undone));
}

#[test]
fn a_lost_read_is_no_lost_write() {
    let text = one("uses: test.look, with: { name: n }");
    let host = MemoryHost::new().fault("look", 1, Fault::LostUndone);
    let outcome = run_text(&text, &host);
    assert_eq!((told(&outcome).as_str(), outcome.status), ("it failed", Status::Failed));
    let cautious = one("uses: test.cautious, with: { name: n }");
    let host = MemoryHost::new().fault("look", 1, Fault::LostUndone);
    let outcome = run_text(&cautious, &host);
    assert_eq!((told(&outcome).as_str(), outcome.status), ("it failed", Status::Failed));
}

#[test]
fn a_write_that_was_answered_is_never_called_undone_because_a_look_after_it_failed() {
    let text = one("uses: test.twice, with: { name: n }");
    let host = MemoryHost::new().fault("look", 1, Fault::Refused(500));
    let outcome = run_text(&text, &host);
    assert_eq!((told(&outcome).as_str(), outcome.status), ("it parked", Status::Parked));
}

#[test]
fn a_failure_of_the_edge_stops_the_run_where_it_is() {
    let text = one("uses: test.write, with: { name: n }");
    let host = MemoryHost::new().fault("write", 1, Fault::Edge);
    let error = run_with(&planned(&text), &host, &How::default()).expect_err("the edge failed");
    assert_eq!(error.to_string(), "a sync failed");
    assert_eq!(words(&host.history()), ["claimed", "started it 1"]);
}

#[test]
fn what_succeeded_beside_a_failure_of_the_edge_is_still_recorded() {
    let text = "version: 1\nname: some\nsteps:\n  \
                - { id: a, uses: test.put, needs: [], with: { name: a } }\n  \
                - { id: b, uses: test.exec, needs: [], with: { program: other } }\n";
    let host = MemoryHost::new().fault("other", 1, Fault::Edge);
    run_with(&planned(text), &host, &How::default()).expect_err("the edge failed");
    assert_eq!(words(&host.history()), ["claimed", "started a 1", "started b 1", "succeeded a 1"]);
}

#[test]
fn a_proof_with_a_secret_that_is_gone_is_not_tried_again() {
    let text = rotation("24h");
    let host = MemoryHost::new().fault("list", 1, Fault::Gone);
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.error.expect("it failed").code, "gone");
    assert!(!words(&host.history()).contains(&"retry_at works 2".to_owned()));
}
