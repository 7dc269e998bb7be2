//! Makes the tables anew from the events, for a state whose tables are in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cutover_engine::event::Event;
use cutover_engine::host::HostError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior};

use super::chain::Hash;
use super::error::from_sqlite;
use super::tables::{self, Place};
use super::{open, schema, seal};

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
    refill(&within, &within)?;
    seal::put_all(&within).map_err(from_sqlite)?;
    within.commit().map_err(from_sqlite)
}

/// Returns the rows of the tables that are not what the events say, as `table key`. The events are
/// taken as they are: whether they are what was written is asked before.
pub(crate) fn differences(connection: &Connection) -> Result<Vec<String>, HostError> {
    let mut anew = Connection::open_in_memory().map_err(from_sqlite)?;
    schema::migrate(&mut anew)?;
    let within = anew.transaction().map_err(from_sqlite)?;
    refill(connection, &within)?;
    let mut found = Vec::new();
    for table in DERIVED {
        let (is, should) = (rows_of(connection, table)?, rows_of(&within, table)?);
        let keys: BTreeSet<&String> = is.keys().chain(should.keys()).collect();
        let differ = keys.into_iter().filter(|key| is.get(*key) != should.get(*key));
        found.extend(differ.map(|key| format!("{table} {key}")));
    }
    let unsealed = seal::broken(connection)?;
    found.extend(unsealed.into_iter().map(|credential| format!("seal {credential}")));
    Ok(found)
}

/// Returns the rows of a table by their keys, each as its text.
fn rows_of(connection: &Connection, table: &str) -> Result<BTreeMap<String, String>, HostError> {
    let read = || -> rusqlite::Result<BTreeMap<String, String>> {
        let mut rows = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = rows.column_count();
        let key = rows.column_names().position(|name| name == "attempt").unwrap_or(0);
        let mut all = BTreeMap::new();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let column = |at: usize| row.get_ref(at).map(|value| shown(&value));
            let keys: Vec<String> = (0..=key).map(column).collect::<Result<_, _>>()?;
            let whole: Vec<String> = (0..columns).map(column).collect::<Result<_, _>>()?;
            all.insert(keys.join(" "), whole.join("\n"));
        }
        Ok(all)
    };
    read().map_err(from_sqlite)
}

fn shown(value: &ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => format!("{value:?}"),
    }
}

/// Fills the tables of a connection from the events of one.
fn refill(from: &Connection, within: &Connection) -> Result<(), HostError> {
    let mut rows = from
        .prepare("SELECT n, run, seq, at, body, hash FROM event ORDER BY n")
        .map_err(from_sqlite)?;
    let mut rows = rows.query([]).map_err(from_sqlite)?;
    while let Some(row) = rows.next().map_err(from_sqlite)? {
        let read = || -> rusqlite::Result<(i64, String, i64, i64, String, Hash)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        };
        let (n, run, seq, at, body, hash) = read().map_err(from_sqlite)?;
        let event = Event::from_text(&body).map_err(|error| HostError::Damaged {
            message: format!("event {seq} of run {run} cannot be read: {error}"),
        })?;
        let (n, seq) = (n.unsigned_abs(), seq.unsigned_abs());
        let place = Place { run: &run, n, seq, at };
        tables::apply(within, &place, &event).map_err(from_sqlite)?;
        tables::moved(within, &run, seq, at, &hash).map_err(from_sqlite)?;
    }
    Ok(())
}
