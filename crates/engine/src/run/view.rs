//! What a run looks like from outside: its steps, what was cut off, how it stands.

use crate::event::Status;
use crate::run::hooks::Stage;
use crate::run::slot::{Phase, Slot, State};
use crate::run::{Interrupted, Outcome, Parked, Run, StepStatus, StepView};
use crate::spec::Place;
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
        let unended = match self.stage {
            Stage::Over if self.failure().is_none() => Status::Succeeded,
            _ if !self.waits_for_resume() && self.is_parked() => Status::Parked,
            Stage::Over | Stage::Steps | Stage::Undo | Stage::Hook(_) => Status::Failed,
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
            undo_error: self.undo_error(),
            left: match (took_back, self.is_given_up || self.promoted.is_none()) {
                (false, true) => self.left(),
                (true, _) | (_, false) => Vec::new(),
            },
            parked: self
                .slots()
                .filter_map(|(slot, state)| self.parked_view(slot, state))
                .collect(),
        }
    }

    fn parked_view(&self, slot: Slot, state: &State) -> Option<Parked> {
        let Phase::Parked(until) = state.phase else { return None };
        if !self.is_open(slot.node) {
            return None;
        }
        let ask = state.waited.as_ref().and_then(|waited| waited.park.ask.clone());
        Some(Parked { step: self.graph.path(slot), until, ask })
    }

    /// Every slot with its state, in running order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (Slot, &State)> {
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
        let waits = matches!(state.phase, Phase::Waiting(_) | Phase::Parked(_));
        let gave_up = waits && !self.is_open(slot.node);
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
                Phase::Waiting(at) | Phase::Lost(at) if !gave_up => Some(at),
                _ => None,
            },
            marker: state.marker().map(str::to_owned),
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
