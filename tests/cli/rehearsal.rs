//! `test`: the rehearsal of a workflow, and what it finds.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

fn place(text: &str) -> Place {
    let place = Place::new();
    place.write("w.yaml", text);
    place
}

#[test]
fn a_rehearsal_reaches_no_provider_and_leaves_nothing_behind() {
    let place = place(ROTATION);
    let said = place.cutover(&["test", "w.yaml"]).ends(0);
    assert_snapshot!(said.all(), @"
    exit 0
    --- err
    rotate-ci   rehearsed in worlds of its own: no provider was reached

      done     run      succeeded; its process can end at 40 points
    ");
    let left: Vec<_> = std::fs::read_dir(place.folder()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// A workflow whose work is done by two others: one has a secret input, one tells people.
const PARENT: &str = "version: 1
name: all
steps:
  - id: rotate
    uses: workflow.run
    with: { file: below/rotate.yaml }
  - id: tell
    uses: workflow.run
    with: { file: below/tell.yaml, inputs: { who: ann } }
";

const TELL: &str = "version: 1
name: tell
inputs:
  who: { type: string }
  hook: { type: secret, from: { env: NOBODY_SETS_THIS } }
steps:
  - id: create
    uses: notify.webhook
    with: { url: \"https://hooks.acme.internal/{{ inputs.who }}\", text: hello, headers: { \
          Authorization: \"{{ inputs.hook }}\" } }
";

fn family() -> Place {
    let place = place(PARENT);
    place.write("below/rotate.yaml", ROTATION);
    place.write("below/tell.yaml", TELL);
    place
}

#[test]
fn the_workflows_that_a_workflow_runs_are_rehearsed_with_it() {
    let place = family();
    assert_snapshot!(place.cutover(&["test", "w.yaml"]).all(), @"
    exit 0
    --- err
    all   rehearsed in worlds of its own: no provider was reached

      done     run      succeeded; its process can end at 50 points
    ");
    let left: Vec<_> = std::fs::read_dir(place.folder()).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "{left:?}");
    place.write(
        "below/tell.yaml",
        &TELL.replace("notify.webhook", "http.request").replace("text: hello", "method: POST"),
    );
    assert_snapshot!(place.cutover(&["test", "w.yaml"]).all(), @"
    exit 2
    --- err
    error: this workflow cannot be rehearsed: `create` of tell sends POST to
      https://hooks.acme.internal, without a stand-in
      There are stand-ins for influxctl, for the files of its world, and for messages.
    ");
}

#[test]
fn a_family_of_workflows_ends_right_after_a_crash_in_a_child_and_leaks_nothing() {
    let place = family();
    let said = place.cutover(&["test", "w.yaml", "--crash-at", "28"]).ends(0);
    assert!(said.err.contains("done     crashes"), "{}", said.all());
    let said = place.cutover(&["test", "w.yaml", "--leaks", "--output", "json"]);
    let json: Json = serde_json::from_str(&said.raw).unwrap();
    assert_eq!(json["leaks"]["secrets"], 4, "the admin's, the old one, the new one, the hook");
    assert_eq!(json["leaks"]["found"], serde_json::json!([]), "{}", said.all());
    said.ends(0);
}

#[test]
fn canaries_are_looked_for_where_they_should_not_be() {
    let said = place(ROTATION).cutover(&["test", "w.yaml", "--leaks", "--output", "json"]).ends(0);
    let json: Json = serde_json::from_str(&said.raw).unwrap();
    assert_eq!(json["leaks"]["secrets"], 3, "the admin's, the old one, the new one");
    assert!(json["leaks"]["files"].as_u64().unwrap() > 2, "{json}");
    assert_eq!(json["leaks"]["found"], serde_json::json!([]));
}

#[test]
fn what_has_no_stand_in_is_named_and_not_touched() {
    let place = Place::new();
    let touched = place.folder().join("touched");
    let step = format!(
        "version: 1\nname: touch\nsteps:\n  - id: touch\n    uses: exec.run\n    with: {{ argv: \
         [touch, {}] }}\n",
        touched.display()
    );
    place.write("w.yaml", &step);
    assert_snapshot!(place.cutover(&["test", "w.yaml"]).all(), @"
    exit 2
    --- err
    error: this workflow cannot be rehearsed: `touch` runs touch, without a stand-in
      There are stand-ins for influxctl, for the files of its world, and for messages.
    ");
    assert!(!touched.exists());
}

#[test]
fn a_workflow_that_fails_fails_its_rehearsal_and_shows_its_history() {
    let broken = "version: 1\nname: broken\nsteps:\n  - id: never\n    uses: assert\n    with: { that: \
                  false, message: broken on purpose }\n";
    let said = place(broken).cutover(&["test", "w.yaml", "--crash-at", "every"]).ends(1);
    for line in ["failed   run", "`never`: broken on purpose", "failed, attempt 1"] {
        assert!(said.err.contains(line), "{}", said.all());
    }
    assert!(!said.err.contains("crashes"), "nothing is killed that does not run: {}", said.all());
}

#[test]
fn a_point_that_is_not_there_is_refused() {
    let place = place(ROTATION);
    let said = place.cutover(&["test", "w.yaml", "--crash-at", "5000"]).ends(2);
    assert!(said.err.contains("there is no point 5000"), "{}", said.all());
    let said = place.cutover(&["test", "w.yaml", "--crash-at", "some"]).ends(2);
    assert!(said.err.contains("write `every`, or the number of a point"), "{}", said.all());
}
