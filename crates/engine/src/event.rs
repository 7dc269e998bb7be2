//! Events: what a run is the fold of, and a disk format.
//!
//! Variants and fields are only ever added. No secret is in an event: a text with a secret is
//! written as its pieces, each secret by where it came from (see [`crate::disk`]). Steps are named
//! by path (`create`, `push[3]`, `undo:publish`, `finally.tell`), never by number.

mod begun;
mod owed;
mod text;
mod trigger;
mod words;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::value::{Map, Value};

pub use begun::{Claimed, Kin, Started};
pub use owed::{Debt, DebtState, Evidence, Holder, Identity, Proof};
pub use trigger::{Trigger, TriggerKind};

/// An event with its moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// The first event of a run: all that a resume needs without any file.
    Claimed(Box<Claimed>),
    /// `in_use` told what the state did not know.
    Captured {
        /// What is in use.
        old: Option<Identity>,
    },
    /// The items of a `for_each` are known.
    Expanded {
        /// The step.
        step: String,
        /// Its items.
        items: Vec<Value>,
    },
    /// A try begins. Recorded before a write happens.
    Started(Box<Started>),
    /// A try gave outputs.
    Succeeded {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// Its outputs.
        outputs: Map,
        /// Of each long secret output: 8 bytes of SHA-256(salt of the run, value), in hex.
        #[serde(default, skip_serializing_if = "indexmap::IndexMap::is_empty")]
        checks: indexmap::IndexMap<String, String>,
        /// It might have written, and did not ask for it: there is nothing to take back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unwritten: bool,
    },
    /// A try failed, and changed nothing.
    Failed {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// Why.
        error: Failure,
    },
    /// A write got no answer: it may have happened, or may yet.
    Lost {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// Why.
        error: Failure,
    },
    /// `read` found it there before our first try, or after a lost one.
    Found {
        /// The step.
        step: String,
        /// The try that made it; 0 where it was there before us, and is never undone.
        attempt: u32,
        /// Its outputs.
        outputs: Map,
        /// As in [`Event::Succeeded`].
        #[serde(default, skip_serializing_if = "indexmap::IndexMap::is_empty")]
        checks: indexmap::IndexMap<String, String>,
    },
    /// It will be tried again.
    RetryAt {
        /// The step.
        step: String,
        /// The try that comes.
        attempt: u32,
        /// When.
        at: Timestamp,
        /// Why the last one was not enough.
        reason: String,
    },
    /// It does not run: its `when` is false, or what it needs did not come about.
    Skipped {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
    /// A place holds a secret now, and this is how to read it back.
    Stored {
        /// The step that stored it.
        step: String,
        /// Where the secret came from, such as `steps.create.token`.
        secret: String,
        /// The reading step.
        uses: String,
        /// Its parameters.
        with: Map,
        /// Which of its outputs is the secret.
        output: String,
        /// 8 bytes of SHA-256(salt of the run, what the place holds), in hex; none for a short
        /// value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<String>,
    },
    /// The run waits for a time or a person.
    Parked {
        /// The step.
        step: String,
        /// Until when, for a time.
        until: Option<Timestamp>,
        /// What is asked, for a person.
        ask: Option<String>,
    },
    /// A process goes on with a run that another one left, or that waited for a person.
    Resumed {
        /// The machine.
        machine: String,
    },
    /// A person's word: on a step that waits for one, or on the whole run (`step` is empty).
    Decided {
        /// The step; empty for the whole run.
        step: String,
        /// What was decided.
        decision: Decision,
        /// Who decided, as the system knows them.
        by: String,
        /// Why, in their words.
        #[serde(default)]
        note: String,
    },
    /// A lost write was looked for and nothing of ours was there, but it may still land.
    Settling {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// When it is looked for again.
        until: Timestamp,
        /// Why it is waited for, for people.
        #[serde(default)]
        reason: String,
    },
    /// Steps begin anew: what they gave is gone, and everything they did is taken back.
    Reopened {
        /// The steps.
        steps: Vec<String>,
        /// Why, for people.
        reason: String,
    },
    /// What an abandoned try had made after all was found and revoked.
    Swept {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// What was revoked.
        id: String,
    },
    /// Taking a step back begins. Recorded before anything is changed by it.
    UndoStarted {
        /// The step.
        step: String,
        /// The try that is taken back; 0 for the step as it stands.
        #[serde(default)]
        attempt: u32,
        /// The kind of the step that does it, where it is not the step's own undo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uses: Option<String>,
        /// The rendered parameters of that step.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        with: Map,
    },
    /// A step was taken back.
    Undone {
        /// The step.
        step: String,
        /// What was done, for people.
        #[serde(default)]
        note: String,
    },
    /// A step could not be taken back.
    UndoFailed {
        /// The step.
        step: String,
        /// Why.
        error: Failure,
    },
    /// An attempt is given up; what carries its marker may be revoked.
    Abandoned {
        /// The step.
        step: String,
        /// The try.
        attempt: u32,
        /// The marker.
        marker: String,
    },
    /// What was pending is current, and what it replaces is owed: one record.
    Promoted {
        /// The step.
        step: String,
        /// What was current.
        from: Option<Identity>,
        /// What is current now.
        to: Identity,
        /// What is owed for it.
        debts: Vec<Debt>,
    },
    /// A debt changed its state.
    DebtChanged {
        /// The debt's id.
        debt: String,
        /// Its new state.
        state: DebtState,
        /// When it falls due, where that became known.
        due: Option<Timestamp>,
        /// Why, for people.
        #[serde(default)]
        reason: String,
    },
    /// An interrupt: nothing new starts.
    Stopped,
    /// The run is over.
    Ended {
        /// How.
        status: Status,
        /// What went wrong, if something did.
        error: Option<Failure>,
        /// The workflow's outputs.
        outputs: Map,
    },
}

/// A person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Do the step once more.
    Redo,
    /// Go on without the step.
    Skip,
    /// Let what waits for approval go on.
    Approve,
    /// Refuse what waits for approval.
    Reject,
    /// Give the run up: take back what can be taken back, and end it.
    Abandon,
}

/// Why something failed: our words, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// The step, where it was one.
    pub step: String,
    /// A lowercase phrase.
    pub message: String,
    /// A stable word; may be empty.
    #[serde(default)]
    pub code: String,
    /// What a person can do; may be empty.
    #[serde(default)]
    pub help: String,
}

/// How a run stands or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything was done.
    Succeeded,
    /// A step failed.
    Failed,
    /// A step failed, and everything was taken back.
    Undone,
    /// A person must look.
    Stuck,
    /// A person or a time is needed.
    Parked,
    /// A person gave it up.
    Abandoned,
}
