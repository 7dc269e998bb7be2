//! `resume`: what it refuses, and how it ends.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

fn place(faults: &str) -> Place {
    let place = Place::with_faults(faults);
    place.write("w.yaml", ROTATION);
    place
}

/// A run that was killed while its create hung, before anything was made.
fn cut_off(text: &str, variable: (&str, &str)) -> (Place, String) {
    let place = place("create = [\"hang_before\"]\nhang_ms = 60000");
    place.write("w.yaml", text);
    let mut child = place.background_with(variable, &RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let run = place.runs()[0].run.clone();
    (place, run)
}

#[test]
fn a_run_that_is_over_says_how_it_ended_and_ends_so() {
    let place = place("");
    place.cutover(&RUN).ends(0);
    let run = place.runs()[0].run.clone();
    assert_snapshot!(place.cutover(&["resume", &run, "--sandbox"]).all(), @"
    exit 0
    --- err
    run [RUN1] is over: it succeeded, [MINUTE].
      What happened: cutover runs show [RUN1] --sandbox
    ");
    place.faults("list = [\"ok\", \"fail\"]");
    place.cutover(&RUN).ends(1);
    let run = place.runs()[0].run.clone();
    assert_snapshot!(place.cutover(&["resume", &run, "--sandbox"]).all(), @"
    exit 1
    --- err
    run [RUN2] is over: it failed, and everything was taken back, [MINUTE].
      What happened: cutover runs show [RUN2] --sandbox
    ");
    let said = place.cutover(&["resume", &run, "--sandbox", "--output", "json"]).ends(1);
    let told: Json = serde_json::from_str(&said.raw).expect("it is JSON");
    assert_eq!((told["run"].as_str(), told["status"].as_str()), (Some(&*run), Some("undone")));
    assert_eq!(told["steps"][1]["status"], "undone");
    assert_snapshot!(place.cutover(&["resume", &run, "--redo", "works", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: run [RUN2] is over: it failed, and everything was taken back, [MINUTE];
      `works` waits for no word
      What happened: cutover runs show [RUN2] --sandbox
    ");
}

#[test]
fn without_an_unfinished_run_there_is_nothing_to_go_on_with() {
    let place = place("");
    assert_snapshot!(place.cutover(&["resume", "--last", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: no run is unfinished
      All runs: cutover runs --sandbox
    ");
    place.cutover(&RUN).ends(0);
    assert_snapshot!(place.cutover(&["resume", "--last", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: no run is unfinished
      All runs: cutover runs --sandbox
    ");
    assert_snapshot!(place.cutover(&["resume", "zzz", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: there is no run `zzz`
      All runs: cutover runs --sandbox
    ");
    place.cutover(&["resume", "--sandbox"]).ends(2);
    let words = ["resume", "--last", "--redo", "a", "--skip", "b", "--sandbox"];
    place.cutover(&words).ends(2);
}

#[test]
fn with_json_an_error_is_an_object_too() {
    let place = place("");
    let said = place.cutover(&["resume", "zzz", "--sandbox", "--output", "json"]).ends(2);
    assert_snapshot!(said.out, @r#"{"error":{"message":"there is no run `zzz`","exit":2,"help":["All runs: cutover runs --sandbox"],"next":[]}}"#);
    assert!(said.err.contains("there is no run `zzz`"), "{}", said.all());
    let said = place.cutover(&["run", "nope.yaml", "--yes", "--output", "jsonl"]).ends(2);
    let told: Json = serde_json::from_str(&said.raw).expect("it is JSON");
    let message = told["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("nope.yaml"), "{told}");
}

#[test]
fn a_run_of_another_machine_that_uses_its_programs_is_refused_with_its_name() {
    let (place, run) = cut_off(ROTATION, ("CUTOVER_MACHINE", "build-3"));
    let args = ["resume", &run, "--sandbox"];
    let said = place.end(place.background_with(("CUTOVER_MACHINE", "build-7"), &args));
    assert_snapshot!(said.all(), @"
    exit 2
    --- err
    error: run [RUN1] began on the machine build-3 and works with files or programs of it; this is
      build-7
      On build-3:                                    cutover resume [RUN1] --sandbox
      Where this is that machine under another name: CUTOVER_MACHINE=build-3 cutover resume [RUN1] --sandbox
    ");
    assert!(place.runs()[0].open.iter().any(|open| open.step == "create"), "nothing was done");
}

#[test]
fn a_run_that_a_process_drives_is_not_gone_on_with() {
    let place = place("create = [\"hang_before\"]\nhang_ms = 1500");
    let first = place.background(&RUN);
    place.wait_for_open("create");
    assert_snapshot!(place.cutover(&["resume", "--last", "--sandbox"]).all(), @"
    exit 75
    --- err
    taken: run [RUN1] is driven by another process just now.
      Wait until it has ended, or look: cutover runs show [RUN1] --sandbox
    ");
    place.end(first).ends(0);
}

#[test]
fn a_secret_input_that_is_not_there_any_more_is_asked_for_by_its_name() {
    let text =
        ROTATION.replace("inputs:\n", "inputs:\n  key: { type: secret, from: { env: KEY } }\n");
    let (place, _) = cut_off(&text, ("KEY", "fake-key"));
    assert_snapshot!(place.cutover(&["resume", "--last", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: run [RUN1] needs env KEY: the environment has no variable `KEY`
      It is the secret input `key`.
    ");
}
