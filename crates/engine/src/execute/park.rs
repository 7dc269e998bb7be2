//! Waits for a time or a person: noted, and returned where the one who drives does not sit them out.

use crate::event::{Event, Failure};
use crate::execute::Patience;
use crate::execute::driver::Driver;
use crate::execute::render::Fault;
use crate::host::Host;
use crate::run::Slot;
use crate::run::graph::Part;
use crate::run::slot::{Phase, State};
use crate::step::Park;
use crate::time::Duration;

/// A wait of more than this is returned to one who asked for that.
const LONG: Duration = Duration::seconds(60);

impl Driver<'_> {
    /// Notes that a step waits. What runs at the end of a run waits for nothing.
    pub(crate) fn wait_for(&mut self, slot: Slot, attempt: u32, park: Park) {
        let step = self.run.graph().path(slot);
        if self.run.shape(slot.node).part == Part::Steps {
            self.note(Event::Parked { step, until: park.until, ask: park.ask });
        } else {
            let message = "it would wait, and nothing waits at the end of a run".to_owned();
            let (code, help) = ("parked".to_owned(), String::new());
            let error = Failure { step: step.clone(), message, code, help };
            self.note(Event::Failed { step, attempt, error });
        }
        self.journal.urge();
    }

    /// Notes that a step can't begin before something is mended. The items of a `for_each` that are
    /// not known can't wait one by one: then the step has failed.
    pub(crate) fn stall(&mut self, slot: Slot, ask: String) {
        let shape = self.run.shape(slot.node);
        if shape.for_each && slot.item.is_none() {
            return self.fail_unbegun(slot, &Fault { message: ask, help: String::new() });
        }
        let step = self.run.graph().path(slot);
        self.note(Event::Parked { step, until: None, ask: Some(ask) });
        self.journal.urge();
    }

    /// Leaves the run where nothing goes on for longer than a minute and nobody sits that out.
    pub(crate) fn leave_a_long_wait(&mut self) {
        let idle = self.flights.is_empty() && self.waiting.is_empty() && !self.closed;
        // What is left waits, one way or another, for what a person has to decide.
        if idle && self.timers.next_try.is_none() && !self.stopping && self.run.is_parked() {
            self.closed = true;
        }
        let until = self.timers.next_try.filter(|_| idle);
        let long = until.is_some_and(|until| until > self.door.now() + LONG);
        if self.drive.patience != Patience::Return || !long {
            return;
        }
        let waits = self.run.waiting();
        for (slot, at) in &waits {
            let is_parked = |state: &State| matches!(state.phase, Phase::Parked(_));
            if !self.run.state(*slot).is_some_and(is_parked) {
                let step = self.run.graph().path(*slot);
                self.note(Event::Parked { step, until: Some(*at), ask: None });
            }
        }
        self.closed = !waits.is_empty();
    }
}
