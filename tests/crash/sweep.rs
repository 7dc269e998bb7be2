//! One point after the other: ended there, judged at once, brought to its end, judged again.

use std::fmt;
use std::io::{self, Write};

use cutover_engine::event::Status;

use crate::calls::{Call, Counted};
use crate::oracle::{Judged, all_is_well, nobody_is_locked_out};
use crate::place::{Ends, Place, RUN, Said, Scenario};
use crate::tracer::Fate;

/// Ten minutes later: whatever was under way has landed or never will.
const LATER: i64 = 600;
/// Two days later: all debts are due.
const DUE: i64 = 2 * 86_400;
/// So many calls bring a world to its end, or it does not come to one.
const CALLS: i64 = 6;
/// How often the points are counted.
const COUNTS: usize = 2;
/// How often a point is tried that a run did not come to.
const TRIES: usize = 4;
/// After so many violations nobody needs to see more.
pub(crate) const ENOUGH: usize = 12;
/// Chooses the points; a run with another one looks elsewhere.
const SEED: u64 = 7;

/// A planted bug, and what is said of it where it is found.
pub(crate) type Planted = (&'static str, &'static [&'static str]);

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    /// The scenario.
    pub(crate) scenario: Scenario,
    /// How many points at least; all of them with `CUTOVER_CRASH=all`.
    pub(crate) points: u64,
    /// The bug of the engine that is looked at, and what is said of it where it is found.
    pub(crate) bug: Option<Planted>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Report {
    name: String,
    counted: u64,
    chosen: u64,
    reached: u64,
    kills: u64,
    resumes: u64,
    /// Everything that was not as it must be.
    pub(crate) violations: Vec<String>,
}

/// A point, and perhaps another one in the call that goes on from it.
#[derive(Debug, Clone, Copy)]
struct Point {
    first: u64,
    second: Option<u64>,
}

impl Sweep {
    /// Looks at the points that were chosen.
    pub(crate) fn go(&self) -> Report {
        let template = Place::prepared(&self.scenario).with_bug(self.bug.map(|(bug, _)| bug));
        let counted = count(&template, self.scenario.ends);
        let kind = self.bug.map(|(bug, _)| format!("{bug} in ")).unwrap_or_default();
        let mut report = Report::of(&kind, self.scenario.name, counted);
        for point in self.chosen(counted) {
            report.choose();
            if let Err(wrong) = look(&template, self.scenario.ends, point, &mut report) {
                let line = format!("{}:{point}", self.scenario.name);
                report.violations.push(format!("{line} {wrong}\n    CUTOVER_CRASH={line}"));
            }
            let enough = self.bug.is_none() && report.violations.len() == ENOUGH;
            if enough || self.is_found(&report) {
                break;
            }
        }
        report.say();
        report
    }

    /// Says whether the planted bug was found for what it is.
    pub(crate) fn is_found(&self, report: &Report) -> bool {
        self.bug.is_some_and(|(_, telltale)| report.says(telltale))
    }

    /// Returns the points: all, one that was asked for, or some that are spread evenly. Every
    /// third of them has a second one.
    fn chosen(&self, counted: u64) -> Vec<Point> {
        let asked = std::env::var("CUTOVER_CRASH").ok().filter(|_| self.bug.is_none());
        if let Some(one) = asked.as_deref().filter(|asked| *asked != "all") {
            return self.replayed(one).into_iter().collect();
        }
        let wanted = if asked.is_some() { counted } else { self.points.min(counted) };
        let mut chance = Chance::new();
        let firsts = chosen(counted, wanted, &mut chance);
        let with_second = |(nth, first): (usize, u64)| {
            let second = nth.is_multiple_of(3).then(|| 1 + chance.below(counted));
            Point { first, second }
        };
        firsts.into_iter().enumerate().map(with_second).collect()
    }

    fn replayed(&self, asked: &str) -> Option<Point> {
        let mut parts = asked.split(':');
        if parts.next() != Some(self.scenario.name) {
            return None;
        }
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        Some(Point { first: number()?, second: number() })
    }
}

/// Chooses so many of the numbers from 1 on, spread evenly.
pub(crate) fn chosen(counted: u64, wanted: u64, chance: &mut Chance) -> Vec<u64> {
    let wanted = wanted.min(counted);
    let one = |nth| {
        let (from, to) = (nth * counted / wanted, (nth + 1) * counted / wanted);
        from + 1 + chance.below(to - from)
    };
    (0..wanted).map(one).collect()
}

/// Counts the points of a run that nothing happens to.
fn count(template: &Place, ends: Ends) -> u64 {
    let (words, ahead) = ends.call();
    let once = || {
        let (traced, talk) = template.copy().traced(words, ahead, Fate::Counted(Counted::All));
        assert_eq!(traced.code, Some(0), "{talk}");
        traced.points
    };
    // Which events share a commit depends on the moment: the longest of some is taken.
    (0..COUNTS).map(|_| once()).max().unwrap_or_default()
}

/// Ends a run at a point and judges what is then, and what becomes of it.
fn look(template: &Place, ends: Ends, point: Point, report: &mut Report) -> Judged {
    let Some((place, call)) = ended_at(template, ends, point.first)? else { return Ok(()) };
    let place = &place;
    report.reached += 1;
    report.kills += 1;
    let within = |what: &str, judged: Judged| {
        judged.map_err(|wrong| format!("({}) {what}: {wrong}", call.name))
    };
    within("at once", nobody_is_locked_out(place))?;
    if let Some(second) = point.second
        && let Some((words, ahead)) = after(ends, place, LATER)?
    {
        let (traced, talk) = place.traced(&words, ahead, Fate::Killed(second));
        report.kills += u64::from(traced.hit.is_some());
        if traced.hit.is_none() && traced.code != Some(0) {
            return Err(format!("`{}` ended with {:?}:\n{talk}", words[0], traced.code));
        }
        within("after a second crash", nobody_is_locked_out(place))?;
    }
    within("in the end", recover(place, report))?;
    within("after the debts' time", pay(place))
}

/// Returns the call that goes on from a call that was ended, and how far its clock is ahead, so many
/// seconds later; nothing where a run is done.
pub(crate) fn after(
    ends: Ends,
    place: &Place,
    later: i64,
) -> Result<Option<(Vec<&'static str>, i64)>, String> {
    let (words, ahead) = ends.call();
    Ok(match ends {
        Ends::Run => next_call(place)?.map(|words| (words, later)),
        Ends::Tick => Some((words.to_vec(), ahead + later)),
    })
}

/// Ends a run at a point. The last few points may not be there in every run.
fn ended_at(template: &Place, ends: Ends, point: u64) -> Result<Option<(Place, Call)>, String> {
    let (words, ahead) = ends.call();
    for _ in 0..TRIES {
        let place = template.copy();
        let (traced, talk) = place.traced(words, ahead, Fate::Killed(point));
        if let Some(call) = traced.hit {
            return Ok(Some((place, call)));
        }
        if traced.code != Some(0) {
            return Err(format!("was not reached, and the run ended badly:\n{talk}"));
        }
    }
    Ok(None)
}

/// Brings a world to its end: what is unfinished is resumed, what was not recorded or was taken
/// back is run again.
pub(crate) fn recover(place: &Place, report: &mut Report) -> Judged {
    recover_from(place, &[Some(0)], report)
}

/// The same, where calls may end in several ways: a step that only looks and has no second try
/// fails where its answer is lost, and the run is taken back.
pub(crate) fn recover_from(place: &Place, ends: &[Option<i32>], report: &mut Report) -> Judged {
    for call in 1..=CALLS {
        let Some(words) = next_call(place)? else { return all_is_well(place, false) };
        report.resumes += u64::from(words[0] != "run");
        // Each later than the one before: what that one began has landed, or never will.
        let said = place.call(&words, LATER * (1 + call));
        if !ends.contains(&said.code) {
            ended_well(&words, &said)?;
        }
        nobody_is_locked_out(place)?;
    }
    Err("it does not come to an end".to_owned())
}

/// Returns what a person would type next, nothing where the newest run is done.
fn next_call(place: &Place) -> Result<Option<Vec<&'static str>>, String> {
    let Some(run) = place.runs()?.into_iter().next() else { return Ok(Some(RUN.to_vec())) };
    Ok(match run.status {
        None | Some(Status::Parked | Status::Stuck) => Some(vec!["resume", "--last"]),
        Some(Status::Succeeded) => None,
        Some(Status::Failed | Status::Undone | Status::Abandoned) => Some(RUN.to_vec()),
    })
}

/// Lets two days pass, and judges that nothing is owed any more.
pub(crate) fn pay(place: &Place) -> Judged {
    ended_well(&["tick"], &place.call(&["tick"], DUE))?;
    all_is_well(place, true)
}

fn ended_well(words: &[&str], said: &Said) -> Judged {
    match said.code {
        Some(0) => Ok(()),
        code => Err(format!("`{}` ended with {code:?}:\n{}", words.join(" "), said.talk)),
    }
}

impl Report {
    /// Begins a report.
    pub(crate) fn of(kind: &str, name: &str, counted: u64) -> Self {
        Self { name: format!("{kind}{name}"), counted, ..Self::default() }
    }

    /// Notes that a point was chosen.
    pub(crate) fn choose(&mut self) {
        self.chosen += 1;
    }

    /// Notes that a point was reached.
    pub(crate) fn reach(&mut self) {
        self.reached += 1;
    }

    /// Notes that a process was ended.
    pub(crate) fn kill(&mut self) {
        self.kills += 1;
    }

    /// Notes that something is not as it must be.
    pub(crate) fn note(&mut self, wrong: &str) {
        self.violations.push(format!("{}: {wrong}", self.name));
    }

    /// Says whether something that is not as it must be is told in any of these words.
    pub(crate) fn says(&self, telltales: &[&str]) -> bool {
        let tells = |wrong: &String| telltales.iter().any(|words| wrong.contains(words));
        self.violations.iter().any(tells)
    }

    /// Says what was covered, straight to the terminal: it is told of a passing test too.
    pub(crate) fn say(&self) {
        let line = format!(
            "crash {}: {} points reached of {} chosen ({} counted), {} kills, {} resumes, {} \
             violations\n",
            self.name,
            self.reached,
            self.chosen,
            self.counted,
            self.kills,
            self.resumes,
            self.violations.len()
        );
        drop(io::stderr().write_all(line.as_bytes()));
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.second {
            Some(second) => write!(f, "{}:{second}", self.first),
            None => write!(f, "{}", self.first),
        }
    }
}

/// Numbers that look like chance, the same ones each time.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        Self(SEED)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}
