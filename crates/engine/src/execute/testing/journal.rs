//! A journal in memory: what was recorded, in how many commits, as it comes back from a disk.

use std::collections::HashSet;

use crate::effect::Call;
use crate::event::{Entry, Event};
use crate::host::{HostError, Position};

/// The journal of one run.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) entries: Vec<Entry>,
    /// How many events each commit had.
    pub(crate) commits: Vec<usize>,
    /// The commit that fails, counted from 0.
    pub(crate) fails_at: Option<usize>,
    announced: HashSet<(String, u32)>,
}

impl Journal {
    pub(crate) fn position(&self) -> Position {
        Position { seq: self.entries.len() as u64, epoch: 1 }
    }

    /// Begins with what another process has recorded.
    pub(crate) fn holding(entries: &[Entry]) -> Self {
        Self { entries: entries.to_vec(), ..Self::default() }
    }

    pub(crate) fn append(
        &mut self,
        after: Position,
        entries: &[Entry],
    ) -> Result<Position, HostError> {
        assert_eq!(after, self.position(), "a record goes where the last one ended");
        assert!(!entries.is_empty(), "an empty record is a wasted sync");
        if self.fails_at == Some(self.commits.len()) {
            return Err(HostError::State { message: "the disk is full".to_owned() });
        }
        self.commits.push(entries.len());
        for entry in entries {
            if let Event::Started(started) = &entry.event {
                self.announced.insert((started.step.clone(), started.attempt));
            } else if let Event::UndoStarted { step, attempt, .. } = &entry.event {
                self.announced.insert((format!("undo:{step}"), *attempt));
            }
            let text = serde_json::to_string(entry).expect("an event has a disk form");
            self.entries.push(serde_json::from_str(&text).expect("and comes back from it"));
        }
        Ok(self.position())
    }

    /// The oracle: a write is right only if a recorded start announced it.
    pub(crate) fn assert_announced(&self, call: &Call) {
        let key = (call.step.clone(), call.attempt);
        assert!(self.announced.contains(&key), "`{}` writes unannounced", call.step);
    }
}
