//! A credential that is taken: by a run that was cut off, by one that goes on.

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

fn place(faults: &str) -> Place {
    let place = Place::with_faults(faults);
    place.write("w.yaml", ROTATION);
    place
}

#[test]
fn a_run_that_was_killed_in_its_create_is_shown_refuses_the_next_and_can_be_given_up() {
    let place = place("create = [\"hang_before\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_snapshot!(place.cutover(&["runs", "show", "--last", "--sandbox"]).all(), @"
    exit 0
    --- out
    run [RUN1]   rotate-ci   unfinished: cut off in `create`
      [DAY] UTC
      [CLOCK]  claimed   influx-ci, no old one known
      [CLOCK]  before    done   [ID]… M.V1.[PREFIX]
      [CLOCK]  captured  old [ID]…
      [CLOCK]  create    started, attempt 1, marker cutover-daa7fffb-[RUN1]-[CHANCE]
      (no more: the process ended)
    `create` may have happened: look for what is marked cutover-daa7fffb-[RUN1]-[CHANCE]
    Next: cutover resume [RUN1] --sandbox
    ");
    assert_snapshot!(place.cutover(&["runs", "--sandbox"]).all(), @"
    exit 0
    --- out
    RUN      WORKFLOW   CREDENTIAL  STARTED               TOOK  STATUS
    [RUN1]  rotate-ci  influx-ci   [MINUTE]  [TIME]  cut off in `create`
    ");
    let refused = place.cutover(&RUN).ends(75);
    let marker = place.runs()[0].cut_off().and_then(|open| open.marker.clone());
    assert!(marker.is_some_and(|marker| marker.starts_with("cutover-")));
    assert_snapshot!(refused.err, @"
    taken: influx-ci has an unfinished run, [RUN1], cut off in `create` [AGO] ago.
      It may have left something marked cutover-daa7fffb-[RUN1]-[CHANCE].
      Go on with it: cutover resume [RUN1] --sandbox      Give it up: cutover abandon [RUN1] --sandbox
    ");
    let run = place.runs()[0].run.clone();
    let args = ["abandon", &run, "--no-undo", "--sandbox"];
    assert_snapshot!(place.cutover(&args).all(), @"
    exit 0
    --- err
    run [RUN1] is given up; nothing was undone.
      In the world now
        perhaps something marked cutover-daa7fffb-[RUN1]-[CHANCE], by `create`
          (influxctl.management.create)
      influx-ci is free for the next run.
    ");
    let shown = place.cutover(&["runs", "show", &run, "--sandbox"]).ends(0);
    assert!(
        shown.out.contains("create    attempt 1 is given up, marker cutover-"),
        "{}",
        shown.all()
    );
    place.cutover(&["abandon", &run, "--sandbox"]).ends(2);
    place.cutover(&RUN).ends(0);
}

#[test]
fn a_run_that_was_killed_after_its_publish_can_be_given_up_and_the_next_one_goes_on() {
    for again in [false, true] {
        // With the state's word on what is in use, and without one.
        let place = place("");
        if again {
            place.cutover(&RUN).ends(0);
        }
        let faults = "list = [\"ok\", \"ok\", \"hang_before\"]\nhang_ms = 60000";
        place.write(".cutover/sandbox/cloud/faults.toml", faults);
        let mut child = place.background(&RUN);
        place.wait_for_open("verify");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        place.write(".cutover/sandbox/cloud/faults.toml", "");
        let old = old_of(&place.runs()[0].run, &place);
        place.cutover(&["abandon", "--last", "--sandbox"]).ends(0);
        place.cutover(&RUN).ends(0);
        let next = old_of(&place.runs()[0].run, &place);
        assert_eq!(next, old, "what was to be replaced still is");
    }
}

/// Returns what was in use when a run began, as its timeline shows it.
fn old_of(run: &str, place: &Place) -> String {
    let shown = place.cutover(&["runs", "show", run, "--sandbox"]).ends(0).out;
    let line = shown.lines().rfind(|line| line.contains(" old ") && !line.contains("no old"));
    let line = line.unwrap_or_else(|| panic!("nothing is in use: {shown}"));
    line.rsplit(" old ").next().unwrap_or_default().to_owned()
}

#[test]
fn of_two_runs_at_once_one_goes_on_and_one_is_refused() {
    let place = place("create = [\"hang_before\"]\nhang_ms = 1500");
    let first = place.background(&RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    let second = place.cutover(&RUN).ends(75);
    assert_snapshot!(second.err, @"
    taken: influx-ci is being worked on by run [RUN1] in `create` just now.
      Wait until it has ended, or look: cutover runs show [RUN1] --sandbox
    ");
    let run = place.runs()[0].run.clone();
    place.cutover(&["abandon", &run, "--sandbox"]).ends(75);
    place.end(first).ends(0);
}

#[test]
fn an_interrupt_stops_in_good_order_and_says_how_to_go_on() {
    let place = place("create = [\"hang_after\"]\nhang_ms = 1500");
    let child = place.background(&RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).expect("it can be told");
    let said = place.end(child);
    assert_snapshot!(said.all(), @"
    exit 130
    --- err
    rotate-ci   run [RUN1]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX]
    stopping: nothing new is begun, what runs may end; once more to end at once
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]

    interrupted: run [RUN1] stopped, and nothing new was begun.
      In the world now
        [UUID] (M.V1.[PREFIX])  live, made by this run
        [UUID]              live, in use before this run
      Go on with it: cutover resume [RUN1] --sandbox      Give it up: cutover abandon [RUN1] --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    assert!(place.runs()[0].open.is_empty(), "the create was awaited");
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let place = place("create = [\"hang_before\"]\nhang_ms = 60000");
    let child = place.background(&RUN);
    place.wait_for_open("create");
    place.wait_for_fault();
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::INT).expect("it can be told");
    // The first one is heard when it is journalled or said; a second after that is another one.
    place.wait(|| {
        let told = kill_process(pid, Signal::INT).is_ok();
        (!told || !place.runs()[0].alive).then_some(())
    });
    let said = place.end(child).ends(130);
    assert!(said.err.contains("once more to end at once"), "{}", said.all());
    assert_eq!(place.runs()[0].cut_off().map(|open| open.step.as_str()), Some("create"));
}
