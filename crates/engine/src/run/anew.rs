//! Steps that begin anew: nothing of what they did is there any more.

use crate::event::Event;
use crate::run::Run;
use crate::run::apply::Applied;
use crate::run::graph::id;
use crate::run::hooks::Stage;
use crate::run::items::Items;
use crate::run::slot::{Phase, Slot, State};

impl Run {
    /// Steps begin anew: nothing of what they did is there any more.
    pub(super) fn reopened(&mut self, steps: &[String]) -> Applied {
        let nodes = steps.iter().map(|step| {
            let node = self.graph.find(step).filter(|node| self.may_reopen(*node));
            node.ok_or_else(|| format!("`{step}` cannot begin anew now"))
        });
        let nodes: Vec<u32> = nodes.collect::<Result<_, _>>()?;
        nodes.into_iter().for_each(|node| self.reopen(node));
        Ok(())
    }

    fn may_reopen(&self, node: u32) -> bool {
        let runs = match self.items.get(&node) {
            Some(items) => items.running > 0,
            None => self.states[node as usize].is_running(),
        };
        (node as usize) < self.graph.steps && !runs
    }

    fn reopen(&mut self, node: u32) {
        let whole = Slot { node, item: None };
        if self.states[node as usize].is_over() {
            self.open += 1;
            self.hold_back_dependents(node);
        }
        if let Some(items) = self.items.remove(&node) {
            for item in 0..items.states.len() {
                let slot = Slot { node, item: Some(id(item)) };
                self.forget(slot, &items.states[item]);
            }
            let attempts = items.states.iter().map(|state| state.attempts).collect();
            self.reopened_items.insert(node, attempts);
        }
        let state = std::mem::take(&mut self.states[node as usize]);
        self.forget(whole, &state);
        self.states[node as usize] = state.anew();
        self.refresh(node);
    }

    /// Takes a state that is dropped out of the queues and counts.
    fn forget(&mut self, slot: Slot, state: &State) {
        if let Some(at) = state.timer() {
            self.timers.remove(&(at, slot));
            self.looks.remove(&(at, slot));
        }
        self.doubts -= usize::from(state.unsettled);
        let path = self.graph.path(slot);
        self.stored.retain(|event| match event {
            Event::Stored { step, .. } => *step != path,
            _ => true,
        });
    }

    /// What waits for a step that was over, and let it begin, waits for it again.
    fn hold_back_dependents(&mut self, node: u32) {
        let Phase::Over(over) = self.states[node as usize].phase else { return };
        if over.is_bad() && !self.shape(node).goes_on {
            return;
        }
        let graph = self.graph.clone();
        for dependent in &graph.node(node).dependents {
            self.unmet[*dependent as usize] += 1;
            self.refresh(*dependent);
        }
    }

    /// Says whether the steps are still what the run is busy with.
    pub(crate) fn is_in_steps(&self) -> bool {
        self.stage == Stage::Steps
    }

    /// Says whether a try is under way.
    pub(crate) fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Returns a step of which an item has failed, and which fails once its other items are over.
    pub(crate) fn doomed(&self) -> Option<u32> {
        let failed = |(node, items): (&u32, &Items)| {
            (items.failed.is_some() && !self.shape(*node).goes_on).then_some(*node)
        };
        self.items.iter().find_map(failed)
    }

    /// Says whether a step was begun in any way.
    pub(crate) fn is_begun(&self, node: u32) -> bool {
        let begun = |state: &State| state.attempts > 0 || state.is_over();
        let items = self.items.contains_key(&node);
        items || begun(&self.states[node as usize])
    }

    /// Says whether something of a step may be in the world.
    pub(crate) fn has_written(&self, node: u32) -> bool {
        self.slots_of(node).any(|slot| self.state(slot).is_some_and(State::may_have_written))
    }
}
