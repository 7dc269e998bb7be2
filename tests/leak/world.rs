//! A sandbox of its own for each test, and what one run of the binary in it said and did.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use cutover_sandbox::canary::{files, forms, holds};
use tempfile::TempDir;

use crate::search::Watcher;

const ROTATION: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows/rotate-management-token.yaml");

/// The clock goes so many times as fast: what a lost answer may still do is waited for.
const PACE: &str = "10";

/// A sandbox in a folder of its own.
pub(crate) struct World {
    folder: TempDir,
    witness: TempDir,
}

/// What one call of the binary said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    command_lines: BTreeSet<Vec<u8>>,
}

impl World {
    /// Makes a sandbox in which some things go wrong.
    pub(crate) fn new(faults: &str) -> Self {
        let world = Self {
            folder: tempfile::tempdir().expect("a folder can be made"),
            witness: tempfile::tempdir().expect("a folder can be made"),
        };
        let sandbox = cutover_sandbox::World::at(&world.folder().join(".cutover/sandbox"));
        sandbox.make(Path::new(env!("CARGO_BIN_EXE_cutover"))).expect("a world can be made");
        let config = fs::read_to_string(sandbox.config()).expect("it has a configuration");
        let values: Vec<&str> =
            config.split('"').filter(|word| word.starts_with("M.V1.")).collect();
        fs::write(world.witness_file(), values.join("\n") + "\n").expect("it can be written");
        let text = format!("witness = {:?}\n{faults}\n", world.witness_file());
        fs::write(sandbox.cloud().join("faults.toml"), text).expect("it can be written");
        world
    }

    /// Returns the working folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the shipped rotation.
    pub(crate) fn rotation(&self) -> &'static str {
        ROTATION
    }

    /// Writes a rotation that tries each step just once, and returns its path.
    pub(crate) fn impatient_rotation(&self) -> String {
        let text = fs::read_to_string(ROTATION).expect("it ships");
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.trim_start().starts_with("retry:")).collect();
        let path = self.folder().join("impatient.yaml");
        fs::write(&path, lines.join("\n")).expect("it can be written");
        path.display().to_string()
    }

    /// Moves a place away and leaves a link to it, which no step writes through.
    pub(crate) fn put_a_link_in_place_of(&self, name: &str) {
        let folder = self.folder().join(".cutover/sandbox/home/.config/influxctl");
        let (place, target) = (folder.join(name), folder.join(format!(".{name}.cutover-moved")));
        if place.exists() {
            fs::rename(&place, &target).expect("it can be moved");
        }
        symlink(&target, &place).expect("a link can be made");
    }

    /// Writes a rotation that fails right after one of its steps, and returns its path.
    pub(crate) fn rotation_that_fails_after(&self, step: &str) -> String {
        let text = fs::read_to_string(ROTATION).expect("it ships");
        let (before, rest) =
            text.split_once(&format!("\n  - id: {step}\n")).expect("it has the step");
        let (body, after) = rest.split_once("\n  - id: ").expect("another one follows");
        let broken = format!(
            "{before}\n  - id: {step}\n{body}\n  - id: broken\n    uses: assert\n    with: \
             {{ that: false, message: broken on purpose }}\n\n  - id: {after}"
        );
        let path = self.folder().join("broken.yaml");
        fs::write(&path, broken).expect("it can be written");
        path.display().to_string()
    }

    /// Runs the binary in the sandbox with the second net switched off.
    pub(crate) fn cutover(&self, args: &[&str]) -> Said {
        let watcher = Watcher::start();
        let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .arg("--sandbox")
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("PATH", "/usr/bin:/bin")
            .env("CUTOVER_SECOND_NET", "off")
            .env("CUTOVER_CLOCK_PACE", PACE)
            .output()
            .expect("the binary runs");
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command_lines: watcher.seen(),
        }
    }

    /// Returns every value that must not be seen.
    pub(crate) fn canaries(&self) -> Vec<String> {
        let text = fs::read_to_string(self.witness_file()).expect("the witness is there");
        text.lines().map(str::to_owned).collect()
    }

    /// Fails where a canary is anywhere but in its places.
    #[track_caller]
    pub(crate) fn nothing_leaked(&self, said: &Said) {
        let found = self.leaks(said);
        assert!(found.is_empty(), "leaked:\n  {}", found.join("\n  "));
    }

    /// Returns where a canary is that should not be there.
    pub(crate) fn leaks(&self, said: &Said) -> Vec<String> {
        let mut texts: Vec<(String, Vec<u8>)> = vec![
            ("standard output".to_owned(), said.stdout.clone().into_bytes()),
            ("standard error".to_owned(), said.stderr.clone().into_bytes()),
        ];
        texts.extend(
            said.command_lines.iter().map(|line| ("a command line".to_owned(), line.clone())),
        );
        texts.extend(files(self.folder()).into_iter().filter(|path| !is_place(path)).map(|path| {
            let bytes = fs::read(&path).unwrap_or_default();
            (path.display().to_string(), bytes)
        }));
        let mut found = Vec::new();
        for value in self.canaries() {
            for (name, form) in forms(&value) {
                for (place, text) in &texts {
                    if holds(text, &form) {
                        found.push(format!("{place}: {name}"));
                    }
                }
            }
        }
        found
    }

    fn witness_file(&self) -> PathBuf {
        self.witness.path().join("made")
    }
}

impl Said {
    /// Fails where the call did.
    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert_eq!(self.code, 0, "{}\n{}", self.stdout, self.stderr);
    }
}

/// The places of the rotation and their former selves: where the value belongs.
fn is_place(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let in_home = path.parent().is_some_and(|folder| folder.ends_with("home/.config/influxctl"));
    let former = name.starts_with('.') && name.contains(".cutover-");
    in_home && (name == "config.toml" || name == "ci.token" || former)
}
