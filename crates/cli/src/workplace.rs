//! What `tick` and `debts` work with: a state, a host, a driver, and the runs that it knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover_engine::event::{Debt, Entry};
use cutover_engine::execute::{
    Beside, ExecuteError, Order, Patience, Swept, execute, forgive, pay, sweep,
};
use cutover_engine::host::HostError;
use cutover_engine::plan::Plan;
use cutover_engine::run::Outcome;
use cutover_host::LocalHost;
use cutover_host::journal::{Journal, RunRow};

use crate::drive::{self, Driver, Way};
use crate::exit::{Exit, Problem};
use crate::household::Household;
use crate::plugins::Shelf;
use crate::progress::{Progress, Told};
use crate::recorded::{Recorded, Unreadable};
use crate::session::Session;
use crate::{assemble, ending, state};

/// Why nothing was done with a run that is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stopped {
    /// What a person reads of it.
    pub(crate) problem: Problem,
    /// Another process is at it just now: it is its matter.
    pub(crate) busy: bool,
}

/// A state with what acts on it.
pub(crate) struct Workplace<'a> {
    /// The call of the command.
    pub(crate) session: &'a Session,
    /// The state, to be read.
    pub(crate) journal: Journal,
    /// The world.
    pub(crate) host: LocalHost,
    /// The plugins of workflows and runs.
    pub(crate) shelf: Shelf,
    driver: Driver,
    progress: Arc<Progress>,
}

impl<'a> Workplace<'a> {
    /// Opens it; none where there is no state.
    ///
    /// # Errors
    /// Where the state cannot be opened, or has lost something: then nothing is done with it.
    pub(crate) fn open(session: &'a Session) -> anyhow::Result<Option<Self>> {
        let Some(journal) = state::open(session)? else { return Ok(None) };
        if let Some(why) = journal.damage() {
            let damaged = Problem::new(Exit::Stuck, format!("damaged: {why}"));
            return Err(damaged
                .help("Nothing is created or revoked with this state.")
                .next("What to do", session.typed().command("doctor"))
                .into());
        }
        let progress = Arc::new(Progress::of_many(Arc::clone(&session.out)));
        let host = assemble::host(session, Some(&progress))?;
        let driver = Driver::new(&progress, session)?;
        let shelf = Shelf::new(session);
        Ok(Some(Self { session, journal, host, shelf, driver, progress }))
    }

    /// Says whether somebody asked to stop: then nothing more is begun.
    pub(crate) fn is_stopped(&self) -> bool {
        self.driver.is_stopped()
    }

    /// Waits for something that needs neither progress nor signals.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.driver.block_on(future)
    }

    /// Reads a run with everything that drives it again.
    ///
    /// # Errors
    /// Where it cannot be read, or a secret input is not there.
    pub(crate) fn read(&self, row: RunRow) -> Result<Recorded, Unreadable> {
        Recorded::read(&self.journal, row, &self.shelf, self.session)
    }

    /// Reads the secret inputs of a run again: then it can be driven.
    ///
    /// # Errors
    /// Where one is not there.
    pub(crate) fn with_secrets(&self, recorded: Recorded) -> Result<Recorded, Unreadable> {
        recorded.with_secrets(&self.host, &self.driver, self.session)
    }

    /// Drives a run as far as it goes now; `way` says which and how.
    pub(crate) fn drive(
        &mut self,
        plan: &Plan,
        history: &[Entry],
        way: Way<'_>,
    ) -> (Result<Outcome, ExecuteError>, Told) {
        let Self { driver, host, progress, .. } = self;
        drive::begin(plan, way.run, history, progress);
        let way = Way { patience: Patience::Return, ..way };
        let home = Household::new(host, progress, self.session);
        let ended = driver.drive(&way, async |drive| execute(plan, history, &home, drive).await);
        (ended, progress.finish(state::now()))
    }

    /// Pays debts of a run that is over, and returns all that it owes or owed.
    ///
    /// # Errors
    /// Where the run cannot be read, its credential is taken, or the edge failed.
    pub(crate) fn pay(&mut self, run: &str, order: &Order<'_>) -> Result<Vec<Debt>, Stopped> {
        let in_use = BTreeSet::new();
        self.closed(run, &in_use, async |plan, history, host, drive, beside| {
            pay(plan, history, host, drive, beside, order).await.map(|outcome| outcome.debts)
        })
    }

    /// Lets a debt of a run go.
    ///
    /// # Errors
    /// As [`Workplace::pay`].
    pub(crate) fn forgive(&mut self, run: &str, debt: &str, why: &str) -> Result<(), Stopped> {
        let in_use = BTreeSet::new();
        self.closed(run, &in_use, async |plan, history, host, drive, _| {
            forgive(plan, history, host, drive, debt, why).await.map(drop)
        })
    }

    /// Looks for what a run's abandoned tries made, and revokes what nobody uses.
    ///
    /// # Errors
    /// As [`Workplace::pay`].
    pub(crate) fn sweep(&mut self, run: &str) -> Result<Swept, Stopped> {
        let known = self.journal.known_ids();
        let in_use = known.map_err(|error| Stopped::from(state::problem(&error, self.session)))?;
        self.closed(run, &in_use, async |plan, history, host, drive, beside| {
            sweep(plan, history, host, drive, beside).await
        })
    }

    /// Does something with a run that is over, under its locks.
    fn closed<T>(
        &mut self,
        run: &str,
        in_use: &BTreeSet<String>,
        work: impl AsyncFnOnce(
            &Plan,
            &[Entry],
            &LocalHost,
            &cutover_engine::execute::Drive<'_>,
            &Beside<'_>,
        ) -> Result<T, ExecuteError>,
    ) -> Result<T, Stopped> {
        let row = self.journal.run(run);
        let row = row.map_err(|error| state::problem(&error, self.session))?;
        let row = row.ok_or_else(|| Problem::wrong(format!("there is no run `{run}`")))?;
        let Self { driver, host, shelf, journal, progress, session } = self;
        let unreadable = |error: Unreadable| error.problem(run, &session.typed());
        let recorded = Recorded::read(journal, row, shelf, session).map_err(unreadable)?;
        let read = recorded.with_what_is_there(host, driver, session);
        let (recorded, missing) = read.map_err(unreadable)?;
        let Recorded { plan, history, row, registry } = &recorded;
        let beside = Beside { steps: registry, missing: &missing, in_use };
        let way = Way { run, file: &row.file, ..Way::default() };
        let done =
            driver.drive(&way, async |drive| work(plan, history, host, drive, &beside).await);
        let told = progress.finish(state::now());
        done.map_err(|error| {
            let busy = matches!(
                &error,
                ExecuteError::Host(HostError::Taken { alive: true, .. } | HostError::Fenced(_))
            );
            let told = Told { began: None, ..told };
            Stopped { problem: ending::stopped(&error, run, &told, session), busy }
        })
    }
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self { problem, busy: false }
    }
}
