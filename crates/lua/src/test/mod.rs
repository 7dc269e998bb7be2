//! The tests of a plugin: each case is run as it is written, then again under every law, with the
//! plugin's own step code, the engine's own doors, and the author's stand-ins for the service.

mod before;
mod convert;
mod forms;
mod host;
mod laws;
mod link;
mod params;
mod perform;
mod recover;
mod report;
mod secrets;
mod stage;
mod stand_in;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod words;
mod world;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use cutover_engine::host::Secrets;
use cutover_engine::value::{Map, Value};

pub use report::{At, CaseReport, Failure, Law, Report};
pub use stand_in::{Rehearsed, StandIn};

use crate::files::Files;
use crate::plugin::Plugin;
use crate::test::host::{FakeHost, Left};
use crate::test::secrets::Known;
use crate::test::stage::{Point, Seen, Stage};
use crate::test::steps::Suite;
use crate::test::world::{Case, World};

/// Where the tests of a plugin lie.
const FOLDER: &str = "tests/";
/// How the name of a file with tests ends.
const SUFFIX: &str = "_test.lua";
/// A case is run as often as this under the laws, at most.
const MOST_RUNS: usize = 2000;
/// How large the stack of a test file's thread is.
const STACK: usize = 8 << 20;

/// What came of one run of a case.
struct Take {
    calls: Vec<Seen>,
    failure: Option<Failure>,
    left: BTreeSet<Left>,
    known: Vec<Known>,
}

/// Returns the paths of a plugin's test files.
pub fn test_files(files: &Files) -> Vec<&str> {
    let is_test = |path: &&str| path.starts_with(FOLDER) && path.ends_with(SUFFIX);
    files.iter().map(|(path, _)| path).filter(is_test).collect()
}

/// Runs the tests of a plugin whose names hold some words. Nothing outside of the test files' own
/// stand-ins is reached.
pub fn run(plugin: &Arc<Plugin>, only: &str) -> Report {
    let (suite, files) = (Suite::new(plugin), &plugin.files);
    let mut report = Report::default();
    for path in test_files(files) {
        let path = path.to_owned();
        let told = thread::scope(|scope| {
            let work = || run_file(&suite, &path, only);
            let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            worker.map(|worker| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        });
        match told {
            Ok(Ok(cases)) => report.cases.extend(cases),
            Ok(Err(unread)) => report.unread.push(*unread),
            Err(error) => {
                let message = format!("no thread for `{path}`: {error}");
                report.unread.push(Failure::new(Law::Case, &message, files));
            }
        }
    }
    report
}

fn run_file(suite: &Suite, path: &str, only: &str) -> Result<Vec<CaseReport>, Box<Failure>> {
    let files = Rc::new(suite.plugin.files.clone());
    let unread = |message: String| Box::new(Failure::new(Law::Case, &message, &files));
    let cases = World::load(&files, path).and_then(|world| world.cases()).map_err(unread)?;
    if cases.is_empty() {
        return Err(unread(format!("{path}:1: there is no `test(..)` in it")));
    }
    let wanted = cases.iter().enumerate().filter(|(_, case)| case.name.contains(only));
    Ok(wanted.map(|(index, case)| run_case(suite, &files, (path, index + 1), case)).collect())
}

fn run_case(
    suite: &Suite,
    files: &Rc<Files>,
    (path, index): (&str, usize),
    case: &Case,
) -> CaseReport {
    let first = take(suite, files, (path, index), None);
    let mut failures: Vec<Failure> = Vec::new();
    let mut runs = 1;
    let (mut left, mut known) = (first.left, BTreeSet::from_iter(first.known));
    match first.failure {
        Some(failure) => failures.push(failure),
        None => {
            let points = laws::points(&first.calls, &suite.steps(&Map::new()));
            if points.len() > MOST_RUNS {
                let message = format!("{path}:{}: it takes too many steps: split it", case.line);
                failures.push(Failure::new(Law::Case, &message, files));
            }
            for point in points.into_iter().take(MOST_RUNS) {
                let again = take(suite, files, (path, index), Some(point));
                runs += 1;
                left.extend(again.left);
                known.extend(again.known);
                failures.extend(again.failure.filter(|failure| is_new(failure, &failures)));
            }
        }
    }
    failures.extend(leaks(&known, &left, files));
    let (file, name) = (path.to_owned(), case.name.clone());
    CaseReport { file, name, line: case.line, runs, failures }
}

/// One mistake may be met under a law at each step that makes it: it is told once.
fn is_new(failure: &Failure, before: &[Failure]) -> bool {
    !before.iter().any(|old| {
        (old.law, &old.step, &old.message) == (failure.law, &failure.step, &failure.message)
    })
}

fn take(
    suite: &Suite,
    files: &Rc<Files>,
    (path, index): (&str, usize),
    point: Option<Point>,
) -> Take {
    let (link, inbox) = link::link();
    let host = FakeHost::new(link.clone());
    let broken = |message: &str| Take {
        calls: Vec::new(),
        failure: Some(Failure::new(Law::Case, message, files)),
        left: BTreeSet::new(),
        known: Vec::new(),
    };
    let world = match World::load(files, path) {
        Ok(world) => world,
        Err(why) => return broken(&why),
    };
    let config = match config(&world, &host) {
        Ok(config) => config,
        Err(why) => return broken(&format!("{path}: {why}")),
    };
    let stage = Stage {
        files,
        steps: &suite.steps(&config),
        config,
        point,
        host: &host,
        link,
        inbox,
        calls: RefCell::default(),
        markers: RefCell::new(BTreeMap::new()),
        failure: RefCell::default(),
        over: Cell::new(false),
        unequal: Cell::new(false),
        made_again: Cell::new(false),
    };
    let ended = world.run(index, &stage);
    let failure = judge(&stage, ended);
    let calls = stage.calls.take();
    Take { calls, failure, left: host.left(), known: host.table().all() }
}

fn config(world: &World, host: &FakeHost) -> Result<Map, String> {
    let seal = |plain: String| Value::from(host.table().seal("inputs.secret", plain));
    match world.settings(&seal)? {
        None => Ok(Map::new()),
        Some(Value::Map(map)) => Ok(map),
        Some(Value::List(items)) if items.is_empty() => Ok(Map::new()),
        Some(_) => Err("what `config` takes has names".to_owned()),
    }
}

/// What is wrong with a run of a case, if anything is.
fn judge(stage: &Stage<'_>, ended: Result<(), String>) -> Option<Failure> {
    if let Some(failure) = stage.failure.take() {
        return Some(with_place(failure, ended, stage.files));
    }
    let law = stage.point.map_or(Law::Case, |point| point.law);
    let with_trail = |message: &str| Failure {
        trail: stage.host.trail(),
        ..Failure::new(law, message, stage.files)
    };
    if let Some(broken) = stage.host.broken() {
        return Some(with_trail(&broken));
    }
    let error = ended.err().filter(|_| !stage.over.get())?;
    // What was made again may have another number: that is no mistake of the plugin.
    let excused = stage.unequal.get() && stage.made_again.get();
    (!excused).then(|| with_trail(&error))
}

/// A failure that names no place in the plugin is shown where the case met it.
fn with_place(failure: Failure, ended: Result<(), String>, files: &Files) -> Failure {
    let met = ended.err().and_then(|words| Failure::new(failure.law, &words, files).at);
    Failure { at: failure.at.or(met), ..failure }
}

/// Searches everything that has left for every secret of a case.
fn leaks(known: &BTreeSet<Known>, left: &BTreeSet<Left>, files: &Files) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    for secret in known.iter().filter(|known| known.plain.len() >= forms::SHORTEST) {
        let forms = forms::of(&secret.plain);
        for text in left {
            let Some((form, _)) = forms.iter().find(|(_, form)| text.text.contains(form)) else {
                continue;
            };
            let message = format!("the secret `{}` is in {}, {form}", secret.origin, text.place);
            let help = "take it out where it enters, with `seal = { .. }`, and hand it on as it is";
            let failure = Failure::new(Law::Secrets, &message, files);
            let failure = Failure { help: help.to_owned(), ..failure };
            if !failures.contains(&failure) {
                failures.push(failure);
            }
        }
    }
    failures
}
