//! What comes next: decided from counts and queues, never by a look at what is finished.

use crate::event::{DebtState, Failure, Status};
use crate::run::Run;
use crate::run::graph::Part;
use crate::run::hooks::Stage;
use crate::run::slot::{Phase, Slot};
use crate::spec::Role;
use crate::time::Timestamp;

/// One thing to do. Each is answered with an event before the next decision is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Compute the items of a `for_each`.
    Expand(Slot),
    /// Begin a try; of the first one `when` is asked before.
    Start {
        /// The step or item.
        slot: Slot,
        /// Which try.
        attempt: u32,
    },
    /// Note that a step does not run.
    Skip {
        /// The step.
        slot: Slot,
        /// Why.
        reason: &'static str,
    },
    /// Make what is pending current, and freeze what is owed for it.
    Promote(Slot),
    /// What a revoke waits for is done: its debt falls due from now on.
    Owe(Slot),
    /// Pay a debt that is due: prove once more, then revoke.
    Pay(Slot),
    /// Take back what a step did.
    Undo(Slot),
    /// Look for what a lost write may have done.
    Look(Slot),
    /// Nothing can begin before then.
    WaitUntil(Timestamp),
    /// The run is over.
    End {
        /// How.
        status: Status,
        /// What went wrong, if something did.
        error: Option<Failure>,
    },
    /// The run stays unfinished: a step failed after promotion, or waits for a time or a person.
    Leave,
}

impl Run {
    /// Returns what can begin now. It changes nothing: asked again before the events that answer
    /// it are applied, it says the same.
    pub fn next(&self, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.claimed.is_none() || self.ended.is_some() {
            return actions;
        }
        match self.stage {
            Stage::Over => actions.push(self.last()),
            Stage::Undo => actions.extend(self.next_undos().into_iter().map(Action::Undo)),
            Stage::Steps if self.failure.is_some() => {
                let look = self.look(now, &mut actions);
                actions.extend(look.map(Action::WaitUntil));
            }
            Stage::Steps | Stage::Hook(_) => self.begin(now, &mut actions),
        }
        let is_idle = actions.is_empty() && self.running == 0;
        if is_idle && self.is_parked() && !self.takes_back() {
            actions.push(Action::Leave);
        }
        actions
    }

    /// Looks for the lost writes whose time it is, and returns when the next one is looked for.
    fn look(&self, now: Timestamp, actions: &mut Vec<Action>) -> Option<Timestamp> {
        let later = self.looks.iter().find(|(at, _)| *at > now);
        let due = self.looks.iter().take_while(|(at, _)| *at <= now);
        actions.extend(due.map(|(_, slot)| Action::Look(*slot)));
        later.map(|(at, _)| *at)
    }

    fn begin(&self, now: Timestamp, actions: &mut Vec<Action>) {
        let look = self.look(now, actions);
        let mut room = self.graph.max_parallel.saturating_sub(self.running);
        let mut capped = Vec::new();
        let mut wait = look;
        for (at, slot) in &self.timers {
            if *at > now {
                wait = Some(look.map_or(*at, |look| look.min(*at)));
                break;
            }
            if room == 0 {
                break;
            }
            if self.retries(*slot, &mut capped) {
                room -= 1;
                actions.push(self.start(*slot));
            }
        }
        actions.extend(wait.map(Action::WaitUntil));
        for node in &self.ready {
            if room == 0 {
                break;
            }
            let before = capped.iter().filter(|of| *of == node).count();
            room -= self.begin_node(*node, room, before, actions);
        }
    }

    /// Says whether an item whose retry is due has room beside its siblings. `taken` holds the
    /// node of each item that this decision has already let in.
    fn retries(&self, slot: Slot, taken: &mut Vec<u32>) -> bool {
        let Some(items) = self.items.get(&slot.node) else { return true };
        let before = taken.iter().filter(|of| **of == slot.node).count();
        if items.running + before >= self.shape(slot.node).cap {
            return false;
        }
        taken.push(slot.node);
        true
    }

    fn begin_node(&self, node: u32, room: usize, taken: usize, actions: &mut Vec<Action>) -> usize {
        let Some(items) = self.items.get(&node) else {
            actions.push(self.begin_step(Slot { node, item: None }));
            return 1;
        };
        let free = self.shape(node).cap.saturating_sub(items.running + taken);
        let pending = items.states[items.next..].iter().zip(items.next..);
        let mut begun = 0;
        for (_, item) in
            pending.filter(|(state, _)| state.phase == Phase::Pending).take(room.min(free))
        {
            let item = u32::try_from(item).ok();
            actions.push(self.start(Slot { node, item }));
            begun += 1;
        }
        begun
    }

    fn begin_step(&self, slot: Slot) -> Action {
        let shape = self.shape(slot.node);
        if shape.part == Part::Steps {
            if shape.role == Role::Promote {
                return Action::Promote(slot);
            }
            if let Some(debt) = self.debt_of(slot.node) {
                return match debt.state {
                    DebtState::Cancelled => {
                        Action::Skip { slot, reason: "its `when` was false at promotion" }
                    }
                    DebtState::Held => Action::Owe(slot),
                    DebtState::Owed | DebtState::Paying | DebtState::Paid => Action::Pay(slot),
                    DebtState::Forgiven => Action::Skip { slot, reason: "it was forgiven" },
                };
            }
        }
        if shape.for_each { Action::Expand(slot) } else { self.start(slot) }
    }

    fn start(&self, slot: Slot) -> Action {
        let attempts = self.state(slot).map_or(0, |state| state.attempts);
        Action::Start { slot, attempt: attempts + 1 }
    }

    fn last(&self) -> Action {
        if self.waits_for_resume() {
            return Action::Leave;
        }
        Action::End { status: self.status_so_far(), error: self.failure().cloned() }
    }

    /// Returns how the run would end now: what `on_failure` and `finally` are told.
    pub(crate) fn status_so_far(&self) -> Status {
        match (&self.failure, &self.unpaid) {
            _ if self.is_given_up => Status::Abandoned,
            (Some(_), _) if self.promoted.is_none() => self.status_after_undo(),
            (Some(_), _) | (None, Some(_)) => Status::Failed,
            (None, None) => Status::Succeeded,
        }
    }
}
