//! `cutover credentials`: what the state knows, and how it stands.

use cutover_engine::diagnostic::nearest;
use cutover_host::journal::{Credential, DebtFilter, Journal};
use serde_json::{Value as Json, json};

use crate::args::CredentialsCommand;
use crate::exit::{Exit, Problem};
use crate::render::json::debt;
use crate::render::lists::{self, CredentialRow};
use crate::session::Session;
use crate::state;

/// Lists the credentials, or shows one.
///
/// # Errors
/// Where the state cannot be read or there is no such credential.
pub(crate) fn run(command: Option<CredentialsCommand>, session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let rows = match &journal {
        Some(journal) => rows(journal, session)?,
        None => Vec::new(),
    };
    match command {
        None | Some(CredentialsCommand::List) => list(&rows, session),
        Some(CredentialsCommand::Show { name }) => show(&name, &rows, journal.as_ref(), session),
    }
}

fn list(rows: &[CredentialRow], session: &Session) -> anyhow::Result<Exit> {
    let now = state::now();
    if session.out.is_human() {
        let columns = session.out.is_on_terminal().then(|| session.out.columns());
        session.out.data(&lists::credentials(rows, now, columns))?;
    } else {
        let rows: Vec<Json> = rows.iter().map(|row| lists::credential_json(row, now)).collect();
        session.out.json(&json!({ "credentials": rows }))?;
    }
    Ok(lists::exit(rows, now))
}

fn show(
    name: &str,
    rows: &[CredentialRow],
    journal: Option<&Journal>,
    session: &Session,
) -> anyhow::Result<Exit> {
    let now = state::now();
    let found = rows.iter().find(|row| row.known.name == name);
    let (Some(row), Some(journal)) = (found, journal) else {
        let near = nearest(name, rows.iter().map(|row| row.known.name.as_str()));
        let help = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "All of them: cutover credentials".to_owned(),
        };
        return Err(Problem::wrong(format!("no credential `{name}` is known")).help(help).into());
    };
    let filter = DebtFilter { credential: Some(name), settled: false };
    let debts = journal.debts(filter).map_err(|error| state::problem(&error, session))?;
    if session.out.is_human() {
        session.out.data(&lists::credential_page(row, &debts, now))?;
    } else {
        let mut shown = lists::credential_json(row, now);
        shown["debts"] = debts.iter().map(debt).collect();
        session.out.json(&shown)?;
    }
    Ok(lists::exit(std::slice::from_ref(row), now))
}

fn rows(journal: &Journal, session: &Session) -> Result<Vec<CredentialRow>, Problem> {
    let known = journal.credentials().map_err(|error| state::problem(&error, session))?;
    let row = |known: Credential| {
        let before = state::due_before(journal, &known.run);
        CredentialRow { known, before }
    };
    Ok(known.into_iter().map(row).collect())
}
