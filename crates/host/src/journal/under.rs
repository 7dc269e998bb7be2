//! What stands under the locks of a run: what is current, what is owed, who else is unfinished.

use std::collections::BTreeSet;

use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Claim, GivenUp, HostError, Key, Position};
use cutover_engine::spec::Role;
use cutover_engine::value::{Value, shown};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::append::{FIRST_EPOCH, to_sql};
use super::error::from_sqlite;
use super::{read, seal};

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
        seal::check(connection, name)?;
        if let Some(other) = unfinished(connection, name, run)? {
            return Ok(Under::Taken(other));
        }
    }
    let mut claim = Claim { position: take_over(connection, run)?, ..Claim::default() };
    for key in keys {
        let Key::Credential(name) = key;
        if let Some(known) = read::credential(connection, name)? {
            // What was adopted before any run has no workflow yet: the first that promotes it has it.
            claim.promoted_by = Some(known.workflow).filter(|workflow| !workflow.is_empty());
            claim.promoted_at = Some(known.promoted_at);
            // What it stands on is read whole: a changed event shows before anything is made.
            drop(read::events(connection, &known.run)?);
            claim.current = Some(known.identity);
        }
        claim.given_up.extend(given_up(connection, name)?);
        claim.debts.extend(read::debts_of(connection, name)?);
    }
    let owing: BTreeSet<&str> = claim.debts.iter().map(|debt| debt.run.as_str()).collect();
    for owes in owing.into_iter().filter(|owes| *owes != run) {
        drop(read::events(connection, owes)?);
    }
    Ok(Under::Free(claim))
}

/// Returns what runs of a credential made that were given up since something was promoted last.
fn given_up(connection: &Connection, credential: &str) -> Result<Vec<GivenUp>, HostError> {
    let mut runs = connection
        .prepare_cached(
            "SELECT run FROM run WHERE credential = ?1 AND status = 'abandoned' AND first > COALESCE(
                 (SELECT run.first FROM credential JOIN run USING (run) WHERE name = ?1), 0)
             ORDER BY first",
        )
        .map_err(from_sqlite)?;
    let runs = runs.query_map([credential], |row| row.get(0)).map_err(from_sqlite)?;
    let runs: Vec<String> = runs.collect::<Result<_, _>>().map_err(from_sqlite)?;
    let mut all = Vec::new();
    for run in runs {
        let entries = read::events(connection, &run)?;
        all.extend(made(&run, entries));
    }
    Ok(all)
}

fn made(run: &str, entries: Vec<Entry>) -> Vec<GivenUp> {
    let (mut old, mut creates, mut made) = (None, BTreeSet::new(), Vec::new());
    for entry in entries {
        match entry.event {
            Event::Claimed(claimed) => old = claimed.old,
            Event::Captured { old: captured } => old = captured,
            Event::Started(started) if started.role == Role::Create => {
                creates.insert(started.step);
            }
            Event::Succeeded { step, outputs, .. } if creates.contains(&step) => {
                made.extend(outputs.get("id").and_then(Value::as_text).map(shown));
            }
            Event::Swept { id, .. } => made.retain(|made| *made != id),
            Event::Started(_)
            | Event::Succeeded { .. }
            | Event::Expanded { .. }
            | Event::Failed { .. }
            | Event::Lost { .. }
            | Event::Found { .. }
            | Event::RetryAt { .. }
            | Event::Skipped { .. }
            | Event::Stored { .. }
            | Event::Parked { .. }
            | Event::Resumed { .. }
            | Event::Decided { .. }
            | Event::Settling { .. }
            | Event::Reopened { .. }
            | Event::UndoStarted { .. }
            | Event::Undone { .. }
            | Event::UndoFailed { .. }
            | Event::Abandoned { .. }
            | Event::Promoted { .. }
            | Event::DebtChanged { .. }
            | Event::Stopped
            | Event::Ended { .. } => {}
        }
    }
    let given_up = |made| GivenUp { run: run.to_owned(), made, old: old.clone() };
    made.into_iter().map(given_up).collect()
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
    // As its chain has it: what the table says of it is sealed by nothing.
    let since = read::events(connection, &run)?.last().map(|entry| entry.at);
    Ok(HostError::Taken {
        key: credential.to_owned(),
        step: last.map(|attempt| attempt.step.clone()),
        marker: last
            .filter(|attempt| attempt.role.leaves_marker())
            .and_then(|attempt| attempt.marker.clone()),
        since,
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
    let last: Option<i64> = within
        .query_row(
            "SELECT epoch FROM event WHERE run = ?1 AND seq = ?2",
            params![run, seq],
            |row| row.get(0),
        )
        .optional()
        .map_err(from_sqlite)?;
    if last.is_none_or(|last| last >= epoch) {
        let message = format!("who drives run {run} was changed after it was written");
        return Err(HostError::Damaged { message });
    }
    within.commit().map_err(from_sqlite)?;
    Ok(Position { seq: seq.unsigned_abs(), epoch: epoch.unsigned_abs() })
}
