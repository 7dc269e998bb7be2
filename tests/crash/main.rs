//! `kill -9` at every system call that changes something, of the real binary in the sandbox: then
//! nobody is locked out, `resume` ends well, and nothing is orphaned, doubled or forgotten. With a
//! plugin also at every request, by the server that it asks: before it does it, after, or much later.
//!
//! A sample is looked at, spread evenly; with `CUTOVER_CRASH=all` every point is. A failure prints
//! the line that looks at its point alone.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod acme;
mod calls;
mod failing;
mod oracle;
mod place;
mod requests;
mod sweep;
mod tracer;
mod vault;

use crate::place::{Ends, Provider, Scenario};
use crate::sweep::Sweep;

/// What is said where a token was lost.
const ORPHANED: &[&str] = &["lives, and nobody knows: [\""];

/// The rotation that ships, in a world that has no state yet.
const SHIPPED: Scenario = Scenario {
    name: "rotate-management-token",
    text: include_str!("../../workflows/rotate-management-token.yaml"),
    ran_before: 0,
    provider: Provider::Cloud,
    ends: Ends::Run,
};

/// Two places side by side, in a world where one token is owed already.
const TWO_PLACES: Scenario = Scenario {
    name: "two-places",
    text: include_str!("two-places.yaml"),
    ran_before: 1,
    ..SHIPPED
};

/// A plugin in Lua makes, stores, verifies and revokes.
const ACME: Scenario = Scenario {
    name: "rotate-acme-token",
    text: include_str!("../../workflows/rotate-acme-token.yaml"),
    ran_before: 1,
    provider: Provider::Acme,
    ends: Ends::Run,
};

/// A plugin writes two entries side by side.
const TWO_ENTRIES: Scenario =
    Scenario { name: "two-entries", text: include_str!("two-entries.yaml"), ..ACME };

/// The same, while the old one is revoked.
const ENTRIES_DEBT: Scenario =
    Scenario { name: "two-entries-debt", ran_before: 2, ends: Ends::Tick, ..TWO_ENTRIES };

#[test]
fn the_shipped_rotation_ends_right_wherever_it_crashes() {
    ends_right(SHIPPED, 160);
}

#[test]
fn a_rotation_of_two_places_ends_right_wherever_it_crashes() {
    ends_right(TWO_PLACES, 160);
}

#[test]
fn the_shipped_rotation_ends_right_whatever_the_disk_refuses() {
    let report = failing::go(&SHIPPED, 45);
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}

#[test]
fn a_rotation_by_a_plugin_ends_right_wherever_it_crashes() {
    ends_right(ACME, 40);
}

#[test]
fn what_a_plugin_owes_is_paid_wherever_that_crashes() {
    ends_right(ENTRIES_DEBT, 20);
}

#[test]
fn a_rotation_by_a_plugin_ends_right_whichever_request_is_its_last() {
    let report = requests::go(&TWO_ENTRIES, None);
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}

#[test]
fn what_a_plugin_owes_is_paid_whichever_request_is_its_last() {
    let report = requests::go(&ENTRIES_DEBT, None);
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}

#[test]
fn an_engine_that_revokes_first_is_found() {
    // What is revoked too early may also be gone only once it is in use again.
    is_found(TWO_PLACES, "RevokeFirst", &["is locked out", "is known, and dead: [\""]);
    is_found(TWO_ENTRIES, "RevokeFirst", &["is locked out"]);
}

#[test]
fn an_engine_that_records_results_only_is_found() {
    is_found(TWO_PLACES, "ResultOnly", ORPHANED);
}

#[test]
fn an_engine_that_records_results_only_is_found_with_a_plugin() {
    // Between a request and its answer a process makes no call that is a point.
    is_found_by_requests("ResultOnly", ORPHANED);
}

#[test]
fn an_engine_that_does_not_wait_for_what_may_still_land_is_found_with_a_plugin() {
    is_found_by_requests("NoSettleWait", ORPHANED);
}

#[track_caller]
fn is_found_by_requests(bug: &'static str, telltales: &'static [&'static str]) {
    let report = requests::go(&TWO_ENTRIES, Some((bug, telltales)));
    assert!(report.says(telltales), "{bug} passes:\n{}", report.violations.join("\n"));
}

#[track_caller]
fn is_found(scenario: Scenario, bug: &'static str, telltales: &'static [&'static str]) {
    let sweep = Sweep { scenario, points: 120, bug: Some((bug, telltales)) };
    let report = sweep.go();
    assert!(sweep.is_found(&report), "{bug} passes:\n{}", report.violations.join("\n"));
}

#[track_caller]
fn ends_right(scenario: Scenario, points: u64) {
    let report = Sweep { scenario, points, bug: None }.go();
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}
