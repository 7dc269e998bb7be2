//! A plan changes nothing: every system call of it is looked at.
//!
//! `strace -f` of `cutover plan` over every shipped workflow, in a folder without a sandbox and in
//! one where a rotation was done: no connect, no program, no file opened for writing, no rename,
//! unlink, mkdir or chmod; SQLite's `-shm` and `-wal` are the only exception.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod calls;
mod hasty;
#[path = "../needs.rs"]
mod needs;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
const WORKFLOWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows");

/// What has to be given to a workflow, beside its defaults.
const INPUTS: [(&str, &[&str]); 3] = [
    ("create-management-token.yaml", &["description=for a test"]),
    ("revoke-management-token.yaml", &["token_id=00000000-0000-4000-8000-000000000000"]),
    ("rotate-influxdb1-user.yaml", &["url=http://127.0.0.1:9"]),
];

#[test]
fn a_plan_before_there_is_a_sandbox_makes_nothing() {
    if is_left_out() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for workflow in workflows() {
        plan_changes_nothing(&folder, &workflow, &[]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was made");
}

#[test]
fn a_plan_after_a_rotation_changes_nothing() {
    if is_left_out() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    rotate(&folder);
    let before = snapshot(folder.path());
    for workflow in workflows() {
        plan_changes_nothing(&folder, &workflow, &[]);
    }
    assert_eq!(before, snapshot(folder.path()));
}

#[test]
fn the_look_out_sees_what_a_run_does() {
    if is_left_out() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let workflow = Path::new(WORKFLOWS).join("rotate-management-token.yaml");
    let output = traced(&folder, &trace, &["run", "--yes"], &workflow);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = calls::forbidden(&fs::read_to_string(&trace).unwrap());
    for call in ["execve", "openat", "rename"] {
        assert!(seen.iter().any(|line| line.contains(call)), "no {call} was seen");
    }
}

fn is_left_out() -> bool {
    needs::are_left_out(&["strace"], "strace")
}

fn plan_changes_nothing(folder: &TempDir, workflow: &Path, more: &[&str]) {
    let trace = tempfile::NamedTempFile::new().unwrap();
    let mut words = vec!["plan"];
    words.extend(more);
    let output = traced(folder, trace.path(), &words, workflow);
    let name = workflow.display();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let seen = calls::forbidden(&fs::read_to_string(trace.path()).unwrap());
    assert!(seen.is_empty(), "{name}:\n{}", seen.join("\n"));
}

fn traced(folder: &TempDir, trace: &Path, words: &[&str], workflow: &Path) -> Output {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-y", "-s", "256", "-e", calls::WATCHED, "-o"]).arg(trace);
    command.arg(BINARY).arg("--sandbox").args(words).arg(workflow);
    let name = workflow.file_name().unwrap().to_str().unwrap();
    let inputs = INPUTS.iter().filter(|(is, _)| *is == name).flat_map(|(_, inputs)| *inputs);
    command.args(inputs.flat_map(|input| ["--input", input]));
    clean(&mut command, folder);
    command.output().unwrap()
}

fn rotate(folder: &TempDir) {
    let mut command = Command::new(BINARY);
    command.args(["--sandbox", "run", "--yes"]);
    command.arg(Path::new(WORKFLOWS).join("rotate-management-token.yaml"));
    clean(&mut command, folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn clean(command: &mut Command, folder: &TempDir) {
    command.current_dir(folder.path()).env_clear();
    command.env("HOME", folder.path()).env("PATH", "/usr/bin:/bin");
}

fn workflows() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(WORKFLOWS)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    found.sort();
    assert!(found.len() >= 6, "at least six ship");
    found
}

/// Returns every file below a folder with its length and time, SQLite's own two left out.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(snapshot(&path));
        } else if !calls::is_sqlites_own(&path.display().to_string()) {
            found.insert(path, (about.len(), about.modified().unwrap()));
        }
    }
    found
}
