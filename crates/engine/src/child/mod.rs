//! A workflow that a step of another one runs: `workflow.run`.
//!
//! - **One text, one check.** Before the check the files that a workflow names are read, parsed and
//!   checked with it ([`gather`]): each becomes a step of the registry with the inputs and outputs
//!   of that file. Their texts are recorded with the parent's, so that a resume needs no file.
//! - **A run of its own.** The child has its own journal, claim, debts and end. It drives itself
//!   within the parent's try, through the parent's door: an interrupt reaches it, an edge that
//!   fails stops both.
//! - **Its id follows from its parent**: of the parent's run, the step's path and a count, so that it
//!   is known before anything is recorded. After a crash the same count leads to the same child:
//!   one that is not over is resumed, one that succeeded is adopted, one that failed is followed by
//!   the next. So no crash starts a child twice.
//! - **No secret crosses.** A child reads its secret inputs from its own `from`; outputs of a
//!   workflow are never secret.
//! - **No undo.** What an undo needs is thrown away when a run ends (former selves of files), and
//!   what a child promoted is never taken back. A child that fails takes back its own work before it
//!   ends; one that succeeded stays, and its parent says so.

mod gather;
mod step;
#[cfg(test)]
mod tests;
mod within;

use crate::event::{Entry, Event, Status};
use crate::execute::Stop;
use crate::host::HostError;
use crate::run::Run;
use crate::step::BoxFuture;
use crate::value::Map;
use crate::workflow::Workflow;

pub use gather::{Plugins, Read, Sources, gather};
pub(crate) use step::Child;

/// What the runs of children need beside a host.
pub trait Children: Send + Sync {
    /// Returns the events of a run; none where there is no such run.
    fn history<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Vec<Entry>, HostError>>;
    /// Returns the secret inputs of a workflow, from where it says. The error is a phrase.
    fn secrets<'a>(&'a self, workflow: &'a Workflow) -> BoxFuture<'a, Result<Map, String>>;
    /// Sees every event of a child once it is recorded.
    fn see(&self, run: &Run, entry: &Entry);
    /// Returns the machine's name.
    fn machine(&self) -> &str;
}

/// What a running step needs to run a workflow.
#[derive(Clone, Copy)]
pub struct Family<'a> {
    /// What the runs of children need.
    pub children: &'a dyn Children,
    /// Tells of an interrupt.
    pub stop: Option<&'a dyn Stop>,
    /// The run and step for which the run goes on, where it is a child: `RUN.STEP`.
    pub parent: Option<&'a str>,
}

/// How a history ends: none where its run is not over.
pub(crate) fn end_of(history: &[Entry]) -> Option<(Status, &Map)> {
    let mut end = None;
    for entry in history {
        match &entry.event {
            Event::Ended { status, outputs, .. } => end = Some((*status, outputs)),
            Event::Resumed { .. } => end = None,
            _ => {}
        }
    }
    end
}
