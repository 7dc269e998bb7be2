//! Taking a failed run back: what of it, in which order, and how far that is.

pub(crate) mod given;
pub(crate) mod order;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::event::{Failure, Status};
use crate::planted::Bug;
use crate::run::Run;
use crate::run::apply::{Applied, RAN};
use crate::run::graph::{Part, id};
use crate::run::hooks::Stage;
use crate::run::slot::{Back, Going, Over, Phase, Slot, State};
use crate::run::undo::given::{Given, given};
use crate::run::undo::order::{Form, Order, Work};
use crate::spec::Role;
use crate::time::Timestamp;
use crate::value::{Map, Value};

impl Run {
    /// Says whether a failure is to be taken back: nothing was promoted, and everything that was
    /// begun has its end.
    pub(super) fn goes_back(&self) -> bool {
        self.failure.is_some() && self.promoted.is_none()
    }

    /// Gathers what is to be taken back.
    pub(super) fn begin_undo(&mut self) {
        let graph = self.graph.clone();
        let given = given(&graph.checked);
        let work: Vec<Work> = (0..graph.steps).map(|node| self.work(id(node), &given)).collect();
        self.order = Some(Box::new(Order::new(&graph, self.held(work, &given))));
        self.stage = Stage::Undo;
    }

    /// Returns what can be taken back now.
    pub(crate) fn next_undos(&self) -> Vec<Slot> {
        let Some(order) = &self.order else { return Vec::new() };
        let room = self.graph.max_parallel.saturating_sub(order.running());
        order.ready(room).collect()
    }

    /// Says whether nothing more can be taken back.
    pub(super) fn is_undo_over(&self) -> bool {
        self.order.as_ref().is_none_or(|order| order.is_over())
    }

    /// Says whether something could not be taken back that has an undo.
    pub(super) fn is_undo_stuck(&self) -> bool {
        self.order.as_ref().is_some_and(|order| order.is_stuck())
    }

    /// Returns how a run ends that was taken back as far as that goes.
    pub(super) fn status_after_undo(&self) -> Status {
        if self.is_undo_stuck() {
            return Status::Stuck;
        }
        let undone = |(_, state): (Slot, &State)| state.phase == Phase::Over(Over::Undone);
        let is_whole = self.slots().all(|(slot, state)| !self.is_left(slot, state));
        if is_whole && self.slots().any(undone) { Status::Undone } else { Status::Failed }
    }

    /// Returns what could not be taken back first, and why.
    pub(super) fn undo_error(&self) -> Option<Failure> {
        let failed = self.slots().find(|(_, state)| state.has_failed_undo());
        if let Some((slot, state)) = failed {
            let error = state.error.as_deref().cloned().unwrap_or_default();
            return Some(Failure { step: self.graph.path(slot), ..error });
        }
        let (create, holder) = self.order.as_ref()?.held()?;
        let step = self.shape(create).path.clone();
        let message = if create == holder {
            "what it gave was in use before this run".to_owned()
        } else {
            let holder = &self.shape(holder).path;
            format!("`{holder}` was given its value, and cannot be taken back")
        };
        Some(Failure { step, message, code: "held".to_owned(), help: String::new() })
    }

    /// Says whether a slot did something that is left in the world.
    pub(super) fn is_left(&self, slot: Slot, state: &State) -> bool {
        let shape = self.shape(slot.node);
        let told = matches!(shape.role, Role::Notify | Role::Promote);
        shape.part == Part::Steps && !told && self.is_done_by_us(state)
    }

    fn is_done_by_us(&self, state: &State) -> bool {
        let found = self.planted.is(Bug::UndoesFound) && state.phase == Phase::Over(Over::Found);
        state.may_have_written() || found
    }

    /// Says whether a slot may hold a secret that it was given, even if it ended with an error.
    pub(super) fn may_hold(&self, state: &State) -> bool {
        self.is_done_by_us(state) || has_run(state)
    }

    /// Returns the order in which some steps are taken back while the others stay.
    pub(crate) fn order_of(&self, steps: &BTreeSet<u32>) -> Order {
        let given = given(&self.graph.checked);
        let work = (0..self.graph.steps).map(id).map(|node| match steps.contains(&node) {
            true => self.work(node, &given),
            false => Work::default(),
        });
        Order::new(&self.graph, self.held(work.collect(), &given))
    }

    /// Returns a step that was given the secret of one of some steps and can't be taken back.
    pub(crate) fn stays(&self, steps: &BTreeSet<u32>) -> Option<u32> {
        self.order_of(steps).held().map(|(_, holder)| holder)
    }

    /// Returns the steps of a run that goes on that were taken back, or were to be.
    pub(crate) fn taken_back(&self) -> BTreeSet<u32> {
        let taken = self.slots().filter(|(_, state)| {
            let begun = state.back.is_some() && state.is_over();
            begun || state.phase == Phase::Over(Over::Undone)
        });
        taken.map(|(slot, _)| slot.node).collect()
    }

    fn work(&self, node: u32, given: &Given) -> Work {
        let shape = self.shape(node);
        let carries = !given.carries[node as usize].is_empty();
        let todo = self.slots_of(node).filter(|slot| {
            self.state(*slot).is_some_and(|state| self.is_for_undo(shape.form, state, carries))
        });
        let is_create = given.makes[node as usize];
        Work {
            todo: todo.collect(),
            is_create,
            is_again: shape.form == Form::Again,
            held_by: (is_create && self.gave_what_was_in_use(node)).then_some(node),
            carries: Vec::new(),
        }
    }

    /// Says whether a create gave the very id that was in use before: that is never revoked.
    fn gave_what_was_in_use(&self, node: u32) -> bool {
        let id = self.states[node as usize].outputs.get("id").and_then(Value::as_text);
        !self.planted.is(Bug::UndoRevokesHeld) && self.was_in_use(id)
    }

    /// Says whether there is something for an undo to do.
    fn is_for_undo(&self, form: Form, state: &State, carries: bool) -> bool {
        match form {
            Form::None => false,
            Form::Other => self.is_done_by_us(state),
            Form::Own => self.is_done_by_us(state) || (carries && has_run(state)),
            Form::Again => self.is_done_by_us(state) || has_run(state),
        }
    }

    /// Adds who waits for whom because of a secret: a create waits for who was given its secret
    /// and can be taken back, and stays where somebody was who cannot.
    fn held(&self, mut work: Vec<Work>, given: &Given) -> Vec<Work> {
        let given = given.carries.iter().enumerate().filter(|(_, carries)| !carries.is_empty());
        for (at, carries) in given.filter(|_| !self.planted.is(Bug::UndoRevokesHeld)) {
            let can_go = matches!(self.shape(id(at)).form, Form::Own | Form::Other);
            let stays = self.slots_of(id(at)).any(|slot| {
                let state = self.state(slot);
                let holds = state.is_some_and(|of| self.may_hold(of));
                holds && !(can_go && work[at].todo.contains(&slot))
            });
            work[at].carries.clone_from(carries);
            for create in carries.iter().filter(|_| stays) {
                work[*create as usize].held_by = Some(id(at));
            }
        }
        work
    }

    /// The slots of a node that have tries of their own.
    pub(crate) fn slots_of(&self, node: u32) -> impl Iterator<Item = Slot> + use<> {
        let count = match self.items.get(&node) {
            Some(items) => items.states.len(),
            None => usize::from(!self.shape(node).for_each),
        };
        let is_each = self.shape(node).for_each;
        (0..count).map(move |item| Slot { node, item: is_each.then(|| id(item)) })
    }

    /// Begins to take a slot back; once more where a process ended in it.
    pub(super) fn undo_started(
        &mut self,
        step: &str,
        (uses, with): (Option<&str>, &Map),
        at: Timestamp,
    ) -> Applied {
        let slot = self.tried_slot(step)?;
        match &mut self.order {
            Some(order) if self.stage == Stage::Undo => {
                if !order.may_go(slot) {
                    return Err(format!("`{step}` cannot be taken back now"));
                }
                order.begin(slot);
            }
            Some(_) | None => self.can_take_back(slot, step)?,
        }
        let (uses, with, sent_at) = (uses.map(str::to_owned), with.clone(), Some(at));
        let back = Back { going: Going::On, uses, with, sent_at };
        self.state_mut(slot).back = Some(Box::new(back));
        Ok(())
    }

    /// While its steps run, a run takes back what it would not adopt.
    fn can_take_back(&self, slot: Slot, step: &str) -> Applied {
        let state = self.state(slot).filter(|state| state.tried.is_some());
        if self.stage == Stage::Steps && state.is_some() {
            return Ok(());
        }
        Err(format!("`{step}` is taken back, but was not done"))
    }

    pub(super) fn undone(&mut self, step: &str, at: Timestamp) -> Applied {
        let slot = self.tried_slot(step)?;
        if self.stage == Stage::Undo {
            self.end_undo(slot, true, step)?;
            let was_open = !self.state(slot).is_some_and(State::is_over);
            self.open -= usize::from(was_open && slot.item.is_none());
            self.unset_timer(slot);
            self.state_mut(slot).be_undone(at);
            self.node_undone(slot, at);
            return Ok(());
        }
        let state = self.state_mut(slot);
        if state.tried.is_none() || state.is_running() {
            return Err(format!("`{step}` is taken back, but was not done"));
        }
        if state.is_over() {
            state.be_undone(at);
        } else {
            // A try waits after one that nobody knows of: it is that one that is back.
            state.back = None;
            state.is_unsure = false;
        }
        Ok(())
    }

    /// With the last of its items a step is taken back.
    fn node_undone(&mut self, slot: Slot, at: Timestamp) {
        let whole = self.order.as_ref().is_some_and(|order| order.is_back(slot.node));
        let state = &mut self.states[slot.node as usize];
        if slot.item.is_some() && whole && state.is_done() {
            state.end(Over::Undone, at);
        }
    }

    pub(super) fn undo_failed(&mut self, step: &str, error: &Failure, at: Timestamp) -> Applied {
        let slot = self.tried_slot(step)?;
        if self.stage == Stage::Undo {
            self.end_undo(slot, self.planted.is(Bug::UndoRevokesHeld), step)?;
        } else {
            self.can_take_back(slot, step)?;
        }
        let state = self.state_mut(slot);
        state.error = Some(Box::new(error.clone()));
        let back = state.back.take().map(|back| *back).unwrap_or_default();
        state.back = Some(Box::new(Back { going: Going::Failed, ..back }));
        if state.unsettled {
            self.finish(slot, Over::Lost, at);
        }
        if self.stage == Stage::Steps {
            self.failure.get_or_insert(error.clone());
        }
        Ok(())
    }

    fn end_undo(&mut self, slot: Slot, is_back: bool, step: &str) -> Applied {
        let graph = self.graph.clone();
        match &mut self.order {
            Some(order) if order.may_go(slot) => {
                order.end(&graph, slot, is_back);
                Ok(())
            }
            Some(_) | None => Err(format!("`{step}` is not being taken back")),
        }
    }

    /// Returns what is being taken back.
    pub(crate) fn cut_undos(&self) -> Vec<Slot> {
        if self.stage != Stage::Undo {
            return Vec::new();
        }
        self.slots().filter(|(_, state)| state.goes_back()).map(|(slot, _)| slot).collect()
    }

    /// Says whether anything is being taken back.
    pub(super) fn takes_back(&self) -> bool {
        self.slots().any(|(_, state)| state.goes_back())
    }

    /// Forgets what could not be taken back, so that it is tried again, and what was cut off.
    pub(super) fn undo_again(&mut self) {
        let items = self.items.values_mut().flat_map(|items| items.states.iter_mut());
        for state in self.states.iter_mut().chain(items) {
            if let Some(back) = &mut state.back {
                back.going = Going::Waits;
            }
        }
        let was_over = self.stage == Stage::Over && self.is_undo_stuck();
        if self.stage == Stage::Undo || was_over {
            self.begin_undo();
        }
    }
}

/// Says whether a program of a failed try was run: what it had done when it ended with an error,
/// nobody knows.
fn has_run(state: &State) -> bool {
    let error = state.error.as_ref().map(|error| error.code.as_str());
    state.phase == Phase::Over(Over::Failed) && error == Some(RAN)
}
