//! Which crate may stand on which, and on what else.

use std::collections::BTreeSet;
use std::fs;

use crate::{none, root};

/// Crate, the crates of ours that it may stand on.
const DIRECTIONS: [(&str, &[&str]); 6] = [
    ("engine", &[]),
    ("steps", &["cutover-engine"]),
    ("host", &["cutover-engine"]),
    ("lua", &["cutover-engine"]),
    ("sandbox", &[]),
    ("cli", &["cutover-engine", "cutover-host", "cutover-lua", "cutover-sandbox", "cutover-steps"]),
];

/// Packages that touch the world: nowhere but in these crates.
const FENCED: [(&str, &[&str]); 10] = [
    ("tokio", &["host", "cli"]),
    ("reqwest", &["host"]),
    ("rustls", &["host"]),
    ("rusqlite", &["host"]),
    ("zeroize", &["host"]),
    ("mlua", &["lua"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("rustix", &["host", "sandbox", "cli"]),
    ("tempfile", &["host", "sandbox"]),
];

#[test]
fn every_crate_is_in_the_table_and_named_after_its_folder() {
    let folders: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .expect("crates are there")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let table: BTreeSet<String> = DIRECTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, table);
    let wrong: Vec<String> = folders
        .iter()
        .filter(|name| !manifest(name).contains(&format!("name = \"cutover-{name}\"")))
        .cloned()
        .collect();
    none("a package has the prefix, its folder has not", &wrong);
}

#[test]
fn crates_stand_on_each_other_only_as_the_table_says() {
    let mut wrong = Vec::new();
    for (name, may) in DIRECTIONS {
        for dependency in dependencies(name) {
            if dependency.starts_with("cutover-") && !may.contains(&dependency.as_str()) {
                wrong.push(format!("{name} stands on {dependency}"));
            }
        }
    }
    none("directions", &wrong);
}

#[test]
fn what_touches_the_world_stays_behind_its_fence() {
    let mut wrong = Vec::new();
    for (package, may) in FENCED {
        for (name, _) in DIRECTIONS {
            if !may.contains(&name) && dependencies(name).contains(package) {
                wrong.push(format!("{name} stands on {package}"));
            }
        }
    }
    none("fences", &wrong);
}

#[test]
fn clocks_files_and_processes_are_banned_where_there_is_no_io() {
    for name in ["engine", "steps", "lua"] {
        let bans = fs::read_to_string(root().join("crates").join(name).join("clippy.toml"))
            .expect("the bans are there");
        for banned in ["SystemTime::now", "Instant::now", "env::var", "File::open", "Command"] {
            assert!(bans.contains(banned), "{name} does not ban {banned}");
        }
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    for (name, _) in DIRECTIONS {
        assert!(manifest(name).contains("[lints]\nworkspace = true"), "{name}");
    }
}

fn manifest(name: &str) -> String {
    fs::read_to_string(root().join("crates").join(name).join("Cargo.toml"))
        .expect("a crate has a manifest")
}

fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = manifest(name);
    let section = manifest.split("[dependencies]").nth(1).unwrap_or("");
    let section = section.split("\n[").next().unwrap_or("");
    section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|word| !word.is_empty() && !word.starts_with('#'))
        .map(str::to_owned)
        .collect()
}
