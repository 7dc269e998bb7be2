//! The words for events and decisions, as they stand in the disk format and on the command line.

use crate::event::{Decision, Event, Status};

impl Status {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
            Self::Parked => "parked",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Decision {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redo => "redo",
            Self::Skip => "skip",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Abandon => "abandon",
        }
    }
}

impl Event {
    /// Returns its name in the disk format: `started`, `retry_at`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Claimed(_) => "claimed",
            Self::Captured { .. } => "captured",
            Self::Expanded { .. } => "expanded",
            Self::Started(_) => "started",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Lost { .. } => "lost",
            Self::Found { .. } => "found",
            Self::RetryAt { .. } => "retry_at",
            Self::Skipped { .. } => "skipped",
            Self::Stored { .. } => "stored",
            Self::Parked { .. } => "parked",
            Self::Resumed { .. } => "resumed",
            Self::Decided { .. } => "decided",
            Self::Settling { .. } => "settling",
            Self::Reopened { .. } => "reopened",
            Self::Swept { .. } => "swept",
            Self::UndoStarted { .. } => "undo_started",
            Self::Undone { .. } => "undone",
            Self::UndoFailed { .. } => "undo_failed",
            Self::Abandoned { .. } => "abandoned",
            Self::Promoted { .. } => "promoted",
            Self::DebtChanged { .. } => "debt_changed",
            Self::Stopped => "stopped",
            Self::Ended { .. } => "ended",
        }
    }

    /// Returns the path of the step that it is about, where it is about one.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Started(started) => Some(&started.step),
            Self::Expanded { step, .. }
            | Self::Succeeded { step, .. }
            | Self::Failed { step, .. }
            | Self::Lost { step, .. }
            | Self::Found { step, .. }
            | Self::RetryAt { step, .. }
            | Self::Skipped { step, .. }
            | Self::Stored { step, .. }
            | Self::Parked { step, .. }
            | Self::Decided { step, .. }
            | Self::Settling { step, .. }
            | Self::Swept { step, .. }
            | Self::UndoStarted { step, .. }
            | Self::Undone { step, .. }
            | Self::UndoFailed { step, .. }
            | Self::Abandoned { step, .. }
            | Self::Promoted { step, .. } => Some(step),
            Self::Claimed(_)
            | Self::Captured { .. }
            | Self::Resumed { .. }
            | Self::Reopened { .. }
            | Self::DebtChanged { .. }
            | Self::Stopped
            | Self::Ended { .. } => None,
        }
    }
}
