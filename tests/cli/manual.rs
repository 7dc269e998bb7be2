//! The manual and what writes files for people: steps, explain, schema, graph, init, completions.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION, shipped};

#[test]
fn the_version_and_the_help_need_nothing() {
    let place = Place::new();
    let said = place.cutover(&["--version"]).ends(0);
    assert_eq!(said.out, format!("cutover {}\n", env!("CARGO_PKG_VERSION")));
    let said = place.cutover(&["--help"]).ends(0);
    for command in ["check", "plan", "run", "abandon", "credentials", "debts", "completions"] {
        assert!(said.out.contains(&format!("\n  {command} ")), "{}", said.out);
    }
    assert_eq!(std::fs::read_dir(place.folder()).expect("it is there").count(), 0);
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    let place = Place::new();
    for args in [&["frobnicate"][..], &["check"], &["run"], &["runs", "show"], &["--output", "x"]] {
        place.cutover(args).ends(2);
    }
}

#[test]
fn every_step_has_its_page() {
    let place = Place::new();
    let list = place.cutover(&["steps", "--output", "json"]).ends(0);
    let list: Json = serde_json::from_str(&list.out).expect("it is JSON");
    let list = list["steps"].as_array().expect("a list");
    assert!(list.len() >= 18, "{}", list.len());
    for step in list {
        let name = step["name"].as_str().expect("it has a name");
        let page = place.cutover(&["steps", name]).ends(0).out;
        for title in ["After a crash", "Example", "In the world"] {
            assert!(page.contains(title), "{name} has no `{title}`:\n{page}");
        }
    }
}

#[test]
fn a_step_is_found_by_its_beginning_or_by_the_nearest_name() {
    let place = Place::new();
    assert_snapshot!(place.cutover(&["steps", "file."]).all(), @"
    exit 0
    --- out
      ?  file.read    Reads a file, as a secret unless `secret: false`.
      .  file.remove  Removes a file.
      ~  file.write   Writes a whole file, readable by this user only.

    Signs: + makes, ~ changes, - removes, ? looks, ! the point of no return
    One of them: cutover steps NAME
    ");
    assert_snapshot!(place.cutover(&["steps", "file.wirte"]).all(), @"
    exit 2
    --- err
    error: there is no step `file.wirte`
      Did you mean `file.write`? All of them: cutover steps
    ");
}

#[test]
fn the_page_of_a_step_is_one_screen() {
    let place = Place::new();
    assert_snapshot!(place.cutover(&["steps", "file.remove"]).all(), @r#"
    exit 0
    --- out
    file.remove   . other

      Removes a file.

    Parameters
      path  path  required    The file.

    In the world
      Removes the file, which is kept beside its place until the run ends. One that is not there is
      fine.

    After a crash
      Whether it is there tells whether it was removed; if it is, it is removed again. Undo puts it
      back, where nobody has put another file in its place.

    Example
      version: 1
      name: remove-a-file
      description: Removes a file that is not needed any more.
      inputs:
        path: { type: path, default: old.txt }
      steps:
        - id: remove
          uses: file.remove
          with: { path: "{{ inputs.path }}" }
    "#);
}

#[test]
fn every_code_has_its_page_in_any_case() {
    let place = Place::new();
    let all = place.cutover(&["explain"]).ends(0).out;
    for code in cutover_lua::explain::codes() {
        assert!(all.lines().any(|line| line.starts_with(&format!("{code}: "))), "{code}:\n{all}");
        let page = place.cutover(&["explain", &code.to_lowercase()]).ends(0).out;
        assert!(page.contains(code), "{page}");
    }
    assert_snapshot!(place.cutover(&["explain", "L99"]).all(), @"
    exit 2
    --- err
    error: there is no code `L99`
      Did you mean `L09`?
    ");
}

#[test]
fn the_schema_is_one_that_editors_read() {
    let place = Place::new();
    let schema = place.cutover(&["schema"]).ends(0);
    let schema: Json = serde_json::from_str(&schema.out).expect("it is JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(!schema["$defs"]["step"]["properties"]["verifies"].is_null());
}

#[test]
fn a_workflow_is_drawn_in_both_languages() {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    assert_snapshot!(place.cutover(&["graph", "w.yaml"]).all(), @r#"
    exit 0
    --- out
    ---
    title: rotate-ci
    ---
    flowchart TD
      before(["? before<br/>influxctl.profile.token"])
      create["+ create<br/>influxctl.management.create"]
      works(["? works<br/>influxctl.management.list"])
      publish["~ publish<br/>influxctl.profile.set"]
      verify(["? verify<br/>influxctl.management.list"])
      promote{{"! promote<br/>credential.promote"}}
      revoke_old["- revoke_old<br/>influxctl.management.revoke"]
      before --> create
      create --> works
      works --> publish
      publish --> verify
      verify --> promote
      promote -.-> revoke_old
    "#);
    let dot = place.cutover(&["graph", "w.yaml", "--format", "dot"]).ends(0).out;
    assert!(dot.starts_with("digraph \"rotate-ci\" {\n"), "{dot}");
    let args = ["graph", "w.yaml", "--format", "dot", "--output", "json"];
    let told = place.cutover(&args).ends(0).raw;
    let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!((&told["format"], &told["graph"]), (&"dot".into(), &dot.clone().into()));
    assert!(dot.contains("  verify -> promote\n"), "{dot}");
}

#[test]
fn init_writes_a_workflow_that_runs_and_never_writes_over_one() {
    let place = Place::new();
    assert_snapshot!(place.cutover(&["init", "rotate-mine"]).all(), @"
    exit 0
    --- err
    wrote rotate-mine.yaml
      See what it would do: cutover plan rotate-mine.yaml --sandbox
      Try it:               cutover run rotate-mine.yaml --sandbox
    ");
    assert!(place.read("rotate-mine.yaml").contains("\nname: rotate-mine\n"));
    place.cutover(&["check", "rotate-mine.yaml"]).ends(0);
    place.cutover(&["run", "rotate-mine.yaml", "--sandbox", "--yes"]).ends(0);
    place.write("rotate-mine.yaml", "mine");
    assert_snapshot!(place.cutover(&["init", "rotate-mine"]).all(), @"
    exit 2
    --- err
    error: `rotate-mine.yaml` is there already
      Choose another name: cutover init NAME
    ");
    assert_eq!(place.read("rotate-mine.yaml"), "mine");
    place.cutover(&["init", "../x"]).ends(2);
}

#[test]
fn completions_are_there_for_the_usual_shells() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let said = place.cutover(&["completions", shell]).ends(0);
        assert!(said.out.contains("abandon"), "{shell}");
    }
}

#[test]
fn everything_that_ships_is_right() {
    let place = Place::new();
    for entry in std::fs::read_dir(shipped("")).expect("workflows ship") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            place.cutover(&["check", path.to_str().expect("it is text")]).ends(0);
        }
    }
}
