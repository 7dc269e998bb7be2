//! Seals: for each credential a hash over all rows that a claim of it reads, so that a changed or a
//! missing one shows before anything is done on its word.
//!
//! Events carry their own hashes. What follows from them does not: one flipped bit in an index, and
//! an unfinished run is not found any more. A seal is written with the rows, in their transaction,
//! and made anew with them by `rebuild`.

use cutover_engine::event::Event;
use cutover_engine::host::HostError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::chain::Hash;
use super::error::from_sqlite;

/// The rows that a claim reads: what is current, what is owed, whose end is open, what was given up
/// since. A run's place in its events is not among them: its events tell that themselves.
const READ: [&str; 4] = [
    "SELECT * FROM credential WHERE name = ?1",
    "SELECT * FROM debt WHERE credential = ?1 AND state IN ('held', 'owed', 'paying') ORDER BY id",
    "SELECT run, first, workflow, file, owner, machine, started_at, ended_at, status, error
     FROM run WHERE credential = ?1 AND (status IS NULL OR status IN ('stuck', 'parked'))
     ORDER BY first",
    "SELECT run, first, workflow, file, owner, machine, started_at, ended_at, status, error
     FROM run WHERE credential = ?1 AND status = 'abandoned' AND first > COALESCE(
         (SELECT run.first FROM credential JOIN run USING (run) WHERE name = ?1), 0)
     ORDER BY first",
];

/// All credentials that anything in the tables is about.
const NAMES: &str = "SELECT credential FROM seal UNION SELECT name FROM credential
     UNION SELECT credential FROM debt UNION
     SELECT credential FROM run WHERE credential IS NOT NULL ORDER BY 1";

/// Says whether an event changes what a claim reads.
pub(crate) fn spans(event: &Event) -> bool {
    match event {
        Event::Claimed(_)
        | Event::Resumed { .. }
        | Event::Promoted { .. }
        | Event::DebtChanged { .. }
        | Event::Ended { .. } => true,
        Event::Captured { .. }
        | Event::Started(_)
        | Event::Succeeded { .. }
        | Event::Failed { .. }
        | Event::RetryAt { .. }
        | Event::Abandoned { .. }
        | Event::Found { .. }
        | Event::Lost { .. }
        | Event::Expanded { .. }
        | Event::Skipped { .. }
        | Event::Stored { .. }
        | Event::Parked { .. }
        | Event::Decided { .. }
        | Event::Settling { .. }
        | Event::Reopened { .. }
        | Event::Swept { .. }
        | Event::UndoStarted { .. }
        | Event::Undone { .. }
        | Event::UndoFailed { .. }
        | Event::Stopped => false,
    }
}

/// Says that what the tables hold of a credential is what was written.
pub(crate) fn check(connection: &Connection, credential: &str) -> Result<(), HostError> {
    let sealed: Option<Hash> = connection
        .prepare_cached("SELECT sum FROM seal WHERE credential = ?1")
        .and_then(|mut find| find.query_row([credential], |row| row.get(0)).optional())
        .map_err(from_sqlite)?;
    // What was never sealed is nothing.
    let sealed = sealed.unwrap_or_else(|| Sha256::new().finalize().into());
    if sealed == sum(connection, credential).map_err(from_sqlite)? {
        return Ok(());
    }
    Err(HostError::Damaged {
        message: format!(
            "what the state says of {credential} was changed after it was written, nothing is \
             created or revoked on its word"
        ),
    })
}

/// Seals what the tables hold of a credential now.
pub(crate) fn put(within: &Connection, credential: &str) -> rusqlite::Result<()> {
    let sum = sum(within, credential)?;
    within
        .prepare_cached("INSERT OR REPLACE INTO seal (credential, sum) VALUES (?1, ?2)")?
        .execute(params![credential, sum])?;
    Ok(())
}

/// Seals everything anew, whatever was sealed before.
pub(crate) fn put_all(within: &Connection) -> rusqlite::Result<()> {
    let all = names(within)?;
    within.execute("DELETE FROM seal", [])?;
    all.iter().try_for_each(|credential| put(within, credential))
}

/// Returns the credentials of which the tables do not hold what was written.
pub(crate) fn broken(connection: &Connection) -> Result<Vec<String>, HostError> {
    let mut broken = names(connection).map_err(from_sqlite)?;
    broken.retain(|credential| check(connection, credential).is_err());
    Ok(broken)
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = connection.prepare(NAMES)?;
    names.query_map([], |row| row.get(0))?.collect()
}

/// Returns the hash over what a claim of a credential reads.
fn sum(connection: &Connection, credential: &str) -> rusqlite::Result<Hash> {
    let mut all = Sha256::new();
    for (nth, sql) in READ.iter().enumerate() {
        let mut rows = connection.prepare_cached(sql)?;
        let columns = rows.column_count();
        let mut rows = rows.query([credential])?;
        while let Some(row) = rows.next()? {
            all.update([b'r', u8::try_from(nth).unwrap_or(u8::MAX)]);
            for column in 0..columns {
                part(&mut all, row.get_ref(column)?);
            }
        }
    }
    Ok(all.finalize().into())
}

/// Takes a value in, with its kind and its length, so that no two rows are alike.
fn part(all: &mut Sha256, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => return all.update([&[1], &number.to_le_bytes()[..]].concat()),
        ValueRef::Real(number) => return all.update([&[2], &number.to_le_bytes()[..]].concat()),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    all.update([kind]);
    all.update((bytes.len() as u64).to_le_bytes());
    all.update(bytes);
}
