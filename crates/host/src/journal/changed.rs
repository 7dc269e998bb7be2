//! What the tables hold and was never written so, as far as the lists can tell at a glance. A scan
//! of every event, which `doctor` does, tells more.

use std::collections::BTreeSet;

use cutover_engine::host::HostError;

use super::error::from_sqlite;
use super::read::Journal;
use super::{schema, seal};

/// The first version of a state that has seals.
const SEALED: usize = 3;

/// The runs whose row is not what their first event and their last end say. An event that cannot be
/// read tells nothing, so its run is among them.
const CHANGED: &str = "
    SELECT run.run FROM run LEFT JOIN event ON event.run = run.run AND event.seq = 1
    WHERE event.run IS NULL OR run.started_at IS NOT event.at
    OR CASE WHEN json_valid(event.body) THEN run.workflow IS NOT event.body ->> '$.workflow'
        OR run.credential IS NOT event.body ->> '$.credential' ELSE 1 END
    OR (run.status IS NOT NULL AND (run.status, run.ended_at) IS NOT (
        SELECT body ->> '$.status', at FROM event WHERE event.run = run.run
        AND CASE WHEN json_valid(body) THEN body ->> '$.kind' END = 'ended'
        ORDER BY seq DESC LIMIT 1))";

impl Journal {
    /// Returns the credentials whose seal does not fit: what is current of them, what they owe or
    /// which of their runs is open was changed after it was written.
    pub fn changed_credentials(&self) -> Result<BTreeSet<String>, HostError> {
        if schema::version(&self.connection)? < SEALED {
            return Ok(BTreeSet::new());
        }
        Ok(seal::broken(&self.connection)?.into_iter().collect())
    }

    /// Returns the runs whose row was changed after it was written, by their ids.
    pub fn changed_runs(&self) -> Result<BTreeSet<String>, HostError> {
        let mut changed = self.connection.prepare(CHANGED).map_err(from_sqlite)?;
        let changed = changed.query_map([], |row| row.get(0)).map_err(from_sqlite)?;
        changed.collect::<Result<_, _>>().map_err(from_sqlite)
    }
}
