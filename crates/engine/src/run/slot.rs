//! The state of one step, or of one item of a `for_each`: where its tries stand.

use indexmap::IndexMap;

use crate::ctx::Waited;
use crate::event::{Failure, Started};
use crate::run::StepStatus;
use crate::time::Timestamp;
use crate::value::Map;

/// A step, or one item of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The step, by its number in this run's graph.
    pub(crate) node: u32,
    /// The item of its `for_each`.
    pub(crate) item: Option<u32>,
}

/// How far a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// Not begun.
    #[default]
    Pending,
    /// An owed revoke that is due now.
    Due,
    /// The proofs of an owed revoke are under way.
    Proving,
    /// A try is under way.
    Running,
    /// The next try is waited for.
    Waiting(Timestamp),
    /// A write got no answer; it is looked for then.
    Lost(Timestamp),
    /// It waits for a time or a person.
    Parked(Option<Timestamp>),
    /// Over.
    Over(Over),
}

/// How a slot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Succeeded,
    Found,
    Failed,
    /// The write was done, and its place does not hold it.
    NotHeld,
    Lost,
    Skipped,
    Owed,
    Undone,
}

/// The state of a slot.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) attempts: u32,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) outputs: Map,
    /// Of a create: the checks of its secrets.
    pub(crate) checks: Option<Box<IndexMap<String, String>>>,
    pub(crate) error: Option<Box<Failure>>,
    /// The last try as it was announced.
    pub(crate) tried: Option<Box<Tried>>,
    /// A try of it got no answer, and nobody has found out yet what became of it.
    pub(crate) is_unsure: bool,
    /// Its last try got no answer, and is to be looked for.
    pub(crate) unsettled: bool,
    /// How many of its tries don't count: those before the last resume, and those that parked.
    pub(crate) forgiven: u32,
    /// It could not begin, and waits until that is mended.
    pub(crate) stalled: bool,
    /// What it has parked for, and the word that came.
    pub(crate) waited: Option<Box<Waited>>,
    /// How far it is taken back, once that was begun.
    pub(crate) back: Option<Box<Back>>,
}

/// How far a slot is taken back.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Back {
    pub(crate) going: Going,
    /// The kind of the step that does it, where it is not the step's own undo.
    pub(crate) uses: Option<String>,
    /// The parameters of that step, as they were first rendered.
    pub(crate) with: Map,
    /// When it was begun last: what it sent then may have got no answer.
    pub(crate) sent_at: Option<Timestamp>,
}

/// Whether an undo goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Going {
    /// It is yet to begin, perhaps once more.
    #[default]
    Waits,
    /// It goes on.
    On,
    /// It failed.
    Failed,
}

/// A try as it was announced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tried {
    pub(crate) params: Map,
    pub(crate) marker: Option<String>,
    pub(crate) writes: bool,
    pub(crate) deadline: Timestamp,
    /// The checks of its secrets, by where they came from.
    pub(crate) checks: IndexMap<String, String>,
}

impl State {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// Says whether it counts against `max_parallel`.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Proving)
    }

    /// Says whether it ended with what it was meant to do.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Over(Over::Succeeded | Over::Found))
    }

    /// Says whether a try of it was begun that may have changed something.
    pub(crate) fn may_have_written(&self) -> bool {
        let ended = Phase::Over(Over::Undone);
        let done = matches!(
            self.phase,
            Phase::Running | Phase::Over(Over::Succeeded | Over::NotHeld | Over::Lost)
        );
        self.tried.as_ref().is_some_and(|tried| tried.writes)
            && (done || (self.is_unsure && self.phase != ended))
    }

    /// Says whether it is being taken back.
    pub(crate) fn goes_back(&self) -> bool {
        self.back.as_ref().is_some_and(|back| back.going == Going::On)
    }

    /// Says whether it could not be taken back.
    pub(crate) fn has_failed_undo(&self) -> bool {
        self.back.as_ref().is_some_and(|back| back.going == Going::Failed)
    }

    /// Ends it as taken back. What is known of it stays, but for what went wrong in an undo.
    pub(crate) fn be_undone(&mut self, at: Timestamp) {
        self.back = None;
        self.is_unsure = false;
        self.end(Over::Undone, at);
    }

    /// Returns how many tries count against its budget.
    pub(crate) fn spent(&self) -> u32 {
        self.attempts.saturating_sub(self.forgiven)
    }

    /// Returns when something is due, where that is known.
    pub(crate) fn timer(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Waiting(at) | Phase::Lost(at) => Some(at),
            Phase::Parked(until) => until,
            Phase::Pending | Phase::Due | Phase::Proving | Phase::Running | Phase::Over(_) => None,
        }
    }

    pub(crate) fn begin(&mut self, started: &Started, at: Timestamp, keep: bool) {
        self.phase = Phase::Running;
        self.attempts = started.attempt;
        self.started_at.get_or_insert(at);
        self.tried = keep.then(|| {
            Box::new(Tried {
                params: started.params.clone(),
                marker: started.marker.clone(),
                writes: started.writes,
                deadline: started.deadline,
                checks: started.checks.clone(),
            })
        });
    }

    /// Makes what is over pending again; what it announced is announced again.
    pub(crate) fn open_again(&mut self) {
        self.phase = Phase::Pending;
        self.ended_at = None;
        self.error = None;
    }

    /// Returns the state of a step that begins anew: only its tries go on counting.
    pub(crate) fn anew(&self) -> Self {
        Self { attempts: self.attempts, forgiven: self.attempts, ..Self::default() }
    }

    pub(crate) fn end(&mut self, over: Over, at: Timestamp) {
        self.phase = Phase::Over(over);
        self.ended_at = Some(at);
    }

    pub(crate) fn status(&self) -> StepStatus {
        match self.phase {
            Phase::Pending | Phase::Due => StepStatus::Pending,
            Phase::Proving | Phase::Running | Phase::Waiting(_) => StepStatus::Running,
            Phase::Lost(_) => StepStatus::Lost,
            Phase::Parked(_) => StepStatus::Parked,
            Phase::Over(over) => over.status(),
        }
    }

    pub(crate) fn marker(&self) -> Option<&str> {
        self.tried.as_ref()?.marker.as_deref()
    }
}

impl Over {
    /// Says whether a step that ended so did not do what it was meant to do.
    pub(crate) fn is_bad(self) -> bool {
        match self {
            Self::Failed | Self::NotHeld | Self::Lost => true,
            Self::Succeeded | Self::Found | Self::Skipped | Self::Owed | Self::Undone => false,
        }
    }

    pub(crate) fn status(self) -> StepStatus {
        match self {
            Self::Succeeded => StepStatus::Succeeded,
            Self::Found => StepStatus::Found,
            Self::Failed | Self::NotHeld => StepStatus::Failed,
            Self::Lost => StepStatus::Lost,
            Self::Skipped => StepStatus::Skipped,
            Self::Owed => StepStatus::Owed,
            Self::Undone => StepStatus::Undone,
        }
    }
}
