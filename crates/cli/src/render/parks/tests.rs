//! Tests of what waits.

use cutover_engine::event::{Decision, Event, Failure};
use cutover_engine::time::Timestamp;

use super::{Kind, Parks};

fn parked(step: &str, until: Option<Timestamp>, ask: Option<&str>) -> Event {
    Event::Parked { step: step.to_owned(), until, ask: ask.map(str::to_owned) }
}

fn kinds(events: &[Event]) -> Vec<Kind> {
    let mut parks = Parks::default();
    events.iter().for_each(|event| parks.see(event));
    parks.waiting().map(|park| park.kind).collect()
}

#[test]
fn what_it_waits_for_follows_from_what_came_before() {
    let lost = Event::Lost { step: "a".to_owned(), attempt: 1, error: Failure::default() };
    let settling = Event::Settling {
        step: "a".to_owned(),
        attempt: 1,
        until: Timestamp(0),
        reason: String::new(),
    };
    let at = Some(Timestamp(7));
    assert_eq!(kinds(&[parked("a", at, None)]), [Kind::Time]);
    assert_eq!(kinds(&[parked("a", at, Some("yes?"))]), [Kind::Word]);
    assert_eq!(kinds(&[lost.clone(), parked("a", None, Some("?"))]), [Kind::Lost]);
    assert_eq!(kinds(&[lost, settling, parked("a", None, Some("?"))]), [Kind::Look]);
}

#[test]
fn a_word_ends_the_wait() {
    let decided = Event::Decided {
        step: "a".to_owned(),
        decision: Decision::Approve,
        by: "ana".to_owned(),
        note: String::new(),
    };
    assert_eq!(kinds(&[parked("a", None, None), parked("b", None, None), decided]), [Kind::Word]);
}
