//! `cutover credentials`: what the state knows, how it stands, and what the providers list beside it.

use cutover_engine::diagnostic::nearest;
use cutover_host::journal::{Credential, DebtFilter, Journal};
use serde_json::{Value as Json, json};

use super::{adopt, burn};
use crate::args::CredentialsCommand;
use crate::exit::{Exit, Problem};
use crate::inventory::{Inventory, inventory};
use crate::render::credentials::{self as picture, Row};
use crate::render::json::debt;
use crate::session::Session;
use crate::text::tame;
use crate::{assemble, providers, state};

/// Lists the credentials, or shows one.
///
/// # Errors
/// Where the state cannot be read or there is no such credential.
pub(crate) fn run(
    refresh: bool,
    command: Option<CredentialsCommand>,
    session: &Session,
) -> anyhow::Result<Exit> {
    if let Some(CredentialsCommand::Adopt(args)) = &command {
        return adopt::run(args, session);
    }
    if let Some(CredentialsCommand::Burn { name, yes }) = &command {
        return burn::run(name, *yes, session);
    }
    let journal = state::open(session)?;
    let rows = match &journal {
        Some(journal) => rows(journal, session)?,
        None => Vec::new(),
    };
    match command {
        None | Some(CredentialsCommand::Adopt(_) | CredentialsCommand::Burn { .. }) => {
            list(rows, journal.as_ref(), refresh, session)
        }
        Some(CredentialsCommand::List { refresh: too }) => {
            list(rows, journal.as_ref(), refresh || too, session)
        }
        Some(CredentialsCommand::Show { name }) => show(&name, &rows, journal.as_ref(), session),
    }
}

fn list(
    mut rows: Vec<Row>,
    journal: Option<&Journal>,
    refresh: bool,
    session: &Session,
) -> anyhow::Result<Exit> {
    let beside = journal.filter(|_| refresh).map(|journal| beside(journal, session)).transpose()?;
    for row in &mut rows {
        let ghosts = beside.iter().flat_map(|beside| &beside.ghosts);
        row.ghost = ghosts.into_iter().any(|ghost| *ghost == row.known.name);
    }
    let now = state::now();
    if session.out.is_human() {
        let columns = session.out.is_on_terminal().then(|| session.out.columns());
        session.out.data(&picture::list(&rows, beside.as_ref(), now, columns))?;
    } else {
        let rows: Vec<Json> = rows.iter().map(|row| picture::json(row, now)).collect();
        let mut shown = json!({ "credentials": rows });
        if let Some(beside) = &beside {
            shown["found"] = picture::found_json(beside);
            let unanswered = beside.unanswered.iter();
            let unanswered = unanswered.map(|(what, why)| json!({ "asked": what, "why": why }));
            shown["unanswered"] = unanswered.collect();
        }
        session.out.json(&shown)?;
    }
    let exit = picture::exit(&rows, now);
    state::tell_damaged(damaged(&rows), session);
    Ok(match &beside {
        Some(beside) => told(beside, exit, session),
        None => exit,
    })
}

/// Says what was not answered and what to do with orphans, and returns how the command ends.
fn told(beside: &Inventory, exit: Exit, session: &Session) -> Exit {
    for (what, why) in &beside.unanswered {
        session.out.complain(&format!("not listed: {what}: {}\n", tame(why)));
    }
    if exit == Exit::Done && !beside.unanswered.is_empty() { Exit::Failed } else { exit }
}

/// Asks the providers, and puts what they list beside the state.
///
/// # Errors
/// Where the state cannot be read.
pub(crate) fn beside(journal: &Journal, session: &Session) -> anyhow::Result<Inventory> {
    let host = assemble::host(session, None)?;
    let asked = providers::ask_all(journal, &host, session)?;
    let problem = |error| state::problem(&error, session);
    let known = journal.credentials().map_err(problem)?;
    let debts = journal.debts(DebtFilter::default()).map_err(problem)?;
    let runs = journal.runs().map_err(problem)?;
    Ok(inventory(&asked, &known, &debts, &runs))
}

fn show(
    name: &str,
    rows: &[Row],
    journal: Option<&Journal>,
    session: &Session,
) -> anyhow::Result<Exit> {
    let now = state::now();
    let found = rows.iter().find(|row| row.known.name == name);
    let (Some(row), Some(journal)) = (found, journal) else {
        return Err(not_known(name, rows.iter().map(|row| row.known.name.as_str()), session).into());
    };
    let filter = DebtFilter { credential: Some(name), settled: false };
    let debts = journal.debts(filter).map_err(|error| state::problem(&error, session))?;
    if session.out.is_human() {
        session.out.data(&picture::page(row, &debts, now))?;
    } else {
        let mut shown = picture::json(row, now);
        shown["debts"] = debts.iter().map(debt).collect();
        session.out.json(&shown)?;
    }
    let row = std::slice::from_ref(row);
    state::tell_damaged(damaged(row), session);
    Ok(picture::exit(row, now))
}

fn damaged(rows: &[Row]) -> impl Iterator<Item = String> {
    rows.iter().filter(|row| row.damaged).map(|row| row.known.name.clone())
}

/// Says that there is no such credential, and names the nearest.
pub(crate) fn not_known<'a>(
    name: &str,
    all: impl Iterator<Item = &'a str>,
    session: &Session,
) -> Problem {
    let help = match nearest(name, all) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("All of them: {}", session.typed().command("credentials")),
    };
    Problem::wrong(format!("no credential `{name}` is known")).help(help)
}

fn rows(journal: &Journal, session: &Session) -> Result<Vec<Row>, Problem> {
    let problem = |error| state::problem(&error, session);
    let known = journal.credentials().map_err(problem)?;
    let changed = journal.changed_credentials().map_err(problem)?;
    let row = |known: Credential| {
        let before = state::due_before(journal, &known.run);
        let damaged = changed.contains(&known.name);
        Row { known, before, ghost: false, damaged }
    };
    Ok(known.into_iter().map(row).collect())
}
