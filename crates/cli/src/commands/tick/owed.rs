//! Debts that are due, and what abandoned tries made after all.

use std::collections::BTreeSet;

use cutover_host::journal::Owing;

use super::Tick;
use crate::commands::debts::{by_run, pay_of};
use crate::exit::{Exit, Problem};
use crate::render::paying;
use crate::render::tick::{Did, What};
use crate::render::value::short_id;
use crate::state;
use crate::workplace::Stopped;

impl Tick<'_> {
    /// Pays every debt that is due.
    pub(super) fn debts(&mut self) -> anyhow::Result<()> {
        let owing = self.place.journal.owing();
        let owing = owing.map_err(|error| state::problem(&error, self.place.session))?;
        let now = state::now();
        let due: Vec<&Owing> =
            owing.iter().filter(|one| one.due.is_some_and(|due| due <= now)).collect();
        for (run, debts) in by_run(&due) {
            if self.is_stopped() || self.is_elsewhere(&run)? {
                continue;
            }
            let typed = self.place.session.typed();
            for attempt in pay_of(&mut self.place, &run, &debts, false) {
                let busy = attempt.stopped.as_ref().is_some_and(|stopped| stopped.busy);
                let (what, exit) = match paying::exit(&attempt) {
                    _ if busy => (What::Skipped, Exit::Done),
                    Exit::Done => (What::Paid, Exit::Done),
                    bad => (What::NotPaid, bad),
                };
                let came = paying::rest(&attempt, now, &typed);
                self.did(Did { what, about: attempt.debt.id.clone(), came, exit });
            }
        }
        Ok(())
    }

    /// Says whether a run works with files or programs of another machine.
    fn is_elsewhere(&self, run: &str) -> Result<bool, Problem> {
        let row = self.place.journal.run(run);
        let row = row.map_err(|error| state::problem(&error, self.place.session))?;
        let here = self.place.session.machine();
        let Some(row) = row.filter(|row| row.machine != here) else { return Ok(false) };
        // One that cannot be read is told by who tries to.
        Ok(self.place.read(row).is_ok_and(|recorded| recorded.is_bound()))
    }

    /// Revokes what abandoned tries made after all.
    pub(super) fn sweep(&mut self) -> anyhow::Result<()> {
        let tries = self.place.journal.abandoned();
        let tries = tries.map_err(|error| state::problem(&error, self.place.session))?;
        let runs: BTreeSet<String> = tries.into_iter().map(|one| one.run).collect();
        for run in runs {
            if self.is_stopped() || self.is_elsewhere(&run)? {
                continue;
            }
            match self.place.sweep(&run) {
                Ok(swept) => {
                    for one in swept.revoked {
                        let id = one.id.as_deref().map(short_id).unwrap_or_default();
                        let came = format!("revoked {id}, marked {}", one.marker);
                        self.did(of_run(&run, &one.step, came, Exit::Done));
                    }
                    for one in swept.kept.into_iter().chain(swept.unknown) {
                        let id = one.id.as_deref().map(short_id);
                        let id = id.map(|id| format!("{id} ")).unwrap_or_default();
                        let came = format!("{id}marked {} stays: {}", one.marker, one.reason);
                        self.did(of_run(&run, &one.step, came, Exit::Done));
                    }
                }
                // Its line was said where the run that holds it was looked at.
                Err(stopped) if stopped.busy || stopped.problem.message.starts_with("taken") => {}
                Err(Stopped { problem, .. }) => {
                    self.did(of_run(&run, "", problem.brief(), problem.exit));
                }
            }
        }
        Ok(())
    }
}

fn of_run(run: &str, step: &str, came: String, exit: Exit) -> Did {
    let step = if step.is_empty() { String::new() } else { format!("  `{step}`") };
    Did { what: What::Swept, about: format!("run {run}{step}"), came, exit }
}
