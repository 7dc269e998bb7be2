//! `cutover abandon`: gives an unfinished run up. What can be taken back is; what is left in the
//! world is told, and the credential is free.

use std::sync::Arc;

use cutover_engine::event::{Decision, Status};
use cutover_engine::execute::{Said, execute};
use cutover_host::abandon::{AbandonError, Abandoned, abandon};
use serde_json::json;

use super::resume::refuse_elsewhere;
use crate::args::AbandonArgs;
use crate::drive::{self, Driver, Way};
use crate::ending::{self, About};
use crate::exit::{Exit, Problem};
use crate::household::Household;
use crate::plugins::Shelf;
use crate::progress::Progress;
use crate::recorded::{Recorded, Unreadable};
use crate::render::json::debt;
use crate::render::{failure, given_up};
use crate::session::Session;
use crate::state::{self, Last};
use crate::text::tame;
use crate::{assemble, inputs, who};

/// Gives a run up.
///
/// # Errors
/// Where there is no such run, it is over, or a process still drives it.
pub(crate) fn run(args: &AbandonArgs, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let row = state::find(journal.as_ref(), &args.choice, Last::Unfinished, session)?;
    let journal = journal.expect("a run was found in it");
    if !row.is_unfinished() {
        return Err(over(&row.run).into());
    }
    if row.alive {
        return Err(failure::driven(&row.run, &session.typed()).into());
    }
    let run = row.run.clone();
    if args.no_undo {
        return without_undo(&run, session);
    }
    match Recorded::read(&journal, row, &Shelf::new(session), session) {
        Ok(recorded) => through_the_engine(recorded, args, session),
        Err(error @ (Unreadable::State(_) | Unreadable::Text(_))) => {
            let why = error.problem(&run, &session.typed());
            session.out.complain(&format!("nothing can be taken back: {}\n", tame(&why.message)));
            without_undo(&run, session)
        }
        Err(error @ Unreadable::Needs(_)) => Err(error.problem(&run, &session.typed()).into()),
    }
}

fn through_the_engine(
    recorded: Recorded,
    args: &AbandonArgs,
    session: &Session,
) -> anyhow::Result<Exit> {
    let run = recorded.row.run.clone();
    let keep = session.typed().command(&format!("abandon {run} --no-undo"));
    let keep = |problem: Problem| problem.next("Give it up and take nothing back", keep.clone());
    refuse_elsewhere(&recorded, "abandon", session).map_err(keep)?;
    let progress = Arc::new(Progress::new(Arc::clone(&session.out)));
    let host = assemble::host(session, Some(&progress))?;
    let mut driver = Driver::new(&progress, session)?;
    let recorded = recorded.with_secrets(&host, &driver, session);
    let recorded = recorded.map_err(|error| keep(error.problem(&run, &session.typed())))?;
    let Recorded { plan, history, row, .. } = &recorded;
    drive::begin(plan, &run, history, &progress);
    let said = Said {
        step: String::new(),
        decision: Decision::Abandon,
        by: who::name(),
        note: args.note.clone().unwrap_or_default(),
    };
    let way = Way { run: &run, file: &row.file, word: Some(&said), ..Way::default() };
    let home = Household::new(&host, &progress, session);
    let ended = driver.drive(&way, async |drive| execute(plan, history, &home, drive).await);
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| ending::stopped(&error, &run, &told, session))?;
    let again = session.typed().command(&inputs::words_again(&row.file, plan));
    let exit = ending::report(&outcome, plan, About { told, again, state_is_new: false }, session)?;
    Ok(if outcome.status == Status::Abandoned { Exit::Done } else { exit })
}

/// Gives a run up that the engine cannot go on with, or of which nothing is to be taken back.
fn without_undo(run: &str, session: &Session) -> anyhow::Result<Exit> {
    let host = assemble::host(session, None)?;
    let given_up = super::runtime()?.block_on(abandon(&host, run));
    let given_up = given_up.map_err(|error| refused(&error, session))?;
    if session.out.is_human() {
        session.out.talk(&given_up::drawing(&given_up, session.out.columns()));
    } else {
        session.out.json(&of_run(&given_up))?;
    }
    Ok(Exit::Done)
}

/// Returns what of a run is known without the engine, with every key that a run has.
fn of_run(run: &Abandoned) -> serde_json::Value {
    json!({
        "run": run.run,
        "workflow": run.workflow,
        "status": "abandoned",
        "ended": true,
        "interrupted": false,
        "steps": [],
        "debts": run.debts.iter().map(debt).collect::<Vec<_>>(),
        "outputs": {},
        "error": null,
        "left": run.left.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "parked": [],
    })
}

fn refused(error: &AbandonError, session: &Session) -> Problem {
    match error {
        AbandonError::Host(error) => state::problem(error, session),
        AbandonError::NotThere(_) => Problem::wrong(error.to_string()),
        AbandonError::Over(run) => over(run),
    }
}

fn over(run: &str) -> Problem {
    Problem::wrong(format!("run {run} is over: there is nothing to give up"))
}
