//! Every output that the README shows is real: its commands are run again and compared.
//!
//! A block that is marked `console` holds commands behind `$ ` and what they print. They run one
//! after the other in one folder with the shipped workflows in it. What differs each time (ids,
//! times, values' prefixes) is made equal on both sides first.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod scrub;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use scrub::scrub;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A command of the README with what it shows.
#[derive(Debug, PartialEq)]
struct Shown {
    command: String,
    output: String,
}

#[test]
fn what_the_readme_shows_is_what_happens() {
    let text = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let shown = blocks(&text);
    assert!(shown.len() >= 8, "the tour has {} commands", shown.len());
    let folder = tempfile::tempdir().unwrap();
    for shipped in ["workflows", "plugins"] {
        copy(&Path::new(ROOT).join(shipped), &folder.path().join(shipped));
    }
    for Shown { command, output } in shown {
        let real = run(folder.path(), &command);
        assert_eq!(scrub(&output), scrub(&real), "\n$ {command}\n\n{real}");
    }
}

#[test]
fn the_readme_names_the_two_commands() {
    let text = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"./try"), "the one that runs the main job");
    assert!(lines.iter().any(|line| line.starts_with("cargo test ")), "the one that tests");
}

#[test]
fn a_block_is_read_command_by_command() {
    let text = "x\n```console\n$ one\na\n\n$ two\nb\n```\n$ not one\n";
    let shown = |command: &str, output: &str| Shown {
        command: command.to_owned(),
        output: output.to_owned(),
    };
    assert_eq!(blocks(text), [shown("one", "a\n"), shown("two", "b\n")]);
}

fn blocks(text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && let Some(command) = line.strip_prefix("$ ") {
            found.push(Shown { command: command.to_owned(), output: String::new() });
        } else if inside && let Some(shown) = found.last_mut() {
            shown.output.push_str(line);
            shown.output.push('\n');
        }
    }
    for shown in &mut found {
        shown.output = format!("{}\n", shown.output.trim_end());
    }
    found
}

/// Runs a command as a person would, both streams together.
fn run(folder: &Path, command: &str) -> String {
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_cutover"));
    let path = format!("{}:/usr/bin:/bin", bin.parent().unwrap().display());
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", path)
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    format!("{}\n", text.trim_end())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            folder if folder.is_dir() => copy(&folder, &target),
            file => drop(fs::copy(file, target).unwrap()),
        }
    }
}
