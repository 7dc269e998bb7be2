//! Workflows that run workflows: what a person sees of them.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

const PARENT: &str = r#"version: 1
name: all
steps:
  - id: rotate
    uses: workflow.run
    with: { file: below/rotate.yaml }

  - id: greet
    uses: workflow.run
    for_each: [ann, bob]
    with: { file: below/greet.yaml, inputs: { who: "{{ item }}" } }

  - id: say
    uses: log
    with: { message: "{{ len steps.greet }} were greeted, {{ default steps.greet.0.greeted \"nobody\" }} first" }
"#;

const GREET: &str = r#"version: 1
name: greet
inputs:
  who: { type: string }
steps:
  - id: say
    uses: log
    with: { message: "hello {{ inputs.who }}" }
outputs:
  greeted: "{{ inputs.who }}"
"#;

fn place() -> Place {
    let place = Place::with_faults("");
    place.write("w.yaml", PARENT);
    place.write("below/rotate.yaml", ROTATION);
    place.write("below/greet.yaml", GREET);
    place
}

fn statuses(place: &Place) -> Vec<(String, String)> {
    let said = place.cutover(&["runs", "--sandbox", "--output", "json"]).ends(0);
    let runs: Json = serde_json::from_str(&said.raw).expect("it is JSON");
    let text = |run: &Json, key: &str| run[key].as_str().unwrap_or_default().to_owned();
    let runs = runs["runs"].as_array().expect("a list").iter();
    let mut all: Vec<_> = runs.map(|run| (text(run, "workflow"), text(run, "status"))).collect();
    all.sort();
    all
}

#[test]
fn a_plan_shows_what_each_child_would_do() {
    assert_snapshot!(place().cutover(&["plan", "w.yaml", "--sandbox"]).all(), @"
    exit 0
    --- out
    all                                                                   offline: nothing was contacted

      . rotate  workflow.run  runs rotate-ci: 7 steps, 1 makes, 1 changes, 1 removes
      . greet   workflow.run  runs greet: 1 step that only looks
                              runs greet: 1 step that only looks   (2 items)
      . say     log

    3 steps: 2 run other workflows. Rules L01-L16 hold.
    ");
}

#[test]
fn children_are_runs_of_their_own_and_their_outputs_come_back() {
    let place = place();
    let said = place.cutover(&RUN).ends(0);
    assert!(said.err.contains("2 were greeted, ann first"), "{}", said.all());
    let runs = statuses(&place);
    let names: Vec<&str> = runs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["all", "greet", "greet", "rotate-ci"]);
    assert!(runs.iter().all(|(_, status)| status == "succeeded"), "{runs:?}");
    let debts = place.cutover(&["debts", "--sandbox", "--output", "json"]).ends(0);
    assert!(debts.raw.contains("influx-ci"), "the child's debt is its own: {}", debts.raw);
}

#[test]
fn the_last_run_is_never_one_that_another_run_began() {
    let place = place();
    place.faults("list = [\"ok\", \"ok\", \"hang_before\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    place.wait_for_open("verify");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    place.faults("");
    let said = place.cutover(&["runs", "show", "--last", "--sandbox"]).ends(0);
    assert!(said.out.starts_with("run [RUN1]   all "), "{}", said.all());
    place.cutover(&["resume", "--last", "--sandbox"]).ends(0);
    let runs = statuses(&place);
    assert_eq!(runs.len(), 4, "{runs:?}");
    assert!(runs.iter().all(|(_, status)| status == "succeeded"), "{runs:?}");
}

#[test]
fn a_tick_goes_on_with_a_parent_and_starts_one() {
    let place = Place::with_faults("");
    let trigger = "name: all\ntriggers: { schedule: { cron: '0 3 * * *' } }\n";
    place.write("flows/w.yaml", &PARENT.replace("name: all\n", trigger));
    place.write("flows/below/rotate.yaml", ROTATION);
    place.write("flows/below/greet.yaml", GREET);
    place.faults("list = [\"ok\", \"ok\", \"hang_before\"]\nhang_ms = 60000");
    let mut child = place.background(&["run", "flows/w.yaml", "--sandbox", "--yes"]);
    place.wait_for_open("verify");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    place.faults("");
    let said = place.later(600, &["tick", "flows", "--sandbox"]).ends(0);
    assert!(said.err.contains("resumed      run [RUN1]  all  succeeded"), "{}", said.all());
    let said = place.later(2 * 86_400, &["tick", "flows", "--sandbox"]).ends(0);
    assert!(said.err.contains("by its schedule, of [MINUTE]; succeeded"), "{}", said.all());
    let runs = statuses(&place);
    assert_eq!(runs.len(), 8, "{runs:?}");
    assert!(runs.iter().all(|(_, status)| status == "succeeded"), "{runs:?}");
}

#[test]
fn a_child_that_fails_is_named_with_its_run() {
    let place = place();
    place.faults("create = [\"unauthorized\"]");
    assert_snapshot!(place.cutover(&RUN).ends(1).all(), @"
    exit 1
    --- err
    all   run [RUN1]

    rotate says: rotate-ci begins as run [RUN2]
    rotate failed [TIME] run [RUN2] of `rotate-ci` failed at `create`: influxctl management create failed: the login was refused

    all failed at `rotate`; nothing is left in the world.
      run [RUN2] of `rotate-ci` failed at `create`: influxctl management create failed: the
        login was refused
      What happened: cutover runs show [RUN2], then: cutover run w.yaml --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
}

#[test]
fn a_file_that_is_wrong_is_found_before_anything_runs() {
    let place = place();
    place.write("below/greet.yaml", &GREET.replace("uses: log", "uses: lug"));
    assert_snapshot!(place.cutover(&["check", "w.yaml"]).all(), @r#"
    exit 2
    --- err
    error[P07]: `below/greet.yaml` cannot be run from here: P01: there is no step `lug`
      --> w.yaml:11:19
       |
    11 |     with: { file: below/greet.yaml, inputs: { who: "{{ item }}" } }
       |                   ^^^^^^^^^^^^^^^^
       |
      help: `cutover check` of that file tells more

    1 error in w.yaml; `cutover explain P07` tells more
    "#);
}
