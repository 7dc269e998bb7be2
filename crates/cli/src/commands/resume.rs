//! `cutover resume`: goes on with a run that was cut off, waits, or is stuck.

use std::sync::Arc;

use cutover_engine::event::{Decision, Status};
use cutover_engine::execute::{Said, execute};
use cutover_host::journal::{Journal, RunRow};

use crate::args::{Output, ResumeArgs};
use crate::drive::{self, Driver, Way};
use crate::ending::{self, About};
use crate::exit::{Exit, Problem};
use crate::household::Household;
use crate::plugins::Shelf;
use crate::progress::Progress;
use crate::recorded::{Recorded, Unreadable};
use crate::render::{failure, json, outcome, time};
use crate::session::Session;
use crate::state::{self, Last};
use crate::{assemble, inputs, who};

/// Goes on with a run.
///
/// # Errors
/// Where there is no such run, another process or machine has it, or the edge failed.
pub(crate) fn run(args: &ResumeArgs, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let row = state::find(journal.as_ref(), &args.choice, Last::Unfinished, session)?;
    let journal = journal.expect("a run was found in it");
    let word = word(args);
    if !row.is_unfinished() {
        return over(&journal, row, word.as_ref(), session);
    }
    if row.alive {
        return Err(failure::driven(&row.run, &session.typed()).into());
    }
    let run = row.run.clone();
    let unreadable = |error: Unreadable| error.problem(&run, &session.typed());
    let recorded = Recorded::read(&journal, row, &Shelf::new(session), session);
    let recorded = recorded.map_err(unreadable)?;
    drop(journal);
    refuse_elsewhere(&recorded, "resume", session)?;
    let progress = Arc::new(Progress::new(Arc::clone(&session.out)));
    let host = assemble::host(session, Some(&progress))?;
    let mut driver = Driver::new(&progress, session)?;
    let recorded = recorded.with_secrets(&host, &driver, session).map_err(unreadable)?;
    let Recorded { plan, history, .. } = &recorded;
    drive::begin(plan, &run, history, &progress);
    let way = Way { run: &run, file: &recorded.row.file, word: word.as_ref(), ..Way::default() };
    let home = Household::new(&host, &progress, session);
    let ended = driver.drive(&way, async |drive| execute(plan, history, &home, drive).await);
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| ending::stopped(&error, &run, &told, session))?;
    let again = session.typed().command(&inputs::words_again(&recorded.row.file, plan));
    ending::report(&outcome, plan, About { told, again, state_is_new: false }, session)
}

/// Refuses a run of another machine that works with files or programs of that one.
///
/// # Errors
/// Where it is one.
pub(crate) fn refuse_elsewhere(
    recorded: &Recorded,
    command: &str,
    session: &Session,
) -> Result<(), Problem> {
    let (run, theirs) = (&recorded.row.run, &recorded.row.machine);
    let ours = session.machine();
    if *theirs == ours || !recorded.is_bound() {
        return Ok(());
    }
    let message = format!(
        "run {run} began on the machine {theirs} and works with files or programs of it; this is \
         {ours}"
    );
    let typed = session.typed().command(&format!("{command} {run}"));
    let same = format!("CUTOVER_MACHINE={} {typed}", crate::typed::quoted(theirs));
    Err(Problem::wrong(message)
        .next(&format!("On {theirs}"), typed)
        .next("Where this is that machine under another name", same))
}

/// Says how a run ended that is over, and ends as it did.
fn over(
    journal: &Journal,
    row: RunRow,
    word: Option<&Said>,
    session: &Session,
) -> anyhow::Result<Exit> {
    let typed = session.typed();
    let show = typed.command(&format!("runs show {}", row.run));
    let ended = row.status.unwrap_or(Status::Failed);
    let how = match ended {
        Status::Succeeded => "it succeeded",
        Status::Failed | Status::Stuck | Status::Parked => "it failed",
        Status::Undone => "it failed, and everything was taken back",
        Status::Abandoned => "it was given up",
    };
    let when = row.ended_at.map(|at| format!(", {}", time::minute(at))).unwrap_or_default();
    let message = format!("run {} is over: {how}{when}", row.run);
    if let Some(word) = word {
        let nothing = format!("{message}; `{}` waits for no word", word.step);
        return Err(Problem::wrong(nothing).next("What happened", show).into());
    }
    match session.out.form {
        Output::Human => {
            let next = [("What happened".to_owned(), show)];
            let next = crate::render::next::commands(&next, 2, session.out.columns());
            session.out.complain(&format!("{message}.\n{next}"));
        }
        Output::Json | Output::Jsonl => {
            let run = row.run.clone();
            let recorded = Recorded::read(journal, row, &Shelf::new(session), session);
            let recorded = recorded.map_err(|error| error.problem(&run, &typed))?;
            session.out.json(&json::outcome(&recorded.outcome()))?;
        }
    }
    Ok(outcome::exit_of(ended))
}

/// Returns what the person who typed the command says.
fn word(args: &ResumeArgs) -> Option<Said> {
    let said = [
        (Decision::Redo, &args.redo),
        (Decision::Skip, &args.skip),
        (Decision::Approve, &args.approve),
        (Decision::Reject, &args.reject),
    ];
    let (decision, step) =
        said.into_iter().find_map(|(decision, step)| Some((decision, step.clone()?)))?;
    Some(Said { step, decision, by: who::name(), note: args.note.clone().unwrap_or_default() })
}
