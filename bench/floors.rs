//! What the machine itself takes: spawned programs, durable commits.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rusqlite::Connection;

/// Returns how long so many commits of one row take, in milliseconds: WAL, `synchronous=FULL`.
pub(crate) fn sqlite_commits(folder: &Path, count: usize) -> f64 {
    let file = tempfile::NamedTempFile::new_in(folder).expect("a file can be made");
    let connection = Connection::open(file.path()).expect("a database can be made");
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row(at INTEGER, body TEXT);",
        )
        .expect("a table can be made");
    let mut insert =
        connection.prepare("INSERT INTO row VALUES (?1, ?2)").expect("the statement is right");
    let body = "x".repeat(400);
    let began = Instant::now();
    for at in 0..count {
        let at = i64::try_from(at).expect("a count is small");
        insert.execute((at, &body)).expect("a row can be written");
    }
    began.elapsed().as_secs_f64() * 1000.0
}

/// Returns how long it takes to spawn `/bin/true` so often, one after the other, in milliseconds.
pub(crate) fn spawns(count: usize) -> f64 {
    let began = Instant::now();
    for _ in 0..count {
        let status = Command::new("/bin/true").status().expect("it can be started");
        assert!(status.success());
    }
    began.elapsed().as_secs_f64() * 1000.0
}
