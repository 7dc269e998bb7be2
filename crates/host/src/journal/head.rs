//! `head`: how far the journal had come before the last effect that must not be forgotten.
//!
//! One flipped bit in a WAL silently drops every commit after it. This small file beside the
//! database holds the number and the hash of a row that was there; a database without that row has
//! lost something, and neither creates nor revokes with it. Two slots are written in turn, so that
//! a torn write leaves the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use cutover_engine::host::HostError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use super::chain::{Hash, START};
use super::error::from_sqlite;
use crate::private::{beside, make_folder, open_file, sync_folder};

const SUFFIX: &str = ".head";
const MAGIC: &[u8; 8] = b"cutover1";
/// Each slot in a block of its own.
const SLOT: usize = 512;
const PAYLOAD: usize = 8 + 8 + 8 + 32;

/// A row that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Counts the writes of this file.
    count: u64,
    /// The row's number; zero before the first.
    pub(crate) n: u64,
    /// Its hash.
    pub(crate) hash: Hash,
}

/// Makes the file where it is not there. It is there before the database is.
pub(crate) fn make(state: &Path) -> io::Result<()> {
    let path = beside(state, SUFFIX);
    if path.exists() || state.exists() {
        return Ok(());
    }
    let folder = state.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let file = open_file(&path)?;
    write_slot(&file, &Head { count: 0, n: 0, hash: START })?;
    file.sync_all()?;
    sync_folder(folder)
}

/// Remembers a row, synced. An older one than it holds is ignored: another process came first.
pub(crate) fn advance(state: &Path, n: u64, hash: Hash) -> io::Result<()> {
    let file = open_file(&beside(state, SUFFIX))?;
    flock(&file, FlockOperation::LockExclusive)?;
    let before = read_from(&file)?;
    if before.is_some_and(|head| head.n >= n) {
        return Ok(());
    }
    let count = before.map_or(0, |head| head.count + 1);
    write_slot(&file, &Head { count, n, hash })?;
    file.sync_data()
}

/// Says why nothing may be created or revoked with a database, where there is a reason.
pub(crate) fn compare(state: &Path, connection: &Connection) -> Result<Option<String>, HostError> {
    let path = beside(state, SUFFIX);
    let head = match File::open(&path) {
        Ok(file) => read_from(&file).map_err(|error| super::error::from_io(&path, &error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(super::error::from_io(&path, &error)),
    };
    let shown = path.display();
    let Some(head) = head else {
        let holds: bool = connection
            .query_row("SELECT EXISTS (SELECT 1 FROM event)", [], |row| row.get(0))
            .map_err(from_sqlite)?;
        return Ok(holds.then(|| format!("{shown} is not there or cannot be read")));
    };
    if head.n == 0 {
        return Ok(None);
    }
    let n = i64::try_from(head.n).unwrap_or(i64::MAX);
    let row: Option<Vec<u8>> = connection
        .query_row("SELECT hash FROM event WHERE n = ?1", [n], |row| row.get(0))
        .optional()
        .map_err(from_sqlite)?;
    Ok(match row {
        Some(hash) if hash == head.hash => None,
        Some(_) => Some(format!("row {n} of the state is not the one that {shown} remembers")),
        None => Some(format!(
            "the state is behind {shown}: row {n} is gone, and with it all that came after"
        )),
    })
}

/// Says why nothing may be created or revoked with a state whose database is gone, where `head`
/// remembers that there was one.
pub(crate) fn without_database(state: &Path) -> Result<Option<String>, HostError> {
    let path = beside(state, SUFFIX);
    let head = match File::open(&path) {
        Ok(file) => read_from(&file).map_err(|error| super::error::from_io(&path, &error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(super::error::from_io(&path, &error)),
    };
    let behind = head.filter(|head| head.n > 0);
    Ok(behind.map(|head| {
        let shown = path.display();
        format!("the state is behind {shown}: it is gone, and {shown} remembers row {}", head.n)
    }))
}

/// Makes `head` remember the last row that is there, synced: what was after it is given up. The
/// database is opened for writing, so that no other process is in the middle of an append.
pub(crate) fn accept_lost_tail(state: &Path) -> Result<(), HostError> {
    let mut opened = super::open::for_writing(state)?;
    let within = opened
        .connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    let last: Option<(i64, Hash)> = within
        .query_row("SELECT n, hash FROM event ORDER BY n DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(from_sqlite)?;
    let (n, hash) = last.map_or((0, START), |(n, hash)| (n.unsigned_abs(), hash));
    let path = beside(state, SUFFIX);
    set(&path, n, hash).map_err(|error| super::error::from_io(&path, &error))?;
    within.commit().map_err(from_sqlite)
}

/// Remembers a row whatever was remembered before.
fn set(path: &Path, n: u64, hash: Hash) -> io::Result<()> {
    let file = open_file(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    let count = read_from(&file)?.map_or(0, |head| head.count + 1);
    write_slot(&file, &Head { count, n, hash })?;
    file.sync_all()
}

fn read_from(file: &File) -> io::Result<Option<Head>> {
    let mut newest: Option<Head> = None;
    for slot in 0..2 {
        let mut bytes = [0; PAYLOAD + 32];
        match file.read_exact_at(&mut bytes, slot * SLOT as u64) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => continue,
            Err(error) => return Err(error),
        }
        let head = decode(&bytes);
        newest = newest.into_iter().chain(head).max_by_key(|head| head.count);
    }
    Ok(newest)
}

fn write_slot(file: &File, head: &Head) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(PAYLOAD + 32);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&head.count.to_le_bytes());
    bytes.extend_from_slice(&head.n.to_le_bytes());
    bytes.extend_from_slice(&head.hash);
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    file.write_all_at(&bytes, (head.count % 2) * SLOT as u64)
}

fn decode(bytes: &[u8; PAYLOAD + 32]) -> Option<Head> {
    let (payload, sum) = bytes.split_at(PAYLOAD);
    if &payload[..8] != MAGIC || Sha256::digest(payload).as_slice() != sum {
        return None;
    }
    let number = |at: usize| Some(u64::from_le_bytes(payload[at..at + 8].try_into().ok()?));
    Some(Head { count: number(8)?, n: number(16)?, hash: payload[24..].try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(state: &Path) -> Option<Head> {
        read_from(&File::open(beside(state, SUFFIX)).unwrap()).unwrap()
    }

    #[test]
    fn the_newest_row_is_remembered_and_never_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        make(&state).unwrap();
        for n in [3, 5, 9, 4] {
            advance(&state, n, [u8::try_from(n).unwrap(); 32]).unwrap();
        }
        assert_eq!(head(&state).map(|head| (head.n, head.hash)), Some((9, [9; 32])));
    }

    #[test]
    fn a_torn_slot_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        make(&state).unwrap();
        advance(&state, 3, [3; 32]).unwrap();
        advance(&state, 5, [5; 32]).unwrap();
        let file = open_file(&beside(&state, SUFFIX)).unwrap();
        file.write_all_at(b"torn", 20).unwrap();
        assert_eq!(head(&state).map(|head| head.n), Some(3));
    }
}
