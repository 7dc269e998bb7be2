//! What `tick` did, a line each.

use serde_json::{Value as Json, json};

use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, tame};

/// What was done with something that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A run went on.
    Resumed,
    /// A run waits for a time or a person.
    Waits,
    /// A person must look at a run.
    Stuck,
    /// Another machine or process has it.
    Skipped,
    /// A debt was to be paid.
    Paid,
    /// A debt could not be paid.
    NotPaid,
    /// What an abandoned try had made was looked for.
    Swept,
    /// A trigger began a run.
    Started,
    /// A trigger could begin no run.
    NotStarted,
}

/// One thing that was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Did {
    /// What was done.
    pub(crate) what: What,
    /// With what: a run, a debt, a workflow.
    pub(crate) about: String,
    /// What came of it.
    pub(crate) came: String,
    /// How it ended.
    pub(crate) exit: Exit,
}

/// How wide the first column is.
const WIDEST: usize = 11;

impl What {
    /// Returns the word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Resumed => "resumed",
            Self::Waits => "waits",
            Self::Stuck => "stuck",
            Self::Skipped => "skipped",
            Self::Paid => "paid",
            Self::NotPaid => "not paid",
            Self::Swept => "swept",
            Self::Started => "started",
            Self::NotStarted => "not started",
        }
    }
}

/// Returns the line of one.
pub(crate) fn line(did: &Did) -> String {
    let paint = match did.exit {
        Exit::Done if matches!(did.what, What::Waits | What::Skipped) => Paint::Dim,
        Exit::Done => Paint::Good,
        Exit::Parked | Exit::DueSoon => Paint::Warn,
        Exit::Failed
        | Exit::Wrong
        | Exit::Stuck
        | Exit::Overdue
        | Exit::Edge
        | Exit::Bug
        | Exit::Interrupted => Paint::Bad,
    };
    let word = paint.on(&text::pad(did.what.as_str(), WIDEST));
    format!("{word}  {}  {}\n", Paint::Strong.on(&tame(&did.about)), tame(&did.came))
}

/// Returns one as `--output json` has it.
pub(crate) fn json(did: &Did) -> Json {
    json!({
        "what": did.what.as_str().replace(' ', "_"),
        "about": did.about,
        "came": did.came,
        "exit": did.exit.code(),
    })
}
