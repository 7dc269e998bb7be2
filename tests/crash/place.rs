//! A sandbox of its own for each point, copied from one that is ready, and calls of the binary in
//! it.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_host::journal::{Journal, RunRow};
use cutover_sandbox::World;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::acme::{ADMIN, State};
use crate::tracer::{Fate, Traced, trace, watch};
use crate::vault::{Asked, Shared, Trap, Vault};

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
/// Where a sync costs nothing. What was written before a kill is there after it here as well.
const MEMORY: &str = "/dev/shm";
const FILE: &str = "w.yaml";
/// The clock of who waits for the vault goes so many times as fast.
const PACE: &str = "20";
/// The plugins that ship.
const PLUGINS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins");

/// A workflow, and the world that it begins in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Its name.
    pub(crate) name: &'static str,
    /// The workflow.
    pub(crate) text: &'static str,
    /// How often it has run before, so that there is a state, and a debt in it.
    pub(crate) ran_before: u32,
    /// Who makes its credentials.
    pub(crate) provider: Provider,
    /// What is ended.
    pub(crate) ends: Ends,
}

/// Who makes credentials, and keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    /// The stand-in of the sandbox.
    Cloud,
    /// The Acme vault, by its plugin.
    Acme,
}

/// The call that is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// A run.
    Run,
    /// A tick a day later, which pays what is owed.
    Tick,
}

/// A folder with a sandbox and a workflow in it.
pub(crate) struct Place {
    folder: TempDir,
    bug: Option<&'static str>,
    acme: Option<Acme>,
}

/// The vault that a place asks, and what it holds for it.
struct Acme {
    vault: Arc<Vault>,
    state: Shared,
}

/// How a call of the binary ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit code; none where it was ended by a signal.
    pub(crate) code: Option<i32>,
    /// What it said on standard error.
    pub(crate) talk: String,
}

impl Place {
    /// Makes the world that a scenario begins in.
    pub(crate) fn prepared(scenario: &Scenario) -> Self {
        let acme = || Acme { vault: Vault::start(), state: Shared::default() };
        let acme = (scenario.provider == Provider::Acme).then(acme);
        let place = Self { folder: folder(), bug: None, acme };
        place.world().make(Path::new(BINARY)).expect("a world can be made");
        fs::write(place.path(FILE), place.text_of(scenario)).expect("it can be written");
        for nth in 0..scenario.ran_before {
            let is_first = nth == 0 && scenario.provider == Provider::Acme;
            let said = place.call(if is_first { &FIRST } else { &RUN }, 0);
            assert_eq!(said.code, Some(0), "{}", said.talk);
        }
        place
    }

    /// Returns a scenario's workflow with the address of the vault, whose plugin it lays beside.
    fn text_of(&self, scenario: &Scenario) -> String {
        let Some(acme) = &self.acme else { return scenario.text.to_owned() };
        let plugin = self.path("plugins/acme-vault");
        fs::create_dir_all(&plugin).expect("it can be made");
        copy_into(&Path::new(PLUGINS).join("acme-vault"), &plugin).expect("it can be copied");
        let url = acme.vault.url();
        let text = scenario.text.replace("https://vault.acme.internal", &url);
        let text = text.replace("http: [vault.acme.internal]", &format!("http: [\"{url}\"]"));
        text.replace("path: ../plugins", "path: plugins")
    }

    /// Returns another place with all that is in this one.
    pub(crate) fn copy(&self) -> Self {
        let acme = self.acme.as_ref().map(|acme| Acme {
            vault: Arc::clone(&acme.vault),
            state: Arc::new(Mutex::new(locked(&acme.state).clone())),
        });
        let copy = Self { folder: folder(), bug: self.bug, acme };
        copy_into(self.folder.path(), copy.folder.path()).expect("it can be copied");
        copy
    }

    /// Lets every call from here on be one of an engine with a planted bug.
    pub(crate) fn with_bug(self, bug: Option<&'static str>) -> Self {
        Self { bug, ..self }
    }

    /// Returns its sandbox.
    pub(crate) fn world(&self) -> World {
        World::at(&self.path(".cutover/sandbox"))
    }

    /// Returns what the Acme vault holds, where it is the provider, once all is done that it was
    /// asked for.
    pub(crate) fn acme(&self) -> Option<MutexGuard<'_, State>> {
        let acme = self.acme.as_ref()?;
        acme.vault.quiet();
        Some(locked(&acme.state))
    }

    /// Returns the name of the credential that is replaced.
    pub(crate) fn credential(&self) -> &'static str {
        if self.acme.is_some() { "acme-billing" } else { "influx-ci" }
    }

    /// Returns the file that a workflow keeps the token in.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.world().config().with_file_name("ci.token")
    }

    /// Opens its state for reading.
    pub(crate) fn journal(&self) -> Result<Option<Journal>, String> {
        Journal::open_read_only(&self.world().state()).map_err(|error| error.to_string())
    }

    /// Returns its runs, the newest first.
    pub(crate) fn runs(&self) -> Result<Vec<RunRow>, String> {
        let Some(journal) = self.journal()? else { return Ok(Vec::new()) };
        journal.runs().map_err(|error| error.to_string())
    }

    /// Calls the binary, its clock some seconds ahead.
    pub(crate) fn call(&self, words: &[&str], ahead: i64) -> Said {
        self.trapped(words, ahead, &[]).0
    }

    /// Calls the binary; the vault ends it, or loses an answer, at some of its requests. Returns also
    /// what was asked.
    pub(crate) fn trapped(&self, words: &[&str], ahead: i64, traps: &[Trap]) -> (Said, Asked) {
        self.serve(traps);
        let mut command = self.command(words, ahead);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary can be started");
        let process = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        let watchdog = watch(process);
        if let Some(acme) = &self.acme {
            acme.vault.is_asked_by(process);
        }
        let output = child.wait_with_output().expect("it is a child of ours");
        let _ = watchdog.send(());
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        let asked = self.acme.as_ref().map(|acme| acme.vault.quiet()).unwrap_or_default();
        (Said { code: output.status.code(), talk }, asked)
    }

    fn serve(&self, traps: &[Trap]) {
        if let Some(acme) = &self.acme {
            acme.vault.serve(&acme.state, traps);
        }
    }

    /// Calls the binary and lets something happen to it.
    pub(crate) fn traced(&self, words: &[&str], ahead: i64, fate: Fate) -> (Traced, String) {
        let talk = self.path("talk");
        self.serve(&[]);
        let traced = trace(&self.command(words, ahead), &talk, fate);
        (traced, fs::read_to_string(talk).unwrap_or_default())
    }

    fn command(&self, words: &[&str], ahead: i64) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("--sandbox").args(words).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command.env("CUTOVER_CLOCK_AHEAD", ahead.to_string());
        if self.acme.is_some() {
            command.env("ACME_ADMIN_TOKEN", ADMIN);
        }
        // What an engine does not announce is recorded once it has taken long, by its clock.
        if self.acme.is_some() && self.bug != Some("ResultOnly") {
            command.env("CUTOVER_CLOCK_PACE", PACE);
        }
        if let Some(bug) = self.bug {
            command.env("CUTOVER_PLANTED_BUG", bug);
        }
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The words that run a scenario's workflow.
pub(crate) const RUN: [&str; 3] = ["run", "--yes", FILE];
/// The words that run it where nothing is in use yet.
const FIRST: [&str; 4] = ["run", "--yes", "--first", FILE];

impl Ends {
    /// Returns the words of the call, and how far its clock is ahead.
    pub(crate) fn call(self) -> (&'static [&'static str], i64) {
        match self {
            Self::Run => (&RUN, 0),
            Self::Tick => (&["tick"], DAY),
        }
    }
}

/// A day and an hour: the old one may go.
const DAY: i64 = 90_000;

fn locked(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder() -> TempDir {
    let memory = Path::new(MEMORY);
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder can be made")
}

fn copy_into(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir(&to)?;
            fs::set_permissions(&to, entry.metadata()?.permissions())?;
            copy_into(&from, &to)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&from)?, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
