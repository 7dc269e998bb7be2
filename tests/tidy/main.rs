//! The house rules, as tests.

mod codes;
mod crates;
mod files;
mod functions;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file of the workspace.
struct File {
    /// Its path from the root.
    path: String,
    /// Its text.
    text: String,
}

/// Returns the root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root is there")
}

/// Returns every Rust file of the workspace.
fn rust_files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    for top in ["crates", "tests", "bench"] {
        collect(&root.join(top), "rs", &mut found);
    }
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
}

/// Returns every file with an ending below a folder.
fn files_below(folder: &str, ending: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|is| is == ending) {
            let text = fs::read_to_string(&path).expect("a source file is text");
            let path = path.strip_prefix(root()).expect("it is below the root");
            found.push(File { path: path.display().to_string(), text });
        }
    }
}

/// Fails with a list, where there is one.
#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
