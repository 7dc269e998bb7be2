//! Runs that are not over: those that were cut off or whose time has come go on.

use cutover_engine::event::Status;
use cutover_engine::execute::ExecuteError;
use cutover_engine::host::HostError;
use cutover_engine::run::{Outcome, StepStatus};
use cutover_host::journal::{Next, Unfinished};

use super::Tick;
use crate::drive::Way;
use crate::ending;
use crate::exit::Exit;
use crate::progress::Told;
use crate::recorded::Unreadable;
use crate::render::outcome;
use crate::render::tick::{Did, What};
use crate::render::time;
use crate::render::value::short_id;
use crate::state;
use crate::typed::Typed;

impl Tick<'_> {
    /// Goes on with every run that can go on now.
    pub(super) fn runs(&mut self) -> anyhow::Result<()> {
        let unfinished = self.place.journal.unfinished();
        let unfinished = unfinished.map_err(|error| state::problem(&error, self.place.session))?;
        let all: Vec<String> = unfinished.iter().map(|run| run.row.run.clone()).collect();
        // A child is its parent's matter, for as long as that goes on.
        let is_of = |parent: &str| all.iter().any(|run| is_in(parent, run));
        for run in unfinished {
            if self.is_stopped() {
                break;
            }
            if run.parent.as_deref().is_some_and(is_of) {
                continue;
            }
            match run.next {
                Next::Driven => {}
                Next::Person => self.did(waits_for_a_person(&run, &self.place.session.typed())),
                Next::At(at) if at > state::now() => {
                    let came = format!("until {}", time::minute(at));
                    self.did(did(What::Waits, &run, came, Exit::Done));
                }
                Next::Now | Next::At(_) => self.resume(run),
            }
        }
        Ok(())
    }

    fn resume(&mut self, run: Unfinished) {
        let read = self.place.read(run.row.clone());
        if let Ok(recorded) = &read
            && run.row.machine != self.place.session.machine()
            && recorded.is_bound()
        {
            let came = format!("it works with files or programs of {}", run.row.machine);
            return self.did(did(What::Skipped, &run, came, Exit::Done));
        }
        let recorded = match read.and_then(|recorded| self.place.with_secrets(recorded)) {
            Ok(recorded) => recorded,
            Err(error) => {
                let (came, exit) = self.unreadable(error, &run.row.run);
                return self.did(did(What::Resumed, &run, came, exit));
            }
        };
        let way = Way { run: &run.row.run, file: &run.row.file, ..Way::default() };
        let (ended, told) = self.place.drive(&recorded.plan, &recorded.history, way);
        let (what, came, exit) = came(What::Resumed, &run.row.run, ended, &told, self);
        self.did(did(what, &run, came, exit));
    }

    fn unreadable(&self, error: Unreadable, run: &str) -> (String, Exit) {
        match error {
            Unreadable::Needs(missing) => {
                (format!("not gone on with: needs {}", missing.what), Exit::Failed)
            }
            error @ (Unreadable::State(_) | Unreadable::Text(_)) => {
                (error.problem(run, &self.place.session.typed()).brief(), Exit::Stuck)
            }
        }
    }
}

/// Says whether `RUN.STEP` is a step of a run.
fn is_in(step: &str, run: &str) -> bool {
    step.strip_prefix(run).is_some_and(|rest| rest.starts_with('.'))
}

fn did(what: What, run: &Unfinished, came: String, exit: Exit) -> Did {
    Did { what, about: format!("run {}  {}", run.row.run, run.row.workflow), came, exit }
}

fn waits_for_a_person(run: &Unfinished, typed: &Typed) -> Did {
    let show = typed.command(&format!("runs show {}", run.row.run));
    if run.row.status == Some(Status::Stuck) {
        return did(What::Stuck, run, format!("a person must look: {show}"), Exit::Stuck);
    }
    let asks: Vec<String> = run
        .waits
        .iter()
        .map(|wait| match &wait.ask {
            Some(ask) => format!("`{}` asks: {ask}", wait.step),
            None => format!("`{}` waits", wait.step),
        })
        .collect();
    if asks.is_empty() {
        let doctor = typed.command("doctor");
        let came = format!("its events cannot be read: {doctor}");
        return did(What::Stuck, run, came, Exit::Stuck);
    }
    let came = format!("{}; what to type: {show}", asks.join(", "));
    did(What::Waits, run, came, Exit::Parked)
}

/// Returns what came of a run that was driven, in a line.
pub(super) fn came(
    what: What,
    run: &str,
    ended: Result<Outcome, ExecuteError>,
    told: &Told,
    tick: &Tick<'_>,
) -> (What, String, Exit) {
    match ended {
        Ok(outcome) => {
            let exit = outcome::exit(&outcome);
            (what, words(&outcome, told), exit)
        }
        // Another process was faster: it is its matter.
        Err(ExecuteError::Host(HostError::Taken { key, alive: true, .. })) => {
            (What::Skipped, format!("{key} is being worked on just now"), Exit::Done)
        }
        Err(ExecuteError::Host(HostError::Fenced(_))) => {
            (What::Skipped, "another process goes on with it".to_owned(), Exit::Done)
        }
        Err(error @ ExecuteError::Host(HostError::Taken { .. })) => {
            let problem = ending::stopped(&error, run, told, tick.place.session);
            (What::Skipped, problem.brief(), Exit::Edge)
        }
        Err(error) => {
            let problem = ending::stopped(&error, run, told, tick.place.session);
            (what, problem.brief(), problem.exit)
        }
    }
}

fn words(run: &Outcome, told: &Told) -> String {
    let why = run.error.as_ref().map(|error| format!(": {}", error.message)).unwrap_or_default();
    let step = run.error.as_ref().map(|error| format!(" at `{}`", error.step)).unwrap_or_default();
    match (run.status, &told.promoted) {
        _ if run.interrupted && !run.ended => "interrupted".to_owned(),
        (Status::Succeeded, Some((Some(from), to))) => {
            format!("succeeded: {} -> {}", short_id(&from.id), short_id(&to.id))
        }
        (Status::Succeeded, Some((None, to))) => format!("succeeded: {}", short_id(&to.id)),
        (Status::Succeeded, None) => "succeeded".to_owned(),
        (Status::Failed, _) if !run.ended => format!("unfinished: it failed{step}{why}"),
        (Status::Failed, _) => format!("failed{step}{why}"),
        (Status::Undone, _) => format!("failed{step}, and everything was taken back{why}"),
        (Status::Stuck, _) => format!("stuck{step}{why}"),
        (Status::Parked, _) => parked(run),
        (Status::Abandoned, _) => "given up".to_owned(),
    }
}

fn parked(run: &Outcome) -> String {
    let steps = run.steps.iter().filter(|step| step.status == StepStatus::Parked);
    let steps: Vec<String> = steps.map(|step| format!("`{}`", step.id)).collect();
    format!("waits in {}", steps.join(", "))
}
