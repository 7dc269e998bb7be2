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
