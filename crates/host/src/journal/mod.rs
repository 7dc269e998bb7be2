//! The journal: events that are only ever appended, and tables that follow from them.
//!
//! SQLite in WAL mode with `synchronous=FULL`. One thread writes; what many runs ask for at the
//! same time is one commit. Each row holds the hash of the one before it, and a file `head` beside
//! the database remembers how far it had come before the last effect that must not be forgotten.

mod append;
mod chain;
mod changed;
pub mod due;
mod error;
mod head;
pub mod id;
mod open;
pub mod read;
mod rebuild;
mod scan;
mod schema;
mod seal;
mod tables;
mod under;
mod writer;

pub use due::{AbandonedTry, Next, Owing, Unfinished, Wait};
pub use read::{Credential, DebtFilter, Found, Journal, OpenAttempt, RunRow};
pub use rebuild::rebuild_tables;
pub use scan::Scan;

pub(crate) use append::{Append, Row};
pub(crate) use error::from_sqlite;
pub(crate) use head::{accept_lost_tail, without_database};
pub(crate) use open::{check_version, sqlite_version};
pub(crate) use under::{Under, under_lock, unfinished};
pub(crate) use writer::Writer;
