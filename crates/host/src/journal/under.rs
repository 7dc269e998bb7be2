//! What stands under the locks of a run: what is current, what is owed, who else is unfinished.

use cutover_engine::host::{Claim, HostError, Key, Position};
use cutover_engine::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::append::{FIRST_EPOCH, to_sql};
use super::error::from_sqlite;
use super::read;

/// What stands under the locks.
pub(crate) enum Under {
    /// The run may go on.
    Free(Claim),
    /// Another run of a key is unfinished.
    Taken(HostError),
}

/// Returns what stands under the locks of a run, and makes the run its driver's: every other
/// driver's records are refused from here on.
pub(crate) fn under_lock(
    connection: &mut Connection,
    run: &str,
    keys: &[Key],
) -> Result<Under, HostError> {
    for key in keys {
        let Key::Credential(name) = key;
        if let Some(other) = unfinished(connection, name, run)? {
            return Ok(Under::Taken(other));
        }
    }
    let mut claim = Claim { position: take_over(connection, run)?, ..Claim::default() };
    for key in keys {
        let Key::Credential(name) = key;
        if let Some(known) = read::credential(connection, name)? {
            claim.promoted_by = Some(known.workflow);
            claim.current = Some(known.identity);
        }
        claim.debts.extend(read::debts_of(connection, name)?);
    }
    Ok(Under::Free(claim))
}

/// Returns who holds a credential: a run without an end, or one whose end needs a person.
pub(crate) fn unfinished(
    connection: &Connection,
    credential: &str,
    but: &str,
) -> Result<Option<HostError>, HostError> {
    let run: Option<String> = connection
        .prepare_cached(
            "SELECT run FROM run WHERE credential = ?1 AND run <> ?2
             AND (status IS NULL OR status IN ('stuck', 'parked')) ORDER BY first LIMIT 1",
        )
        .and_then(|mut find| find.query_row([credential, but], |row| row.get(0)).optional())
        .map_err(from_sqlite)?;
    run.map(|run| taken(connection, credential, run)).transpose()
}

fn taken(connection: &Connection, credential: &str, run: String) -> Result<HostError, HostError> {
    let open = read::open_attempts(connection, &run)?;
    // What writes is what matters: a read that was cut off left nothing.
    let last = open.iter().rev().find(|attempt| attempt.writes).or(open.last());
    let since: i64 = connection
        .query_row("SELECT last_at FROM run WHERE run = ?1", [&run], |row| row.get(0))
        .map_err(from_sqlite)?;
    Ok(HostError::Taken {
        key: credential.to_owned(),
        step: last.map(|attempt| attempt.step.clone()),
        marker: last.and_then(|attempt| attempt.marker.clone()),
        since: Some(Timestamp(since)),
        alive: false,
        run,
    })
}

/// Counts the epoch of a run up. A run that is not there yet has nobody to shut out.
pub(crate) fn take_over(connection: &mut Connection, run: &str) -> Result<Position, HostError> {
    let seq: Option<i64> = connection
        .query_row("SELECT seq FROM run WHERE run = ?1", [run], |row| row.get(0))
        .optional()
        .map_err(from_sqlite)?;
    if seq.is_none() {
        return Ok(Position { seq: 0, epoch: FIRST_EPOCH });
    }
    let within = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    let first = to_sql(FIRST_EPOCH + 1);
    let (seq, epoch): (i64, i64) = within
        .execute(
            "INSERT INTO driver (run, epoch) VALUES (?1, ?2)
             ON CONFLICT (run) DO UPDATE SET epoch = epoch + 1",
            params![run, first],
        )
        .and_then(|_| {
            let sql =
                "SELECT run.seq, driver.epoch FROM run JOIN driver USING (run) WHERE run = ?1";
            within.query_row(sql, [run], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .map_err(from_sqlite)?;
    within.commit().map_err(from_sqlite)?;
    Ok(Position { seq: seq.unsigned_abs(), epoch: epoch.unsigned_abs() })
}
