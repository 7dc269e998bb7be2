//! `plan`, saved plans, and `run --plan`.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

const PLAN: [&str; 3] = ["plan", "w.yaml", "--sandbox"];
const RUN: [&str; 6] = ["run", "w.yaml", "--sandbox", "--yes", "--plan", "plan.json"];

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place
}

fn with_world() -> Place {
    let place = Place::with_faults("");
    place.write("w.yaml", ROTATION);
    place
}

#[test]
fn a_plan_before_anything_was_made_makes_nothing() {
    let place = place();
    assert_snapshot!(place.cutover(&PLAN).all(), @r#"
    exit 0
    --- out
    rotate-ci                                        the sandbox is not made yet: the first run makes it
    credential influx-ci: what is in use is not known, there is no state to read

      ? before      influxctl.profile.token      ~/.config/influxctl/config.toml   (not asked)
      + create      influxctl.management.create  influx-ci, expires 30d after the run starts
      ? works       influxctl.management.list    influxctl version   (not asked)
      ~ publish     influxctl.profile.set        influxctl profile ~/.config/influxctl/config.toml ci
                                                 ‹old› -> ‹steps.create.token›
                                                 (undo: put the old one back)
      ? verify      influxctl.management.list    influxctl version
                                                 (not asked: `publish` writes it first)
      ! promote     credential.promote           after this only forward
      - revoke_old  influxctl.management.revoke  ‹credential.old.id›, due 1d after promotion

    7 steps: 1 makes, 1 changes, 1 removes later. Rules L01-L16 hold.
    "#);
    assert_eq!(fs::read_dir(place.folder()).expect("it is there").count(), 1);
}

#[test]
fn a_plan_that_was_saved_before_anything_was_made_can_be_run() {
    let place = place();
    place.cutover(&[&PLAN[..], &["--refresh", "--out", "plan.json"]].concat()).ends(0);
    place.cutover(&RUN).ends(0);
}

#[test]
fn inputs_that_make_a_revoke_cut_its_own_login_off_are_refused() {
    let place = Place::new();
    let text = ROTATION
        .replace("profile: \"{{ inputs.profile }}\"\n      mgmt", "profile: next\n      copy_from: ci\n      mgmt")
        .replace("publish\n    with: { config: \"{{ inputs.config }}\", profile: \"{{ inputs.profile }}\" }", "publish\n    with: { config: \"{{ inputs.config }}\", profile: next }")
        .replace("profile: admin, token_id", "profile: ci, token_id");
    place.write("w.yaml", &text);
    place.cutover(&["check", "w.yaml"]).ends(0);
    assert_snapshot!(place.cutover(&PLAN).all(), @"
    exit 2
    --- err
    error: with these inputs `revoke_old` logs in by `profile ci`, which may still hold the credential
      that it ends (L03)
      log in by another place, such as an administrator's
    ");
    let home = place.folder().join(".cutover/sandbox/home/./.config/influxctl/config.toml");
    place.write(
        "w.yaml",
        &text.replace(
            "{ config: \"{{ inputs.config }}\", profile: ci, token",
            "{ profile: ci, token",
        ),
    );
    let input = format!("config={}", home.display());
    place.cutover(&[&PLAN[..], &["--input", &input]].concat()).ends(2);
    let run = ["run", "w.yaml", "--sandbox", "--yes", "--input", &input];
    assert!(place.cutover(&run).ends(2).err.contains("(L03)"));
    place.cutover(&[&PLAN[..], &["--input", "config=/another"]].concat()).ends(0);
    place.cutover(&[&PLAN[..], &["--input", "profile=other"]].concat()).ends(0);
}

#[test]
fn a_plan_with_a_state_knows_what_is_in_use_and_what_is_owed() {
    let place = place();
    place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
    assert_snapshot!(place.cutover(&PLAN).all(), @r#"
    exit 0
    --- out
    rotate-ci                                                             offline: nothing was contacted
    credential influx-ci: in use [ID]… (M.V1.[PREFIX], expires [DAY])
    owed: revoke [ID]…, due [MINUTE]

      ? before      influxctl.profile.token      influxctl version   (not asked: --refresh)
      + create      influxctl.management.create  influx-ci, expires 30d after the run starts
      ? works       influxctl.management.list    influxctl version   (not asked: --refresh)
      ~ publish     influxctl.profile.set        ~/.config/influxctl/config.toml [ci] mgmt_token ‹old›
                                                 -> ‹steps.create.token›   (undo: put the old one back)
      ? verify      influxctl.management.list    influxctl version
                                                 (not asked: `publish` writes it first)
      ! promote     credential.promote           after this only forward
      - revoke_old  influxctl.management.revoke  [ID]…, due 1d after promotion

    7 steps: 1 makes, 1 changes, 1 removes later. Rules L01-L16 hold.
    "#);
    let whole = place.cutover(&[&PLAN[..], &["--refresh", "-v"]].concat()).ends(0);
    assert!(whole.out.contains("management create"), "{}", whole.all());
    let calm = place.cutover(&[&PLAN[..], &["--refresh"]].concat()).ends(0);
    assert!(!calm.out.contains("management create "), "{}", calm.all());
    assert!(calm.out.contains("influx-ci, expires 30d after the run starts"), "{}", calm.all());
    let dry = place.cutover(&["run", "w.yaml", "--sandbox", "--dry-run"]).ends(0);
    assert_eq!(dry.all(), place.cutover(&PLAN).all());
}

#[test]
fn a_refreshed_plan_asks_what_only_looks() {
    let place = with_world();
    let said = place.cutover(&[&PLAN[..], &["--refresh", "--output", "json"]].concat()).ends(0);
    let plan: Json = serde_json::from_str(&said.out).expect("it is JSON");
    assert!(plan["steps"][0]["outputs"]["id"].is_string(), "{plan:#}");
    let offline = place.cutover(&[&PLAN[..], &["--output", "json"]].concat()).ends(0);
    let offline: Json = serde_json::from_str(&offline.out).expect("it is JSON");
    assert_eq!(offline["steps"][0]["outputs"]["id"]["unknown"], "steps.before.id");
    assert_eq!(offline["complete"], false);
    let keys = |json: &Json| json.as_object().expect("an object").keys().cloned().collect();
    let (one, other): (Vec<String>, Vec<String>) = (keys(&plan), keys(&offline));
    assert_eq!(one, other);
    for key in ["workflow", "digest", "complete", "steps"] {
        assert!(one.iter().any(|there| there == key), "{key}");
    }
}

#[test]
fn a_saved_plan_runs_as_long_as_nothing_has_changed() {
    let place = with_world();
    let said = place.cutover(&[&PLAN[..], &["--out", "plan.json"]].concat()).ends(0);
    let command = "Run exactly this: cutover run w.yaml --plan plan.json --sandbox\n";
    assert!(said.out.ends_with(command), "{}", said.all());
    place.cutover(&RUN).ends(0);
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    error: nothing ran: this is not the plan that was saved
      in use: planned not known, now [ID]…
      owed: now also [RUN1].revoke_old
      what `revoke_old` writes: planned ‹credential.old.id›, now [ID]…
    ");
}

#[test]
fn what_only_follows_is_counted_and_told_whole_to_those_who_ask() {
    let place = with_world();
    place.cutover(&[&PLAN[..], &["--refresh", "--out", "plan.json"]].concat()).ends(0);
    place.cutover(&RUN[..4]).ends(0);
    let said = place.cutover(&RUN).ends(2);
    assert_snapshot!(said.all(), @"
    exit 2
    --- err
    error: nothing ran: this is not the plan that was saved
      in use: planned [ID]…, now [ID]…
      owed: now also [RUN1].revoke_old
      and 6 more that follow from it (all of it with -v)
    ");
    let long = said.err.lines().filter(|line| line.chars().count() > 100);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
    let whole = place.cutover(&[&RUN[..], &["-v"]].concat()).ends(2);
    assert!(whole.err.contains("`before.id`: planned [UUID], now"), "{}", whole.all());
}

#[test]
fn a_saved_plan_is_refused_where_file_or_inputs_have_changed() {
    let place = with_world();
    place.cutover(&[&PLAN[..], &["--refresh", "--out", "plan.json"]].concat()).ends(0);
    place.write("w.yaml", &ROTATION.replace("overlap: 24h", "overlap: 12h"));
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    error: nothing ran: this is not the plan that was saved
      the workflow `rotate-ci` is not the one that was planned
    ");
    place.write("w.yaml", ROTATION);
    let said = place.cutover(&[&RUN[..], &["--input", "profile=admin"]].concat()).ends(2);
    assert!(said.err.contains("input `profile`: planned ci, now admin"), "{}", said.all());
    assert_eq!(place.runs().len(), 0);
    place.cutover(&RUN).ends(0);
}

#[test]
fn a_plan_is_never_saved_with_a_target_that_is_not_known() {
    let place = place();
    let text = "version: 1\nname: w\nsteps:\n  - id: name\n    uses: exec.run\n    with: { argv: \
                [hostname], output: text }\n  - id: write\n    uses: file.write\n    with: { path: \
                \"{{ steps.name.stdout }}\", content: x }\n";
    place.write("w.yaml", text);
    assert_snapshot!(place.cutover(&[&PLAN[..], &["--out", "plan.json"]].concat()).all(), @"
    exit 2
    --- err
    error: this plan cannot be saved: it leaves open what is touched
      `write` has a path that only a run knows: ‹steps.name.stdout›
    ");
    assert!(!place.folder().join("plan.json").exists());
}

#[test]
fn what_is_no_plan_is_refused() {
    let place = with_world();
    place.write("plan.json", "{}");
    assert_snapshot!(place.cutover(&RUN).all(), @"
    exit 2
    --- err
    error: the plan `plan.json`: it is no saved plan
      Make one: cutover plan FILE --out PLAN
    ");
}
