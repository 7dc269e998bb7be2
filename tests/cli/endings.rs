//! How runs end that do not go their straight way, and how `resume` and `abandon` go on with them.

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];
const RESUME: [&str; 3] = ["resume", "--last", "--sandbox"];
const SHOW: [&str; 4] = ["runs", "show", "--last", "--sandbox"];

/// A place in which something is in use already.
fn place() -> Place {
    let place = Place::with_faults("");
    place.write("w.yaml", ROTATION);
    place.cutover(&RUN).ends(0);
    place
}

#[test]
fn a_run_that_was_killed_in_its_create_goes_on_and_leaves_no_second_token() {
    let place = place();
    place.faults("create = [\"hang_after\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    let run = place.wait_for_open("create").run;
    let made = |place: &Place| {
        let tokens = place.world().tokens().expect("they can be listed").into_iter();
        tokens.filter(|token| token.description.contains(&format!("-{run}-"))).collect::<Vec<_>>()
    };
    place.wait(|| made(&place).pop());
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before
    create lost the process ended before an answer came
    create undone [TIME] what attempt 1 had made is revoked
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=5
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=5
    promote done [ID]… -> [ID]…
    revoke_old owed due [MINUTE]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
      owed   revoke [ID]… on [MINUTE] (this state: .cutover/sandbox/state.db)
    ");
    assert_snapshot!(place.cutover(&SHOW).ends(0).out, @"
    run [RUN2]   rotate-ci   succeeded
      [DAY] UTC
      [CLOCK]  claimed     influx-ci, old [ID]…
      [CLOCK]  before      done   [ID]… M.V1.[PREFIX], expires [DAY]
      [CLOCK]  create      started, attempt 1, marker cutover-daa7fffb-[RUN2]-[CHANCE]
      [CLOCK]  resumed     on here
      [CLOCK]  create      no answer: the process ended before an answer came
      [CLOCK]  create      is taken back, attempt 1
      [CLOCK]  create      attempt 1 is given up, marker cutover-daa7fffb-[RUN2]-[CHANCE]
      [CLOCK]  create      started, attempt 2, marker cutover-daa7fffb-[RUN2]-[CHANCE]
      [CLOCK]  create      done   [ID]… M.V1.[PREFIX], expires [DAY]
      [CLOCK]  works       done   tokens 5
      [CLOCK]  publish     started, attempt 1, marker cutover-daa7fffb-[RUN2]-[CHANCE]
      [CLOCK]  publish     done   M.V1.[PREFIX]
      [CLOCK]  publish     holds steps.create.token, influxctl.profile.get reads it back
      [CLOCK]  verify      done   tokens 5
      [CLOCK]  promote     promoted [ID]… -> [ID]…
      [CLOCK]  revoke_old  owed, due [MINUTE]
      [CLOCK]  ended       succeeded
    ");
    let live = made(&place).into_iter().filter(|token| token.live);
    assert_eq!(live.count(), 1, "{:?}", made(&place));
}

#[test]
fn a_run_that_cannot_be_taken_back_is_stuck_until_that_is_mended() {
    let place = place();
    place.faults("list = [\"ok\", \"fail\"]\nrevoke = [\"unauthorized\", \"unauthorized\"]");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 3
    --- err
    rotate-ci   run [RUN2]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works failed [TIME] influxctl management list failed: the service did not answer
    create stuck [TIME] influxctl management revoke failed: the login was refused

    stuck: run [RUN2] could not undo `create`: influxctl management revoke failed: the login was
      refused.
      It failed at `works` before: influxctl management list failed: the service did not answer
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID] (M.V1.[PREFIX])  live, in use before this run
      When that is set right: cutover resume [RUN2] --sandbox
      Give it up:             cutover abandon [RUN2] --sandbox
    ");
    assert_snapshot!(place.cutover(&RUN).ends(75).err, @"
    taken: influx-ci has an unfinished run, [RUN2], stuck [AGO] ago: `create` could not be taken back.
      When that is mended: cutover resume [RUN2] --sandbox
      Give it up:          cutover abandon [RUN2] --sandbox
    ");
    assert_snapshot!(place.cutover(&["runs", "--sandbox"]).ends(0).out, @"
    RUN      WORKFLOW   CREDENTIAL  STARTED               TOOK  STATUS
    [RUN2]  rotate-ci  influx-ci   [MINUTE]  [TIME]  stuck: `create` is not taken back
    [RUN1]  rotate-ci  influx-ci   [MINUTE]  [TIME]  succeeded
    ");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 3
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create, works
    create stuck [TIME] influxctl management revoke failed: the login was refused

    stuck: run [RUN2] could not undo `create`: influxctl management revoke failed: the login was
      refused.
      It failed at `works` before: influxctl management list failed: the service did not answer
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID] (M.V1.[PREFIX])  live, in use before this run
      When that is set right: cutover resume [RUN2] --sandbox
      Give it up:             cutover abandon [RUN2] --sandbox
    ");
    place.faults("");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 1
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create, works
    create undone [TIME] [ID]… revoked

    rotate-ci failed at `works`; everything was taken back. In the world: as before.
      influxctl management list failed: the service did not answer
      When that is mended: cutover run w.yaml --sandbox
    ");
    place.cutover(&RUN).ends(0);
}

#[test]
fn a_stuck_run_that_is_given_up_says_what_it_leaves_and_frees_the_credential() {
    let place = place();
    place.faults("list = [\"ok\", \"fail\"]\nrevoke = [\"unauthorized\", \"unauthorized\"]");
    place.cutover(&RUN).ends(3);
    let args = ["abandon", "--last", "--note", "the provider is down", "--sandbox"];
    assert_snapshot!(place.cutover(&args).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create, works
    create stuck [TIME] influxctl management revoke failed: the login was refused

    run [RUN2] is given up; not everything was taken back.
      `create` was not taken back: influxctl management revoke failed: the login was refused
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID] (M.V1.[PREFIX])  live, in use before this run
      Once no place holds it, this revokes what was made: cutover tick --sandbox
      influx-ci is free for the next run.
    ");
    let shown = place.cutover(&SHOW).ends(0).out;
    assert!(shown.contains("the provider is down"), "{shown}");
    place.faults("");
    place.cutover(&RUN).ends(0);
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let place = place();
    place.faults("create = [\"hang_after\"]\nhang_ms = 1500");
    let child = place.background(&RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it can be told");
    assert_snapshot!(place.end(child).all(), @"
    exit 130
    --- err
    rotate-ci   run [RUN2]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    stopping: nothing new is begun, what runs may end; once more to end at once
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]

    interrupted: run [RUN2] stopped, and nothing new was begun.
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID] (M.V1.[PREFIX])  live, in use before this run
      Go on with it: cutover resume [RUN2] --sandbox      Give it up: cutover abandon [RUN2] --sandbox
    ");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create
    create undone [TIME] [ID]… revoked
    create again `steps.create.token` is gone with its process
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=5
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=5
    promote done [ID]… -> [ID]…
    revoke_old owed due [MINUTE]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
      owed   revoke [ID]… on [MINUTE] (this state: .cutover/sandbox/state.db)
    ");
}

#[test]
fn an_interrupted_run_that_is_given_up_is_taken_back() {
    let place = place();
    place.faults("list = [\"ok\", \"ok\", \"hang_after\"]\nhang_ms = 1500");
    let child = place.background(&RUN);
    place.wait_for_open("verify");
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it can be told");
    place.end(child).ends(130);
    let args = ["abandon", "--last", "--sandbox", "--output", "json"];
    let said = place.cutover(&args).ends(0);
    let run: serde_json::Value = serde_json::from_str(&said.raw).expect("it is JSON");
    assert_eq!((&run["status"], &run["ended"]), (&"abandoned".into(), &true.into()), "{run}");
    assert_eq!(run["steps"][1]["status"], "undone", "{run}");
    assert_eq!(run["steps"][3]["status"], "undone", "{run}");
    assert_eq!(run["left"], serde_json::json!([]));
}

#[test]
fn a_failure_after_promotion_waits_for_resume_and_its_debt_is_held() {
    let place = place();
    let cleanup = "  - id: cleanup\n    uses: exec.run\n    \
                   with: { argv: [test, -e, ok] }\n  - id: revoke_old";
    place.write("w.yaml", &ROTATION.replace("  - id: revoke_old", cleanup));
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
    cleanup failed [TIME] `test` ended with code 1

    influx-ci is now [ID]…, and `cleanup` failed after that; the run waits for `resume`.
      `test` ended with code 1
      When that is mended: cutover resume [RUN2] --sandbox
      Leave it undone:     cutover abandon [RUN2] --sandbox
      held   revoke [ID]… until 1d after what it waits for is done
             (this state: .cutover/sandbox/state.db)
    ");
    assert_snapshot!(place.cutover(&["runs", "--sandbox"]).ends(0).out, @"
    RUN      WORKFLOW   CREDENTIAL  STARTED               TOOK  STATUS
    [RUN2]  rotate-ci  influx-ci   [MINUTE]  [TIME]  waits: `cleanup` failed
    [RUN1]  rotate-ci  influx-ci   [MINUTE]  [TIME]  succeeded
    ");
    place.write("ok", "");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create, works, publish, verify, promote
    cleanup done [TIME] code=0
    revoke_old owed due [MINUTE]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
      owed   revoke [ID]… on [MINUTE] (this state: .cutover/sandbox/state.db)
    ");
}

#[test]
fn a_failure_after_promotion_can_be_left_undone() {
    let place = place();
    let cleanup = "  - id: cleanup\n    uses: exec.run\n    \
                   with: { argv: [test, -e, ok] }\n  - id: revoke_old";
    place.write("w.yaml", &ROTATION.replace("  - id: revoke_old", cleanup));
    place.cutover(&RUN).ends(1);
    assert_snapshot!(place.cutover(&["abandon", "--last", "--sandbox"]).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

      over before: before, create, works, publish, verify, promote

    run [RUN2] is given up; influx-ci stays [ID]….
      Not done: `cleanup`
      influx-ci is free for the next run.
      held   revoke [ID]… until the next rotation has proved that it is replaced
             (this state: .cutover/sandbox/state.db)
    ");
}
