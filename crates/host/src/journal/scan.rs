//! Every event of a journal looked at once: what `doctor` knows of it.

use cutover_engine::host::HostError;
use cutover_engine::time::Timestamp;

use super::error::from_sqlite;
use super::read::{Journal, events};
use super::rebuild;

/// What a look at every event found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scan {
    /// How many runs there are.
    pub runs: usize,
    /// How many events can be read.
    pub events: u64,
    /// When the newest event was recorded.
    pub newest: Option<Timestamp>,
    /// The runs that cannot be read whole, and why.
    pub broken: Vec<(String, String)>,
    /// The rows of the tables that are not what the events say, as `table key`. They are looked at
    /// where every run can be read.
    pub rows: Vec<String>,
}

impl Journal {
    /// Looks at every event. A run that cannot be read is named, and the others are looked at.
    pub fn scan(&self) -> Result<Scan, HostError> {
        let sql = "SELECT run FROM event UNION SELECT run FROM run ORDER BY run";
        let mut runs = self.connection.prepare(sql).map_err(from_sqlite)?;
        let runs = runs.query_map([], |row| row.get(0)).map_err(from_sqlite)?;
        let mut scan = Scan::default();
        for run in runs {
            let run: String = run.map_err(from_sqlite)?;
            scan.runs += 1;
            match events(&self.connection, &run) {
                Ok(entries) => {
                    scan.events += entries.len() as u64;
                    scan.newest = scan.newest.max(entries.iter().map(|entry| entry.at).max());
                }
                Err(error) => scan.broken.push((run, error.to_string())),
            }
        }
        if scan.broken.is_empty() {
            scan.rows = rebuild::differences(&self.connection)?;
        }
        Ok(scan)
    }
}
