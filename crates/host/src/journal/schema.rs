//! The tables of the journal, as a list of migrations that is only appended to.

use cutover_engine::host::HostError;
use rusqlite::{Connection, TransactionBehavior};

use super::error::{from_sqlite, state};
use super::seal;

/// Each brings a state of the version before it to its own. What is here never changes.
const MIGRATIONS: &[&str] = &[
    // 1: events; who may append to a run; and the tables that follow from the events.
    "
    CREATE TABLE event (
        n     INTEGER PRIMARY KEY,
        run   TEXT NOT NULL,
        seq   INTEGER NOT NULL,
        at    INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        body  TEXT NOT NULL,
        hash  BLOB NOT NULL,
        UNIQUE (run, seq)
    ) STRICT;

    CREATE TABLE driver (
        run   TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE run (
        run        TEXT PRIMARY KEY,
        first      INTEGER NOT NULL,
        seq        INTEGER NOT NULL,
        hash       BLOB NOT NULL,
        workflow   TEXT NOT NULL,
        file       TEXT NOT NULL,
        credential TEXT,
        owner      TEXT,
        machine    TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        last_at    INTEGER NOT NULL,
        ended_at   INTEGER,
        status     TEXT,
        error      TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX run_first ON run (first);
    CREATE INDEX run_open ON run (credential) WHERE status IS NULL OR status IN ('stuck', 'parked');

    CREATE TABLE unfinished (
        run     TEXT NOT NULL,
        step    TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        uses    TEXT NOT NULL,
        role    TEXT NOT NULL,
        marker  TEXT,
        writes  INTEGER NOT NULL,
        lost    INTEGER NOT NULL,
        at      INTEGER NOT NULL,
        seq     INTEGER NOT NULL,
        PRIMARY KEY (run, step, attempt)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE credential (
        name        TEXT PRIMARY KEY,
        owner       TEXT,
        workflow    TEXT NOT NULL,
        run         TEXT NOT NULL,
        promoted_at INTEGER NOT NULL,
        identity    TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE debt (
        id         TEXT PRIMARY KEY,
        credential TEXT NOT NULL,
        run        TEXT NOT NULL,
        state      TEXT NOT NULL,
        due        INTEGER,
        body       TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX debt_credential ON debt (credential);
    ",
    // 2: every try of a create, so that what an abandoned one made after all is found and swept.
    "
    CREATE TABLE made (
        run          TEXT NOT NULL,
        step         TEXT NOT NULL,
        attempt      INTEGER NOT NULL,
        uses         TEXT NOT NULL,
        marker       TEXT,
        abandoned_at INTEGER,
        swept_at     INTEGER,
        PRIMARY KEY (run, step, attempt)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX made_abandoned ON made (abandoned_at)
        WHERE abandoned_at IS NOT NULL AND swept_at IS NULL;

    INSERT OR IGNORE INTO made (run, step, attempt, uses, marker)
        SELECT run, body ->> '$.step', body ->> '$.attempt', body ->> '$.uses', body ->> '$.marker'
        FROM event WHERE body ->> '$.kind' = 'started' AND body ->> '$.role' = 'create';
    UPDATE made SET abandoned_at = (
        SELECT at FROM event WHERE event.run = made.run AND body ->> '$.kind' = 'abandoned'
        AND body ->> '$.step' = step AND body ->> '$.attempt' = attempt ORDER BY seq LIMIT 1);
    ",
    // 3: a hash over all that a claim of a credential reads.
    "
    CREATE TABLE seal (
        credential TEXT PRIMARY KEY,
        sum        BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX run_given_up ON run (credential) WHERE status = 'abandoned';
    ",
    // 4: the files of plugins by their digest, so that a run goes on with just those.
    "
    CREATE TABLE plugin (
        digest TEXT PRIMARY KEY,
        files  TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
];

/// Brings a state to the newest version. A newer one than we know is refused.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), HostError> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    let migration = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    let from = version(&migration)?;
    for step in &MIGRATIONS[from..] {
        migration.execute_batch(step).map_err(from_sqlite)?;
    }
    seal::put_all(&migration).map_err(from_sqlite)?;
    let to = i64::try_from(MIGRATIONS.len()).expect("a short list");
    migration.pragma_update(None, "user_version", to).map_err(from_sqlite)?;
    migration.commit().map_err(from_sqlite)
}

/// Returns the version of a state; zero for an empty one.
pub(crate) fn version(connection: &Connection) -> Result<usize, HostError> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(from_sqlite)?;
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(state(format!(
            "the state has version {version}, this cutover knows {}: use a newer one",
            MIGRATIONS.len()
        ))),
    }
}
