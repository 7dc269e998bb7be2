//! What a tick says of runs that need a person, and of what an abandoned one had made after all.

use insta::assert_snapshot;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "flows/w.yaml", "--sandbox", "--yes"];
const TICK: [&str; 3] = ["tick", "flows", "--sandbox"];

fn place(text: &str) -> Place {
    let place = Place::with_faults("");
    place.write("flows/w.yaml", text);
    place
}

#[test]
fn what_an_abandoned_create_had_made_after_all_is_swept() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    place.faults("create = [\"hang_after\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    let run = place.wait_for_open("create").run;
    let live = || {
        let tokens = place.world().tokens().expect("they can be listed").into_iter();
        let is_of = |text: &str| text.contains(&format!("-{run}-"));
        tokens.filter(|token| token.live && is_of(&token.description)).count()
    };
    place.wait(|| (live() == 1).then_some(()));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    place.faults("");
    place.cutover(&["abandon", "--last", "--no-undo", "--sandbox"]).ends(0);
    assert_eq!(live(), 1, "nothing was taken back");
    assert_snapshot!(place.cutover(&TICK).all(), @"
    exit 0
    --- err
    swept        run [RUN2]  `create`  revoked [ID]…, marked cutover-daa7fffb-[RUN2]-[CHANCE]
    ");
    assert_eq!(live(), 0, "it is revoked");
    assert_snapshot!(place.later(2 * 86_400, &TICK).all(), @"
    exit 0
    --- err
    paid         [RUN1].revoke_old  [ID]… of influx-ci is revoked
    ");
}

#[test]
fn a_run_that_waits_for_a_person_or_a_time_is_told_each_time() {
    let place = place(
        "version: 1\nname: ask-first\nsteps:\n  - { id: agree, uses: approval.wait, with: { ask: \
         may ci get a new token? } }\n",
    );
    place.write(
        "flows/later.yaml",
        "version: 1\nname: later\nsteps:\n  - { id: pause, uses: wait, with: { for: 2h } }\n",
    );
    place.cutover(&RUN).ends(4);
    let mut child = place.background(&["run", "flows/later.yaml", "--sandbox", "--yes"]);
    place.wait(|| place.runs().into_iter().find(|run| run.workflow == "later" && run.events > 2));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_snapshot!(place.cutover(&TICK).all(), @"
    exit 4
    --- err
    waits        run [RUN1]  ask-first  `agree` asks: may ci get a new token?; what to type: cutover runs show [RUN1] --sandbox
    waits        run [RUN2]  later  until [MINUTE]
    ");
    assert_snapshot!(place.later(7300, &TICK).all(), @"
    exit 4
    --- err
    waits        run [RUN1]  ask-first  `agree` asks: may ci get a new token?; what to type: cutover runs show [RUN1] --sandbox
    resumed      run [RUN2]  later  succeeded
    ");
}

#[test]
fn a_stuck_run_is_a_persons_and_the_others_go_on() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    place.faults("list = [\"ok\", \"fail\"]\nrevoke = [\"unauthorized\", \"unauthorized\"]");
    place.cutover(&RUN).ends(3);
    place.write(
        "flows/say.yaml",
        "version: 1\nname: say\ntriggers: { schedule: { cron: '0 3 * * *' } }\nsteps: [{ id: say, \
         uses: log, with: { message: hello } }]\n",
    );
    place.cutover(&["run", "flows/say.yaml", "--sandbox", "--yes"]).ends(0);
    assert_snapshot!(place.later(2 * 86_400, &TICK).all(), @"
    exit 3
    --- err
    stuck        run [RUN2]  rotate-ci  a person must look: cutover runs show [RUN2] --sandbox
    not paid     [RUN1].revoke_old  taken: influx-ci has an unfinished run, [RUN2], stuck 2 d ago: `create` could not be taken back; when that is mended: cutover resume [RUN2] --sandbox
    say says: hello
    started      say  run [RUN4]  by its schedule, of [MINUTE]; succeeded
    ");
}

#[test]
fn a_damaged_run_stops_its_own_credential_and_nothing_else() {
    let triggers = "triggers: { schedule: { cron: '0 3 * * *' } }\nsteps:\n";
    let place = place(&ROTATION.replace("steps:\n", triggers));
    place.cutover(&RUN).ends(0);
    let state = rusqlite::Connection::open(place.world().state()).expect("it is there");
    let sql = "UPDATE event SET body = replace(body, 'works', 'wrong') WHERE seq = 8";
    assert_eq!(state.execute(sql, []).expect("it can be changed"), 1);
    place.write(
        "flows/say.yaml",
        "version: 1\nname: say\ntriggers: { schedule: { cron: '0 3 * * *' } }\nsteps: [{ id: say, \
         uses: log, with: { message: hello } }]\n",
    );
    place.cutover(&["run", "flows/say.yaml", "--sandbox", "--yes"]).ends(0);
    place.cutover(&TICK).ends(3);
    assert_snapshot!(place.later(2 * 86_400, &TICK).all(), @"
    exit 3
    --- err
    not paid     [RUN1].revoke_old  damaged: event 8 of run [RUN1] was changed after it was written; what to do: cutover doctor --sandbox
    say says: hello
    started      say  run [RUN3]  by its schedule, of [MINUTE]; succeeded
    not started  rotate-ci  influx-ci  damaged: event 8 of run [RUN1] was changed after it was written; what to do: cutover doctor --sandbox
    ");
}
