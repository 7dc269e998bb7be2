//! The state, opened to be read: it changes nothing.

use std::collections::BTreeSet;

use cutover_engine::event::{Entry, Event};
use cutover_engine::host::HostError;
use cutover_engine::parse::parse;
use cutover_engine::plan::preview::StateView;
use cutover_engine::source::Source;
use cutover_engine::time::{Duration, Timestamp};
use cutover_host::journal::{DebtFilter, Found, Journal, RunRow};

use crate::args::RunChoice;
use crate::exit::{Exit, Problem};
use crate::render::failure::of_host;
use crate::render::standing::{self, Standing};
use crate::session::Session;
use crate::text::tame;

/// Opens the state; none where there is none.
///
/// # Errors
/// Where it cannot be opened, or is damaged.
pub(crate) fn open(session: &Session) -> Result<Option<Journal>, Problem> {
    Journal::open_read_only(&session.state()).map_err(|error| problem(&error, session))
}

/// Turns an error of the state into what a person reads.
pub(crate) fn problem(error: &HostError, session: &Session) -> Problem {
    let holder = match error {
        HostError::Taken { run, alive, .. } => standing(run, *alive, session),
        HostError::Fenced(_)
        | HostError::Unannounced(_)
        | HostError::State { .. }
        | HostError::Damaged { .. }
        | HostError::Sync { .. } => None,
    };
    of_host(error, holder.as_ref(), now(), &session.typed())
}

/// Returns how a run stands, as far as the state can be read.
fn standing(run: &str, alive: bool, session: &Session) -> Option<Standing> {
    let journal = Journal::open_read_only(&session.state()).ok()??;
    let entries = journal.events(run).ok()?;
    (!entries.is_empty()).then(|| standing::of(&entries, alive))
}

/// Returns what a preview sees of a credential. A state that cannot be read is as none.
pub(crate) fn view(session: &Session, credential: Option<&str>) -> (StateView, Option<String>) {
    let read = || -> Result<Option<StateView>, HostError> {
        let Some(journal) = Journal::open_read_only(&session.state())? else { return Ok(None) };
        let Some(name) = credential else {
            return Ok(Some(StateView { read: true, ..StateView::default() }));
        };
        let current = journal.credential(name)?.map(|known| known.identity);
        let debts = journal.debts(DebtFilter { credential: Some(name), settled: false })?;
        Ok(Some(StateView { read: true, current, debts }))
    };
    match read() {
        Ok(view) => (view.unwrap_or_default(), None),
        Err(error) => (StateView::default(), Some(error.to_string())),
    }
}

/// Which run `--last` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// The newest one.
    Any,
    /// The newest that is not over.
    Unfinished,
}

/// Finds the run that was asked for.
///
/// # Errors
/// Where there is none, or more than one.
pub(crate) fn find(
    journal: Option<&Journal>,
    choice: &RunChoice,
    last: Last,
    session: &Session,
) -> Result<RunRow, Problem> {
    let all = format!("All runs: {}", session.typed().command("runs"));
    let none = |what: String| Problem::wrong(what).help(all.clone());
    let Some(beginning) = &choice.run else {
        let found = journal.map(|journal| match last {
            Last::Any => journal.last(),
            Last::Unfinished => journal.last_unfinished(),
        });
        let found = found.transpose().map_err(|error| problem(&error, session))?.flatten();
        return found.ok_or_else(|| match last {
            Last::Any => Problem::wrong("there is no run yet"),
            Last::Unfinished => none("no run is unfinished".to_owned()),
        });
    };
    let found = journal.map(|journal| journal.find(beginning));
    match found.transpose().map_err(|error| problem(&error, session))?.unwrap_or(Found::None) {
        Found::None => Err(none(format!("there is no run `{beginning}`"))),
        Found::One(run) => Ok(*run),
        Found::Many(runs) => {
            Err(Problem::wrong(format!("`{beginning}` is the beginning of more than one run"))
                .help(format!("They are: {}", runs.join(", "))))
        }
    }
}

/// Returns the events of a run, as far as they can be read.
///
/// # Errors
/// Where one is missing or was changed.
pub(crate) fn events(
    journal: &Journal,
    run: &str,
    session: &Session,
) -> Result<Vec<Entry>, Problem> {
    journal.events(run).map_err(|error| problem(&error, session))
}

/// Returns how long before its end a run's workflow wants the credential rotated.
pub(crate) fn due_before(journal: &Journal, run: &str) -> Option<Duration> {
    let entries = journal.events(run).ok()?;
    let claimed = entries.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(claimed),
        _ => None,
    })?;
    let (workflow, _) = parse(Source::new(&*claimed.file, &*claimed.text).into());
    workflow?.triggers.expiry.map(|(before, _)| before.value)
}

/// Says of what the lists show what was changed after it was written, and returns how they end.
pub(crate) fn tell_damaged(damaged: impl Iterator<Item = String>, session: &Session) -> Exit {
    let damaged: BTreeSet<String> = damaged.collect();
    if damaged.is_empty() {
        return Exit::Done;
    }
    let doctor = session.typed().command("doctor");
    for what in damaged {
        let told = format!(
            "damaged: what the state says of {} was changed after it was written\n",
            tame(&what)
        );
        session.out.complain(&told);
    }
    session
        .out
        .complain(&format!("  Nothing is created or revoked on its word. What to do: {doctor}\n"));
    Exit::Stuck
}

/// Returns what time it is.
pub(crate) fn now() -> Timestamp {
    cutover_host::now()
}
