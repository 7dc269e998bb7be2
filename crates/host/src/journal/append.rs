//! One append: all or nothing, at the place and under the epoch that its writer believes in.

use std::collections::BTreeSet;

use cutover_engine::event::Event;
use cutover_engine::host::{HostError, Position};
use cutover_engine::spec::Role;
use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, Hash};
use super::error::{from_sqlite, state};
use super::{seal, tables};

/// What a writer wants appended.
pub(crate) struct Append {
    /// The run.
    pub(crate) run: String,
    /// Where its writer believes the run stands.
    pub(crate) after: Position,
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// An event, encoded.
pub(crate) struct Row {
    /// When, in milliseconds.
    pub(crate) at: i64,
    /// The event.
    pub(crate) event: Event,
    /// The event as JSON.
    pub(crate) body: String,
}

/// Where an append ended.
pub(crate) struct Appended {
    /// The run's new place.
    pub(crate) position: Position,
    /// Number and hash of the last row.
    pub(crate) last: Option<(u64, Hash)>,
}

impl Append {
    /// Says whether `head` has to know of it before its effect: of a create, a promotion, a revoke,
    /// and of an undo, which may revoke.
    pub(crate) fn needs_head(&self) -> bool {
        self.rows.iter().any(|row| match &row.event {
            Event::Started(started) => must_be_remembered(started.role),
            // An undo may revoke.
            event => matches!(event, Event::Promoted { .. } | Event::UndoStarted { .. }),
        })
    }
}

fn must_be_remembered(role: Role) -> bool {
    matches!(role, Role::Create | Role::Promote | Role::Revoke)
}

/// Appends within a transaction (or a savepoint of one).
pub(crate) fn append(within: &Connection, append: &Append) -> Result<Appended, HostError> {
    let (seq, before) = stands(within, append)?;
    let sealed = spanned(within, append)?;
    sealed.iter().try_for_each(|credential| seal::check(within, credential))?;
    let mut last = None;
    let (mut seq, mut hash) = (seq, before);
    let epoch = append.after.epoch;
    let mut insert = within
        .prepare_cached(
            "INSERT INTO event (run, seq, at, epoch, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .map_err(from_sqlite)?;
    for row in &append.rows {
        seq += 1;
        hash = chain::hash(&hash, &append.run, seq, row.at, epoch, &row.body);
        insert
            .execute(params![append.run, to_sql(seq), row.at, to_sql(epoch), row.body, hash])
            .map_err(from_sqlite)?;
        let n = within.last_insert_rowid().unsigned_abs();
        let place = tables::Place { run: &append.run, n, seq, at: row.at };
        tables::apply(within, &place, &row.event).map_err(from_sqlite)?;
        last = Some((n, hash));
    }
    if let Some(row) = append.rows.last() {
        tables::moved(within, &append.run, seq, row.at, &hash).map_err(from_sqlite)?;
    }
    sealed.iter().try_for_each(|credential| seal::put(within, credential)).map_err(from_sqlite)?;
    Ok(Appended { position: Position { seq, epoch }, last })
}

/// Returns the credentials of which an append changes what a claim reads.
fn spanned(within: &Connection, append: &Append) -> Result<BTreeSet<String>, HostError> {
    let mut spanned = BTreeSet::new();
    let mut find = |sql: &str, key: &str| -> Result<(), HostError> {
        let found: Option<Option<String>> = within
            .prepare_cached(sql)
            .and_then(|mut find| find.query_row([key], |row| row.get(0)).optional())
            .map_err(from_sqlite)?;
        spanned.extend(found.flatten());
        Ok(())
    };
    if !append.rows.iter().any(|row| seal::spans(&row.event)) {
        return Ok(spanned);
    }
    find("SELECT credential FROM run WHERE run = ?1", &append.run)?;
    for row in &append.rows {
        if let Event::DebtChanged { debt, .. } = &row.event {
            find("SELECT credential FROM debt WHERE id = ?1", debt)?;
        }
    }
    for row in &append.rows {
        if let Event::Claimed(claimed) = &row.event {
            spanned.extend(claimed.credential.clone());
        }
        if let Event::Promoted { debts, .. } = &row.event {
            spanned.extend(debts.iter().map(|debt| debt.credential.clone()));
        }
    }
    Ok(spanned)
}

/// Returns where the run stands, if that is where the writer believes it does.
fn stands(within: &Connection, append: &Append) -> Result<(u64, Hash), HostError> {
    let row: Option<(i64, Hash)> = within
        .prepare_cached("SELECT seq, hash FROM run WHERE run = ?1")
        .and_then(|mut find| {
            find.query_row([&append.run], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(from_sqlite)?;
    let epoch: Option<i64> = within
        .prepare_cached("SELECT epoch FROM driver WHERE run = ?1")
        .and_then(|mut find| find.query_row([&append.run], |row| row.get(0)).optional())
        .map_err(from_sqlite)?;
    let is_new = row.is_none();
    let (seq, hash) = row.map_or((0, chain::START), |(seq, hash)| (seq.unsigned_abs(), hash));
    let epoch = epoch.map_or(FIRST_EPOCH, i64::unsigned_abs);
    if append.after != (Position { seq, epoch }) {
        return Err(HostError::Fenced(append.run.clone()));
    }
    let begins = append.rows.first().is_none_or(|row| matches!(row.event, Event::Claimed(_)));
    if is_new && !begins {
        return Err(state(format!("run {} does not begin with its claim", append.run)));
    }
    Ok((seq, hash))
}

/// The epoch of a run that nobody has taken over.
pub(crate) const FIRST_EPOCH: u64 = 1;

/// SQLite's whole numbers are signed.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).expect("no journal has so many rows")
}
