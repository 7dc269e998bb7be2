//! One request after the other: who asks is ended when it has arrived, or when it was done and not
//! answered; or its answer is lost, and a later request is the one at which it ends.

use std::fmt;

use crate::oracle::{Judged, nobody_is_locked_out};
use crate::place::{Ends, Place, Scenario};
use crate::sweep::{ENOUGH, Planted, Report, after, pay, recover_from};
use crate::vault::{How, Trap};

/// What may become of a request.
const WAYS: [How; 5] = [How::Dropped, How::Late, How::Held, How::Applied, How::Lost];
/// So many requests after one whose answer was lost are looked at.
const AFTER_LOST: usize = 14;
/// Every so manieth of those is, unless all are wanted.
const SAMPLED: usize = 17;

/// The requests at which something happens in one call of the binary.
struct Point(Vec<Trap>);

/// Looks at each request of a scenario. Of an engine with a planted bug until it is found, by what is
/// said of it.
pub(crate) fn go(scenario: &Scenario, bug: Option<Planted>) -> Report {
    let template = Place::prepared(scenario).with_bug(bug.map(|(bug, _)| bug));
    let (words, ahead) = scenario.ends.call();
    let (said, asked) = template.copy().trapped(words, ahead, &[]);
    assert_eq!(said.code, Some(0), "{}", said.talk);
    let kind = bug.map(|(bug, _)| format!("{bug} in ")).unwrap_or_default();
    let mut report =
        Report::of(&format!("{kind}requests of "), scenario.name, asked.writes.len() as u64);
    for point in asked_for(scenario.name, &asked.writes) {
        report.choose();
        if let Err(wrong) = look(&template, scenario.ends, &point, &mut report) {
            report.note(&format!("{wrong}\n    CUTOVER_CRASH={}@{point}", scenario.name));
        }
        let is_found = bug.is_some_and(|(_, telltale)| report.says(telltale));
        if report.violations.len() == ENOUGH || is_found {
            break;
        }
    }
    report.say();
    report
}

/// Returns all points, or the one that was asked for, or some: a request that changes something in
/// each way, one that only looks in one way each.
fn asked_for(name: &str, writes: &[bool]) -> Vec<Point> {
    let asked = std::env::var("CUTOVER_CRASH").ok();
    let all = 1..=writes.len();
    let mut points: Vec<Point> = all.clone().flat_map(alone).collect();
    let mut later: Vec<Point> = all.flat_map(after_lost).collect();
    match asked.as_deref() {
        Some("all") => points.extend(later),
        Some(one) => {
            points.extend(later);
            points.retain(|point| format!("{name}@{point}") == one);
        }
        None => {
            points.retain(|point| {
                let Trap { at, how } = point.0[0];
                writes[at - 1] || how == WAYS[at % WAYS.len()]
            });
            later.retain(|point| writes[point.0[0].at - 1]);
            points.extend(later.into_iter().step_by(SAMPLED));
        }
    }
    points
}

/// A request in each way.
fn alone(at: usize) -> impl Iterator<Item = Point> {
    WAYS.into_iter().map(move |how| Point(vec![Trap { at, how }]))
}

/// A request whose answer is lost, then an end at a later one.
fn after_lost(at: usize) -> impl Iterator<Item = Point> {
    let lost = Trap { at, how: How::Lost };
    let ends = WAYS.into_iter().filter(|how| *how != How::Lost);
    (at + 1..=at + AFTER_LOST)
        .flat_map(move |at| ends.clone().map(move |how| Trap { at, how }))
        .map(move |end| Point(vec![lost, end]))
}

fn look(template: &Place, ends: Ends, point: &Point, report: &mut Report) -> Judged {
    let place = template.copy();
    let (words, ahead) = ends.call();
    let (said, asked) = place.trapped(words, ahead, &point.0);
    if asked.met < point.0.len() {
        // It ended before it asked so often.
        return nobody_is_locked_out(&place);
    }
    report.reach();
    if said.code.is_none() {
        report.kill();
    }
    let named = |what: &str, judged: Judged| {
        judged.map_err(|wrong| format!("({point}) {what}: {wrong}\n{}", said.talk))
    };
    named("at once", nobody_is_locked_out(&place))?;
    let meets = |how| point.0.iter().any(|trap| trap.how == how);
    let allowed = if meets(How::Lost) { &[Some(0), Some(1)][..] } else { &[Some(0)] };
    if meets(How::Held) {
        // At once, while what was begun may still land.
        let (words, ahead) = after(ends, &place, 1)?.unwrap_or((words.to_vec(), ahead));
        let (soon, _) = place.trapped(&words, ahead, &[]);
        let is_well = allowed.contains(&soon.code);
        let wrong = || format!("it ended with {:?}:\n{}", soon.code, soon.talk);
        named("soon after", is_well.then_some(()).ok_or_else(wrong))?;
        named("soon after", nobody_is_locked_out(&place))?;
    }
    named("in the end", recover_from(&place, allowed, report))?;
    named("after the debts' time", pay(&place))
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|trap| format!("{}:{:?}", trap.at, trap.how));
        f.write_str(&words.collect::<Vec<_>>().join("+"))
    }
}
