//! Where a run is between its steps and its end: the undo, then `on_failure`, then `finally`, in
//! written order.

use crate::run::Run;
use crate::run::graph::id;

/// What a run is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its steps.
    Steps,
    /// Taking back what they did.
    Undo,
    /// A step of `on_failure` or `finally`.
    Hook(u32),
    /// Nothing is left to begin.
    Over,
}

impl Run {
    /// Moves to the next stage where this one has nothing left, and every lost write is settled.
    /// Hooks never fail the run: the next one begins however the last one ended.
    pub(super) fn move_on(&mut self) {
        while self.running == 0 && (self.stage != Stage::Steps || self.are_steps_settled()) {
            let next = match self.stage {
                Stage::Steps if self.goes_back() => {
                    self.begin_undo();
                    Stage::Undo
                }
                Stage::Steps if self.are_steps_over() => self.first_hook(),
                Stage::Undo if self.is_undo_over() => self.first_hook(),
                Stage::Hook(hook) if self.states[hook as usize].is_over() => self.hook_after(hook),
                Stage::Steps | Stage::Undo | Stage::Hook(_) | Stage::Over => return,
            };
            self.stage = next;
            self.ready.clear();
            self.timers.clear();
            match next {
                Stage::Hook(hook) => self.refresh(hook),
                Stage::Undo => {}
                Stage::Steps | Stage::Over => return,
            }
        }
    }

    /// Says whether no lost write is in doubt. What is taken back to begin anew when another step
    /// fails is taken back first.
    fn are_steps_settled(&self) -> bool {
        self.doubts == 0 && (self.failure.is_none() || !self.takes_back())
    }

    /// Says whether no step can begin any more.
    fn are_steps_over(&self) -> bool {
        self.open == 0 || self.failure.is_some()
    }

    /// Says whether a failure came after promotion: then the run stays unfinished, and its end,
    /// with `finally`, is yet to come.
    pub(super) fn waits_for_resume(&self) -> bool {
        self.failure.is_some() && self.promoted.is_some() && !self.is_given_up
    }

    fn first_hook(&self) -> Stage {
        let has_on_failure = self.graph.finally > self.graph.steps;
        if has_on_failure && self.failure().is_some() {
            return Stage::Hook(id(self.graph.steps));
        }
        self.first_finally()
    }

    fn hook_after(&self, hook: u32) -> Stage {
        let next = hook as usize + 1;
        if next == self.graph.finally {
            self.first_finally()
        } else if next < self.graph.nodes.len() {
            Stage::Hook(id(next))
        } else {
            Stage::Over
        }
    }

    fn first_finally(&self) -> Stage {
        if self.waits_for_resume() || self.graph.finally == self.graph.nodes.len() {
            Stage::Over
        } else {
            Stage::Hook(id(self.graph.finally))
        }
    }
}
