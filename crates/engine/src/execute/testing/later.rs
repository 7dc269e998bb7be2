//! What comes after a run: another process pays its debts and sweeps, with what the state knows.

use std::collections::BTreeSet;

use super::{MemoryHost, StopAt, steps};
use crate::event::{Entry, Event, Status};
use crate::execute::{
    Beside, Drive, ExecuteError, Missing, Order, Patience, Swept, forgive, pay, sweep,
};
use crate::host::Secrets;
use crate::plan::Plan;
use crate::planted::Planted;
use crate::run::{Outcome, Run};
use crate::time::Duration;
use crate::value::Value;

/// How a test comes back to a run.
#[derive(Default)]
pub(crate) struct Later {
    pub(crate) debts: Option<Vec<String>>,
    pub(crate) early: bool,
    pub(crate) missing: Missing,
    pub(crate) in_use: BTreeSet<String>,
    pub(crate) planted: Planted,
}

impl MemoryHost {
    /// Lets time pass.
    pub(crate) fn pass(&self, length: Duration) {
        let until = self.clock.now() + length;
        self.clock.block_on(self.clock.sleep(until));
    }

    /// The process ends: its secrets are gone, and the state knows what the journal says.
    pub(crate) fn another_process(&self, plan: &Plan) {
        self.secrets.forget();
        let mut known = self.known.lock().unwrap();
        let mut run = Run::new(plan, "k3f9");
        for entry in self.history() {
            run.apply(&entry);
            if let Event::Promoted { to, .. } = entry.event {
                known.current = Some(to);
                known.promoted_at = Some(entry.at);
            }
        }
        assert!(run.defects().is_empty(), "{:?}", run.defects());
        known.debts.retain(|debt| debt.run != "k3f9");
        known.debts.extend(run.debts().iter().filter(|debt| !debt.is_settled()).cloned());
    }

    /// Puts a run's journal aside, as that of a run which is over.
    pub(crate) fn put_aside(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.journal()).entries
    }

    /// Takes up the journal of a run again.
    pub(crate) fn take_up(&self, history: &[Entry]) {
        *self.journal() = super::Journal::holding(history);
    }

    /// Pays debts of a run that is over.
    pub(crate) fn pay(&self, plan: &Plan, how: &Later) -> Result<Outcome, ExecuteError> {
        let order = Order { debts: how.debts.as_deref(), early: how.early };
        self.come_back(how, |drive, beside| {
            let history = self.history();
            self.clock.block_on(pay(plan, &history, self, drive, beside, &order))
        })
    }

    /// Pays debts with a history that may be old.
    pub(crate) fn pay_from(&self, plan: &Plan, history: &[Entry]) -> Result<Outcome, ExecuteError> {
        let order = Order { debts: None, early: false };
        self.come_back(&Later::default(), |drive, beside| {
            self.clock.block_on(pay(plan, history, self, drive, beside, &order))
        })
    }

    /// Seals a secret.
    pub(crate) fn secret(&self, origin: &str, plain: &str) -> Value {
        self.secrets.seal(origin, plain.to_owned()).into()
    }

    /// Forgives a debt.
    pub(crate) fn forgive(&self, plan: &Plan, debt: &str) -> Result<Outcome, ExecuteError> {
        self.come_back(&Later::default(), |drive, _| {
            let history = self.history();
            self.clock.block_on(forgive(plan, &history, self, drive, debt, "it is gone"))
        })
    }

    /// Sweeps what a run abandoned.
    pub(crate) fn sweep(&self, plan: &Plan, how: &Later) -> Result<Swept, ExecuteError> {
        self.come_back(how, |drive, beside| {
            let history = self.history();
            self.clock.block_on(sweep(plan, &history, self, drive, beside))
        })
    }

    fn come_back<T>(&self, how: &Later, work: impl FnOnce(&Drive<'_>, &Beside<'_>) -> T) -> T {
        let stop = StopAt(&self.clock, None);
        let steps = steps::registry();
        let beside = Beside { steps: &steps, missing: &how.missing, in_use: &how.in_use };
        let shown = |run: &Run, _: &Entry| assert!(run.defects().is_empty(), "{:?}", run.defects());
        let drive = Drive {
            run: "k3f9",
            file: "test.yaml",
            machine: "here",
            first: false,
            expected: None,
            watch: &shown,
            stop: &stop,
            word: None,
            patience: Patience::Sleep,
            trigger: None,
            planted: how.planted,
        };
        work(&drive, &beside)
    }

    /// The run is given up by a person.
    pub(crate) fn give_up(&self) {
        let end = Event::Ended {
            status: Status::Abandoned,
            error: None,
            outputs: crate::value::Map::new(),
        };
        let entry = Entry { at: self.clock.now(), event: end };
        let position = self.journal().position();
        self.journal().append(position, &[entry]).expect("the journal is whole");
    }
}
