//! Rehearsal: a workflow is run in worlds of its own, killed at each of its crash points, gone on
//! with, and judged; then it is run with canaries.

mod canaries;
mod fakes;
mod judge;
mod later;
mod leaks;
mod listed;
mod points;
mod process;
mod runs;
mod stage;
mod take;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cutover_engine::check::Checked;
use cutover_engine::event::Entry;
use cutover_engine::run::Outcome;
use cutover_engine::step::Registry;
use cutover_engine::value::Map;

use crate::exit::Problem;
use crate::rehearse::judge::Clean;
use crate::rehearse::process::{Ended, Watch};
use crate::rehearse::take::Take;

pub(crate) use crate::rehearse::fakes::Cast;
pub(crate) use crate::rehearse::leaks::Leaks;

/// As many processes go on with a run that was killed, at most: a run that needs more is not
/// getting anywhere.
const MOST_RESUMES: usize = 5;
/// As many crashes are tried at once, at most.
const MOST_AT_ONCE: usize = 8;

/// What is rehearsed.
pub(crate) struct Script {
    /// The workflow.
    pub(crate) checked: Arc<Checked>,
    /// Its file as it was given.
    pub(crate) file: String,
    /// The inputs that are not secret.
    pub(crate) given: Map,
    /// All steps, those of its plugins too.
    pub(crate) registry: Registry,
    /// The plugins whose services are played by fakes.
    pub(crate) cast: Arc<Cast>,
    /// The program that plays the stand-ins.
    pub(crate) exe: PathBuf,
}

/// At which points the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CrashAt {
    /// At each of them, one after the other.
    Every,
    /// At one, by its number.
    One(usize),
}

/// What came of the run without a crash.
pub(crate) struct FirstRun {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How many points there are at which its process could end.
    pub(crate) points: usize,
    /// What the judge found.
    pub(crate) faults: Vec<String>,
    /// Its events.
    pub(crate) history: Vec<Entry>,
}

/// What came of all crashes.
#[derive(Default)]
pub(crate) struct Crashes {
    /// How many points were asked for.
    pub(crate) asked: usize,
    /// How many of them were reached.
    pub(crate) reached: usize,
    /// How many ended right after a resume.
    pub(crate) resumed: usize,
    /// How many had recorded nothing yet, and were begun anew.
    pub(crate) begun_anew: usize,
    /// Those that did not end right.
    pub(crate) failed: Vec<Failed>,
}

/// A crash after which something was wrong.
pub(crate) struct Failed {
    /// The number of the point.
    pub(crate) point: usize,
    /// What happened there, in words.
    pub(crate) words: String,
    /// What the judge found.
    pub(crate) faults: Vec<String>,
    /// The run.
    pub(crate) run: String,
    /// Its events.
    pub(crate) history: Vec<Entry>,
}

/// Makes a world in which the credential is in use already. A plugin's fake knows of none before: there
/// the workflow itself makes the first.
fn ready(script: &Script) -> Result<Take, Problem> {
    let mut take = Take::new(script)?;
    if !listed::creates(script, &take).is_empty() {
        process::go(script, &take, None, Watch::Redacted)?;
        let made = listed::tokens(script, &take)?;
        take.before.extend(made);
    }
    Ok(take)
}

/// Runs it without a crash and judges that.
///
/// # Errors
/// Where a world cannot be made, or the workflow reaches for something that has no stand-in.
pub(crate) fn first_run(script: &Script) -> Result<(FirstRun, Clean), Problem> {
    let take = ready(script)?;
    let process = process::go(script, &take, None, Watch::Redacted)?;
    if !process.withheld.is_empty() {
        return Err(no_stand_in(script, &process.withheld));
    }
    let outcome = match process.ended {
        Ended::Over(outcome) => *outcome,
        Ended::Died(words) => unreachable!("no point was chosen, and it died {words}"),
        Ended::Stopped(problem) => return Err(problem),
    };
    let mut faults = judge::now(&take)?;
    later::settle_up(script, &take)?;
    let clean = judge::clean(script, &take, &outcome)?;
    faults.extend(judge::end(script, &take, &outcome, &clean)?);
    let history = take.history(&outcome.run)?;
    Ok((FirstRun { outcome, points: process.points, faults, history }, clean))
}

/// Kills it at some points and judges what comes of each. `tell` is told how many are done.
///
/// # Errors
/// Where a world cannot be made.
pub(crate) fn crashes(
    script: &Script,
    (clean, points): (&Clean, usize),
    at: CrashAt,
    tell: &(dyn Fn(usize) + Sync),
) -> Result<Crashes, Problem> {
    let (first, last) = match at {
        CrashAt::Every => (1, points),
        CrashAt::One(point) => (point, point),
    };
    let next = AtomicUsize::new(first);
    let work = || {
        let mut mine = Vec::new();
        loop {
            let point = next.fetch_add(1, Ordering::Relaxed);
            if point > last {
                return Ok(mine);
            }
            tell(point - first);
            mine.push(crash(script, clean, point)?);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
    let ended: Result<Vec<Vec<Crash>>, Problem> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join().expect("its panic is our bug"));
        ended.collect()
    });
    let ended = ended?.into_iter().flatten();
    Ok(ended.fold(Crashes { asked: last + 1 - first, ..Crashes::default() }, Crashes::count))
}

/// What came of one crash.
enum Crash {
    /// The point was not reached: tries that go on side by side pass them in another order.
    Missed,
    /// It was gone on with, and ended right.
    Resumed,
    /// It had recorded nothing, was begun anew, and ended right.
    BegunAnew,
    /// Something was wrong.
    Failed(Failed),
}

impl Crashes {
    fn count(mut self, one: Crash) -> Self {
        self.reached += usize::from(!matches!(one, Crash::Missed));
        match one {
            Crash::Missed => {}
            Crash::Resumed => self.resumed += 1,
            Crash::BegunAnew => self.begun_anew += 1,
            Crash::Failed(failed) => {
                let at = self.failed.partition_point(|other| other.point < failed.point);
                self.failed.insert(at, failed);
            }
        }
        self
    }
}

fn crash(script: &Script, clean: &Clean, point: usize) -> Result<Crash, Problem> {
    let take = ready(script)?;
    let killed = process::go(script, &take, Some(point), Watch::Redacted)?;
    let Ended::Died(words) = killed.ended else { return Ok(Crash::Missed) };
    let mut faults = judge::now(&take)?;
    let is_recorded = take.unfinished()?.is_some();
    let mut outcome = None;
    for _ in 0..MOST_RESUMES {
        match process::go(script, &take, None, Watch::Redacted)?.ended {
            Ended::Over(over) if over.ended => {
                outcome = Some(*over);
                break;
            }
            Ended::Over(_) => {}
            Ended::Died(words) => unreachable!("no point was chosen, and it died {words}"),
            Ended::Stopped(problem) => {
                faults.push(format!("it could not go on: {problem}"));
                break;
            }
        }
    }
    let run = take.newest()?.unwrap_or_default();
    match &outcome {
        Some(outcome) => {
            faults.extend(judge::now(&take)?);
            later::settle_up(script, &take)?;
            faults.extend(judge::end(script, &take, outcome, clean)?);
        }
        None => faults.push("it was gone on with again and again, and did not end".to_owned()),
    }
    if !faults.is_empty() {
        let history = if run.is_empty() { Vec::new() } else { take.history(&run)? };
        Ok(Crash::Failed(Failed { point, words, faults, run, history }))
    } else if is_recorded {
        Ok(Crash::Resumed)
    } else {
        Ok(Crash::BegunAnew)
    }
}

/// Runs it with canaries, once to its end and once with a crash halfway, and looks for them.
///
/// # Errors
/// Where a world cannot be made.
pub(crate) fn leaks(script: &Script, points: usize) -> Result<Leaks, Problem> {
    leaks::look(script, points)
}

fn no_stand_in(script: &Script, withheld: &[String]) -> Problem {
    let withheld = withheld.join(", ");
    let problem = Problem::wrong(format!(
        "this workflow cannot be rehearsed: {withheld}, without a stand-in"
    ))
    .help("There are stand-ins for influxctl, for the files of its world, and for messages.");
    match script.checked.workflow().plugins.is_empty() {
        true => problem,
        false => problem.help("A plugin brings its own: the fake in its tests/fake.lua."),
    }
}
