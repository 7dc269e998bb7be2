//! What a run looks like from outside: its steps, what was cut off, how it stands.

use crate::event::Status;
use crate::run::graph::Part;
use crate::run::hooks::Stage;
use crate::run::slot::{Over, Phase, Slot, State};
use crate::run::{Interrupted, Outcome, Run, StepStatus, StepView};
use crate::spec::{Place, Role};
use crate::value::{Map, shown};

impl Run {
    /// Returns the steps in running order, items of a `for_each` after their step.
    pub fn steps(&self) -> Vec<StepView> {
        self.slots().map(|(slot, state)| self.view(slot, state)).collect()
    }

    /// Returns one step or item by its path, at a cost that does not grow with the run.
    pub fn step(&self, path: &str) -> Option<StepView> {
        let slot = self.graph.slot(path)?;
        Some(self.view(slot, self.state(slot)?))
    }

    /// Returns what was begun and has no end.
    pub fn interrupted(&self) -> Vec<Interrupted> {
        self.slots()
            .filter(|(_, state)| state.phase == Phase::Running)
            .map(|(slot, state)| Interrupted {
                step: self.graph.path(slot),
                attempt: state.attempts,
                marker: state.marker().map(str::to_owned),
                writes: self.shape(slot.node).writes,
            })
            .collect()
    }

    /// Returns how the run stands.
    pub fn outcome(&self) -> Outcome {
        let unended = if self.stage == Stage::Over && self.failure().is_none() {
            Status::Succeeded
        } else {
            Status::Failed
        };
        let status = self.ended.as_ref().map_or(unended, |ended| ended.status);
        let ended_error = self.ended.as_ref().and_then(|ended| ended.error.clone());
        let took_back = matches!(status, Status::Succeeded | Status::Undone);
        Outcome {
            run: self.id.clone(),
            workflow: self.graph.workflow.clone(),
            status,
            ended: self.ended.is_some(),
            interrupted: self.stopped && self.ended.is_none(),
            steps: self.steps(),
            debts: self.debts.clone(),
            outputs: self.ended.as_ref().map(|ended| ended.outputs.clone()).unwrap_or_default(),
            error: ended_error.or_else(|| self.failure().cloned()),
            left: if took_back || self.promoted.is_some() { Vec::new() } else { self.left() },
        }
    }

    /// Returns what this run did to the world and has not taken back, a line each.
    pub fn left(&self) -> Vec<String> {
        let touched = self.slots().filter(|(slot, state)| self.is_touched(*slot, state));
        touched.map(|(slot, state)| self.line_of(slot, state)).collect()
    }

    /// Says whether something is left that an undo is for, or that nobody can be sure of.
    pub(super) fn needs_undo(&self) -> bool {
        self.slots().any(|(slot, state)| {
            let shape = self.shape(slot.node);
            let keeps = matches!(shape.role, Role::Create | Role::Store | Role::Publish);
            let unsure = matches!(state.phase, Phase::Over(Over::Lost | Over::NotHeld));
            self.is_touched(slot, state) && (keeps || unsure || shape.undoable)
        })
    }

    fn is_touched(&self, slot: Slot, state: &State) -> bool {
        let shape = self.shape(slot.node);
        let told = matches!(shape.role, Role::Notify | Role::Promote);
        shape.part == Part::Steps && !told && state.may_have_written()
    }

    /// Every slot with its state, in running order.
    fn slots(&self) -> impl Iterator<Item = (Slot, &State)> {
        self.graph.order.iter().flat_map(|node| {
            let whole = (Slot { node: *node, item: None }, &self.states[*node as usize]);
            let items = self.items.get(node).map_or(&[][..], |items| &items.states);
            let items = items.iter().zip(0..).map(|(state, item)| {
                let slot = Slot { node: *node, item: Some(item) };
                (slot, state)
            });
            std::iter::once(whole).chain(items)
        })
    }

    fn view(&self, slot: Slot, state: &State) -> StepView {
        let gave_up = matches!(state.phase, Phase::Waiting(_)) && !self.is_open(slot.node);
        let expanded = slot.item.is_none() && self.items.contains_key(&slot.node);
        let status = match state.status() {
            _ if gave_up => StepStatus::Failed,
            StepStatus::Pending if expanded => StepStatus::Running,
            status => status,
        };
        StepView {
            id: self.graph.path(slot),
            uses: self.shape(slot.node).uses.clone(),
            status,
            attempts: state.attempts,
            started_at: state.started_at,
            ended_at: state.ended_at,
            outputs: state.outputs.clone(),
            error: state.error.as_deref().cloned(),
            next_try: match state.phase {
                Phase::Waiting(at) if !gave_up => Some(at),
                _ => None,
            },
            marker: state.marker().map(str::to_owned),
        }
    }

    fn line_of(&self, slot: Slot, state: &State) -> String {
        let path = self.graph.path(slot);
        let shape = self.shape(slot.node);
        let place = shape.place.as_ref().zip(state.tried.as_ref());
        let place = place.map_or_else(String::new, |(of, tried)| place_line(of, &tried.params));
        let marker = state.marker().unwrap_or_default();
        let unsure = matches!(state.phase, Phase::Running | Phase::Over(Over::Lost));
        match (shape.role, unsure) {
            (Role::Create, true) => {
                format!("`{path}` may have made something: look for the marker {marker}")
            }
            (Role::Create, false) => {
                format!("{}, made by `{path}`, marked {marker}", made(&state.outputs))
            }
            (Role::Store | Role::Publish, true) => {
                format!("{place} may hold what `{path}` wrote; its former self is kept")
            }
            (Role::Store | Role::Publish, false) => {
                format!("{place} holds what `{path}` wrote; its former self is kept")
            }
            (_, true) => format!("`{path}` may have been done: look for the marker {marker}"),
            (_, false) => format!("`{path}` was done"),
        }
    }
}

/// Returns a place for people: `file ~/.netrc`, `influxctl_profile ci-prod`.
pub(crate) fn place_line(place: &Place, params: &Map) -> String {
    let values = place.args.iter().filter_map(|arg| params.get(arg)?.as_text());
    let words: Vec<String> =
        std::iter::once(place.kind.replace('_', " ")).chain(values.map(shown)).collect();
    words.join(" ")
}

fn made(outputs: &Map) -> String {
    let text = |name| outputs.get(name).and_then(|value| value.as_text()).map(shown);
    match (text("id"), text("prefix")) {
        (Some(id), Some(prefix)) => format!("{id} ({prefix})"),
        (Some(id), None) => id,
        (None, _) => "something without an id".to_owned(),
    }
}
