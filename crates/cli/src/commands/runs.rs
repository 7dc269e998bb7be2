//! `cutover runs`: the runs so far, and what happened in one.

use std::collections::BTreeSet;

use cutover_host::journal::{Journal, RunRow};
use serde_json::json;

use crate::args::{RunChoice, RunsCommand};
use crate::exit::Exit;
use crate::render::json::{failure, moment};
use crate::render::run_list::{self, Line};
use crate::render::standing::{self, Standing};
use crate::render::timeline;
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
    let lines: Vec<Line> = match state::open(session)? {
        Some(journal) => {
            let problem = |error| state::problem(&error, session);
            let changed = journal.changed_runs().map_err(problem)?;
            let runs = journal.runs().map_err(problem)?;
            runs.into_iter().map(|row| line(&journal, row, &changed)).collect()
        }
        None => Vec::new(),
    };
    if session.out.is_human() {
        session.out.data(&run_list::drawing(&lines, session.out.columns()))?;
    } else {
        session.out.json(&run_list::json(&lines))?;
    }
    let damaged = lines.iter().filter(|line| line.damaged);
    Ok(state::tell_damaged(damaged.map(|line| format!("run {}", line.row.run)), session))
}

/// Returns a run with how it stands; of one that is over its row tells.
fn line(journal: &Journal, row: RunRow, changed: &BTreeSet<String>) -> Line {
    let damaged = changed.contains(&row.run);
    let standing = match row.status {
        Some(ended) if !row.is_unfinished() => Standing::Over(ended),
        Some(_) | None => match journal.events(&row.run) {
            Ok(entries) => standing::of(&entries, row.alive),
            Err(error) => Standing::Unreadable(error.to_string()),
        },
    };
    Line { row, standing, damaged }
}

fn show(choice: &RunChoice, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let run = state::find(journal.as_ref(), choice, Last::Any, session)?;
    let journal = journal.expect("a run was found in it");
    let entries = state::events(&journal, &run.run, session)?;
    if session.out.is_human() {
        let (typed, columns) = (session.typed(), session.out.columns());
        session.out.data(&timeline::drawing(&run.run, &entries, run.alive, &typed, columns))?;
        return Ok(Exit::Done);
    }
    let standing = standing::of(&entries, run.alive);
    session.out.json(&json!({
        "run": run.run,
        "workflow": run.workflow,
        "file": run.file,
        "credential": run.credential,
        "machine": run.machine,
        "status": standing.word(),
        "step": run_list::step(&standing),
        "marker": run_list::marker(&standing),
        "started_at": moment(Some(run.started_at)),
        "ended_at": moment(run.ended_at),
        "error": run.error.as_ref().map(failure),
        "events": entries,
    }))?;
    Ok(Exit::Done)
}
