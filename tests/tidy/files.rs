//! What a file looks like: its length, its first line, words that have no place in it.

use crate::{File, files_below, none, root, rust_files};

const MAX_LINES: usize = 400;

#[test]
fn no_file_is_longer_than_400_lines() {
    let long: Vec<String> = rust_files()
        .iter()
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none("a file has one subject: what is its second?", &long);
}

#[test]
fn every_file_opens_with_one_line_that_says_what_it_is() {
    let silent: Vec<String> = rust_files()
        .iter()
        .filter(|file| {
            let first = file.text.lines().next().unwrap_or("");
            !(first.starts_with("//! ") && first.len() > 8)
        })
        .map(|file| file.path.clone())
        .collect();
    none("no first line", &silent);
}

#[test]
fn nothing_is_left_for_later_and_nothing_is_silenced_without_a_reason() {
    let words =
        ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "dbg!(", "#[allow(", "#![allow("];
    let found: Vec<String> = rust_files()
        .iter()
        .filter(|file| !file.path.starts_with("tests/tidy"))
        .flat_map(|file| hits(file, &words))
        .collect();
    none("left over", &found);
}

#[test]
fn tests_are_not_skipped_and_do_not_sleep_in_the_engine() {
    let skipped: Vec<String> = rust_files()
        .iter()
        .filter(|file| !file.path.starts_with("tests/tidy"))
        .flat_map(|file| hits(file, &["#[ignore"]))
        .collect();
    none("a skipped test", &skipped);
    let sleeping: Vec<String> = rust_files()
        .iter()
        .filter(|file| file.path.starts_with("crates/engine/src"))
        .flat_map(|file| hits(file, &["thread::sleep", "SystemTime::now", "Instant::now"]))
        .collect();
    none("the engine has no clock", &sleeping);
}

#[test]
fn the_top_level_is_as_it_was_asked_for() {
    let wanted = [
        "Cargo.toml",
        "crates",
        "workflows",
        "plugins",
        "tests",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "crates/README.md",
        ".ci/run",
    ];
    let missing: Vec<String> = wanted
        .iter()
        .filter(|name| !root().join(name).exists())
        .map(|name| (*name).to_owned())
        .collect();
    none("missing", &missing);
}

#[test]
fn every_shipped_workflow_opens_with_what_it_is_and_is_run_by_a_test() {
    let tests: String = rust_files()
        .into_iter()
        .filter(|file| file.path.contains("tests"))
        .map(|file| file.text)
        .collect();
    let workflows = files_below("workflows", "yaml");
    assert!(workflows.len() >= 6, "at least six ship");
    let bad: Vec<String> = workflows
        .iter()
        .filter_map(|file| {
            let name = file.path.rsplit('/').next().expect("a path has a last part");
            if !file.text.starts_with("# ") {
                return Some(format!("{name} does not open with a comment"));
            }
            (!tests.contains(name)).then(|| format!("{name} is named by no test"))
        })
        .collect();
    none("workflows", &bad);
}

fn hits(file: &File, words: &[&str]) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
        .map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim()))
        .collect()
}
