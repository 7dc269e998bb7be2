//! Runs that wait for a person: what is asked, and what the word does.

use insta::assert_snapshot;

use crate::support::Place;

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];
const RESUME: [&str; 3] = ["resume", "--last", "--sandbox"];
const SHOW: [&str; 4] = ["runs", "show", "--last", "--sandbox"];

const ASK: &str = "version: 1
name: ask-first
steps:
  - { id: agree, uses: approval.wait, with: { ask: may ci get a new token? } }
  - { id: say, uses: log, with: { message: \"{{ steps.agree.by }} agreed\" } }
";

#[test]
fn a_run_that_waits_for_a_word_says_so_and_goes_on_with_it() {
    let place = Place::new();
    place.write("w.yaml", ASK);
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 4
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    ask-first   run [RUN1]

    agree parked may ci get a new token?

    parked: run [RUN1] waits for a yes or a no on `agree`.
      may ci get a new token?
      Yes:        cutover resume [RUN1] --approve agree --sandbox
      No:         cutover resume [RUN1] --reject agree --sandbox
      Give it up: cutover abandon [RUN1] --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    assert_snapshot!(place.cutover(&SHOW).ends(0).out, @"
    run [RUN1]   ask-first   parked: waits for a yes or a no on `agree`
      [DAY] UTC
      [CLOCK]  claimed  w.yaml, no old one known
      [CLOCK]  agree    started, attempt 1, marker cutover-b340ef6f-[RUN1]-[CHANCE]
      [CLOCK]  agree    parked: may ci get a new token?
    Yes:        cutover resume [RUN1] --approve agree --sandbox
    No:         cutover resume [RUN1] --reject agree --sandbox
    Give it up: cutover abandon [RUN1] --sandbox
    ");
    assert_snapshot!(place.cutover(&RESUME).all(), @"
    exit 4
    --- err
    ask-first   run [RUN1]

    agree parked may ci get a new token?

    parked: run [RUN1] waits for a yes or a no on `agree`.
      may ci get a new token?
      Yes:        cutover resume [RUN1] --approve agree --sandbox
      No:         cutover resume [RUN1] --reject agree --sandbox
      Give it up: cutover abandon [RUN1] --sandbox
    ");
    let said = place.cutover(&[&RESUME[..], &["--output", "json"]].concat()).ends(4);
    let run: serde_json::Value = serde_json::from_str(&said.raw).expect("it is JSON");
    assert_eq!((&run["status"], &run["parked"][0]["step"]), (&"parked".into(), &"agree".into()));
    let nope = [&RESUME[..], &["--approve", "nope"]].concat();
    assert_snapshot!(place.cutover(&nope).all(), @"
    exit 2
    --- err
    error: there is no step `nope` in this run
    ");
    let yes = [&RESUME[..], &["--approve", "agree", "--note", "looks fine"]].concat();
    let said = place.cutover(&yes).ends(0);
    assert!(said.err.contains("say done"), "{}", said.all());
    let shown = place.cutover(&SHOW).ends(0).out;
    assert!(shown.contains(": looks fine"), "{shown}");
}

#[test]
fn a_no_fails_the_step_with_who_said_it_and_why() {
    let place = Place::new();
    place.write("w.yaml", ASK);
    place.cutover(&RUN).ends(4);
    let no = [&RESUME[..], &["--reject", "agree", "--note", "not today"]].concat();
    let said = place.cutover(&no).ends(1);
    assert!(said.err.contains(" said no: not today"), "{}", said.all());
}

#[test]
fn a_write_that_only_a_person_can_look_for_parks_the_run() {
    let place = Place::new();
    let text = "version: 1\nname: call-it\nsteps:\n  - id: call\n    uses: exec.run\n    timeout: 1s\n    \
                with: { argv: [sleep, \"5\"] }\n";
    place.write("w.yaml", text);
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 4
    --- err
    made a sandbox in .cutover/sandbox: nothing here reaches a provider

    call-it   run [RUN1]

    call lost [TIME] `sleep` ran past its deadline and was ended
    call parked `call` got no answer, and nothing can look whether it was done: look yourself, then `--redo call` where it was not, or `--skip call` where it was

    parked: run [RUN1] had no answer in `call`, and a person must look what became of it.
      It was not done:        cutover resume [RUN1] --redo call --sandbox
      It was, or need not be: cutover resume [RUN1] --skip call --sandbox
      Give it up:             cutover abandon [RUN1] --sandbox
      new state: .cutover/sandbox/state.db
             (keep it: what is current and what is owed stands there)
    ");
    let skip = [&RESUME[..], &["--skip", "call", "--note", "it was done"]].concat();
    assert_snapshot!(place.cutover(&skip).all(), @"
    exit 0
    --- err
    call-it   run [RUN1]

    call parked `call` got no answer, and nothing can look whether it was done: look yourself, then `--redo call` where it was not, or `--skip call` where it was

    Done: call-it in [TIME]. Nothing else to do now.
    ");
}
