//! `credentials --refresh`: the state beside what the providers list.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];
const REFRESH: [&str; 3] = ["credentials", "--refresh", "--sandbox"];

fn place(faults: &str) -> Place {
    let place = Place::with_faults(faults);
    place.write("w.yaml", ROTATION);
    place
}

#[test]
fn what_a_killed_run_left_is_an_orphan_and_what_nobody_marked_is_unmanaged() {
    let place = place("");
    place.cutover(&RUN).ends(0);
    place.faults("create = [\"hang_after\"]\nhang_ms = 60000");
    let mut child = place.background(&RUN);
    place.wait_for_open("create");
    let tokens = || place.read(".cutover/sandbox/cloud/tokens.json");
    place.wait(|| (tokens().matches("\"hash\"").count() == 4).then_some(()));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    place.faults("");
    assert_snapshot!(place.cutover(&REFRESH).all(), @"
    exit 0
    --- out
    NAME         STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci    ok     [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  influxctl profile ~/.config/influxctl/config.toml ci
    (owed)       live   [ID]…  M.V1.[PREFIX]  never              revoked by [RUN1].revoke_old
    (orphan)     live   [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  marked by run [RUN2], unfinished
    (unmanaged)  live   [ID]…  M.V1.[PREFIX]  never              no marker of ours
    ");
    let said = place.cutover(&[&REFRESH[..], &["--output", "json"]].concat()).ends(0);
    let told: Json = serde_json::from_str(&said.out).expect("it is JSON");
    let kinds: Vec<&str> = told["found"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["managed", "owed", "orphan", "unmanaged"]);
    let same = place.cutover(&["credentials", "list", "--refresh", "--sandbox"]).ends(0);
    assert!(same.out.contains("(orphan)"), "{}", same.all());
    let offline = place.cutover(&["credentials", "--sandbox"]).ends(0);
    assert!(!offline.out.contains("(orphan)"), "{}", offline.all());
}

#[test]
fn a_credential_that_its_provider_does_not_list_is_a_ghost() {
    let place = place("");
    place.cutover(&RUN).ends(0);
    let tokens = ".cutover/sandbox/cloud/tokens.json";
    let now: i64 = 1_790_000_000_000;
    let (alive, dead) = ("\"revoked_at\": null", format!("\"revoked_at\": {now}"));
    let all_but_the_admins = place.read(tokens).replace(alive, &dead).replacen(&dead, alive, 1);
    place.write(tokens, &all_but_the_admins);
    assert_snapshot!(place.cutover(&REFRESH).all(), @"
    exit 11
    --- out
    NAME         STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci    ghost  [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  the provider does not list it as live
    (unmanaged)  live   [ID]…  M.V1.[PREFIX]  never              no marker of ours
    ");
}

#[test]
fn a_provider_that_does_not_answer_is_named_and_the_state_is_shown_all_the_same() {
    let place = place("");
    place.cutover(&RUN).ends(0);
    place.faults("list = [\"unauthorized\"]");
    assert_snapshot!(place.cutover(&REFRESH).all(), @"
    exit 1
    --- out
    NAME       STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci  ok     [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  influxctl profile ~/.config/influxctl/config.toml ci
    --- err
    not listed: influxctl.management.list (as run [RUN1] did): influxctl management list failed: the login was refused
    ");
}
