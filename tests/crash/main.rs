//! `kill -9` at every system call that changes something, of the real binary in the sandbox: then
//! nobody is locked out, `resume` ends well, and nothing is orphaned, doubled or forgotten.
//!
//! A sample is looked at, spread evenly; with `CUTOVER_CRASH=all` every point is. A failure prints
//! the line that looks at its point alone.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod calls;
mod failing;
mod oracle;
mod place;
mod sweep;
mod tracer;

use crate::place::Scenario;
use crate::sweep::Sweep;

/// The rotation that ships, in a world that has no state yet.
const SHIPPED: Scenario = Scenario {
    name: "rotate-management-token",
    text: include_str!("../../workflows/rotate-management-token.yaml"),
    ran_before: false,
};

/// Two places side by side, in a world where one token is owed already.
const TWO_PLACES: Scenario =
    Scenario { name: "two-places", text: include_str!("two-places.yaml"), ran_before: true };

#[test]
fn the_shipped_rotation_ends_right_wherever_it_crashes() {
    ends_right(SHIPPED);
}

#[test]
fn a_rotation_of_two_places_ends_right_wherever_it_crashes() {
    ends_right(TWO_PLACES);
}

#[test]
fn the_shipped_rotation_ends_right_whatever_the_disk_refuses() {
    let report = failing::go(&SHIPPED, 45);
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}

#[test]
fn an_engine_that_revokes_first_is_found() {
    is_found("RevokeFirst", "is locked out");
}

#[test]
fn an_engine_that_records_results_only_is_found() {
    is_found("ResultOnly", "lives, and nobody knows: [\"");
}

#[track_caller]
fn is_found(bug: &'static str, telltale: &'static str) {
    let sweep = Sweep { scenario: TWO_PLACES, points: 60, bug: Some((bug, telltale)) };
    let report = sweep.go();
    assert!(sweep.is_found(&report), "{bug} passes:\n{}", report.violations.join("\n"));
}

#[track_caller]
fn ends_right(scenario: Scenario) {
    let report = Sweep { scenario, points: 160, bug: None }.go();
    assert!(report.violations.is_empty(), "{}", report.violations.join("\n"));
}
