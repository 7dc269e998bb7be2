//! The end of a process at every call of a run, and of the one that goes on with it: wherever it
//! is, the next one ends right.

use super::linear::rotation;
use crate::event::Status;
use crate::execute::testing::*;
use crate::plan::Plan;
use crate::run::Outcome;

/// Lets the process end at a call, and goes on as another one. None where it came to its end.
fn die_at(plan: &Plan, host: &MemoryHost, call: usize, last: Last) -> Option<()> {
    host.death.at(call, last);
    let how = How { history: host.history(), ..How::default() };
    let died = run_or_die(plan, host, &how).is_none();
    host.death.none();
    host.secrets.forget();
    died.then_some(())
}

fn go_on(plan: &Plan, host: &MemoryHost) -> Outcome {
    let history = host.history();
    run_with(plan, host, &How { history, ..How::default() }).expect("the edge holds")
}

/// Nobody is locked out; one new token lives, and the profile holds it; the old one is gone where
/// it is to be.
#[track_caller]
fn assert_rotated(host: &MemoryHost, outcome: &Outcome, overlap: &str, at: &str) {
    let world = host.world();
    assert_eq!(
        outcome.status,
        Status::Succeeded,
        "{at}: {}\n{:#?}",
        told(outcome),
        words(&host.history())
    );
    assert_eq!(world.locked_out, Vec::<String>::new(), "{at}");
    let live = world.live();
    let old = usize::from(overlap != "0s");
    assert_eq!(live.len(), 2 + old, "{at}: {live:?}\n{:#?}", words(&host.history()));
    let held = &world.places["profile ci"];
    let holder = world.tokens.iter().find(|token| token.value == *held).expect("it is a token");
    assert!(holder.live && holder.id.starts_with("new-"), "{at}: {holder:?}");
    let of_create = outcome.steps.iter().find(|step| step.id == "create").expect("it made it");
    assert_eq!(of_create.outputs["id"], holder.id.as_str().into(), "{at}");
}

fn with_vault(overlap: &str) -> String {
    rotation(overlap).replace(
        "  - id: publish",
        "  - { id: keep, uses: fake.store, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    )
}

#[test]
fn a_rotation_ends_right_wherever_its_process_ends() {
    for overlap in ["0s", "24h"] {
        for text in [rotation(overlap), with_vault(overlap)] {
            let plan = planned(&text);
            for last in [Last::Undone, Last::Done] {
                for call in 0.. {
                    let host = MemoryHost::new();
                    if die_at(&plan, &host, call, last).is_none() {
                        assert!(call > 10, "all of it was tried: {call}");
                        break;
                    }
                    let outcome = go_on(&plan, &host);
                    assert_rotated(&host, &outcome, overlap, &format!("{overlap} {last:?} {call}"));
                }
            }
        }
    }
}

#[test]
fn a_rotation_ends_right_wherever_the_process_that_goes_on_with_it_ends_too() {
    let plan = planned(&with_vault("0s"));
    for last in [Last::Undone, Last::Done] {
        for first in 0.. {
            let host = MemoryHost::new();
            if die_at(&plan, &host, first, last).is_none() {
                break;
            }
            for second in 0.. {
                let host = MemoryHost::new();
                die_at(&plan, &host, first, last);
                if die_at(&plan, &host, second, last).is_none() {
                    break;
                }
                let outcome = go_on(&plan, &host);
                assert_rotated(&host, &outcome, "0s", &format!("{last:?} {first} {second}"));
            }
        }
    }
}
