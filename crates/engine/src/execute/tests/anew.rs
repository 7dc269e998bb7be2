//! What is made anew: when it may begin, how often, and with which value the others go on.

use super::linear::rotation;
use super::revive::{cut_after, since, until};
use crate::event::Status;
use crate::execute::anew::MAX_BEGINNINGS;
use crate::execute::testing::*;

/// A rotation with a step beside its place.
fn beside(step: &str) -> String {
    rotation("24h")
        .replace("    uses: fake.publish\n", "    uses: fake.publish\n    needs: [works]\n")
        .replace("  - id: verify\n", &format!("{step}  - id: verify\n"))
}

fn faults(host: &MemoryHost, faults: impl IntoIterator<Item = (&'static str, usize, Fault)>) {
    let mut world = host.world();
    world.counts.clear();
    world.faults.extend(faults.into_iter().map(|(verb, nth, of)| (verb.to_owned(), nth, of)));
}

#[test]
fn nothing_is_taken_back_to_be_made_anew_while_a_step_beside_it_may_still_fail() {
    let other = "  - { id: other, uses: test.cautious, needs: [works], with: { name: other } }\n";
    let (plan, host) = until(&beside(other), "put", 1);
    faults(&host, [("look", 1, Fault::Slow(500)), ("write", 1, Fault::Refused(400))]);
    let outcome = cut_after(&plan, &host, "succeeded works 1");
    assert_eq!(outcome.status, Status::Undone, "{}", told(&outcome));
    let again = since(&host, "resumed");
    let expected = [
        "resumed",
        "started other 1",
        "failed other 1",
        "undo_started create",
        "undone create",
        "ended undone",
    ];
    assert_eq!(again, expected);
}

#[test]
fn nothing_is_made_anew_for_a_step_of_which_an_item_has_failed_already() {
    let each = "  - { id: each, uses: test.write, needs: [works], for_each: [a, b], \
                retry: { max_attempts: 2, delay: 2s }, with: { name: \"{{ item }}\" } }\n";
    let (plan, host) = until(&beside(each), "put", 1);
    faults(&host, [("write", 1, Fault::Refused(400)), ("write", 2, Fault::Busy)]);
    let outcome = cut_after(&plan, &host, "succeeded works 1");
    assert_eq!(outcome.status, Status::Undone, "{}", told(&outcome));
    let again = since(&host, "resumed");
    assert!(!again.contains(&"reopened".to_owned()), "{again:#?}");
    assert_eq!(host.world().live(), ["old-id", "admin-id"]);
}

/// A value of ours, which a place takes.
fn drawn(name: &str) -> String {
    format!(
        "version: 1\nname: some\nsteps:\n  \
         - {{ id: draw, uses: test.draw, with: {{ name: {name} }} }}\n  \
         - {{ id: keep, uses: fake.store, with: {{ path: a, value: \"{{{{ steps.draw.value }}}}\" }} }}\n"
    )
}

#[test]
fn a_try_that_is_settled_goes_on_with_the_value_that_was_drawn_anew() {
    let (plan, host) = until(&drawn("steady"), "put", 1);
    let outcome = cut_after(&plan, &host, "started keep 1");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    let again = since(&host, "resumed");
    let reopened = again.iter().filter(|word| *word == "reopened").count();
    assert_eq!(reopened, 1, "{again:#?}");
    assert!(host.world().places["vault a"].starts_with("a-chosen-value"));
}

#[test]
fn what_is_not_there_after_it_was_made_again_and_again_is_given_up() {
    let (plan, host) = until(&drawn("fickle"), "put", 1);
    let outcome = cut_after(&plan, &host, "started keep 1");
    assert!(outcome.ended, "{}", told(&outcome));
    let error = outcome.error.expect("it failed");
    assert!(error.message.ends_with("made again and again"), "{}", error.message);
    let again = since(&host, "resumed");
    let reopened = again.iter().filter(|word| *word == "reopened").count();
    assert_eq!(reopened, MAX_BEGINNINGS as usize);
}

#[test]
fn a_place_that_was_sent_to_without_an_answer_gives_the_value_that_it_holds() {
    let text = rotation("24h").replace(
        "  - id: publish",
        "  - { id: keep, uses: test.send, with: { path: a, value: \"{{ steps.create.token }}\" } }\n  - id: publish",
    );
    let (plan, host) = until(&text, "put", 2);
    let outcome = cut_after(&plan, &host, "started keep 1");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-2"], "nothing was made again");
    let (plan, host) = until(&text, "put", 2);
    host.world().places.remove("vault a");
    let outcome = cut_after(&plan, &host, "started keep 1");
    assert_eq!(outcome.status, Status::Succeeded, "{}", told(&outcome));
    assert_eq!(host.world().live(), ["old-id", "admin-id", "new-3"]);
}
