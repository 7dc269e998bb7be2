//! A crash at every record of an undo: nobody is locked out, and what goes on from there takes the
//! rest back.

use super::linear::rotation;
use crate::event::{Event, Status};
use crate::execute::testing::*;
use crate::plan::Plan;
use crate::run::Outcome;

/// A crash at one record of a run whose `verify` fails, and what went on from there.
struct Crashed {
    host: MemoryHost,
    /// Whether the process ended before its run did.
    crashed: bool,
    outcome: Outcome,
}

fn host() -> MemoryHost {
    MemoryHost::new().fault("list", 2, Fault::Refused(401))
}

fn crash_at(plan: &Plan, commit: usize) -> Crashed {
    let host = host();
    host.journal().fails_at = Some(commit);
    let crashed = run_with(plan, &host, &How::default()).is_err();
    host.journal().fails_at = None;
    host.secrets.forget();
    let how = How { history: host.history(), ..How::default() };
    let outcome = run_with(plan, &host, &how).expect("the edge holds");
    Crashed { host, crashed, outcome }
}

/// Returns the first commit of which an undo is a part, and how many commits there are.
fn commits_of_undo(plan: &Plan, host: &MemoryHost) -> (usize, usize) {
    run_with(plan, host, &How::default()).expect("the edge holds");
    let undo = |entry: &crate::event::Entry| matches!(entry.event, Event::UndoStarted { .. });
    let first = host.history().iter().position(undo).expect("it is taken back");
    let mut before = 0;
    let commits = host.journal().commits.clone();
    let commit = commits.iter().position(|count| {
        before += count;
        before > first
    });
    (commit.expect("it is in one of them"), commits.len())
}

#[test]
fn a_crash_at_every_record_of_an_undo_locks_nobody_out() {
    let plan = planned(&rotation("0s"));
    let (first, all) = commits_of_undo(&plan, &host());
    assert!(all - first >= 3, "an undo of two steps is recorded as it goes: {first} of {all}");
    for commit in first..=all {
        let Crashed { host, crashed, outcome } = crash_at(&plan, commit);
        let world = host.world();
        assert_eq!(world.locked_out, Vec::<String>::new(), "crash at {commit}");
        assert_eq!(crashed, commit < all, "crash at {commit}");
        match outcome.status {
            Status::Undone => {
                assert_eq!(world.live(), ["old-id", "admin-id"], "crash at {commit}");
                assert_eq!(world.places["profile ci"], "old-value", "crash at {commit}");
            }
            // The failure was not recorded: the place holds the value still, and goes on with it.
            other => assert_eq!((other, commit), (Status::Succeeded, first), "{outcome:?}"),
        }
    }
}

/// Every undo writes, then the process ends before that is recorded.
#[test]
fn an_undo_that_was_done_and_not_recorded_is_done_once_more() {
    let text = "version: 1\nname: some\nsteps:\n  - { id: a, uses: test.write, with: { name: a } }\n  \
        - { id: b, uses: test.write, with: { name: b } }\n  \
        - { id: bad, uses: test.exec, with: { program: bad } }\n";
    let plan = planned(text);
    let bad = || MemoryHost::new().fault("bad", 1, Fault::NotSent);
    let (first, all) = commits_of_undo(&plan, &bad());
    // The first one also holds why the run failed.
    for commit in first + 1..all {
        let host = bad();
        host.journal().fails_at = Some(commit);
        run_with(&plan, &host, &How::default()).expect_err("the process ends there");
        host.journal().fails_at = None;
        let history = host.history();
        let how = How { history, ..How::default() };
        let outcome = run_with(&plan, &host, &how).expect("the edge holds");
        let world = host.world();
        let last = world.calls.last().map(String::as_str);
        assert!(matches!(outcome.status, Status::Undone), "{commit}: {outcome:?}");
        assert_eq!(last, Some("unwrite a"), "{commit}: {:?}", world.calls);
        assert!(outcome.undo_error.is_none() && outcome.left.is_empty());
    }
}
