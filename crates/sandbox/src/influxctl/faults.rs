//! What can be made to go wrong: `faults.toml` in the cloud's folder.
//!
//! ```toml
//! version = "2.10.4"          # older than 2.11.0: `create` prints no id
//! activation_ms = 3000        # a new token answers 401 for so long
//! list_lag_ms = 500           # and is not in the list for so long
//! late_ms = 2000              # how late a `late` create lands
//! hang_ms = 60000             # how long a hanging call hangs
//! create = ["lost", "ok"]     # what the next calls meet, one each; then all is well
//! revoke = ["fail"]
//! list = ["unauthorized"]
//! witness = "/a/file"         # every value that is made is written there, for leak tests
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::influxctl::cloud::Delays;

const FILE: &str = "faults.toml";

/// The switches.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// The version that it plays.
    pub version: String,
    /// How long a new token is refused.
    pub activation_ms: i64,
    /// How long a new token is not listed.
    pub list_lag_ms: i64,
    /// How late a `late` create lands.
    pub late_ms: i64,
    /// How long a hanging call hangs.
    pub hang_ms: u64,
    /// A file that gets every value that is made, a line each: a leak test knows what to look for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) witness: Option<PathBuf>,
    /// What the next `create` calls meet.
    pub create: Vec<Fault>,
    /// What the next `list` calls meet.
    pub list: Vec<Fault>,
    /// What the next `revoke` calls meet.
    pub revoke: Vec<Fault>,
}

/// What a call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Nothing.
    Ok,
    /// Nothing is done, and it says so.
    Fail,
    /// The login is refused.
    Unauthorized,
    /// It is done, and it ends with code 1 and words that nobody knows.
    Odd,
    /// Nothing is done, and it ends with code 1 and words that nobody knows.
    OddBefore,
    /// A create prints another value too.
    Twice,
    /// It is done, and the connection breaks before the answer.
    Lost,
    /// It will be done later, and the answer is a deadline.
    Late,
    /// It hangs, then goes on.
    HangBefore,
    /// It is done, then hangs, then answers.
    HangAfter,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            version: "2.12.0".to_owned(),
            activation_ms: 0,
            list_lag_ms: 0,
            late_ms: 2000,
            hang_ms: 60_000,
            witness: None,
            create: Vec::new(),
            list: Vec::new(),
            revoke: Vec::new(),
        }
    }
}

impl Faults {
    /// Reads the switches of a cloud; without the file all is well.
    ///
    /// # Errors
    /// Where the file is there and not right.
    pub(crate) fn load(folder: &Path) -> io::Result<Self> {
        match fs::read_to_string(folder.join(FILE)) {
            Ok(text) => toml_edit::de::from_str(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Takes what the next call of a command meets, and writes down that it was taken.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn take(&mut self, folder: &Path, command: Command) -> io::Result<Fault> {
        let queue = match command {
            Command::Create => &mut self.create,
            Command::List => &mut self.list,
            Command::Revoke => &mut self.revoke,
        };
        if queue.is_empty() {
            return Ok(Fault::Ok);
        }
        let fault = queue.remove(0);
        fs::write(folder.join(FILE), toml_edit::ser::to_string(self).map_err(io::Error::other)?)?;
        Ok(fault)
    }

    /// Returns when a new token lands, is let in and is listed.
    pub(crate) fn delays(&self, fault: Fault) -> Delays {
        Delays {
            landing: if fault == Fault::Late { self.late_ms } else { 0 },
            activation: self.activation_ms,
            listing: self.list_lag_ms,
        }
    }

    /// Writes a new value down, where a test asked for it.
    pub(crate) fn note(&self, value: &str) -> io::Result<()> {
        let Some(path) = &self.witness else { return Ok(()) };
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
        writeln!(file, "{value}")
    }

    /// Says whether the version that it plays prints a table with the id (since 2.11.0).
    pub(crate) fn prints_table(&self) -> bool {
        let numbers: Vec<u32> = self.version.split('.').filter_map(|n| n.parse().ok()).collect();
        numbers.as_slice() >= [2, 11].as_slice()
    }
}

/// A command that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// `management create`.
    Create,
    /// `management list`.
    List,
    /// `management revoke`.
    Revoke,
}
