//! What each event changes in the tables that span runs: one function per event that does.
//!
//! The tables follow from the events alone. `rebuild` makes them anew with these functions.

use cutover_engine::event::{Claimed, Debt, DebtState, Event, Failure, Identity, Started, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};
use serde::Serialize;

use super::append::to_sql;
use super::chain::Hash;

/// Where an event stands.
pub(crate) struct Place<'a> {
    /// The run.
    pub(crate) run: &'a str,
    /// The row's number.
    pub(crate) n: u64,
    /// Its number in the run.
    pub(crate) seq: u64,
    /// When, in milliseconds.
    pub(crate) at: i64,
}

/// Changes the tables as an event says.
pub(crate) fn apply(within: &Connection, place: &Place<'_>, event: &Event) -> Result<()> {
    match event {
        Event::Claimed(claimed) => begin(within, place, claimed),
        Event::Started(started) => start(within, place, started),
        Event::Succeeded { step, attempt, .. } => succeed(within, place.run, step, *attempt),
        Event::Failed { step, attempt, .. } => settle(within, place.run, step, *attempt),
        Event::RetryAt { step, attempt, .. } => retry(within, place.run, step, *attempt),
        Event::Abandoned { step, attempt, .. } => {
            settle(within, place.run, step, *attempt)?;
            settle_all(within, place.run, &undo_of(step))?;
            give_up(within, place, step, *attempt)
        }
        Event::Swept { step, attempt, .. } => {
            settle_all(within, place.run, &undo_of(step))?;
            sweep(within, place, step, *attempt)
        }
        Event::Found { step, attempt, .. } => settle(within, place.run, step, *attempt),
        Event::Lost { step, attempt, .. } => lose(within, place.run, step, *attempt),
        Event::UndoStarted { step, attempt, uses, .. } => {
            start_undo(within, place, step, *attempt, uses.as_deref())
        }
        Event::Undone { step, .. } => {
            settle_all(within, place.run, step)?;
            settle_all(within, place.run, &undo_of(step))
        }
        Event::UndoFailed { step, .. } => settle_all(within, place.run, &undo_of(step)),
        Event::Promoted { to, debts, .. } => promote(within, place, to, debts),
        Event::DebtChanged { debt, state, due, reason } => {
            change_debt(within, debt, *state, *due, reason)
        }
        Event::Ended { status, error, .. } => end(within, place, *status, error.as_ref()),
        Event::Resumed { .. } => resume(within, place.run),
        Event::Captured { .. }
        | Event::Expanded { .. }
        | Event::Skipped { .. }
        | Event::Stored { .. }
        | Event::Parked { .. }
        | Event::Decided { .. }
        | Event::Settling { .. }
        | Event::Reopened { .. }
        | Event::Stopped => Ok(()),
    }
}

/// Notes where a run stands after an append.
pub(crate) fn moved(within: &Connection, run: &str, seq: u64, at: i64, hash: &Hash) -> Result<()> {
    within
        .prepare_cached("UPDATE run SET seq = ?2, last_at = ?3, hash = ?4 WHERE run = ?1")?
        .execute(params![run, to_sql(seq), at, hash])?;
    Ok(())
}

fn begin(within: &Connection, place: &Place<'_>, claimed: &Claimed) -> Result<()> {
    within
        .prepare_cached(
            "INSERT OR IGNORE INTO run (run, first, seq, hash, workflow, file, credential, owner,
             machine, started_at, last_at) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            place.run,
            to_sql(place.n),
            super::chain::START,
            claimed.workflow,
            claimed.file,
            claimed.credential,
            claimed.owner,
            claimed.machine,
            claimed.started_at.0,
            place.at,
        ])?;
    Ok(())
}

fn start(within: &Connection, place: &Place<'_>, started: &Started) -> Result<()> {
    within
        .prepare_cached(
            "INSERT OR REPLACE INTO unfinished (run, step, attempt, uses, role, marker, writes,
             lost, at, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
        )?
        .execute(params![
            place.run,
            started.step,
            started.attempt,
            started.uses,
            started.role.as_str(),
            started.marker,
            started.writes,
            place.at,
            to_sql(place.seq),
        ])?;
    if started.role == Role::Create { make(within, place, started) } else { Ok(()) }
}

/// Notes a try that may make a credential.
fn make(within: &Connection, place: &Place<'_>, started: &Started) -> Result<()> {
    within
        .prepare_cached(
            "INSERT OR IGNORE INTO made (run, step, attempt, uses, marker)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![place.run, started.step, started.attempt, started.uses, started.marker])?;
    Ok(())
}

/// What an abandoned try of a create made after all is to be swept.
fn give_up(within: &Connection, place: &Place<'_>, step: &str, attempt: u32) -> Result<()> {
    within
        .prepare_cached(
            "UPDATE made SET abandoned_at = COALESCE(abandoned_at, ?4)
             WHERE run = ?1 AND step = ?2 AND attempt = ?3",
        )?
        .execute(params![place.run, step, attempt, place.at])?;
    Ok(())
}

fn sweep(within: &Connection, place: &Place<'_>, step: &str, attempt: u32) -> Result<()> {
    within
        .prepare_cached(
            "UPDATE made SET swept_at = ?4 WHERE run = ?1 AND step = ?2 AND attempt = ?3",
        )?
        .execute(params![place.run, step, attempt, place.at])?;
    Ok(())
}

/// An undo that was begun is unfinished too, by the name `undo:STEP`: it may be what a process
/// ended in.
fn start_undo(
    within: &Connection,
    place: &Place<'_>,
    step: &str,
    attempt: u32,
    uses: Option<&str>,
) -> Result<()> {
    within
        .prepare_cached(
            "INSERT OR REPLACE INTO unfinished (run, step, attempt, uses, role, marker, writes,
             lost, at, seq) VALUES (?1, ?2, ?3, ?4, 'other', NULL, 1, 0, ?5, ?6)",
        )?
        .execute(params![
            place.run,
            undo_of(step),
            attempt,
            uses.unwrap_or("undo"),
            place.at,
            to_sql(place.seq),
        ])?;
    Ok(())
}

fn undo_of(step: &str) -> String {
    format!("undo:{step}")
}

fn settle(within: &Connection, run: &str, step: &str, attempt: u32) -> Result<()> {
    within
        .prepare_cached("DELETE FROM unfinished WHERE run = ?1 AND step = ?2 AND attempt = ?3")?
        .execute(params![run, step, attempt])?;
    Ok(())
}

/// A success settles the tries before it too: what was lost of a write that may be repeated is done
/// now. Not so of a create, where each try may have made something.
fn succeed(within: &Connection, run: &str, step: &str, attempt: u32) -> Result<()> {
    within
        .prepare_cached(
            "DELETE FROM unfinished WHERE run = ?1 AND step = ?2
             AND (attempt = ?3 OR (attempt < ?3 AND role <> 'create'))",
        )?
        .execute(params![run, step, attempt])?;
    Ok(())
}

/// The tries before the next one failed, but for those whose answer was lost.
fn retry(within: &Connection, run: &str, step: &str, next: u32) -> Result<()> {
    within
        .prepare_cached(
            "DELETE FROM unfinished WHERE run = ?1 AND step = ?2 AND attempt < ?3 AND lost = 0",
        )?
        .execute(params![run, step, next])?;
    Ok(())
}

fn settle_all(within: &Connection, run: &str, step: &str) -> Result<()> {
    within
        .prepare_cached("DELETE FROM unfinished WHERE run = ?1 AND step = ?2")?
        .execute(params![run, step])?;
    Ok(())
}

fn lose(within: &Connection, run: &str, step: &str, attempt: u32) -> Result<()> {
    within
        .prepare_cached(
            "UPDATE unfinished SET lost = 1 WHERE run = ?1 AND step = ?2 AND attempt = ?3",
        )?
        .execute(params![run, step, attempt])?;
    Ok(())
}

fn promote(within: &Connection, place: &Place<'_>, to: &Identity, debts: &[Debt]) -> Result<()> {
    within
        .prepare_cached(
            "INSERT INTO credential (name, owner, workflow, run, promoted_at, identity)
             SELECT credential, owner, workflow, run, ?2, ?3 FROM run
             WHERE run = ?1 AND credential IS NOT NULL
             ON CONFLICT (name) DO UPDATE SET owner = excluded.owner,
             workflow = excluded.workflow, run = excluded.run,
             promoted_at = excluded.promoted_at, identity = excluded.identity",
        )?
        .execute(params![place.run, place.at, json(to)])?;
    debts.iter().try_for_each(|debt| put_debt(within, debt))
}

fn put_debt(within: &Connection, debt: &Debt) -> Result<()> {
    within
        .prepare_cached(
            "INSERT OR REPLACE INTO debt (id, credential, run, state, due, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            debt.id,
            debt.credential,
            debt.run,
            debt.state.as_str(),
            debt.due.map(|due| due.0),
            json(debt),
        ])?;
    Ok(())
}

fn change_debt(
    within: &Connection,
    id: &str,
    state: DebtState,
    due: Option<Timestamp>,
    reason: &str,
) -> Result<()> {
    let body: Option<String> = within
        .prepare_cached("SELECT body FROM debt WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(mut debt) = body.and_then(|body| serde_json::from_str::<Debt>(&body).ok()) else {
        return Ok(());
    };
    debt.state = state;
    debt.due = due.or(debt.due);
    reason.clone_into(&mut debt.reason);
    put_debt(within, &debt)
}

fn end(
    within: &Connection,
    place: &Place<'_>,
    status: Status,
    error: Option<&Failure>,
) -> Result<()> {
    within
        .prepare_cached("UPDATE run SET ended_at = ?2, status = ?3, error = ?4 WHERE run = ?1")?
        .execute(params![place.run, place.at, status_word(status), error.map(json)])?;
    if holds(status) {
        return Ok(());
    }
    within.prepare_cached("DELETE FROM unfinished WHERE run = ?1")?.execute([place.run])?;
    Ok(())
}

/// A run that goes on has no end any more.
fn resume(within: &Connection, run: &str) -> Result<()> {
    within
        .prepare_cached(
            "UPDATE run SET ended_at = NULL, status = NULL, error = NULL
             WHERE run = ?1 AND status IN ('stuck', 'parked')",
        )?
        .execute([run])?;
    Ok(())
}

/// Says whether a run with this end still holds its credential: a person must look, or come.
pub(crate) fn holds(status: Status) -> bool {
    match status {
        Status::Stuck | Status::Parked => true,
        Status::Succeeded | Status::Failed | Status::Undone | Status::Abandoned => false,
    }
}

/// Returns the word for a run's end, as in its events.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Undone => "undone",
        Status::Stuck => "stuck",
        Status::Parked => "parked",
        Status::Abandoned => "abandoned",
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data with text keys is always JSON")
}
