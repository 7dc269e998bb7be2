//! What is made again: everything that used a lost value is taken back, then what made it, and all
//! of them begin anew.

use std::collections::BTreeSet;

use crate::check::{Checked, Node};
use crate::event::Event;
use crate::execute::driver::Driver;
use crate::execute::fresh::steps_in;
use crate::execute::render::Fault;
use crate::execute::revive::Ready;
use crate::run::graph::id;
use crate::run::undo::order::Order;
use crate::run::{Action, Slot};
use crate::spec::{Repeat, Role};
use crate::workflow::Undo;

/// As often something begins anew in one process at most: what is still not there then never will be.
pub(crate) const MAX_BEGINNINGS: u32 = 100;

/// Steps on their way to begin anew.
pub(crate) struct Anew {
    steps: BTreeSet<u32>,
    /// In which order they are taken back.
    order: Order,
    /// What is told of it.
    reason: String,
}

impl Driver<'_> {
    /// Returns the steps that a secret came from.
    pub(crate) fn sources(&self, origin: &str) -> Vec<u32> {
        steps_in(origin).iter().filter_map(|step| self.run.graph().find(step)).collect()
    }

    /// Makes again what nothing gives any more. Says whether that went on by it.
    pub(crate) fn begin_anew(&mut self, slot: Slot, needs: &BTreeSet<String>) -> bool {
        let sources: BTreeSet<u32> = needs.iter().flat_map(|origin| self.sources(origin)).collect();
        let over = |node: &u32| {
            self.run.state(Slot { node: *node, item: None }).is_some_and(|state| state.is_over())
        };
        if sources.is_empty() {
            let message = format!("{} is gone with its process", told(needs));
            self.fail_unbegun(slot, &Fault { message, help: String::new() });
            return true;
        }
        // What is made again already is only waited for.
        let sources: Vec<u32> = sources.into_iter().filter(over).collect();
        if sources.is_empty() {
            return false;
        }
        let reason = format!("{} is gone with its process", told(needs));
        if self.beginnings >= MAX_BEGINNINGS {
            let message = format!("{reason}, and was not there after it was made again and again");
            self.fail_unbegun(slot, &Fault { message, help: String::new() });
            return true;
        }
        if let Some(doomed) = self.run.doomed() {
            // For a run that is about to be taken back nothing is made any more.
            let waits = slot.node != doomed;
            if !waits {
                self.fail_unbegun(slot, &Fault { message: reason, help: String::new() });
            }
            return !waits;
        }
        let steps = self.to_begin_anew(&sources);
        if self.is_under_way(&steps) {
            return false;
        }
        if !self.is_at_rest() {
            self.hushed_for = Some(slot);
            return false;
        }
        if let Some(stays) = self.run.stays(&steps) {
            let stays = &self.run.shape(stays).path;
            let message = format!("{reason}, and `{stays}` was given it and can't be taken back");
            self.fail_unbegun(slot, &Fault { message, help: String::new() });
            return true;
        }
        self.set_anew(steps, reason);
        true
    }

    /// Goes on with what a process was taking back when it ended, to begin it anew.
    pub(crate) fn take_up_anew(&mut self) {
        if !self.run.is_in_steps() || self.run.failure().is_some() {
            return;
        }
        let taken = self.run.taken_back();
        if taken.is_empty() {
            return;
        }
        let checked = self.plan.checked();
        let above: Vec<u32> = (0..checked.nodes().len())
            .map(id)
            .filter(|node| {
                let makes = self.run.shape(*node).role == Role::Create || taken.contains(node);
                makes && taken.iter().any(|of| users(checked, *node).contains(of))
            })
            .collect();
        let steps = self.to_begin_anew(&above);
        self.set_anew(steps, "it was being taken back when its process ended".to_owned());
    }

    /// Says whether a step waits while others are taken back to begin anew, or are about to be.
    pub(crate) fn is_hushed(&self, slot: Slot) -> bool {
        self.anew.is_some() || self.hushed_for.is_some_and(|of| of != slot)
    }

    /// Says whether nothing is under way that could fail: beside what is taken back to begin anew, a
    /// failure would take the rest back out of order.
    fn is_at_rest(&self) -> bool {
        !self.run.is_running() && self.looking.is_empty()
    }

    /// Asks again for what had to wait until everything else had come to rest.
    fn break_the_hush(&mut self) -> bool {
        let Some(slot) = self.hushed_for.take() else { return false };
        let action = match self.run.shape(slot.node).role == Role::Promote {
            true => Action::Promote(slot),
            false => Action::Start { slot, attempt: 0 },
        };
        self.run.may_go_on_with(slot) && matches!(self.is_ready(&action), Ready::Instead)
    }

    fn set_anew(&mut self, steps: BTreeSet<u32>, reason: String) {
        self.beginnings += 1;
        let order = self.run.order_of(&steps);
        self.anew = Some(Anew { steps, order, reason });
    }

    /// Returns some steps with everything that was begun and used what they gave. A session that
    /// is asked for again, or a value that nothing was done with, is all by itself.
    fn to_begin_anew(&self, sources: &[u32]) -> BTreeSet<u32> {
        let checked = self.plan.checked();
        let mut all = BTreeSet::new();
        for source in sources {
            let used = users(checked, *source);
            let begun: BTreeSet<u32> =
                used.into_iter().filter(|node| self.run.is_begun(*node)).collect();
            let makes = self.run.shape(*source).role == Role::Create;
            let pure = self.run.shape(*source).pure;
            let in_use = pure && begun.iter().any(|node| self.run.has_written(*node));
            if makes || in_use {
                all.extend(begun);
            }
            all.insert(*source);
        }
        all
    }

    fn is_under_way(&self, steps: &BTreeSet<u32>) -> bool {
        let slots = steps.iter().flat_map(|node| self.run.slots_of(*node));
        let busy = |slot: Slot| {
            let state = self.run.state(slot);
            self.is_looking(slot) || state.is_some_and(|of| of.is_running() || of.unsettled)
        };
        slots.into_iter().any(busy)
    }

    /// Takes the next of them back; when all are, they begin anew. Says whether that went on.
    pub(crate) fn go_on_anew(&mut self) -> bool {
        if self.run.failure().is_some() {
            (self.anew, self.hushed_for) = (None, None);
        }
        if self.hushed_for.is_some() && self.is_at_rest() {
            return self.break_the_hush();
        }
        let Some(anew) = &self.anew else { return false };
        let ready: Vec<Slot> = anew.order.ready(1).collect();
        if let Some(slot) = ready.first().copied() {
            let undo = Action::Undo(slot);
            if !matches!(self.is_ready(&undo), Ready::Yes) {
                return false;
            }
            if let Some(anew) = &mut self.anew {
                anew.order.begin(slot);
            }
            self.undo(slot);
            return true;
        }
        if !anew.order.is_over() {
            return false;
        }
        self.reopen();
        true
    }

    /// Notes that one of them was taken back, or could not be.
    pub(crate) fn was_taken_back(&mut self, slot: Slot, is_back: bool) {
        let graph = self.run.graph().clone();
        if let Some(anew) = &mut self.anew
            && anew.order.may_go(slot)
        {
            anew.order.end(&graph, slot, is_back);
        }
    }

    fn reopen(&mut self) {
        let Some(Anew { steps, reason, .. }) = self.anew.take() else { return };
        for node in &steps {
            let slot = Slot { node: *node, item: None };
            let state = self.run.state(slot);
            let marker = state.and_then(|state| state.marker()).map(str::to_owned);
            let attempt = state.map_or(0, |state| state.attempts);
            if let (Role::Create, Some(marker)) = (self.run.shape(*node).role, marker) {
                let step = self.run.graph().path(slot);
                self.note(Event::Abandoned { step, attempt, marker });
            }
        }
        let gone = |origin: &String| self.sources(origin).iter().any(|node| steps.contains(node));
        let kept: BTreeSet<String> =
            self.gone.iter().filter(|origin| !gone(origin)).cloned().collect();
        self.gone = kept;
        let paths = steps.iter().map(|node| self.run.shape(*node).path.clone()).collect();
        self.note(Event::Reopened { steps: paths, reason });
    }
}

fn told(needs: &BTreeSet<String>) -> String {
    needs.iter().map(|origin| format!("`{origin}`")).collect::<Vec<_>>().join(", ")
}

/// Returns a step and all that use what it gives: by reference, or because they prove, read or
/// reload what was written with it.
fn users(checked: &Checked, source: u32) -> BTreeSet<u32> {
    let mut all = BTreeSet::from([source]);
    loop {
        let nodes = checked.nodes().iter().enumerate();
        let more: Vec<u32> = nodes
            .filter(|(at, node)| !all.contains(&id(*at)) && uses_any(checked, *at, node, &all))
            .map(|(at, _)| id(at))
            .collect();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

fn uses_any(checked: &Checked, at: usize, node: &Node, all: &BTreeSet<u32>) -> bool {
    let proves = node.verifies.iter().any(|of| all.contains(&id(*of)));
    proves || refers_to_any(checked, node, all) || depends_on_a_place(checked, at, node, all)
}

fn refers_to_any(checked: &Checked, node: &Node, all: &BTreeSet<u32>) -> bool {
    let mut found = false;
    node.decl.paths(&mut |path| {
        let step = path.rest.first().filter(|_| path.head == "steps");
        let index = step.and_then(|(name, _)| checked.index(name));
        found |= index.is_some_and(|index| all.contains(&id(index)));
    });
    found
}

/// What reads, or is only run for its effect on what reads, a place that was written above it.
fn depends_on_a_place(checked: &Checked, at: usize, node: &Node, all: &BTreeSet<u32>) -> bool {
    let below = all.iter().any(|of| {
        let of = *of as usize;
        let writes = matches!(checked.nodes()[of].role, Role::Store | Role::Publish);
        writes && checked.is_before(of, at)
    });
    let again = matches!(node.decl.undo.as_ref().map(|undo| &undo.value), Some(Undo::Again));
    let repeats = node.role == Role::Other && node.repeat == Repeat::Safe;
    let reads = node.role == Role::Read;
    below && (again || repeats || reads)
}
