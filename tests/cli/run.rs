//! `run`: what a person and a program see of it, done and failed.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place
}

fn place_with(faults: &str) -> Place {
    let place = Place::with_faults(faults);
    place.write("w.yaml", ROTATION);
    place
}

#[test]
fn a_rotation_in_a_pipe_gives_a_line_a_step_and_tells_what_is_owed() {
    assert_snapshot!(place().cutover(&RUN).all(), @"
    exit 0
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=3
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=3
    promote done [ID]… -> [ID]…
    revoke_old owed due [MINUTE]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
      owed   revoke [ID]… on [MINUTE] (this state: .cutover/sandbox/state.db)
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
}

#[test]
fn the_second_rotation_starts_from_what_the_first_one_made() {
    let place = place();
    place.cutover(&RUN).ends(0);
    let said = place.cutover(&RUN).ends(0);
    assert!(!said.err.contains("The state is new"), "{}", said.all());
    assert!(said.err.contains("Rotated influx-ci: [ID]… -> [ID]…"), "{}", said.all());
    assert_eq!(place.runs().len(), 2);
}

#[test]
fn json_is_one_object_with_every_key_and_no_secret() {
    let place = place();
    let said = place.cutover(&[&RUN[..], &["--output", "json"]].concat()).ends(0);
    assert_eq!(said.out.lines().count(), 1);
    let run: Json = serde_json::from_str(&said.out).expect("it is JSON");
    let keys: Vec<&String> = run.as_object().expect("an object").keys().collect();
    for key in ["run", "workflow", "status", "steps", "debts", "outputs", "error"] {
        assert!(keys.iter().any(|there| *there == key), "{key}: {keys:?}");
    }
    assert_eq!(run["status"], "succeeded");
    assert_eq!(run["steps"][1]["outputs"]["token"]["secret"], "steps.create.token");
    assert_eq!(run["steps"][6]["status"], "owed");
    let keys: Vec<&String> = run["steps"][0].as_object().expect("an object").keys().collect();
    let wanted = ["id", "uses", "status", "attempts", "started_at", "ended_at", "outputs", "error"];
    assert_eq!(keys, wanted);
}

#[test]
fn jsonl_gives_every_event_as_it_happens() {
    let place = place();
    let said = place.cutover(&[&RUN[..], &["--output", "jsonl"]].concat()).ends(0);
    let kinds: Vec<String> = said
        .out
        .lines()
        .map(|line| {
            let event: Json = serde_json::from_str(line).expect("each line is JSON");
            event["event"]["kind"].as_str().expect("it has a kind").to_owned()
        })
        .collect();
    assert_eq!(kinds.first().map(String::as_str), Some("claimed"));
    assert_eq!(kinds.last().map(String::as_str), Some("ended"));
    assert!(kinds.iter().any(|kind| kind == "promoted"), "{kinds:?}");
}

#[test]
fn a_quiet_run_says_nothing_but_what_went_wrong() {
    assert_eq!(place().cutover(&[&RUN[..], &["-q"]].concat()).all(), "exit 0\n");
    let said =
        place_with("create = [\"unauthorized\"]").cutover(&[&RUN[..], &["-q"]].concat()).ends(1);
    assert!(said.err.contains("failed at `create`"), "{}", said.all());
}

#[test]
fn nobody_to_ask_and_no_yes_is_refused_before_anything_is_made() {
    let place = place();
    assert_snapshot!(place.cutover(&["run", "w.yaml", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: a run changes things, and nobody is here to say yes
      Say it beforehand:    cutover run w.yaml --yes --sandbox
      See what it would do: cutover run w.yaml --dry-run --sandbox
    ");
    assert!(!place.world().exists());
}

#[test]
fn a_failure_before_anything_was_made_says_that_nothing_is_left() {
    assert_snapshot!(place_with("create = [\"unauthorized\"]").cutover(&RUN).all(), @"
    exit 1
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create failed [TIME] influxctl management create failed: the login was refused

    rotate-ci failed at `create`; nothing is left in the world.
      influxctl management create failed: the login was refused
      When that is mended: cutover run w.yaml --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
}

#[test]
fn a_failure_after_the_create_is_taken_back() {
    let place = place_with("list = [\"ok\", \"fail\"]");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 1
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works failed [TIME] influxctl management list failed: the service did not answer
    create undone [TIME] [ID]… revoked

    rotate-ci failed at `works`; everything was taken back. In the world: as before.
      influxctl management list failed: the service did not answer
      When that is mended: cutover run w.yaml --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    place.cutover(&RUN).ends(0);
}

#[test]
fn what_cannot_be_taken_back_is_named_and_can_be_given_up() {
    let place = place_with("list = [\"ok\", \"fail\"]\nrevoke = [\"unauthorized\"]");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 3
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works failed [TIME] influxctl management list failed: the service did not answer
    create stuck [TIME] influxctl management revoke failed: the login was refused

    stuck: run [RUN1] could not undo `create`: influxctl management revoke failed: the login was
      refused.
      It failed at `works` before: influxctl management list failed: the service did not answer
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID]              live, in use before this run
      When that is set right: cutover resume [RUN1] --sandbox
      Give it up:             cutover abandon [RUN1] --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    assert_snapshot!(place.cutover(&["abandon", "--last", "--sandbox"]).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN1]   influx-ci

      over before: before, create, works
    create undone [TIME] [ID]… revoked

    run [RUN1] is given up; everything was taken back. In the world: as before.
      influx-ci is free for the next run.
    ");
    place.cutover(&RUN).ends(0);
}

#[test]
fn a_debt_that_is_due_at_once_is_paid_or_stays_owed() {
    let place = place_with("");
    place.write("w.yaml", &ROTATION.replace("overlap: 24h", "overlap: 0s"));
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=3
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=3
    promote done [ID]… -> [ID]…
    revoke_old done [TIME] revoked_at=[MOMENT]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    place.faults("revoke = [\"unauthorized\"]");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 1
    --- err
    rotate-ci   run [RUN2]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=4
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=4
    promote done [ID]… -> [ID]…
    revoke_old failed [TIME] influxctl management revoke failed: the login was refused

    influx-ci is now [ID]…, and `revoke_old` failed after that.
      influxctl management revoke failed: the login was refused
      owed   revoke [ID]… now: it is due (this state: .cutover/sandbox/state.db)
    ");
    assert!(place.cutover(&["debts", "--sandbox"]).out.contains("owed"));
}

#[test]
fn tries_that_were_not_enough_are_told_to_who_wants_to_know() {
    let place = place_with("activation_ms = 200");
    let retry = "    verifies: create\n    retry: { max_attempts: 9, delay: 100ms }\n";
    place.write("w.yaml", &ROTATION.replace("    verifies: create\n", retry));
    let said = place.cutover(&[&RUN[..], &["-v"]].concat()).ends(0);
    assert!(said.err.contains("works waits 0 s for try 2: "), "{}", said.all());
}

#[test]
fn a_lost_answer_is_not_taken_for_a_failure() {
    let place = place_with("create = [\"lost\"]");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 1
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    create lost [TIME] influxctl management create failed: the service did not answer
    create undone [TIME] what attempt 1 had made is revoked

    rotate-ci failed at `create`; nothing is left in the world.
      influxctl management create failed: the service did not answer
      When that is mended: cutover run w.yaml --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
}

#[test]
fn wrong_inputs_are_all_told_and_a_secret_is_not_taken() {
    let place = place();
    assert_snapshot!(place.cutover(&[&RUN[..], &["--input", "profil=ci"]].concat()).all(), @"
    exit 2
    --- err
    error: `profil` is not an input of this workflow
      did you mean `profile`?
    ");
    let text =
        ROTATION.replace("inputs:\n", "inputs:\n  key: { type: secret, from: { env: KEY } }\n");
    place.write("w.yaml", &text);
    let said = place.cutover(&[&RUN[..], &["--input", "key=fake-plain"]].concat()).ends(2);
    assert!(!said.all().contains("fake-plain"), "{}", said.all());
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    error: the secret input `key` is missing: the environment has no variable `KEY`
    ");
}

#[test]
fn the_first_run_of_a_credential_that_cannot_be_looked_up_has_to_be_told_so() {
    let place = Place::new();
    place.write("w.yaml", &ROTATION.replace("  in_use: steps.before.id\n", ""));
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    error: nothing is known to be in use of `influx-ci`, and it would be revoked
      where there is none yet, say so with `--first`; where there is one, let `credential.in_use` find
      it
    ");
    let said = place.cutover(&[&RUN[..], &["--first"]].concat()).ends(0);
    assert!(said.err.contains("Made influx-ci: [ID]…"), "{}", said.all());
}

#[test]
fn a_state_that_cannot_be_opened_is_the_edge_and_a_damaged_one_needs_a_person() {
    let place = place();
    place.write("state", "this is no database, and long enough to be read as one\n");
    let said = place.cutover(&["runs", "--state", "state"]);
    assert!([3, 75].contains(&said.code), "{}", said.all());
    let said = place.cutover(&[&RUN[..], &["--state", "/proc/nope/state.db"]].concat()).ends(75);
    assert!(said.err.contains("/proc/nope"), "{}", said.all());
}

#[test]
fn what_a_step_says_stands_below_the_heading() {
    let place = Place::new();
    let text = "version: 1\nname: hello\nsteps:\n  - { id: hi, uses: log, with: { message: good \
                morning } }\n";
    place.write("w.yaml", text);
    let said = place.cutover(&RUN).ends(0);
    let lines: Vec<&str> = said.err.lines().filter(|line| !line.is_empty()).skip(1).collect();
    assert_eq!(lines[..2], ["hello   run [RUN1]", "hi says: good morning"], "{}", said.all());
}

#[test]
fn a_run_that_knows_nothing_in_use_and_was_not_told_first_has_no_heading() {
    let place = place_with("");
    let text = ROTATION.replace("default: ci", "default: nobody");
    assert_ne!(text, ROTATION);
    place.write("w.yaml", &text);
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    error: nothing is known to be in use of `influx-nobody`, and it would be revoked
      where there is none yet, say so with `--first`; where there is one, let `credential.in_use` find
      it
    ");
}
