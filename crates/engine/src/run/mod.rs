//! A run as the fold of its events: what has happened, what is next, how it ended.

use crate::event::{Debt, Failure, Status};
use crate::time::Timestamp;
use crate::value::Map;

/// One step of a run, as everything that shows a run sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepView {
    /// Its path: `create`, `push[3]`, `finally.tell`.
    pub id: String,
    /// Its kind.
    pub uses: String,
    /// How it stands.
    pub status: StepStatus,
    /// How many tries were begun.
    pub attempts: u32,
    /// When the first try began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Its outputs.
    pub outputs: Map,
    /// Why it failed, or the last try was not enough.
    pub error: Option<Failure>,
    /// When the next try is, while it waits for one.
    pub next_try: Option<Timestamp>,
    /// The marker of its last try.
    pub marker: Option<String>,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// A try is under way, or the next one is waited for.
    Running,
    /// Done by this run.
    Succeeded,
    /// It was there before.
    Found,
    /// Failed for good.
    Failed,
    /// It did not run.
    Skipped,
    /// Taken back.
    Undone,
    /// A revoke that is due later.
    Owed,
    /// A write without an answer.
    Lost,
    /// Cut off by a crash.
    Interrupted,
    /// It waits for a time or a person.
    Parked,
}

/// How a run stands after [`crate::execute::execute`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The run.
    pub run: String,
    /// The workflow.
    pub workflow: String,
    /// How it ended; `Failed` without `ended` is a run that waits for a resume after promotion.
    pub status: Status,
    /// Whether the run is over.
    pub ended: bool,
    /// Whether an interrupt stopped it.
    pub interrupted: bool,
    /// Its steps in running order.
    pub steps: Vec<StepView>,
    /// What it owes.
    pub debts: Vec<Debt>,
    /// The workflow's outputs.
    pub outputs: Map,
    /// What went wrong, if something did.
    pub error: Option<Failure>,
    /// What is left in the world, a line each, where not everything was taken back.
    pub left: Vec<String>,
}

impl StepStatus {
    /// Returns the word of `--output json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Found => "found",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Undone => "undone",
            Self::Owed => "owed",
            Self::Lost => "lost",
            Self::Interrupted => "interrupted",
            Self::Parked => "parked",
        }
    }
}

/// The fold of a run's events.
pub struct Run {}

impl Run {
    /// Returns the steps in running order, items of a `for_each` after their step.
    pub fn steps(&self) -> Vec<StepView> {
        unimplemented!()
    }
}
