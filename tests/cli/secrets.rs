//! Secret inputs: from where the workflow says, or typed on a terminal; never shown.

use std::process::Output;

use insta::assert_snapshot;

use crate::support::Place;

const VALUE: &str = "fake-secret-that-is-long-enough";

fn place(from: &str) -> Place {
    let place = Place::new();
    let text = format!(
        "version: 1\nname: keep\ninputs:\n  key: {{ type: secret, description: The key{from} }}\n\
         steps:\n  - id: keep\n    uses: file.write\n    with: {{ path: kept, content: \"{{{{ \
         inputs.key }}}}\" }}\n"
    );
    place.write("w.yaml", &text);
    place
}

fn run(place: &Place, env: &[(&str, &str)]) -> Output {
    let mut command = place.command(&["run", "w.yaml", "--yes", "-v", "--output", "json"]);
    command.envs(env.iter().copied()).output().expect("the command can be started")
}

#[track_caller]
fn is_kept_and_not_shown(place: &Place, output: &Output) {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(place.read("kept"), VALUE);
    assert!(!said.contains(VALUE), "{said}");
    let state = std::fs::read(place.folder().join(".local/state/cutover/state.db-wal"));
    let state = state.expect("the state is in its usual place");
    assert!(!String::from_utf8_lossy(&state).contains(VALUE));
}

#[test]
fn one_comes_from_a_variable() {
    let place = place(", from: { env: KEY }");
    is_kept_and_not_shown(&place, &run(&place, &[("KEY", VALUE)]));
}

#[test]
fn one_comes_from_a_file_without_its_last_line_break() {
    let place = place(", from: { file: ~/key }");
    place.write("key", &format!("{VALUE}\n"));
    is_kept_and_not_shown(&place, &run(&place, &[]));
}

#[test]
fn one_comes_from_what_a_program_prints() {
    let place = place(", from: { command: [cat, key] }");
    place.write("key", &format!("{VALUE}\n"));
    is_kept_and_not_shown(&place, &run(&place, &[]));
}

#[test]
fn one_that_is_not_there_is_named_with_its_place() {
    let said = |from: &str| place(from).cutover(&["run", "w.yaml", "--yes"]).all();
    assert_snapshot!(said(", from: { env: KEY }"), @"
    exit 2
    --- err
    error: the secret input `key` is missing: the environment has no variable `KEY`
    ");
    assert_snapshot!(said(", from: { file: key }"), @"
    exit 2
    --- err
    error: the secret input `key` is missing: there is no file key
    ");
    assert_snapshot!(said(", from: { command: [\"false\"] }"), @"
    exit 2
    --- err
    error: the secret input `key` is missing: `false` ended with code 1; run it by hand to see what it
      says
    ");
    assert_snapshot!(said(""), @"
    exit 2
    --- err
    error: the secret input `key` is missing: nobody is here to be asked for it
      Declare where it comes from: `from: {env: NAME}`, `{file: PATH}` or `{command: [argv]}`
    ");
}

#[test]
fn one_is_typed_on_a_terminal_and_not_shown() {
    let place = place("");
    let answer = format!("{VALUE}\n");
    let said = place.on_terminal(100, &["run", "w.yaml", "--yes"], ("The key: ", &answer));
    assert!(said.code == 0 && !said.raw.contains(VALUE), "{}", said.all());
    assert_eq!(place.read("kept"), VALUE);
}

#[test]
fn a_plan_asks_for_none() {
    let place = place(", from: { command: [touch, asked] }");
    let said = place.cutover(&["plan", "w.yaml"]).ends(0);
    assert!(said.out.contains("‹inputs.key›"), "{}", said.all());
    assert!(!place.folder().join("asked").exists());
}
