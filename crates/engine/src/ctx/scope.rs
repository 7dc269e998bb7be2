//! What a try is, and what became of what it waited for.

use crate::event::Decision;
use crate::known::Known;
use crate::step::Park;
use crate::time::Timestamp;

/// Which function of a step is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `read`: it only looks.
    Read,
    /// `run`: at most one write, and what completes it (see [`Ctx::follow_up`](crate::ctx::Ctx::follow_up)).
    Run,
    /// `run`, once more, of a step that proves that a debt may be paid: its programs and requests
    /// pass as reads. `verifies` is its author's word that they change nothing, which is taken
    /// there as it is in the run. It needs no announcement then, and a `Started` would begin a step
    /// anew that is over; a file that it would write is withheld all the same.
    Prove,
    /// `undo`.
    Undo,
}

/// What a step's try is: fixed when it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The run.
    pub run: String,
    /// The step's path.
    pub step: String,
    /// The try, from 1.
    pub attempt: u32,
    /// The marker of the try in question; a preview's is an unknown mark.
    pub marker: String,
    /// When its effects must have ended.
    pub deadline: Timestamp,
    /// `run.started_at`.
    pub started_at: Timestamp,
    /// Which function runs.
    pub mode: Mode,
    /// Whether the step, as it is used here, may write at all.
    pub may_write: bool,
    /// The id of what is current of the credential, where that is known: a listing that does not
    /// show it is not that of the right account.
    pub current: Option<String>,
    /// What the step has waited for, where it parked before.
    pub waited: Option<Waited>,
    /// What is still known of the secrets that it was given and that died with another process.
    pub known: Known,
}

/// What became of a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// What the step parked with.
    pub park: Park,
    /// The person's word, where one came.
    pub word: Option<Word>,
}

/// A person's word on a step that waited for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What was decided.
    pub decision: Decision,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub note: String,
}
