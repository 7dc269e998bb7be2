//! What drives a run: its fold, its journal, and the tries that are under way.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::check::Node;
use crate::ctx::{Mode, Scope};
use crate::event::{DebtState, Event, Failure, Status};
use crate::execute::alive::Revived;
use crate::execute::anew::Anew;
use crate::execute::attempt::{End, attempt};
use crate::execute::claim::Begun;
use crate::execute::door::Door;
use crate::execute::journal::Journal;
use crate::execute::look::Looked;
use crate::execute::undo::Ended;
use crate::execute::wake::Timers;
use crate::execute::{Drive, ExecuteError};
use crate::host::{GivenUp, Host, HostError};
use crate::known::Known;
use crate::plan::Plan;
use crate::planted::Bug;
use crate::run::{Action, INTERRUPTED, Run, Slot};
use crate::spec::Role;
use crate::step::{BoxFuture, StepError};
use crate::time::Timestamp;
use crate::value::Map;

/// What came of something that was under way.
pub(crate) enum Landed {
    /// A try of a step.
    Try { slot: Slot, attempt: u32, end: Box<End> },
    /// The proofs before a debt is paid: with what it is paid then.
    Proved { slot: Slot, result: Result<Map, StepError> },
    /// An undo.
    Undone { slot: Slot, ended: Ended },
    /// A look at what a try may have done.
    Looked(Box<Looked>),
    /// A search for secrets that are gone.
    Revived(Box<Revived>),
    /// An orphan's end.
    OrphanEnded { slot: Slot, attempt: u32, ended: Ended },
}

/// A run under way.
pub(crate) struct Driver<'d> {
    pub(crate) plan: &'d Plan,
    pub(crate) door: &'d Door<'d>,
    pub(crate) drive: &'d Drive<'d>,
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) flights: FuturesUnordered<BoxFuture<'d, Landed>>,
    /// Announced, and launched once that is recorded.
    pub(crate) waiting: Vec<BoxFuture<'d, Landed>>,
    pub(crate) timers: Timers<'d>,
    /// A write is announced that is not recorded yet.
    pub(crate) announces: bool,
    pub(crate) stopping: bool,
    /// It goes on with what another process began.
    pub(crate) goes_on: bool,
    pub(crate) closed: bool,
    /// A create whose result is not recorded yet: the try to take back if it cannot be.
    pub(crate) unrecorded: Option<(Slot, u32, Map)>,
    /// What runs made that were given up.
    pub(crate) given_up: Vec<GivenUp>,
    /// The steps that are looked for, or whose orphan is ended.
    pub(crate) looking: HashSet<Slot>,
    /// How often each look has failed.
    pub(crate) failed_looks: HashMap<Slot, u32>,
    /// Secrets are searched for.
    pub(crate) reviving: bool,
    /// The secrets that nothing gives any more.
    pub(crate) gone: BTreeSet<String>,
    /// The secrets of which that can't be told, and why.
    pub(crate) unreachable: BTreeMap<String, StepError>,
    /// What is being taken back to begin anew.
    pub(crate) anew: Option<Anew>,
    /// The step for which something is to begin anew once everything else has come to rest.
    pub(crate) hushed_for: Option<Slot>,
    /// How often something has begun anew in this process.
    pub(crate) beginnings: u32,
    /// The steps that were just looked for, and are not looked for again before their next try.
    pub(crate) sure: HashSet<Slot>,
}

impl<'d> Driver<'d> {
    pub(crate) fn new(
        plan: &'d Plan,
        door: &'d Door<'d>,
        drive: &'d Drive<'d>,
        begun: Begun,
    ) -> Self {
        let Begun { run, journal, given_up, goes_on } = begun;
        Self {
            plan,
            door,
            drive,
            run,
            journal,
            flights: FuturesUnordered::new(),
            waiting: Vec::new(),
            timers: Timers::new(door, drive),
            announces: false,
            stopping: false,
            goes_on,
            closed: false,
            unrecorded: None,
            given_up,
            looking: HashSet::new(),
            failed_looks: HashMap::new(),
            sure: HashSet::new(),
            reviving: false,
            gone: BTreeSet::new(),
            unreachable: BTreeMap::new(),
            anew: None,
            hushed_for: None,
            beginnings: 0,
        }
    }

    /// Goes on where a history ends: what was cut off is lost where it may have changed something,
    /// and begins anew where it only looked.
    pub(crate) fn take_up(&mut self) -> Result<(), ExecuteError> {
        if self.run.is_over() {
            self.closed = true;
            return Ok(());
        }
        if self.goes_on {
            self.note(Event::Resumed { machine: self.drive.machine.to_owned() });
            self.take_a_word();
        }
        self.complete_records()?;
        for cut in self.run.interrupted() {
            let slot = self.run.graph().slot(&cut.step).expect("the run itself names it");
            if cut.writes {
                let error = StepError::new("the process ended before an answer came");
                self.lose(slot, cut.attempt, &error.code(INTERRUPTED));
            } else {
                self.begin_again(slot, cut.attempt);
            }
        }
        for slot in self.run.proving() {
            self.prove(slot);
        }
        self.take_up_anew();
        for slot in self.run.cut_undos() {
            self.undo(slot);
        }
        Ok(())
    }

    /// A try that only looked and was cut off is tried again at once.
    fn begin_again(&mut self, slot: Slot, attempt: u32) {
        let step = self.run.graph().path(slot);
        let (attempt, at) = (attempt.saturating_add(1), self.door.now());
        let reason = "the process ended before it was done".to_owned();
        self.note(Event::RetryAt { step, attempt, at, reason });
    }

    /// Notes what follows from the last record of a history and was not recorded with it.
    fn complete_records(&mut self) -> Result<(), ExecuteError> {
        let in_use = self.plan.checked().in_use();
        let found = in_use.and_then(|node| u32::try_from(node).ok());
        if let Some(node) = found {
            let slot = Slot { node, item: None };
            let done = self.run.state(slot).is_some_and(|state| state.is_done());
            let is_open = self.run.failure().is_none();
            if done && is_open && !self.run.is_captured() {
                self.capture()?;
            }
        }
        for (debt, paid) in self.run.unsettled_debts() {
            let (state, reason) = match paid {
                true => (DebtState::Paid, String::new()),
                false => (DebtState::Owed, "its revoke failed".to_owned()),
            };
            self.note(Event::DebtChanged { debt, state, due: None, reason });
        }
        Ok(())
    }

    pub(crate) fn note(&mut self, event: Event) {
        self.journal.note(&mut self.run, self.door.now(), event);
    }

    pub(crate) async fn flush(&mut self) -> Result<(), HostError> {
        let unrecorded = self.unrecorded.take();
        let recorded = self.journal.flush(&self.run, self.door, self.drive).await;
        if let (Err(_), Some((slot, attempt, outputs))) = (&recorded, unrecorded) {
            self.take_back(slot, attempt, &outputs).await;
        }
        self.announces = false;
        recorded
    }

    /// Says whether something depends on what is not recorded yet.
    pub(crate) fn must_record(&self) -> bool {
        self.announces || self.unrecorded.is_some() || self.journal.is_due()
    }

    pub(crate) fn launch(&mut self) {
        self.flights.extend(self.waiting.drain(..));
    }

    pub(crate) fn is_over(&self) -> bool {
        self.closed || (self.stopping && self.flights.is_empty())
    }

    pub(crate) fn node(&self, slot: Slot) -> &'d Node {
        self.run.graph().written(self.plan, slot.node)
    }

    pub(crate) fn scope(&self, slot: Slot, attempt: u32, deadline: Timestamp) -> Scope {
        let state = self.run.state(slot);
        let marker = state.and_then(|state| state.marker()).unwrap_or_default().to_owned();
        Scope {
            run: self.drive.run.to_owned(),
            step: self.run.graph().path(slot),
            attempt,
            marker,
            deadline,
            started_at: self.run.claimed().map(|claimed| claimed.started_at).unwrap_or_default(),
            mode: Mode::Run,
            may_write: self.run.shape(slot.node).writes,
            current: self.current(),
            waited: state.and_then(|state| state.waited.as_deref().cloned()),
            known: self.known(slot),
        }
    }

    /// Returns what is still known of what a slot wrote to a place and that is gone.
    pub(crate) fn known(&self, slot: Slot) -> Known {
        let places = matches!(self.run.shape(slot.node).role, Role::Store | Role::Publish);
        if self.goes_on && places { self.run.known(slot) } else { Known::default() }
    }

    /// Returns the id of what is current: before promotion what was in use, after it what was made.
    fn current(&self) -> Option<String> {
        let blind = self.drive.planted.is(Bug::NotFoundIsGone);
        let current = self.run.promoted().or(self.run.old()).filter(|_| !blind);
        current.map(|current| current.id.clone())
    }

    /// Returns the salt of the run's checks.
    pub(crate) fn salt(&self) -> String {
        self.run.claimed().map(|claimed| claimed.salt.clone()).unwrap_or_default()
    }

    /// Makes a try ready to be launched.
    pub(crate) fn queue(&mut self, slot: Slot, attempt_no: u32, params: Map, deadline: Timestamp) {
        let node = self.node(slot);
        let scope = self.scope(slot, attempt_no, deadline);
        self.announces |= scope.may_write && !self.drive.planted.is(Bug::ResultOnly);
        let door = self.door;
        let salt = self.salt();
        self.waiting.push(Box::pin(async move {
            let end = Box::new(attempt(door, node, params, scope, &salt).await);
            Landed::Try { slot, attempt: attempt_no, end }
        }));
    }

    /// Waits for everything that is under way. Nothing new starts.
    pub(crate) async fn drain(&mut self) -> Result<(), ExecuteError> {
        while let Some(landed) = self.flights.next().await {
            match self.settle(landed) {
                Ok(()) | Err(ExecuteError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends a run that may not go on.
    pub(crate) fn refuse(&mut self, message: &str, help: &str, exit: u8) {
        let error = Failure {
            step: String::new(),
            message: message.to_owned(),
            code: "refused".to_owned(),
            help: help.to_owned(),
        };
        // What it did stays until it is given up, which takes it back.
        let stuck = exit == 3 || !self.run.left().is_empty();
        let status = if stuck { Status::Stuck } else { Status::Failed };
        if self.run.claimed().is_some() {
            self.note(Event::Ended { status, error: Some(error), outputs: Map::new() });
        }
    }

    /// Decides until nothing more can begin. After an interrupt only the end is noted.
    pub(crate) fn decide(&mut self) -> Result<(), ExecuteError> {
        self.timers.next_try = None;
        while !self.closed {
            if !self.stopping && self.go_on_anew() {
                continue;
            }
            let actions = self.run.next(self.door.now());
            let mut went_on = false;
            for action in actions {
                let failed = self.run.failure().is_some();
                if self.stopping && !matches!(action, Action::End { .. } | Action::Leave) {
                    continue;
                }
                went_on |= self.carry_out(action)?;
                if failed != self.run.failure().is_some() {
                    break;
                }
            }
            if !went_on {
                break;
            }
        }
        self.leave_a_long_wait();
        Ok(())
    }
}
