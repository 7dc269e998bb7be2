//! What one call of the command works with: its output, its folders, its state.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cutover_sandbox::World;

use crate::args::Global;
use crate::exit::Problem;
use crate::out::Out;
use crate::text;
use crate::typed::Typed;

/// The folder of the sandbox, below the working folder.
const SANDBOX: &str = ".cutover/sandbox";

/// Names this machine, where its host name changes (a container).
const MACHINE: &str = "CUTOVER_MACHINE";

/// The run that is going, for the message of a panic.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunningRun(Arc<Mutex<Option<String>>>);

impl RunningRun {
    /// Notes which run is going.
    pub(crate) fn set(&self, run: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = run;
    }

    /// Returns the run that is going. Asked while a thread panics, so it never waits.
    pub(crate) fn get(&self) -> Option<String> {
        self.0.try_lock().ok()?.clone()
    }
}

/// What one call of the command works with. Making it opens nothing.
pub(crate) struct Session {
    /// Where text goes.
    pub(crate) out: Arc<Out>,
    state: Option<PathBuf>,
    world: Option<World>,
    running: RunningRun,
}

impl Session {
    /// Makes it of the global arguments.
    pub(crate) fn new(global: Global) -> Self {
        let out = Arc::new(Out::new(&global));
        let world = global.sandbox.then(|| World::at(&working_folder().join(SANDBOX)));
        Self { out, state: global.state, world, running: RunningRun::default() }
    }

    /// Returns the cell that holds the id of the run that is going.
    pub(crate) fn running(&self) -> RunningRun {
        self.running.clone()
    }

    /// Returns the world of the sandbox, where it was asked for.
    pub(crate) fn world(&self) -> Option<&World> {
        self.world.as_ref()
    }

    /// Says whether the sandbox was asked for and is not made yet.
    pub(crate) fn is_unmade(&self) -> bool {
        self.world.as_ref().is_some_and(|world| !world.exists())
    }

    /// Makes the world of the sandbox, unless it is there or was not asked for.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(crate) fn make_world(&self) -> anyhow::Result<()> {
        let Some(world) = &self.world else { return Ok(()) };
        let exe = env::current_exe().map_err(|error| cannot_make(&error))?;
        let is_new = !world.exists();
        world.make(&exe).map_err(|error| cannot_make(&error))?;
        if is_new {
            let made = format!("made a sandbox in {SANDBOX}: nothing here reaches a provider");
            let lines = text::wrap(&made, self.out.columns()).join("\n");
            self.out.talk(&format!("{lines}\n\n"));
        }
        Ok(())
    }

    /// Returns the path of the state: `--state`, the sandbox's, `CUTOVER_STATE`, or the usual one.
    pub(crate) fn state(&self) -> PathBuf {
        if let Some(state) = &self.state {
            return state.clone();
        }
        if let Some(world) = &self.world {
            return world.state();
        }
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        set("CUTOVER_STATE").map(PathBuf::from).unwrap_or_else(|| {
            let state = set("XDG_STATE_HOME").map(PathBuf::from);
            state.unwrap_or_else(|| self.home().join(".local/state")).join("cutover/state.db")
        })
    }

    /// Returns the name of this machine: `CUTOVER_MACHINE`, or the host's.
    pub(crate) fn machine(&self) -> String {
        let named = env::var(MACHINE).ok().filter(|name| !name.is_empty());
        named.map_or_else(cutover_host::machine, |name| cutover_host::escape(&name).into_owned())
    }

    /// Returns the home folder: the sandbox's, or ours.
    pub(crate) fn home(&self) -> PathBuf {
        let ours = || env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        self.world.as_ref().map_or_else(ours, World::home)
    }

    /// Returns how commands are typed that mean the same state.
    pub(crate) fn typed(&self) -> Typed {
        let state = self.state.as_ref().map(|state| state.display().to_string());
        Typed::new(self.world.is_some(), state.as_deref())
    }

    /// Returns a path for people: `~` for the home folder, short below the working folder.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let ours = env::var_os("HOME").map(PathBuf::from);
        if let Ok(below) = path.strip_prefix(working_folder()) {
            return below.display().to_string();
        }
        match ours.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
            Some(below) => format!("~/{}", below.display()),
            None => path.display().to_string(),
        }
    }
}

/// Returns the working folder.
pub(crate) fn working_folder() -> PathBuf {
    env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

fn cannot_make(error: &io::Error) -> Problem {
    Problem::edge(format!("the sandbox in `{SANDBOX}` cannot be made: {error}"))
}
