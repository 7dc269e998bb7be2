//! A sandbox of its own for each point, copied from one that is ready, and calls of the binary in
//! it.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cutover_host::journal::{Journal, RunRow};
use cutover_sandbox::World;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::tracer::{Fate, Traced, trace, watch};

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
/// Where a sync costs nothing. What was written before a kill is there after it here as well.
const MEMORY: &str = "/dev/shm";
const FILE: &str = "w.yaml";

/// A workflow, and the world that it begins in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Its name.
    pub(crate) name: &'static str,
    /// The workflow.
    pub(crate) text: &'static str,
    /// Whether it has run once before, so that there is a state, and a debt in it.
    pub(crate) ran_before: bool,
}

/// A folder with a sandbox and a workflow in it.
pub(crate) struct Place {
    folder: TempDir,
    bug: Option<&'static str>,
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
        let place = Self { folder: folder(), bug: None };
        place.world().make(Path::new(BINARY)).expect("a world can be made");
        fs::write(place.path(FILE), scenario.text).expect("it can be written");
        if scenario.ran_before {
            let said = place.call(&RUN, 0);
            assert_eq!(said.code, Some(0), "{}", said.talk);
        }
        place
    }

    /// Returns another place with all that is in this one.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self { folder: folder(), bug: self.bug };
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
        let mut command = self.command(words, ahead);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary can be started");
        let watchdog = watch(Pid::from_raw(i32::try_from(child.id()).expect("a process id")));
        let output = child.wait_with_output().expect("it is a child of ours");
        let _ = watchdog.send(());
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        Said { code: output.status.code(), talk }
    }

    /// Calls the binary and lets something happen to it.
    pub(crate) fn traced(&self, words: &[&str], ahead: i64, fate: Fate) -> (Traced, String) {
        let talk = self.path("talk");
        let traced = trace(&self.command(words, ahead), &talk, fate);
        (traced, fs::read_to_string(talk).unwrap_or_default())
    }

    fn command(&self, words: &[&str], ahead: i64) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("--sandbox").args(words).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command.env("CUTOVER_CLOCK_AHEAD", ahead.to_string());
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
