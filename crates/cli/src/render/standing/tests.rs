//! Tests of how a run stands.

use cutover_engine::event::{Entry, Event, Failure, Identity, Started, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::Map;

use super::{Standing, of};
use crate::typed::Typed;

fn started(step: &str, role: Role) -> Event {
    let writes = role != Role::Read;
    Event::Started(Box::new(Started {
        step: step.to_owned(),
        attempt: 1,
        uses: String::new(),
        role,
        params: Map::new(),
        deadline: Timestamp(0),
        marker: writes.then(|| "cutover-1f0a77c2-k3f9-8e21c04d".to_owned()),
        writes,
        checks: indexmap::IndexMap::new(),
    }))
}

fn succeeded(step: &str) -> Event {
    Event::Succeeded {
        step: step.to_owned(),
        attempt: 1,
        outputs: Map::new(),
        checks: Default::default(),
        unwritten: false,
    }
}

fn failed(step: &str) -> Event {
    Event::Failed { step: step.to_owned(), attempt: 1, error: Failure::default() }
}

fn lost(step: &str) -> Event {
    Event::Lost { step: step.to_owned(), attempt: 1, error: Failure::default() }
}

fn undo(step: &str) -> Event {
    Event::UndoStarted { step: step.to_owned(), attempt: 1, uses: None, with: Map::new() }
}

fn not_undone(step: &str) -> Event {
    let error = Failure { step: step.to_owned(), ..Failure::default() };
    Event::UndoFailed { step: step.to_owned(), error }
}

fn promoted() -> Event {
    let (from, to) = (None, Identity::default());
    Event::Promoted { step: "promote".to_owned(), from, to, debts: Vec::new() }
}

fn parked(step: &str) -> Event {
    Event::Parked { step: step.to_owned(), until: None, ask: Some("yes?".to_owned()) }
}

fn ended(status: Status) -> Event {
    Event::Ended { status, error: None, outputs: Map::new() }
}

fn resumed() -> Event {
    Event::Resumed { machine: "here".to_owned() }
}

fn standing(events: &[Event], alive: bool) -> Standing {
    let entry = |event: &Event| Entry { at: Timestamp(0), event: event.clone() };
    of(&events.iter().map(entry).collect::<Vec<_>>(), alive)
}

#[track_caller]
fn stands(events: &[Event], words: &str, brief: &str) {
    let standing = standing(events, false);
    assert_eq!((standing.words().as_str(), standing.brief().as_str()), (words, brief));
}

#[test]
fn a_run_that_was_cut_off_says_where() {
    let create = started("create", Role::Create);
    let cut = std::slice::from_ref(&create);
    stands(cut, "unfinished: cut off in `create`", "cut off in `create`");
    let looked = [create.clone(), lost("create")];
    let words = "cut off while looking for what `create` did";
    stands(&looked, &format!("unfinished: {words}"), words);
    let taken = [create.clone(), succeeded("create"), failed("works"), undo("create")];
    let words = "cut off while taking back `create`";
    stands(&taken, &format!("unfinished: {words}"), words);
    stands(&[succeeded("create")], "unfinished: cut off", "cut off");
    // A read that was cut off left nothing: what writes is what matters.
    let both = [create, started("before", Role::Read)];
    stands(&both, "unfinished: cut off in `create`", "cut off in `create`");
}

#[test]
fn a_run_that_a_process_drives_is_running() {
    let events = [started("create", Role::Create)];
    assert_eq!(standing(&events, true).words(), "running: in `create`");
    assert_eq!(standing(&[], true).brief(), "running");
}

#[test]
fn a_stuck_run_names_what_is_not_taken_back_until_it_goes_on() {
    let stuck = [undo("publish"), not_undone("publish"), ended(Status::Stuck)];
    stands(&stuck, "stuck: could not take back `publish`", "stuck: `publish` is not taken back");
    let again = [&stuck[..], &[resumed(), undo("publish")]].concat();
    let words = "cut off while taking back `publish`";
    stands(&again, &format!("unfinished: {words}"), words);
}

#[test]
fn a_run_that_waits_says_for_what_until_it_goes_on() {
    stands(
        &[started("ask", Role::Other), parked("ask")],
        "parked: waits for a yes or a no on `ask`",
        "parked in `ask`",
    );
    let both = [parked("ask"), parked("other")];
    stands(&both, "parked: waits in `ask`, `other`", "parked in `ask`, `other`");
    let again = [parked("ask"), resumed(), started("ask", Role::Other)];
    stands(&again, "unfinished: cut off in `ask`", "cut off in `ask`");
}

#[test]
fn a_failure_after_promotion_waits_to_be_tried_again() {
    let waits = [promoted(), failed("cleanup")];
    stands(&waits, "unfinished: `cleanup` failed after promotion", "waits: `cleanup` failed");
    let again = [&waits[..], &[resumed()]].concat();
    stands(&again, "unfinished: cut off", "cut off");
}

#[test]
fn an_interrupt_is_told_until_something_begins_anew() {
    let stopped = [succeeded("create"), Event::Stopped];
    stands(&stopped, "unfinished: stopped by an interrupt", "interrupted");
    let again = [&stopped[..], &[resumed(), started("works", Role::Read)]].concat();
    stands(&again, "unfinished: cut off in `works`", "cut off in `works`");
}

#[test]
fn what_is_over_says_how_and_has_nothing_to_type() {
    let over = standing(&[parked("ask"), ended(Status::Undone)], false);
    assert_eq!((over.words().as_str(), over.word()), ("undone", "undone"));
    assert_eq!(over.next("k3f9", &Typed::default()), []);
}

#[test]
fn each_says_what_to_type_next() {
    let typed = |events: &[Event]| -> Vec<String> {
        let next = standing(events, false).next("k3f9", &Typed::default());
        next.into_iter().map(|(when, command)| format!("{when}: {command}")).collect()
    };
    assert_eq!(typed(&[started("create", Role::Create)]), ["Next: cutover resume k3f9"]);
    assert_eq!(
        typed(&[parked("ask")]),
        ["Yes: cutover resume k3f9 --approve ask", "No: cutover resume k3f9 --reject ask"]
    );
    let call = [started("call", Role::Other), lost("call"), parked("call")];
    assert_eq!(
        typed(&call),
        [
            "It was not done: cutover resume k3f9 --redo call",
            "It was, or need not be: cutover resume k3f9 --skip call",
        ]
    );
    let create = [started("create", Role::Create), lost("create"), parked("create")];
    assert_eq!(
        typed(&create),
        ["Nothing was made, or it is revoked now: cutover resume k3f9 --redo create"]
    );
}
