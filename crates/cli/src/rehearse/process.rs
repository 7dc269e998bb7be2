//! One process of a rehearsal: it begins a run, or goes on with the one that is there, and ends with
//! it or at the chosen point.

use std::sync::{Arc, Mutex, PoisonError};

use cutover_engine::event::Entry;
use cutover_engine::execute::{Drive, ExecuteError, Patience, execute};
use cutover_engine::host::Host;
use cutover_engine::plan::Plan;
use cutover_engine::planted::Planted;
use cutover_engine::run::{Outcome, Run};
use cutover_host::{LocalHost, LogLine};

use super::Script;
use super::points::Points;
use super::runs::planned;
use super::stage::Stage;
use super::take::{PROGRAMS, Take};
use crate::exit::Problem;
use crate::render::value::inline;
use crate::stop::Request;

/// Whether the second net is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// It is.
    Redacted,
    /// It is off: whatever leaks is seen.
    Bare,
}

/// How a process ended.
pub(crate) enum Ended {
    /// With its run, or with a run that waits.
    Over(Box<Outcome>),
    /// At the chosen point; its words.
    Died(String),
    /// The run could not go on.
    Stopped(Problem),
}

/// What came of a process.
pub(crate) struct Process {
    /// How it ended.
    pub(crate) ended: Ended,
    /// How many points it passed.
    pub(crate) points: usize,
    /// What it reached for and has no stand-in.
    pub(crate) withheld: Vec<String>,
    /// The files that it wrote.
    pub(crate) written: Vec<std::path::PathBuf>,
    /// Log lines, as people read them.
    pub(crate) log: String,
    /// The secrets that its steps made, in the clear.
    pub(crate) made: Vec<String>,
}

/// Runs a process to its end.
///
/// # Errors
/// Where it cannot be set up.
pub(crate) fn go(
    script: &Script,
    take: &Take,
    chosen: Option<usize>,
    watch: Watch,
) -> Result<Process, Problem> {
    let log = Arc::new(Mutex::new(String::new()));
    let stage = set_up(take, (Points::new(chosen), watch), &log)?;
    let run = take.unfinished()?.map(|row| row.run);
    let history = run.as_ref().map(|run| take.history(run)).transpose()?.unwrap_or_default();
    let plan = planned(script, &stage, &history)?;
    let runtime = crate::commands::runtime().map_err(|error| Problem::edge(error.to_string()))?;
    let ended = runtime.block_on(drive(script, &plan, (run, &history), &stage));
    let made = match &ended {
        Ended::Over(_) if watch == Watch::Bare => opened(&stage),
        Ended::Over(_) | Ended::Died(_) | Ended::Stopped(_) => Vec::new(),
    };
    // What is still going on in threads ends before the next process begins.
    drop(runtime);
    let log = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Process {
        ended,
        points: stage.points.count(),
        withheld: stage.withheld().into_iter().collect(),
        written: stage.written().into_iter().collect(),
        log,
        made,
    })
}

/// Sets a host up on the world of a take.
pub(super) fn set_up(
    take: &Take,
    (points, watch): (Points, Watch),
    log: &Arc<Mutex<String>>,
) -> Result<Stage, Problem> {
    let mut options = take.options();
    options.redact = watch == Watch::Redacted;
    options.log = Some({
        let log = Arc::clone(log);
        Arc::new(move |line: &LogLine| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&format!("{}: {} {}\n", line.step, line.message, inline(&line.fields)));
        })
    });
    let host = LocalHost::open(options).map_err(|error| edge(&error))?;
    Ok(Stage::new(host, take, PROGRAMS, points))
}

async fn drive(
    script: &Script,
    plan: &Plan,
    (run, history): (Option<String>, &[Entry]),
    stage: &Stage,
) -> Ended {
    let run = match run {
        Some(run) => run,
        None => match stage.host().new_run_id().await {
            Ok(run) => run,
            Err(error) => return Ended::Stopped(edge(&error)),
        },
    };
    let (machine, request) = (cutover_host::machine(), Request::default());
    let drive = driven(&run, script, &machine, &request);
    tokio::select! {
        biased;
        () = stage.points.died() => Ended::Died(stage.points.reached().unwrap_or_default()),
        ended = execute(plan, history, stage, &drive) => match ended {
            Ok(outcome) => Ended::Over(Box::new(outcome)),
            Err(error) => Ended::Stopped(stopped(&error)),
        },
    }
}

/// Returns what a run of a rehearsal is driven with.
pub(super) fn driven<'a>(
    run: &'a str,
    script: &'a Script,
    machine: &'a str,
    stop: &'a Request,
) -> Drive<'a> {
    Drive {
        run,
        file: &script.file,
        machine,
        first: true,
        expected: None,
        watch: &|_: &Run, _: &Entry| {},
        stop,
        word: None,
        trigger: None,
        patience: Patience::Sleep,
        planted: Planted::default(),
    }
}

/// Returns every secret in the outputs of the runs, in the clear: what a leak is looked for by.
fn opened(stage: &Stage) -> Vec<String> {
    let secrets = stage.secrets();
    let found = Mutex::new(Vec::new());
    for handle in stage.made() {
        let mark = handle.to_mark();
        let keep = |opened: &[String]| {
            found.lock().unwrap_or_else(PoisonError::into_inner).push(opened.concat());
            Ok(opened.concat())
        };
        // A value that is gone leaks nowhere.
        drop(secrets.derive(&handle.origin, &[mark.as_str()], &keep));
    }
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn edge(error: &cutover_engine::host::HostError) -> Problem {
    Problem::edge(error.to_string())
}

pub(super) fn stopped(error: &ExecuteError) -> Problem {
    match error {
        ExecuteError::Host(error) => edge(error),
        ExecuteError::Refused { message, help, .. } => {
            Problem::wrong(message.clone()).help(help.clone())
        }
    }
}
