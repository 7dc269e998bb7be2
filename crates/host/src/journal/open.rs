//! Opening the journal's database: checked, durable, private.

use std::path::Path;
use std::time::Duration;

use cutover_engine::host::HostError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{from_io, from_sqlite, state};
use super::{head, schema};
use crate::private::{make_folder, open_file, sync_folder};

/// Older versions lose rows when a WAL is reset (fixed in 3.51.3).
const SQLITE_FLOOR: i32 = 3_051_003;
/// How long a writer of another process is waited for.
const BUSY: Duration = Duration::from_secs(10);

/// `SQLITE_READONLY_ROLLBACK`: a journal has to be rolled back first, which a reader cannot do.
const READONLY_ROLLBACK: i32 = 776;

/// An open database and what `head` says about it.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    /// Why nothing may be created or revoked with it.
    pub(crate) damage: Option<String>,
}

/// Opens the database for writing and makes it where it is not there.
pub(crate) fn for_writing(path: &Path) -> Result<Opened, HostError> {
    check_version()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder).map_err(|error| from_io(folder, &error))?;
    let is_new = !path.exists();
    refuse_no_file(path)?;
    head::make(path).map_err(|error| from_io(path, &error))?;
    drop(open_file(path).map_err(|error| from_io(path, &error))?);
    if is_new {
        sync_folder(folder).map_err(|error| from_io(folder, &error))?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    prepare(&connection)?;
    let mode = into_wal_mode(&connection).map_err(from_sqlite)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(state(format!("the state cannot be kept in WAL mode here (it is `{mode}`)")));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(from_sqlite)?;
    schema::migrate(&mut connection)?;
    let damage = head::compare(path, &connection)?;
    Ok(Opened { connection, damage })
}

/// Switches to WAL mode and returns the mode that it is in. The answer comes before the switch is
/// synced, so the statement is run to its end: an error there would leave a database that is
/// neither in the old mode nor in the new one.
fn into_wal_mode(connection: &Connection) -> rusqlite::Result<String> {
    let mut switch = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = switch.query([])?;
    let mut mode = String::new();
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

/// Opens the database for reading, none where there is none.
pub(crate) fn for_reading(path: &Path) -> Result<Option<Opened>, HostError> {
    check_version()?;
    refuse_no_file(path)?;
    match path.metadata() {
        Ok(file) if file.len() == 0 => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(from_io(path, &error)),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    prepare(&connection)?;
    if is_half_made(&connection) || schema::version(&connection)? == 0 {
        return Ok(None);
    }
    let damage = head::compare(path, &connection)?;
    Ok(Some(Opened { connection, damage }))
}

/// Says whether whoever made the state was ended before it was in WAL mode: only then does a
/// rollback journal lie beside it. Nothing was recorded yet, and the next writer rolls it back.
fn is_half_made(connection: &Connection) -> bool {
    let asked: rusqlite::Result<i64> =
        connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let code = asked.err().and_then(|error| error.sqlite_error().map(|error| error.extended_code));
    code == Some(READONLY_ROLLBACK)
}

/// Refuses a device, a pipe or a folder before anything about it is changed.
fn refuse_no_file(path: &Path) -> Result<(), HostError> {
    match path.metadata() {
        Ok(found) if !found.is_file() => {
            Err(state(format!("the state cannot be used: {} is no regular file", path.display())))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Refuses an SQLite that loses rows.
pub(crate) fn check_version() -> Result<(), HostError> {
    if rusqlite::version_number() >= SQLITE_FLOOR {
        return Ok(());
    }
    Err(state(format!("SQLite {} loses rows; 3.51.3 or newer is needed", rusqlite::version())))
}

/// Returns the version of SQLite.
pub(crate) fn sqlite_version() -> &'static str {
    rusqlite::version()
}

fn prepare(connection: &Connection) -> Result<(), HostError> {
    let set = || {
        connection.busy_timeout(BUSY)?;
        // A checkpoint at each end would cost more than a small run itself, and again at the next
        // start: the WAL stays, and is checkpointed when it has grown.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        connection.pragma_update(None, "temp_store", "MEMORY")
    };
    set().map_err(from_sqlite)
}
