//! What SQLite's errors mean for a run.

use std::path::Path;

use cutover_engine::host::HostError;
use rusqlite::{Error, ErrorCode};

/// Extended codes of syncs that failed: `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`.
const SYNC_CODES: [i32; 2] = [1034, 1290];

/// Says what an error means.
pub(crate) fn from_sqlite(error: Error) -> HostError {
    let Error::SqliteFailure(failure, _) = &error else {
        return HostError::Damaged { message: format!("the state cannot be read: {error}") };
    };
    if SYNC_CODES.contains(&failure.extended_code) {
        return HostError::Sync { message: "a sync of the state to the disk failed".to_owned() };
    }
    match failure.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            HostError::Damaged { message: format!("the state is damaged: {failure}") }
        }
        ErrorCode::DiskFull => state("no room is left on the disk for the state"),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            state("another process is writing to the state and does not end")
        }
        ErrorCode::SystemIoFailure => {
            HostError::Sync { message: format!("the state could not be written: {failure}") }
        }
        _ => state(format!("the state could not be used: {failure}")),
    }
}

/// The state cannot be opened or written.
pub(crate) fn state(message: impl Into<String>) -> HostError {
    HostError::State { message: message.into() }
}

/// The state's files cannot be used.
pub(crate) fn from_io(path: &Path, error: &std::io::Error) -> HostError {
    state(format!("the state cannot be used: {}: {error}", path.display()))
}
