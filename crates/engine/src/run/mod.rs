//! A run as the fold of its events: what has happened, what is next, how it ended.

mod afterwards;
mod anew;
mod apply;
mod debts;
pub(crate) mod graph;
mod hooks;
mod items;
mod left;
mod next;
mod recovery;
pub(crate) mod retry;
pub(crate) mod revive;
pub(crate) mod scope;
pub(crate) mod slot;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tries;
pub(crate) mod undo;
pub(crate) mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{Claimed, Debt, Event, Failure, Identity, Status};
use crate::plan::Plan;
use crate::planted::{Bug, Planted};
use crate::run::graph::{Graph, Part, Shape, id};
use crate::run::hooks::Stage;
use crate::run::items::Items;
use crate::run::slot::{Phase, State};
use crate::run::undo::order::Order;
use crate::time::Timestamp;
use crate::value::Map;

pub(crate) use crate::run::apply::{INTERRUPTED, NOT_HELD, RAN, SPENT};
pub use crate::run::next::Action;
pub use crate::run::slot::Slot;

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
    /// Why it is stuck: what could not be taken back first, and why.
    pub undo_error: Option<Failure>,
    /// What is left in the world, a line each, where not everything was taken back.
    pub left: Vec<String>,
    /// The steps that wait for a time or a person.
    pub parked: Vec<Parked>,
}

/// A step that waits for a time or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The step's path.
    pub step: String,
    /// Until when, for a time.
    pub until: Option<Timestamp>,
    /// What is asked, for a person.
    pub ask: Option<String>,
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

/// What was begun and has no end, as a history left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The step's path.
    pub step: String,
    /// The try that was cut off.
    pub attempt: u32,
    /// Its marker.
    pub marker: Option<String>,
    /// Whether it may have changed something.
    pub writes: bool,
}

/// The fold of a run's events: no clock, no chance, and total. An event that cannot be is noted as
/// a defect and changes nothing. What a decision costs does not grow with what is finished: nodes
/// and items are counted and queued, never scanned.
#[derive(Debug, Clone)]
pub struct Run {
    id: String,
    graph: Arc<Graph>,
    claimed: Option<Box<Claimed>>,
    /// What is in use, once that is known; the state's word or what `in_use` found.
    old: Option<Identity>,
    captured: bool,
    states: Vec<State>,
    items: BTreeMap<u32, Items>,
    /// Of each `for_each` that begins anew, how often its items were tried.
    reopened_items: BTreeMap<u32, Vec<u32>>,
    unmet: Vec<usize>,
    /// The nodes that could begin something now, were there room.
    ready: BTreeSet<u32>,
    timers: BTreeSet<(Timestamp, Slot)>,
    /// When a lost write is looked for.
    looks: BTreeSet<(Timestamp, Slot)>,
    running: usize,
    /// How many lost writes are not settled.
    doubts: usize,
    /// How many steps are not over.
    open: usize,
    stage: Stage,
    /// What is to be taken back, once that was begun.
    order: Option<Box<Order>>,
    planted: Planted,
    /// A person has given it up.
    is_given_up: bool,
    /// What keeps anything new from starting.
    failure: Option<Failure>,
    /// Why a debt that was due at once could not be paid.
    unpaid: Option<Failure>,
    promoted: Option<Identity>,
    debts: Vec<Debt>,
    /// Revokes that failed to pay their debt, until it is noted that it stays owed.
    unsettled: BTreeSet<u32>,
    stored: Vec<Event>,
    stopped: bool,
    ended: Option<Ended>,
    defects: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
struct Ended {
    status: Status,
    error: Option<Failure>,
    outputs: Map,
}

impl Run {
    /// Makes a run of which nothing has happened yet.
    pub fn new(plan: &Plan, run: &str) -> Self {
        let graph = Arc::new(Graph::new(plan));
        let unmet: Vec<usize> = graph.nodes.iter().map(|node| node.needs).collect();
        let ready = (0..graph.steps).filter(|at| unmet[*at] == 0).map(id).collect();
        let mut new = Self {
            id: run.to_owned(),
            claimed: None,
            old: None,
            captured: false,
            states: vec![State::default(); graph.nodes.len()],
            items: BTreeMap::new(),
            reopened_items: BTreeMap::new(),
            unmet,
            ready,
            timers: BTreeSet::new(),
            looks: BTreeSet::new(),
            running: 0,
            doubts: 0,
            open: graph.steps,
            stage: Stage::Steps,
            order: None,
            planted: Planted::default(),
            is_given_up: false,
            failure: None,
            unpaid: None,
            promoted: None,
            debts: Vec::new(),
            unsettled: BTreeSet::new(),
            stored: Vec::new(),
            stopped: false,
            ended: None,
            defects: Vec::new(),
            graph,
        };
        new.move_on();
        new
    }

    /// Returns the run's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the first event's content, once there is one.
    pub fn claimed(&self) -> Option<&Claimed> {
        self.claimed.as_deref()
    }

    /// Returns what was in use when the run began, once that is known.
    pub fn old(&self) -> Option<&Identity> {
        self.old.as_ref()
    }

    /// Says whether an id is that of what was in use when the run began: that is never revoked for
    /// what a try of the run has made.
    pub(crate) fn was_in_use(&self, id: Option<&str>) -> bool {
        id.is_some() && self.old.as_ref().map(|old| old.id.as_str()) == id
    }

    /// Returns what is owed.
    pub fn debts(&self) -> &[Debt] {
        &self.debts
    }

    /// Returns what this run made current, once it has.
    pub fn promoted(&self) -> Option<&Identity> {
        self.promoted.as_ref()
    }

    /// Returns what went wrong first, if something did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref().or(self.unpaid.as_ref())
    }

    /// Says whether the run is over.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Says whether the run is over for good: a stuck one may go on.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_some() && !self.may_go_on()
    }

    /// Returns what in the history could not be, a line each, at most a hundred.
    pub fn defects(&self) -> &[String] {
        &self.defects
    }

    /// Makes it wrong on purpose, for tests that show that a check can fail.
    pub(crate) fn plant(&mut self, planted: Planted) {
        self.planted = planted;
        if planted.is(Bug::RevokeFirst) {
            for node in Arc::make_mut(&mut self.graph).revoke_first() {
                self.unmet[node] = 1;
            }
        }
    }

    pub(crate) fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    pub(crate) fn shape(&self, node: u32) -> &Shape {
        self.graph.node(node)
    }

    /// Returns the state of a slot that is there.
    pub(crate) fn state(&self, slot: Slot) -> Option<&State> {
        match slot.item {
            None => self.states.get(slot.node as usize),
            Some(item) => self.items.get(&slot.node)?.states.get(item as usize),
        }
    }

    pub(crate) fn items(&self, node: u32) -> Option<&Items> {
        self.items.get(&node)
    }

    /// Returns what places hold by this run, as [`Event::Stored`] each.
    pub(crate) fn stored(&self) -> &[Event] {
        &self.stored
    }

    pub(crate) fn is_captured(&self) -> bool {
        self.captured
    }

    /// Says whether a step of that part may begin now.
    fn is_open(&self, node: u32) -> bool {
        match self.stage {
            Stage::Steps => self.shape(node).part == Part::Steps,
            Stage::Hook(hook) => hook == node,
            Stage::Undo | Stage::Over => false,
        }
    }

    /// Says whether a node could begin something now, and keeps the queue so.
    fn refresh(&mut self, node: u32) {
        let state = &self.states[node as usize];
        let begins = match self.items.get(&node) {
            Some(items) => items.next < items.states.len() && items.running < self.shape(node).cap,
            None => matches!(state.phase, Phase::Pending | Phase::Due),
        };
        if begins && !state.is_over() && self.unmet[node as usize] == 0 && self.is_open(node) {
            self.ready.insert(node);
        } else {
            self.ready.remove(&node);
        }
    }
}
