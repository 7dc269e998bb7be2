//! What waits: for a time, for a person.

use cutover_engine::ctx::{Waited, Word};
use cutover_engine::event::Decision;
use cutover_engine::step::{Park, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

use crate::world::{Asked, MARKER, World, filled};

const MINUTE: Duration = Duration::seconds(60);

fn run(world: &World, step: &str, params: &Map) -> Result<Map, StepError> {
    Asked { world, step, params, marker: MARKER }.run()
}

fn wait_for(seconds: u64) -> Map {
    filled("wait", [("for", Value::Duration(Duration::seconds(seconds)))])
}

fn until(at: Timestamp) -> Option<Park> {
    Some(Park { until: Some(at), ask: None })
}

fn came_back(world: &World, park: Park, word: Option<Word>) {
    world.state().waited = Some(Waited { park, word });
}

#[test]
fn a_short_wait_is_slept_and_a_long_one_parks_the_run() {
    let world = World::new();
    let begun = world.state().now;
    let outputs = run(&world, "wait", &wait_for(60)).expect("it is slept");
    assert_eq!(outputs["at"], (begun + MINUTE).into());
    assert_eq!(world.state().now, begun + MINUTE);
    let now = world.state().now;
    let error = run(&world, "wait", &wait_for(61)).expect_err("it parks");
    assert_eq!(error.park, until(now + Duration::seconds(61)));
    assert_eq!(world.state().now, now, "and sleeps nothing");
}

#[test]
fn a_wait_counts_from_its_first_try() {
    let world = World::new();
    let at = world.state().now + Duration::seconds(3600);
    came_back(&world, Park { until: Some(at), ask: None }, None);
    world.state().now = at - MINUTE - MINUTE;
    let error = run(&world, "wait", &wait_for(3600)).expect_err("two minutes are left");
    assert_eq!(error.park, until(at));
    world.state().now = at + MINUTE;
    let outputs = run(&world, "wait", &wait_for(3600)).expect("it is over");
    assert_eq!(outputs["at"], at.into());
    assert_eq!(world.state().now, at + MINUTE, "nothing was left to wait for");
}

#[test]
fn a_moment_is_waited_for_and_one_that_has_passed_is_not() {
    let world = World::new();
    let now = world.state().now;
    let ask = |at: Timestamp| run(&world, "wait", &filled("wait", [("until", at.into())]));
    assert_eq!(
        ask(now + MINUTE + MINUTE).expect_err("it parks").park,
        until(now + MINUTE + MINUTE)
    );
    assert_eq!(ask(now - MINUTE).expect("it has passed")["at"], (now - MINUTE).into());
    assert_eq!(world.state().now, now);
}

#[test]
fn in_a_hook_a_long_wait_is_slept() {
    for path in ["on_failure.pause", "finally.pause"] {
        let world = World::new();
        let begun = world.state().now;
        world.state().path = path.to_owned();
        run(&world, "wait", &wait_for(3600)).expect("nothing there parks a run");
        assert_eq!(world.state().now, begun + Duration::seconds(3600), "{path}");
    }
}

fn answered(decision: Decision, note: &str) -> Result<Map, StepError> {
    let world = World::new();
    let at = world.state().now;
    let word = Word { decision, by: "ann".to_owned(), at, note: note.to_owned() };
    came_back(&world, Park { until: None, ask: Some("may it?".to_owned()) }, Some(word));
    run(&world, "approval.wait", &filled("approval.wait", [("ask", "may it?".into())]))
}

#[test]
fn a_question_parks_the_run_until_somebody_answers() {
    let world = World::new();
    let params = filled("approval.wait", [("ask", "may it?".into())]);
    let asked = Some(Park { until: None, ask: Some("may it?".to_owned()) });
    let error = run(&world, "approval.wait", &params).expect_err("nobody has said anything");
    assert_eq!(error.park, asked);
    came_back(&world, error.park.expect("it parks"), None);
    let error = run(&world, "approval.wait", &params).expect_err("still nobody");
    assert_eq!(error.park, asked);
    let blank = filled("approval.wait", [("ask", " ".into())]);
    assert_eq!(run(&world, "approval.wait", &blank).expect_err("no question").code, "parameter");
}

#[test]
fn a_yes_goes_on_with_who_when_and_why() {
    let outputs = answered(Decision::Approve, "as agreed").expect("ann agreed");
    assert_eq!(outputs["by"], "ann".into());
    assert_eq!(outputs["note"], "as agreed".into());
    assert!(matches!(outputs["at"], Value::Timestamp(_)));
}

#[test]
fn a_no_fails_the_step_with_who_and_why() {
    let error = answered(Decision::Reject, "not on a Friday").expect_err("ann refused");
    assert_eq!(error.message, "ann said no: not on a Friday");
    assert_eq!((error.code.as_str(), error.retryable), ("rejected", false));
    assert_eq!(error.park, None);
    assert_eq!(answered(Decision::Reject, "").expect_err("ann refused").message, "ann said no");
}

#[test]
fn what_is_neither_yes_nor_no_leaves_the_question_open() {
    for decision in [Decision::Redo, Decision::Skip, Decision::Abandon] {
        assert!(answered(decision, "").expect_err("it is no answer").park.is_some());
    }
}
