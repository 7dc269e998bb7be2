//! One call of the command in a folder of its own, and what it said, without what changes from one
//! time to the next.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cutover_host::journal::{Journal, RunRow};
use cutover_sandbox::World;
use regex_lite::Regex;
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
/// How long a test waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of its own: home, working folder, sandbox.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a call said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Standard output as it was.
    pub(crate) raw: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    /// A place whose sandbox is there, with things that go wrong in it.
    pub(crate) fn with_faults(faults: &str) -> Self {
        let place = Self::new();
        place.world().make(Path::new(BINARY)).expect("a world can be made");
        place.faults(faults);
        place
    }

    pub(crate) fn faults(&self, faults: &str) {
        let file = self.world().cloud().join("faults.toml");
        fs::write(file, faults).expect("it can be written");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn world(&self) -> World {
        World::at(&self.folder().join(".cutover/sandbox"))
    }

    /// Writes a file below the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("it can be made");
        fs::write(&path, text).expect("it can be written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).expect("it is there")
    }

    /// Calls the command in a cleared environment.
    pub(crate) fn cutover(&self, args: &[&str]) -> Said {
        self.said(self.command(args).output().expect("the command can be started"))
    }

    /// Calls it with more in its environment.
    pub(crate) fn cutover_with(&self, env: &[(&str, &str)], args: &[&str]) -> Said {
        let mut command = self.command(args);
        command.envs(env.iter().copied());
        self.said(command.output().expect("the command can be started"))
    }

    /// Calls it so many seconds later, by its clock.
    pub(crate) fn later(&self, seconds: u64, args: &[&str]) -> Said {
        let ahead = seconds.to_string();
        let mut command = self.command(args);
        self.said(command.env("CUTOVER_CLOCK_AHEAD", ahead).output().expect("it can be started"))
    }

    /// Calls it on a terminal of some columns, with text typed as soon as it asks for it.
    pub(crate) fn on_terminal(&self, columns: usize, args: &[&str], asks: (&str, &str)) -> Said {
        let words: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
        let line = format!("stty cols {columns} rows 20; {BINARY} {}", words.join(" "));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped());
        self.clean(&mut command).env("TERM", "xterm").env("SHELL", "/bin/sh");
        let mut child = self.start(&mut command);
        let mut stdin = child.stdin.take().expect("it is a pipe");
        let mut stdout = child.stdout.take().expect("it is a pipe");
        let (question, answer) = asks;
        let mut shown = Vec::new();
        while !question.is_empty() && !String::from_utf8_lossy(&shown).contains(question) {
            let mut byte = [0];
            assert_eq!(stdout.read(&mut byte).expect("it can be read"), 1, "it asks");
            shown.extend(byte);
        }
        stdin.write_all(answer.as_bytes()).expect("it can be written");
        stdout.read_to_end(&mut shown).expect("it can be read");
        let output = child.wait_with_output().expect("it ends");
        drop(stdin);
        self.said(Output { stdout: shown, ..output })
    }

    /// Starts it in the background.
    pub(crate) fn background(&self, args: &[&str]) -> Child {
        self.start(&mut self.command(args))
    }

    /// Starts it in the background with a variable of its own.
    pub(crate) fn background_with(&self, variable: (&str, &str), args: &[&str]) -> Child {
        self.start(self.command(args).env(variable.0, variable.1))
    }

    /// Waits for what runs in the background.
    pub(crate) fn end(&self, child: Child) -> Said {
        self.said(child.wait_with_output().expect("it ends"))
    }

    /// Returns the runs of the sandbox's state, the newest first.
    pub(crate) fn runs(&self) -> Vec<RunRow> {
        let journal = Journal::open_read_only(&self.world().state()).ok().flatten();
        journal.and_then(|journal| journal.runs().ok()).unwrap_or_default()
    }

    /// Waits until a run has begun a step and not ended it.
    pub(crate) fn wait_for_open(&self, step: &str) -> RunRow {
        self.wait(|| {
            self.runs().into_iter().find(|run| run.open.iter().any(|open| open.step == step))
        })
    }

    /// Waits until the sandbox's next fault was met: the program that meets it is running.
    pub(crate) fn wait_for_fault(&self) {
        let file = self.world().cloud().join("faults.toml");
        self.wait(|| {
            let text = fs::read_to_string(&file).ok()?;
            text.contains("create = []").then_some(())
        });
    }

    /// Waits until something is there.
    pub(crate) fn wait<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "it did not come");
            thread::yield_now();
        }
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(args).stdin(Stdio::null());
        self.clean(&mut command);
        command
    }

    fn clean<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let home = self.folder();
        let command = command.current_dir(home).env_clear().env("HOME", home);
        command.env("PATH", "/usr/bin:/bin").env("CUTOVER_MACHINE", "here")
    }

    fn start(&self, command: &mut Command) -> Child {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the command can be started")
    }

    fn said(&self, output: Output) -> Said {
        let raw = String::from_utf8_lossy(&output.stdout).into_owned();
        Said {
            raw,
            code: output.status.code().unwrap_or(-1),
            out: self.scrubbed(&String::from_utf8_lossy(&output.stdout)),
            err: self.scrubbed(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Takes out what changes from one time to the next.
    fn scrubbed(&self, text: &str) -> String {
        let folder = self.folder().to_str().expect("the folder is text");
        let mut text = text.replace(folder, "[FOLDER]");
        let mut runs: Vec<(usize, RunRow)> = self.runs().into_iter().rev().enumerate().collect();
        // A child's id begins with that of its parent.
        runs.sort_by_key(|(_, run)| std::cmp::Reverse(run.run.len()));
        for (nth, run) in runs {
            text = text.replace(&run.run, &format!("[RUN{}]", nth + 1));
        }
        for (pattern, with) in CHANGING {
            let pattern = Regex::new(pattern).expect("the pattern is right");
            text = pattern.replace_all(&text, *with).into_owned();
        }
        text
    }
}

const CHANGING: &[(&str, &str)] = &[
    (r"(cutover-[0-9a-f]{8}-\[RUN\d\])-[0-9a-f]{8}", "$1-[CHANCE]"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[UUID]"),
    (r"\b[0-9a-f]{4}…", "[ID]…"),
    (r"M\.V1\.[A-Za-z0-9+/_-]{4}", "M.V1.[PREFIX]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[MOMENT]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[MINUTE]"),
    (r"\d\d:\d\d:\d\d\.\d{3}", "[CLOCK]"),
    (r"\d{4}-\d\d-\d\d", "[DAY]"),
    (r"\b\d+\.\ds\b", "[TIME]"),
    (r"\b[0-9a-f]{64}\b", "[SHA256]"),
    (r"\b\d s ago", "[AGO] ago"),
];

impl Said {
    /// Everything that it said, to be compared.
    pub(crate) fn all(&self) -> String {
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("--- {name}\n{text}"),
        };
        format!("exit {}\n{}{}", self.code, part("out", &self.out), part("err", &self.err))
    }

    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.all());
        self
    }
}

/// Returns the path of a workflow that ships.
pub(crate) fn shipped(name: &str) -> String {
    format!("{}/../../workflows/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A rotation in the sandbox, without what takes time.
pub(crate) const ROTATION: &str = include_str!("rotation.yaml");
