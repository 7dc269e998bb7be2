//! Makes the tables anew from the events, for a state whose tables are in doubt.

use std::path::Path;

use cutover_engine::event::Event;
use cutover_engine::host::HostError;
use rusqlite::{Connection, TransactionBehavior};

use super::chain::Hash;
use super::error::from_sqlite;
use super::open;
use super::tables::{self, Place};

/// The tables that follow from the events.
const DERIVED: [&str; 5] = ["run", "unfinished", "credential", "debt", "made"];

/// Makes the tables of a state anew. Runs that go on meanwhile wait for it.
pub fn rebuild_tables(path: &Path) -> Result<(), HostError> {
    let mut opened = open::for_writing(path)?;
    rebuild(&mut opened.connection)
}

/// Empties the derived tables and fills them from the events, in one transaction.
pub(crate) fn rebuild(connection: &mut Connection) -> Result<(), HostError> {
    let within = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    for table in DERIVED {
        within.execute(&format!("DELETE FROM {table}"), []).map_err(from_sqlite)?;
    }
    refill(&within)?;
    within.commit().map_err(from_sqlite)
}

fn refill(within: &Connection) -> Result<(), HostError> {
    let mut rows = within
        .prepare("SELECT n, run, seq, at, body, hash FROM event ORDER BY n")
        .map_err(from_sqlite)?;
    let mut rows = rows.query([]).map_err(from_sqlite)?;
    while let Some(row) = rows.next().map_err(from_sqlite)? {
        let read = || -> rusqlite::Result<(i64, String, i64, i64, String, Hash)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        };
        let (n, run, seq, at, body, hash) = read().map_err(from_sqlite)?;
        let event: Event = serde_json::from_str(&body).map_err(|error| HostError::Damaged {
            message: format!("event {seq} of run {run} cannot be read: {error}"),
        })?;
        let (n, seq) = (n.unsigned_abs(), seq.unsigned_abs());
        let place = Place { run: &run, n, seq, at };
        tables::apply(within, &place, &event).map_err(from_sqlite)?;
        tables::moved(within, &run, seq, at, &hash).map_err(from_sqlite)?;
    }
    Ok(())
}
