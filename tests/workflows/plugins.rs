//! The plugins that ship: each holds its laws, and each has a workflow that is rehearsed with its
//! fake in the place of the service.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn cutover(words: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(words).current_dir(folder.path());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder.path());
    command.output().unwrap()
}

fn succeeds(words: &[&str]) {
    let output = cutover(words);
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    assert!(output.status.success(), "cutover {}\n{said}", words.join(" "));
}

fn rehearse(workflow: &str) {
    let file = Path::new(ROOT).join("workflows").join(workflow);
    succeeds(&["test", file.to_str().unwrap(), "--crash-at", "every", "--leaks"]);
}

fn plugins() -> Vec<PathBuf> {
    let folders = fs::read_dir(Path::new(ROOT).join("plugins")).unwrap().flatten();
    let folders: Vec<PathBuf> =
        folders.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 4, "at least four ship: {folders:?}");
    folders
}

#[test]
fn every_plugin_that_ships_holds_its_laws_and_has_a_page() {
    // `check` writes what editors complete with: into a copy.
    let copies = tempfile::tempdir().unwrap();
    for folder in plugins() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let copy = copies.path().join(name);
        let copied = Command::new("cp").arg("-r").args([&folder, &copy]).status().unwrap();
        assert!(copied.success());
        let path = copy.to_str().unwrap();
        succeeds(&["plugin", "check", path]);
        succeeds(&["plugin", "test", path]);
        let page = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(page.starts_with(&format!("# {name}:")), "{path}/README.md");
    }
}

#[test]
fn a_token_of_the_acme_vault_is_replaced() {
    rehearse("rotate-acme-token.yaml");
}

#[test]
fn a_token_of_an_npm_registry_is_replaced() {
    rehearse("rotate-npm-token.yaml");
}

#[test]
fn a_token_is_kept_in_the_password_store() {
    rehearse("rotate-into-pass.yaml");
}

#[test]
fn a_token_is_kept_in_vault() {
    rehearse("rotate-into-vault.yaml");
}
