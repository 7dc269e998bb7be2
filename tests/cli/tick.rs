//! `tick`: everything that is due, then the end.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "flows/w.yaml", "--sandbox", "--yes"];
const TICK: [&str; 3] = ["tick", "flows", "--sandbox"];
const DAY: u64 = 86_400;

fn with_triggers(triggers: &str) -> String {
    ROTATION.replace("steps:\n", &format!("triggers: {triggers}\nsteps:\n"))
}

fn place(text: &str) -> Place {
    let place = Place::with_faults("");
    place.write("flows/w.yaml", text);
    place
}

#[test]
fn without_a_state_a_tick_starts_nothing_and_says_who_does() {
    let place = place(&with_triggers("{ schedule: { cron: '0 3 * * *' } }"));
    assert_snapshot!(place.cutover(&TICK).all(), @"
    exit 0
    --- err
    not started  flows/w.yaml  no run of it is known here; the first is a person's: cutover run flows/w.yaml --sandbox
    ");
    assert!(place.runs().is_empty());
    let said = place.cutover(&["tick", "none"]).ends(2);
    assert!(said.err.contains("the folder `none` cannot be read"), "{}", said.all());
}

#[test]
fn a_schedule_starts_one_run_however_many_times_were_missed() {
    let place =
        place(&with_triggers("{ schedule: { cron: '0 3 * * *', timezone: Europe/Berlin } }"));
    place.cutover(&RUN).ends(0);
    let said = place.cutover(&TICK).ends(0);
    assert!(said.err.starts_with("nothing is due; next: "), "{}", said.all());
    assert_snapshot!(place.later(5 * DAY, &TICK).all(), @"
    exit 0
    --- err
    paid         [RUN1].revoke_old  [ID]… of influx-ci is revoked
    started      rotate-ci  influx-ci  run [RUN2]  by its schedule, of [MINUTE]; succeeded: [ID]… -> [ID]…
    ");
    assert_eq!(place.runs().len(), 2);
    place.later(5 * DAY + 60, &TICK).ends(0);
    assert_eq!(place.runs().len(), 2, "it has run");
    place.later(6 * DAY + 120, &TICK).ends(0);
    assert_eq!(place.runs().len(), 3);
}

#[test]
fn a_credential_is_replaced_before_it_expires_with_the_inputs_of_the_run_that_made_it() {
    let text = with_triggers("{ expiry: { before: 7d, jitter: 1h } }");
    let place = place(&text.replace("default: ci }", "enum: [ci, admin] }"));
    let run = [&RUN[..], &["--input", "profile=ci"]].concat();
    place.cutover(&run).ends(0);
    place.later(22 * DAY, &TICK).ends(0);
    assert_eq!(place.runs().len(), 1, "it is not due yet");
    assert_snapshot!(place.later(23 * DAY + 60, &TICK).all(), @"
    exit 0
    --- err
    started      rotate-ci  influx-ci  run [RUN2]  before it expires, due [MINUTE]; succeeded: [ID]… -> [ID]…
    ");
    place.later(23 * DAY + 120, &TICK).ends(0);
    assert_eq!(place.runs().len(), 2);
}

#[test]
fn one_that_fails_is_tried_again_later_and_the_others_go_on() {
    let place = place(&with_triggers("{ expiry: { before: 7d } }"));
    place.write(
        "flows/broken.yaml",
        "version: 1\nname: broken\ntriggers: { schedule: { cron: x } }\nsteps: []\n",
    );
    place.write("flows/a.yaml", "version: 1\nname: a\ntriggers: { schedule: { cron: '0 3 * * *' } }\nsteps: [{ id: say, uses: log, with: { message: hello } }]\n");
    place.cutover(&["run", "flows/a.yaml", "--sandbox", "--yes"]).ends(0);
    place.cutover(&RUN).ends(0);
    place.faults("create = [\"unauthorized\"]");
    assert_snapshot!(place.later(24 * DAY, &TICK).all(), @"
    exit 1
    --- err
    paid         [RUN2].revoke_old  [ID]… of influx-ci is revoked
    say says: hello
    started      a  run [RUN3]  by its schedule, of [MINUTE]; succeeded
    not started  flows/broken.yaml  2 errors in flows/broken.yaml; `cutover explain K15` tells more
    started      rotate-ci  influx-ci  run [RUN4]  before it expires, due [MINUTE]; failed at `create`: influxctl management create failed: the login was refused
    ");
    let said = place.later(24 * DAY + 120, &TICK).ends(1);
    assert!(!said.err.contains("rotate-ci"), "the pause is not over: {}", said.all());
    place.later(24 * DAY + 900, &TICK).ends(1);
    assert_eq!(place.runs()[0].status, Some(cutover_engine::event::Status::Succeeded));
}

#[test]
fn a_run_that_was_cut_off_goes_on_and_what_is_due_is_paid() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    place.faults("list = [\"ok\", \"ok\", \"hang_before\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    place.wait_for_open("verify");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    place.faults("");
    assert_snapshot!(place.later(DAY + 600, &TICK).all(), @"
    exit 0
    --- err
    resumed      run [RUN2]  rotate-ci  succeeded: [ID]… -> [ID]…
    paid         [RUN1].revoke_old  [ID]… of influx-ci is revoked
    ");
    let json = place.later(3 * DAY, &[&TICK[..], &["--output", "json"]].concat()).ends(0);
    let told: Json = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(told["exit"], 0);
    assert_eq!(told["done"][0]["what"], "paid");
}

#[test]
fn of_two_ticks_at_once_one_starts_the_run() {
    let place = place(&with_triggers("{ schedule: { cron: '0 3 * * *' } }"));
    place.cutover(&RUN).ends(0);
    place.faults("create = [\"hang_after\"]\nhang_ms = 300");
    let tick = || {
        let mut command = place.command(&TICK);
        command.env("CUTOVER_CLOCK_AHEAD", (2 * DAY).to_string());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("it can be started")
    };
    let both = [tick(), tick(), tick()].map(|child| place.end(child));
    assert_eq!(place.runs().len(), 2, "{both:?}");
    assert!(both.iter().all(|said| said.code == 0), "{both:?}");
}

#[test]
fn of_two_ticks_at_once_one_starts_what_has_no_credential_to_lock() {
    let place = Place::with_faults("");
    let text = "version: 1\nname: a\ntriggers: { schedule: { cron: '0 3 * * *' } }\nsteps: \
                [{ id: pause, uses: wait, with: { for: 1500ms } }]\n";
    place.write("flows/w.yaml", text);
    place.cutover(&RUN).ends(0);
    let tick = || {
        let mut command = place.command(&TICK);
        command.env("CUTOVER_CLOCK_AHEAD", (2 * DAY).to_string());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("it can be started")
    };
    let all = [tick(), tick(), tick()].map(|child| place.end(child));
    assert_eq!(place.runs().len(), 2, "{all:?}");
    assert!(all.iter().all(|said| said.code == 0), "{all:?}");
}
