//! What starts a run beside a person's `run`: a part of its first event.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The kind of it.
    pub by: TriggerKind,
    /// The moment that it was due: what the schedule says, or the end of a credential coming near.
    pub at: Timestamp,
}

/// What can start a run beside a person's `run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// `triggers.schedule`.
    Schedule,
    /// `triggers.expiry`.
    Expiry,
    /// A person burns the credential: nothing of it stays valid, so its overlap is none.
    Burn,
    /// A person tells the state what is in use: no step runs.
    Adopt,
}

impl TriggerKind {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Expiry => "expiry",
            Self::Burn => "burn",
            Self::Adopt => "adopt",
        }
    }
}
