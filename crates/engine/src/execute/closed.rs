//! A run that is over, opened under its locks once more: its debts are paid, what it abandoned is
//! swept, and all of that is recorded behind its end.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use crate::check::Node;
use crate::ctx::{Mode, Scope};
use crate::event::{Entry, Event, Status};
use crate::execute::door::Door;
use crate::execute::fresh::Missing;
use crate::execute::journal::Journal;
use crate::execute::{Drive, ExecuteError};
use crate::host::{Claim, Host, HostError, Key};
use crate::known::Known;
use crate::plan::Plan;
use crate::run::{Run, Slot};
use crate::step::{Registry, Step};
use crate::time::Timestamp;

/// What is known beside a run that is over.
pub struct Beside<'a> {
    /// All steps: what is current may have been written by another version of the workflow.
    pub steps: &'a Registry,
    /// Why a secret input is not there, by its name: what does not need it is done all the same.
    pub missing: &'a Missing,
    /// The ids that the state knows as current, in use or owed: none of them is swept.
    pub in_use: &'a BTreeSet<String>,
}

impl Beside<'static> {
    /// For what asks no step.
    pub(crate) fn nothing() -> Self {
        static STEPS: LazyLock<Registry> = LazyLock::new(Registry::default);
        static MISSING: Missing = Missing::new();
        static IN_USE: BTreeSet<String> = BTreeSet::new();
        Self { steps: &STEPS, missing: &MISSING, in_use: &IN_USE }
    }
}

/// A run under its locks.
pub(crate) struct Closed<'d> {
    pub(crate) plan: &'d Plan,
    pub(crate) door: &'d Door<'d>,
    pub(crate) drive: &'d Drive<'d>,
    pub(crate) beside: &'d Beside<'d>,
    pub(crate) run: Run,
    pub(crate) status: Option<Status>,
    pub(crate) claim: Claim,
    journal: Journal,
}

impl<'d> Closed<'d> {
    /// Takes the locks of a run and folds its history, which must be all there is of it.
    pub(crate) async fn open(
        plan: &'d Plan,
        history: &[Entry],
        door: &'d Door<'d>,
        drive: &'d Drive<'d>,
        beside: &'d Beside<'d>,
    ) -> Result<Self, ExecuteError> {
        let key = plan.credential().map(|credential| Key::Credential(credential.name.clone()));
        let keys: Vec<Key> = key.into_iter().collect();
        let claim = door.claim(drive.run, &keys).await?;
        let mut run = Run::new(plan, drive.run);
        history.iter().for_each(|entry| run.apply(entry));
        let journal = Journal::new(claim.position);
        let status = run.is_ended().then(|| run.outcome().status);
        let closed = Self { plan, door, drive, beside, run, status, claim, journal };
        match closed.refusal(history) {
            None => Ok(closed),
            Some(error) => {
                door.release(drive.run);
                Err(error.into())
            }
        }
    }

    fn refusal(&self, history: &[Entry]) -> Option<HostError> {
        let run = self.drive.run;
        if self.claim.position.seq != history.len() as u64 {
            return Some(HostError::Fenced(run.to_owned()));
        }
        let defect = self.run.defects().first()?;
        let message = format!("the history of run {run} cannot be: {defect}");
        Some(HostError::Damaged { message })
    }

    /// Refuses a run that may go on itself: what it owes is its own to pay.
    pub(crate) fn refuse_unfinished(&self) -> Result<(), ExecuteError> {
        match self.status {
            Some(Status::Succeeded | Status::Failed | Status::Undone | Status::Abandoned) => Ok(()),
            Some(Status::Stuck | Status::Parked) | None => {
                let credential = self.plan.credential().map(|credential| credential.name.clone());
                let run = self.drive.run.to_owned();
                Err(ExecuteError::Host(HostError::Taken {
                    key: credential.unwrap_or_else(|| format!("run {run}")),
                    run,
                    step: None,
                    marker: None,
                    since: None,
                    alive: false,
                }))
            }
        }
    }

    pub(crate) fn note(&mut self, event: Event) {
        self.journal.note(&mut self.run, self.door.now(), event);
    }

    pub(crate) async fn flush(&mut self) -> Result<(), ExecuteError> {
        Ok(self.journal.flush(&self.run, self.door, self.drive).await?)
    }

    /// Returns the failure of the edge, if there was one: then nothing more is believed.
    pub(crate) fn edge(&self) -> Result<(), ExecuteError> {
        self.door.edge().map_or(Ok(()), |error| Err(error.into()))
    }

    pub(crate) fn node(&self, slot: Slot) -> &'d Node {
        self.run.graph().written(self.plan, slot.node)
    }

    /// Returns a step by its kind: of this plan, else of all there are.
    pub(crate) fn step_of(&self, uses: &str) -> Option<Arc<dyn Step>> {
        let nodes = self.plan.checked().nodes().iter();
        let mut steps = nodes.flat_map(|node| node.reader.iter().chain([&node.step]));
        let found = steps.find(|step| step.spec().name == uses);
        found.or_else(|| self.beside.steps.get(uses)).cloned()
    }

    pub(crate) fn scope(&self, step: &str, attempt: u32, deadline: Timestamp) -> Scope {
        Scope {
            run: self.drive.run.to_owned(),
            step: step.to_owned(),
            attempt,
            marker: String::new(),
            deadline,
            started_at: self.run.claimed().map(|claimed| claimed.started_at).unwrap_or_default(),
            mode: Mode::Read,
            may_write: false,
            current: self.current(),
            waited: None,
            known: Known::default(),
        }
    }

    fn current(&self) -> Option<String> {
        self.claim.current.as_ref().map(|current| current.id.clone())
    }
}
