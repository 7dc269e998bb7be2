//! One take of a rehearsal: a world of its own, with an old token in use, in a temporary folder.

use std::path::PathBuf;
use std::sync::Arc;

use cutover_engine::event::Entry;
use cutover_engine::host::HostError;
use cutover_host::Options;
use cutover_host::journal::{Journal, RunRow};
use cutover_sandbox::{Minted, TempDir, World};

use super::Script;
use super::canaries::Canaries;
use super::fakes::Fakes;
use super::stage::Ahead;
use crate::exit::Problem;

/// The programs that have a stand-in in the world.
pub(crate) const PROGRAMS: &[&str] = &["influxctl"];

/// A world of its own.
pub(crate) struct Take {
    /// The folder, which goes with it.
    folder: TempDir,
    /// The world in it.
    pub(crate) world: World,
    /// How far its clock is ahead.
    pub(crate) ahead: Ahead,
    /// What plays the services of plugins in it.
    pub(crate) fakes: Arc<Fakes>,
    /// The tokens that were there before.
    pub(crate) before: Vec<Minted>,
    /// The values of secret inputs.
    pub(crate) canaries: Arc<Canaries>,
}

impl Take {
    /// Makes a new world.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn new(script: &Script) -> Result<Self, Problem> {
        let made = World::temporary(&script.exe);
        let (folder, world) = made.map_err(|error| cannot_make(&error))?;
        let before = world.tokens().map_err(|error| cannot_make(&error))?;
        let fakes = script.cast.begin()?;
        let (ahead, canaries) = (Ahead::default(), Arc::default());
        Ok(Self { folder, world, ahead, fakes, before, canaries })
    }

    /// Returns the folder of everything in it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Returns what a host in it is opened with. Its environment is empty.
    pub(crate) fn options(&self) -> Options {
        let home = self.world.home();
        let mut options = Options::new(self.world.state(), &home, &home);
        options.path = self.world.bin().display().to_string();
        options
    }

    /// Returns the run that is not over, if there is one: that of the workflow itself.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub(crate) fn unfinished(&self) -> Result<Option<RunRow>, Problem> {
        self.read(|journal| journal.last_unfinished())
    }

    /// Returns the id of its run, if there is one.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub(crate) fn newest(&self) -> Result<Option<String>, Problem> {
        Ok(self.read(|journal| journal.last())?.map(|row| row.run))
    }

    /// Returns the events of a run.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub(crate) fn history(&self, run: &str) -> Result<Vec<Entry>, Problem> {
        self.read(|journal| journal.events(run))
    }

    /// Reads something in the state; what is not there is empty.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub(crate) fn read<T: Default>(
        &self,
        ask: impl FnOnce(&Journal) -> Result<T, HostError>,
    ) -> Result<T, Problem> {
        let journal = Journal::open_read_only(&self.world.state()).map_err(|e| unreadable(&e))?;
        journal
            .map_or_else(|| Ok(T::default()), |journal| ask(&journal))
            .map_err(|e| unreadable(&e))
    }
}

fn cannot_make(error: &std::io::Error) -> Problem {
    Problem::edge(format!("no world can be made for a rehearsal: {error}"))
}

fn unreadable(error: &HostError) -> Problem {
    Problem::edge(format!("the state of a rehearsal cannot be read: {error}"))
}
