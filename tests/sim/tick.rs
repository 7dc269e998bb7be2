//! A tick: what is unfinished goes on, what is due is paid, what late answers made is swept.

use crate::host::Stops;
use crate::runner::{Runner, Task};

impl Runner<'_> {
    /// Does what `cutover tick` does, for each state.
    pub(crate) fn tick(&mut self) {
        for state in 0..2 {
            if let Some(run) = self.unfinished(state) {
                self.process(state, &run, Task::Run(None), Stops::Never);
            }
            let now = self.shared.clock.now();
            let due = self.shared.sim().states[state].due(now);
            for run in due {
                let stops = self.next_stop(state);
                self.process(state, &run, Task::Pay, stops);
            }
            let swept = self.shared.sim().states[state].to_sweep();
            for run in swept {
                self.process(state, &run, Task::Sweep, Stops::Never);
            }
        }
    }
}
