//! `cutover abandon`: gives an unfinished run up. It undoes nothing, says what is left in the
//! world, and frees the credential.

use std::sync::Arc;

use cutover_engine::event::{Claimed, Entry, Event, Status};
use cutover_engine::host::{Host, Key};
use cutover_engine::plan::plan;
use cutover_engine::run::Run;
use cutover_engine::source::Source;
use cutover_engine::value::Map;
use cutover_host::LocalHost;
use cutover_host::journal::RunRow;
use serde_json::json;

use crate::args::RunChoice;
use crate::exit::{Exit, Problem};
use crate::render::timeline::{left_open, open_steps};
use crate::session::Session;
use crate::state::{self, Last};
use crate::style::Paint;
use crate::text::tame;
use crate::{assemble, document};

/// Gives a run up.
///
/// # Errors
/// Where there is no such run, it is over, or a process still drives it.
pub(crate) fn run(choice: &RunChoice, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let run = state::find(journal.as_ref(), choice, Last::Unfinished, session)?;
    if !run.is_unfinished() {
        let message = format!("run {} is over: there is nothing to give up", run.run);
        return Err(Problem::wrong(message).into());
    }
    let entries = state::events(&journal.expect("a run was found in it"), &run.run, session)?;
    let left = left(&run, &entries);
    let host = assemble::host(session, None)?;
    super::runtime()?.block_on(end(&run, &host, session))?;
    if session.out.is_human() {
        session.out.talk(&told(&run, &left));
    } else {
        session.out.json(&json!({
            "run": run.run,
            "workflow": run.workflow,
            "status": "abandoned",
            "left": left,
        }))?;
    }
    Ok(Exit::Done)
}

async fn end(run: &RunRow, host: &LocalHost, session: &Session) -> Result<(), Problem> {
    let keys: Vec<Key> = run.credential.iter().cloned().map(Key::Credential).collect();
    let claim =
        host.claim(&run.run, &keys).await.map_err(|error| state::problem(&error, session))?;
    let event = Event::Ended { status: Status::Abandoned, error: None, outputs: Map::new() };
    let entry = Entry { at: host.now(), event };
    let recorded = host.record(&run.run, claim.position, &[entry]).await;
    recorded.map(drop).map_err(|error| state::problem(&error, session))
}

fn told(run: &RunRow, left: &[String]) -> String {
    let head = Paint::Warn.on(&format!("run {} is given up; nothing was undone.", run.run));
    let credential = run.credential.as_ref();
    let free = credential.map(|name| format!("  {name} is free for the next run.\n"));
    if left.is_empty() {
        let nothing = "  Nothing that it made is left in the world.\n";
        return format!("{head}\n{nothing}{}", free.unwrap_or_default());
    }
    let lines: String = left.iter().map(|line| format!("    {}\n", tame(line))).collect();
    format!("{head}\n  In the world now\n{lines}{}", free.unwrap_or_default())
}

/// Returns what a run leaves in the world: what its events say, read with its own workflow; where
/// that cannot be read any more, the tries that have no end.
fn left(run: &RunRow, entries: &[Entry]) -> Vec<String> {
    let claimed = entries.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(claimed),
        _ => None,
    });
    let mut left = claimed.and_then(|claimed| folded(run, claimed, entries)).unwrap_or_default();
    for open in open_steps(entries).iter().filter(|open| open.writes) {
        let told = open.marker.as_deref().unwrap_or(&open.step);
        if !left.iter().any(|line| line.contains(told)) {
            left.push(left_open(open));
        }
    }
    left
}

fn folded(row: &RunRow, claimed: &Claimed, entries: &[Entry]) -> Option<Vec<String>> {
    let source = Arc::new(Source::new(&*claimed.file, &*claimed.text));
    let checked = document::examine(source, &cutover_steps::registry()).checked?;
    let plan = plan(&checked, &claimed.inputs).ok()?;
    let mut run = Run::new(&plan, &row.run);
    entries.iter().for_each(|entry| run.apply(entry));
    Some(run.outcome().left)
}
