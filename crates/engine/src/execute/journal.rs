//! Events on their way into the journal: gathered, and recorded when something depends on them.

use crate::event::{Entry, Event};
use crate::execute::Drive;
use crate::host::{Host, HostError, Position};
use crate::run::Run;
use crate::time::Timestamp;

/// As many events go into one record at most: it bounds what is held in memory.
const MAX_BATCH: usize = 4096;

/// What has happened and is not recorded yet.
pub(crate) struct Journal {
    position: Position,
    entries: Vec<Entry>,
    /// Something is in it that nothing may come before.
    urgent: bool,
}

impl Journal {
    pub(crate) fn new(position: Position) -> Self {
        Self { position, entries: Vec::new(), urgent: false }
    }

    /// Applies an event and keeps it for the next record.
    pub(crate) fn note(&mut self, run: &mut Run, at: Timestamp, event: Event) {
        let entry = Entry { at, event };
        let defects = run.defects().len();
        run.apply(&entry);
        debug_assert_eq!(run.defects().len(), defects, "{:?}: {entry:?}", run.defects().last());
        self.entries.push(entry);
    }

    pub(crate) fn urge(&mut self) {
        self.urgent = true;
    }

    pub(crate) fn is_due(&self) -> bool {
        self.urgent || self.entries.len() >= MAX_BATCH
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Records everything, then shows it.
    pub(crate) async fn flush(
        &mut self,
        run: &Run,
        host: &dyn Host,
        drive: &Drive<'_>,
    ) -> Result<(), HostError> {
        self.urgent = false;
        if self.entries.is_empty() {
            return Ok(());
        }
        self.position = host.record(drive.run, self.position, &self.entries).await?;
        for entry in self.entries.drain(..) {
            (drive.watch)(run, &entry);
        }
        Ok(())
    }
}
