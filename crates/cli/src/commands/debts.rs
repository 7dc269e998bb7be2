//! `cutover debts`: the revocations that are owed.

use cutover_host::journal::DebtFilter;

use crate::exit::Exit;
use crate::render::lists;
use crate::session::Session;
use crate::state;

/// Lists the debts that are open.
///
/// # Errors
/// Where the state cannot be read.
pub(crate) fn run(session: &Session) -> anyhow::Result<Exit> {
    let journal = state::open(session)?;
    let debts = journal.map(|journal| journal.debts(DebtFilter::default())).transpose();
    let debts = debts.map_err(|error| state::problem(&error, session))?.unwrap_or_default();
    if session.out.is_human() {
        session.out.data(&lists::debts(&debts, state::now(), session.out.columns()))?;
    } else {
        session.out.json(&lists::debts_json(&debts))?;
    }
    Ok(Exit::Done)
}
