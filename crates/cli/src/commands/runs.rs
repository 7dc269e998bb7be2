//! `cutover runs`: the runs so far, and what happened in one.

use cutover_host::journal::RunRow;
use serde_json::json;

use crate::args::{RunChoice, RunsCommand};
use crate::exit::Exit;
use crate::render::json::{failure, moment};
use crate::render::{lists, timeline};
use crate::session::Session;
use crate::state::{self, Last};

/// Lists the runs, or shows one.
///
/// # Errors
/// Where the state cannot be read or there is no such run.
pub(crate) fn run(command: Option<RunsCommand>, session: &Session) -> anyhow::Result<Exit> {
    match command {
        None | Some(RunsCommand::List) => list(session),
        Some(RunsCommand::Show(choice)) => show(&choice, session),
    }
}

fn list(session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let runs = journal.map(|journal| journal.runs()).transpose();
    let runs = runs.map_err(|error| state::problem(&error, session))?.unwrap_or_default();
    if session.out.is_human() {
        session.out.data(&lists::runs(&runs, session.out.columns()))?;
    } else {
        session.out.json(&lists::runs_json(&runs))?;
    }
    Ok(Exit::Done)
}

fn show(choice: &RunChoice, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let run = state::find(journal.as_ref(), choice, Last::Any, session)?;
    let journal = journal.expect("a run was found in it");
    let entries = state::events(&journal, &run.run, session)?;
    if session.out.is_human() {
        let standing = standing(&run);
        let (typed, columns) = (session.typed(), session.out.columns());
        session.out.data(&timeline::drawing(&run.run, &entries, standing, &typed, columns))?;
        return Ok(Exit::Done);
    }
    session.out.json(&json!({
        "run": run.run,
        "workflow": run.workflow,
        "file": run.file,
        "credential": run.credential,
        "machine": run.machine,
        "status": lists::standing(&run),
        "step": run.cut_off().map(|open| open.step.clone()),
        "marker": run.cut_off().and_then(|open| open.marker.clone()),
        "started_at": moment(Some(run.started_at)),
        "ended_at": moment(run.ended_at),
        "error": run.error.as_ref().map(failure),
        "events": entries,
    }))?;
    Ok(Exit::Done)
}

fn standing(run: &RunRow) -> timeline::Standing {
    if run.alive {
        timeline::Standing::Alive
    } else if run.is_unfinished() {
        timeline::Standing::CutOff
    } else {
        timeline::Standing::Ended
    }
}
