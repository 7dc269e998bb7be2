//! An interrupt: nothing new starts, what runs is awaited, waits are cut short.

use crate::event::Status;
use crate::execute::testing::*;
use crate::run::Outcome;

fn stopped(steps: &str, after: u64, host: &MemoryHost) -> Outcome {
    let plan = planned(&format!("version: 1\nname: some\nsteps:\n{steps}"));
    let how = How { stop_after: Some(after), ..How::default() };
    run_with(&plan, host, &how).expect("the edge holds")
}

#[test]
fn what_runs_is_awaited_and_nothing_new_starts() {
    let host = MemoryHost::new().fault("write", 1, Fault::Slow(5000));
    let outcome = stopped(
        "  - { id: a, uses: test.write, with: { name: a } }\n  - { id: b, uses: test.write, with: { name: b } }\n",
        1000,
        &host,
    );
    assert_eq!(told(&outcome), "a succeeded, b pending");
    assert_eq!((outcome.ended, outcome.interrupted), (false, true));
    assert_eq!(host.clock.passed(), 5000);
    assert_eq!(words(&host.history()), ["claimed", "started a 1", "stopped", "succeeded a 1"]);
}

#[test]
fn the_wait_for_a_retry_is_cut_short() {
    let host = MemoryHost::new().fault("write", 1, Fault::NotSent);
    let outcome = stopped(
        "  - { id: a, uses: test.write, with: { name: a }, retry: { max_attempts: 2, delay: 10m } }\n",
        1000,
        &host,
    );
    assert_eq!(host.clock.passed(), 1000);
    assert_eq!((outcome.ended, outcome.interrupted), (false, true));
}

#[test]
fn a_step_that_waits_is_cut_short_and_goes_on_later() {
    let steps = "  - { id: a, uses: test.wait, with: { ms: 600000 } }\n  - { id: b, uses: test.write, with: { name: b } }\n";
    let host = MemoryHost::new();
    let outcome = stopped(steps, 1000, &host);
    assert_eq!(host.clock.passed(), 1000);
    assert!(outcome.interrupted);
    let again = MemoryHost::new();
    *again.journal() = Journal::holding(&host.history());
    let how = How { history: host.history(), ..How::default() };
    let plan = planned(&format!("version: 1\nname: some\nsteps:\n{steps}"));
    let outcome = run_with(&plan, &again, &how).expect("the edge holds");
    assert_eq!(told(&outcome), "a succeeded, b succeeded");
    assert_eq!(outcome.status, Status::Succeeded);
}

#[test]
fn a_run_that_was_done_anyway_is_done() {
    let host = MemoryHost::new().fault("write", 1, Fault::Slow(5000));
    let outcome = stopped("  - { id: a, uses: test.write, with: { name: a } }\n", 1000, &host);
    assert_eq!((outcome.status, outcome.ended), (Status::Succeeded, true));
    assert!(!outcome.interrupted);
}
