//! The disk fails: one call that changes a file fails, or all do from one on. What the process made
//! until then is known to the state or taken back, and with the disk mended all goes on.

use crate::calls::Counted;
use crate::oracle::{Judged, everything_made_is_recorded, nobody_is_locked_out};
use crate::place::{Place, RUN, Scenario};
use crate::sweep::{Chance, ENOUGH, Report, chosen, pay, recover};
use crate::tracer::Fate;

/// Our own bug: a failing disk is none.
const PANIC: i32 = 101;

/// The first calls make the state: each of them is looked at.
const FIRST: u64 = 20;

/// Lets the disk fail at points of a scenario, spread evenly: at every other one for good.
pub(crate) fn go(scenario: &Scenario, points: u64) -> Report {
    let template = Place::prepared(scenario);
    let (traced, talk) = template.copy().traced(&RUN, 0, Fate::Counted(Counted::Disk));
    assert_eq!(traced.code, Some(0), "{talk}");
    let mut report = Report::of("disk of ", scenario.name, traced.points);
    for (at, for_good) in asked_for(traced.points, points) {
        report.choose();
        if let Err(wrong) = look(&template, Fate::Fails { at, for_good }, &mut report) {
            let point = format!("disk:{at}{}", if for_good { "+" } else { "" });
            report.note(&format!("{wrong}\n    CUTOVER_CRASH={point}"));
        }
        if report.violations.len() == ENOUGH {
            break;
        }
    }
    report.say();
    report
}

/// Returns the calls that fail, and whether the later ones do too: some, with `CUTOVER_CRASH=all`
/// each in both ways, or the one that was asked for.
fn asked_for(counted: u64, wanted: u64) -> Vec<(u64, bool)> {
    let asked = std::env::var("CUTOVER_CRASH").unwrap_or_default();
    if asked == "all" {
        return (1..=counted).flat_map(|at| [(at, false), (at, true)]).collect();
    }
    if !asked.is_empty() {
        let one = asked.strip_prefix("disk:").unwrap_or_default();
        let at = one.trim_end_matches('+').parse().ok();
        return at.map(|at| (at, one.ends_with('+'))).into_iter().collect();
    }
    let all = chosen(counted, wanted, &mut Chance::new()).into_iter().enumerate();
    let spread = all.map(|(nth, at)| (at, nth % 2 == 1));
    (1..=FIRST).map(|at| (at, false)).chain(spread.filter(|(at, _)| *at > FIRST)).collect()
}

fn look(template: &Place, fate: Fate, report: &mut Report) -> Judged {
    let place = template.copy();
    let before = place.world().tokens().map_err(|error| error.to_string())?;
    let (traced, talk) = place.traced(&RUN, 0, fate);
    let Some(call) = traced.hit else { return Ok(()) };
    report.reach();
    let judged = || {
        if traced.hung {
            return Err("it did not end".to_owned());
        }
        if traced.code.is_none_or(|code| code == PANIC) {
            return Err(format!("it ended with {:?}", traced.code));
        }
        if traced.synced_again && traced.code == Some(0) {
            return Err("a sync that failed was tried again, and believed".to_owned());
        }
        nobody_is_locked_out(&place)?;
        everything_made_is_recorded(&place, &before)
    };
    let named = |wrong: String| format!("({} {}) {wrong}\n{talk}", call.name, traced.file);
    judged().map_err(named)?;
    recover(&place, report).map_err(named)?;
    pay(&place).map_err(named)
}
