//! Reading the journal: runs, events, credentials, debts. It changes nothing.

use std::path::{Path, PathBuf};

use cutover_engine::event::{Debt, Entry, Event, Failure, Identity, Status};
use cutover_engine::host::HostError;
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::chain::{self, Hash};
use super::error::from_sqlite;
use super::open;
use crate::lock;

/// A journal, open for reading.
pub struct Journal {
    pub(super) connection: Connection,
    path: PathBuf,
    damage: Option<String>,
}

/// A run, as the lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its id.
    pub run: String,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's file, as it was given.
    pub file: String,
    /// The credential's name.
    pub credential: Option<String>,
    /// Who owns it.
    pub owner: Option<String>,
    /// The machine it runs on.
    pub machine: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it last wrote something.
    pub last_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended; none where it has not.
    pub status: Option<Status>,
    /// What went wrong.
    pub error: Option<Failure>,
    /// How many events it has.
    pub events: u64,
    /// Tries that were begun and have no end, in the order of their start.
    pub open: Vec<OpenAttempt>,
    /// Whether a living process drives it.
    pub alive: bool,
}

/// A try that was begun and has no end, or whose answer was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenAttempt {
    /// The step.
    pub step: String,
    /// The try.
    pub attempt: u32,
    /// The step's kind.
    pub uses: String,
    /// Its role.
    pub role: Role,
    /// The marker to look for.
    pub marker: Option<String>,
    /// Whether it may have written.
    pub writes: bool,
    /// Whether its answer was lost; else it was cut off, or goes on right now.
    pub lost: bool,
    /// When it began.
    pub at: Timestamp,
}

/// A credential that the state knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// The workflow that promoted it last.
    pub workflow: String,
    /// The run that did.
    pub run: String,
    /// When.
    pub promoted_at: Timestamp,
    /// What is current.
    pub identity: Identity,
}

/// What the beginning of an id stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// No run.
    None,
    /// One run.
    One(Box<RunRow>),
    /// Several, by their ids.
    Many(Vec<String>),
}

/// Which debts are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DebtFilter<'a> {
    /// Of this credential only.
    pub credential: Option<&'a str>,
    /// Also what is paid, cancelled or forgiven.
    pub settled: bool,
}

impl RunRow {
    /// Says whether it still holds its credential: it has no end, or one that needs a person.
    pub fn is_unfinished(&self) -> bool {
        self.status.is_none_or(super::tables::holds)
    }

    /// Returns the step that was cut off, or is going on: the last try that may have written, else
    /// the last one.
    pub fn cut_off(&self) -> Option<&OpenAttempt> {
        self.open.iter().rev().find(|attempt| attempt.writes).or(self.open.last())
    }
}

impl Journal {
    /// Opens a journal, none where there is none.
    pub fn open_read_only(path: &Path) -> Result<Option<Self>, HostError> {
        let opened = open::for_reading(path)?;
        Ok(opened.map(|opened| Self {
            connection: opened.connection,
            path: path.to_owned(),
            damage: opened.damage,
        }))
    }

    /// Returns why nothing may be created or revoked with this state, where there is a reason.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Returns all runs, the newest first.
    pub fn runs(&self) -> Result<Vec<RunRow>, HostError> {
        let runs = self.select("NOT INDEXED ORDER BY first DESC", &[])?;
        // A damaged page leaves rows out without a word; the table and its index are two pages.
        let sql = "SELECT count(*) FROM run INDEXED BY run_first";
        let known = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        if known.map_err(from_sqlite)? == i64::try_from(runs.len()).unwrap_or(i64::MAX) {
            return Ok(runs);
        }
        let message = "the table of runs has lost rows".to_owned();
        Err(HostError::Damaged { message })
    }

    /// Returns a run by its whole id.
    pub fn run(&self, id: &str) -> Result<Option<RunRow>, HostError> {
        Ok(self.select("WHERE run = ?1", &[&id])?.pop())
    }

    /// Returns what the beginning of an id stands for; a whole id always stands for itself.
    pub fn find(&self, beginning: &str) -> Result<Found, HostError> {
        if let Some(run) = self.run(beginning)? {
            return Ok(Found::One(Box::new(run)));
        }
        let length = i64::try_from(beginning.len()).unwrap_or(i64::MAX);
        let mut runs = self.select(
            "WHERE substr(run, 1, ?2) = ?1 ORDER BY first DESC LIMIT 50",
            &[&beginning, &length],
        )?;
        Ok(match runs.len() {
            0 => Found::None,
            1 => runs.pop().map_or(Found::None, |run| Found::One(Box::new(run))),
            _ => Found::Many(runs.into_iter().map(|run| run.run).collect()),
        })
    }

    /// Returns the newest run that no other run began.
    pub fn last(&self) -> Result<Option<RunRow>, HostError> {
        let rest = format!("WHERE {NO_CHILD} ORDER BY first DESC LIMIT 1");
        Ok(self.select(&rest, &[])?.pop())
    }

    /// Returns the newest run that is not over and that no other run began.
    pub fn last_unfinished(&self) -> Result<Option<RunRow>, HostError> {
        let rest = format!(
            "WHERE (status IS NULL OR status IN ('stuck', 'parked')) AND {NO_CHILD}
             ORDER BY first DESC LIMIT 1"
        );
        Ok(self.select(&rest, &[])?.pop())
    }

    /// Returns all events of a run. A changed or a missing one is [`HostError::Damaged`].
    pub fn events(&self, run: &str) -> Result<Vec<Entry>, HostError> {
        events(&self.connection, run)
    }

    /// Returns the files of a plugin by their digest, as they were kept; none where they never
    /// were. Whoever reads them compares the digest.
    pub fn plugin(&self, digest: &str) -> Result<Option<String>, HostError> {
        // A state that an older version made has no such table, and no such run.
        let has = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'plugin')";
        let has = self.connection.query_row(has, [], |row| row.get::<_, bool>(0));
        if !has.map_err(from_sqlite)? {
            return Ok(None);
        }
        let sql = "SELECT files FROM plugin WHERE digest = ?1";
        let found = self.connection.query_row(sql, [digest], |row| row.get(0));
        found.optional().map_err(from_sqlite)
    }

    /// Returns all credentials by name.
    pub fn credentials(&self) -> Result<Vec<Credential>, HostError> {
        let sql = format!("{CREDENTIAL} ORDER BY name");
        let mut rows = self.connection.prepare_cached(&sql).map_err(from_sqlite)?;
        let rows = rows.query_map([], read_credential).map_err(from_sqlite)?;
        rows.collect::<Result<_, _>>().map_err(from_sqlite)
    }

    /// Returns a credential by name.
    pub fn credential(&self, name: &str) -> Result<Option<Credential>, HostError> {
        credential(&self.connection, name)
    }

    /// Returns debts, those due first first.
    pub fn debts(&self, filter: DebtFilter<'_>) -> Result<Vec<Debt>, HostError> {
        let sql = "SELECT body FROM debt WHERE (?1 IS NULL OR credential = ?1)
             AND (?2 OR state IN ('held', 'owed', 'paying')) ORDER BY due IS NULL, due, id";
        let mut rows = self.connection.prepare_cached(sql).map_err(from_sqlite)?;
        let rows = rows.query_map(params![filter.credential, filter.settled], |row| decode(row, 0));
        rows.map_err(from_sqlite)?.collect::<Result<_, _>>().map_err(from_sqlite)
    }

    pub(super) fn select(
        &self,
        rest: &str,
        given: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<RunRow>, HostError> {
        let sql = format!(
            "SELECT run, workflow, file, credential, owner, machine, started_at, last_at, ended_at,
             status, error, seq FROM run {rest}"
        );
        let mut rows = self.connection.prepare_cached(&sql).map_err(from_sqlite)?;
        let rows = rows.query_map(given, read_run).map_err(from_sqlite)?;
        let mut runs: Vec<RunRow> = rows.collect::<Result<_, _>>().map_err(from_sqlite)?;
        for run in runs.iter_mut().filter(|run| run.is_unfinished()) {
            run.open = open_attempts(&self.connection, &run.run)?;
            run.alive = lock::is_alive(&self.path, &run.run);
        }
        Ok(runs)
    }
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let status: Option<String> = row.get(9)?;
    let error: Option<String> = row.get(10)?;
    Ok(RunRow {
        run: row.get(0)?,
        workflow: row.get(1)?,
        file: row.get(2)?,
        credential: row.get(3)?,
        owner: row.get(4)?,
        machine: row.get(5)?,
        started_at: Timestamp(row.get(6)?),
        last_at: Timestamp(row.get(7)?),
        ended_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
        status: status.and_then(|word| word_to(&word)),
        error: error.and_then(|text| serde_json::from_str(&text).ok()),
        events: row.get::<_, i64>(11)?.unsigned_abs(),
        open: Vec::new(),
        alive: false,
    })
}

/// Reads a word that an enum is written as in the events.
pub(super) fn word_to<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

pub(super) fn decode<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}

/// Whether no other run began a run: its first event tells. One that cannot be read counts as none
/// that did.
const NO_CHILD: &str = "NOT EXISTS (SELECT 1 FROM event WHERE event.run = run.run AND seq = 1
     AND json_valid(body) AND body ->> '$.family.parent' IS NOT NULL)";

const CREDENTIAL: &str = "SELECT name, owner, workflow, run, promoted_at, identity FROM credential";

fn read_credential(row: &Row<'_>) -> rusqlite::Result<Credential> {
    Ok(Credential {
        name: row.get(0)?,
        owner: row.get(1)?,
        workflow: row.get(2)?,
        run: row.get(3)?,
        promoted_at: Timestamp(row.get(4)?),
        identity: decode(row, 5)?,
    })
}

/// Returns a credential by name.
pub(crate) fn credential(
    connection: &Connection,
    name: &str,
) -> Result<Option<Credential>, HostError> {
    connection
        .query_row(&format!("{CREDENTIAL} WHERE name = ?1"), [name], read_credential)
        .optional()
        .map_err(from_sqlite)
}

/// Returns what is still to be revoked of a credential.
pub(crate) fn debts_of(connection: &Connection, name: &str) -> Result<Vec<Debt>, HostError> {
    let sql = "SELECT body FROM debt WHERE credential = ?1
         AND state IN ('held', 'owed', 'paying') ORDER BY id";
    let mut rows = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let rows = rows.query_map([name], |row| decode(row, 0)).map_err(from_sqlite)?;
    rows.collect::<Result<_, _>>().map_err(from_sqlite)
}

/// Returns the tries of a run that have no end.
pub(crate) fn open_attempts(
    connection: &Connection,
    run: &str,
) -> Result<Vec<OpenAttempt>, HostError> {
    let sql = "SELECT step, attempt, uses, role, marker, writes, lost, at FROM unfinished
         WHERE run = ?1 ORDER BY seq";
    let mut rows = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let read = |row: &Row<'_>| {
        let role: String = row.get(3)?;
        Ok(OpenAttempt {
            step: row.get(0)?,
            attempt: row.get(1)?,
            uses: row.get(2)?,
            role: word_to(&role).unwrap_or_default(),
            marker: row.get(4)?,
            writes: row.get(5)?,
            lost: row.get(6)?,
            at: Timestamp(row.get(7)?),
        })
    };
    let rows = rows.query_map([run], read).map_err(from_sqlite)?;
    rows.collect::<Result<_, _>>().map_err(from_sqlite)
}

/// Returns all events of a run, each checked against its hash and the one before it.
pub(crate) fn events(connection: &Connection, run: &str) -> Result<Vec<Entry>, HostError> {
    let damaged = |seq: u64, what: &str| HostError::Damaged {
        message: format!("event {seq} of run {run} {what}"),
    };
    let mut rows = connection
        .prepare_cached("SELECT seq, at, epoch, body, hash FROM event WHERE run = ?1 ORDER BY seq")
        .map_err(from_sqlite)?;
    let mut rows = rows.query([run]).map_err(from_sqlite)?;
    let mut entries = Vec::new();
    let mut before = chain::START;
    while let Some(row) = rows.next().map_err(from_sqlite)? {
        let expected = entries.len() as u64 + 1;
        let read = |row: &Row<'_>| -> rusqlite::Result<(i64, i64, i64, String, Hash)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        };
        let (seq, at, epoch, body, hash) =
            read(row).map_err(|_| damaged(expected, "cannot be read"))?;
        if seq.unsigned_abs() != expected {
            return Err(damaged(expected, "is missing"));
        }
        if chain::hash(&before, run, expected, at, epoch.unsigned_abs(), &body) != hash {
            return Err(damaged(expected, "was changed after it was written"));
        }
        let event = Event::from_text(&body)
            .map_err(|error| damaged(expected, &format!("cannot be read: {error}")))?;
        entries.push(Entry { at: Timestamp(at), event });
        before = hash;
    }
    let last: Option<(i64, Hash)> = connection
        .query_row("SELECT seq, hash FROM run WHERE run = ?1", [run], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(from_sqlite)?;
    match last {
        Some((seq, hash)) if seq.unsigned_abs() != entries.len() as u64 || hash != before => {
            Err(damaged(entries.len() as u64 + 1, "is missing"))
        }
        Some(_) | None => Ok(entries),
    }
}
