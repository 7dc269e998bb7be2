//! Moments of schedules, both ways through the change of the clocks.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::parse::parse;
use crate::source::Source;
use crate::time::Duration;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap_or_else(|| panic!("{text} is no moment"))
}

fn schedule(cron: &str, zone: &str) -> Schedule {
    Schedule::new(cron, Some(zone)).unwrap_or_else(|why| panic!("{why}"))
}

/// Returns the moments between two, walked forwards; walked backwards they must be the same.
fn between(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (at(from), at(to));
    let forwards: Vec<Timestamp> =
        std::iter::successors(schedule.next(from), |now| schedule.next(*now))
            .take_while(|found| *found <= to)
            .collect();
    let before = |now: Timestamp| schedule.last(Timestamp(now.0 - 1));
    let mut backwards: Vec<Timestamp> =
        std::iter::successors(schedule.last(to), |now| before(*now))
            .take_while(|found| *found > from)
            .collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    forwards.iter().map(ToString::to_string).collect()
}

#[test]
fn a_schedule_falls_by_the_clock_of_its_zone() {
    let mondays = schedule("0 3 * * 1", "Europe/Berlin");
    let found = between(&mondays, "2026-10-12T00:00:00Z", "2026-11-03T00:00:00Z");
    let wanted = [
        "2026-10-12T01:00:00Z",
        "2026-10-19T01:00:00Z",
        "2026-10-26T02:00:00Z",
        "2026-11-02T02:00:00Z",
    ];
    assert_eq!(found, wanted, "an hour later in UTC once summer time is over");
}

#[test]
fn a_time_that_the_day_does_not_have_falls_right_after_the_gap() {
    let daily = schedule("30 2 * * *", "Europe/Berlin");
    let found = between(&daily, "2026-03-27T12:00:00Z", "2026-03-31T00:00:00Z");
    let wanted = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    assert_eq!(found, wanted);
}

#[test]
fn a_time_that_comes_twice_falls_once_and_what_repeats_goes_on() {
    let daily = schedule("30 2 * * *", "Europe/Berlin");
    let found = between(&daily, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    let hourly = schedule("30 * * * *", "Europe/Berlin");
    let found = between(&hourly, "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z");
    assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]);
}

#[test]
fn of_many_that_were_missed_the_newest_is_made_up_for() {
    let daily = schedule("0 3 * * *", "UTC");
    let (ran, now) = (at("2026-11-01T03:00:00Z"), at("2026-11-24T12:00:00Z"));
    assert_eq!(daily.due(ran, now), Some(at("2026-11-24T03:00:00Z")));
    assert_eq!(daily.due(at("2026-11-24T03:00:00Z"), now), None, "it has run");
    assert_eq!(daily.due(now, at("2026-11-25T02:59:59Z")), None, "it is not due yet");
    assert_eq!(daily.due(now, at("2026-11-25T03:00:00Z")), Some(at("2026-11-25T03:00:00Z")));
    assert_eq!(daily.due(now, at("2026-11-20T00:00:00Z")), None, "the clock went back");
}

#[test]
fn either_day_is_enough_where_both_are_restricted() {
    let either = schedule("0 0 13 * fri", "UTC");
    let found = between(&either, "2026-11-10T00:00:00Z", "2026-11-21T00:00:00Z");
    assert_eq!(found, ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"]);
    let sundays = schedule("0 0 * * 7", "UTC");
    assert_eq!(sundays.next(at("2026-11-24T00:00:00Z")), Some(at("2026-11-29T00:00:00Z")));
}

#[test]
fn a_zone_that_is_not_there_is_refused_and_a_near_one_named() {
    assert!(Schedule::new("0 3 * * 1", Some("Europe/Berlín")).is_err());
    assert_eq!(nearest_zone("Berlin"), Some("Europe/Berlin"));
    assert_eq!(nearest_zone("Europe/Berln"), Some("Europe/Berlin"));
}

/// Returns what the check of a workflow with such a schedule finds.
fn mistakes(line: &str) -> String {
    let schedule = format!("triggers: {{schedule: {{cron: '{line}'}}}}");
    let text = format!("version: 1\nname: w\n{schedule}\nsteps: [{{id: a, uses: log}}]\n");
    let source = Arc::new(Source::new("w.yaml", text));
    parse(Arc::clone(&source)).1.to_lines(&source)
}

fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let number = least..=most;
    let range = (number.clone(), number.clone()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let part = prop_oneof![
        Just("*".to_owned()),
        number.prop_map(|number| number.to_string()),
        range.prop_map(|(from, to)| format!("{from}-{to}")),
    ];
    let stepped = (part, prop::option::of(1..=most)).prop_map(|(part, step)| match step {
        Some(step) => format!("{part}/{step}"),
        None => part,
    });
    prop::collection::vec(stepped, 1..3).prop_map(|parts| parts.join(","))
}

fn line() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
        .prop_map(|(a, b, c, d, e)| format!("{a} {b} {c} {d} {e}"))
}

proptest! {
    #[test]
    fn what_the_check_lets_through_can_be_asked(line in line(), day in 0_i64..3000) {
        prop_assert_eq!(mistakes(&line), "");
        let now = Timestamp(1_700_000_000_000) + Duration::seconds(86_400 * day.unsigned_abs());
        let schedule = Schedule::new(&line, Some("America/New_York"));
        let schedule = schedule.map_err(TestCaseError::fail)?;
        let next = schedule.next(now).expect("each of these days comes");
        prop_assert_eq!(schedule.last(next), Some(next));
        prop_assert!(schedule.last(Timestamp(next.0 - 1)).is_none_or(|last| last <= now));
    }
}
