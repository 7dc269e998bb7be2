//! `cutover resume`: goes on with a run that was cut off, waits, or is stuck.

use std::sync::Arc;

use cutover_engine::event::Decision;
use cutover_engine::execute::{Said, execute};

use crate::args::ResumeArgs;
use crate::drive::{self, Driver, Way};
use crate::ending::{self, About};
use crate::exit::Exit;
use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::session::Session;
use crate::state::{self, Last};
use crate::{assemble, inputs, who};

/// Goes on with a run.
///
/// # Errors
/// Where there is no such run, it is driven by another process, or the edge failed.
pub(crate) fn run(args: &ResumeArgs, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let row = state::find(journal.as_ref(), &args.choice, Last::Unfinished, session)?;
    let journal = journal.expect("a run was found in it");
    let run = row.run.clone();
    let progress = Arc::new(Progress::new(Arc::clone(&session.out)));
    let host = assemble::host(session, Some(&progress))?;
    let mut driver = Driver::new(&progress, session)?;
    let registry = cutover_steps::registry();
    let recorded = Recorded::read(&journal, row, &registry, (&host, &driver), session);
    let recorded = recorded.map_err(|error| error.problem(&run))?;
    drop(journal);
    let Recorded { plan, history, .. } = &recorded;
    drive::begin(plan, &run, history, &progress);
    let word = word(args);
    let way = Way { run: &run, file: &recorded.row.file, word: word.as_ref(), ..Way::default() };
    let ended = driver.drive(&way, async |drive| execute(plan, history, &host, drive).await);
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| ending::stopped(&error, &run, &told, session))?;
    let again = session.typed().command(&inputs::words_again(&recorded.row.file, plan));
    ending::report(&outcome, plan, About { told, again, state_is_new: false }, session)
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
