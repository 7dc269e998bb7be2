//! Tests of the plan's picture.

use cutover_engine::effect::Access;
use cutover_engine::event::Identity;
use cutover_engine::plan::preview::{EffectPreview, Preview, StepPreview};
use cutover_engine::spec::Role;
use cutover_engine::time::Timestamp;
use cutover_engine::value::{Unknown, Value};
use insta::assert_snapshot;

use super::{Head, drawing, json};
use crate::text;

fn step(id: &str, uses: &str, role: Role, effect: (Access, &str), note: &str) -> StepPreview {
    let (access, summary) = effect;
    let effect = EffectPreview {
        kind: "exec",
        access,
        summary: summary.to_owned(),
        detail: Value::map([("argv", Value::List(vec!["influxctl".into()]))]),
    };
    let unknown = Unknown { from: format!("steps.{id}.id"), ty: Default::default() };
    StepPreview {
        id: id.to_owned(),
        uses: uses.to_owned(),
        role,
        effects: if summary.is_empty() { Vec::new() } else { vec![effect] },
        outputs: [("id".to_owned(), Value::Unknown(unknown))].into_iter().collect(),
        words: Vec::new(),
        note: note.to_owned(),
        brief: note.to_owned(),
    }
}

fn rotation() -> Preview {
    let old = Identity {
        id: "8d3f0a52-77aa-4d2e-9c11-000000000001".to_owned(),
        prefix: Some("M.V1.+5Jk".to_owned()),
        expires_at: Timestamp::parse("2026-12-01T00:00:00Z"),
        ..Identity::default()
    };
    let (read, write) = (Access::Read, Access::Write);
    let set = "~/.config/influxctl/config.toml [ci-prod] mgmt_token = ‹steps.create.token›";
    let create = "influx-ci-prod, expires 30 days after the run starts";
    Preview {
        workflow: "rotate-influx-ci".to_owned(),
        digest: "00".to_owned(),
        complete: false,
        old: Some(old),
        state_read: true,
        debts: Vec::new(),
        steps: vec![
            step(
                "before",
                "influxctl.profile.token",
                Role::Read,
                (read, "which token does profile ci-prod hold"),
                "not asked: --refresh",
            ),
            step("create", "influxctl.management.create", Role::Create, (write, create), ""),
            step(
                "publish",
                "influxctl.profile.set",
                Role::Publish,
                (write, set),
                "undo: put the old one back",
            ),
            step(
                "promote",
                "credential.promote",
                Role::Promote,
                (write, ""),
                "after this only forward",
            ),
            step(
                "revoke_old",
                "influxctl.management.revoke",
                Role::Revoke,
                (write, "8d3f…"),
                "due 24h after promotion",
            ),
        ],
    }
}

fn head() -> Head {
    Head {
        inputs: vec!["environment=prod".to_owned()],
        credential: Some("influx-ci-prod".to_owned()),
        exactly: Some("cutover run rotate.yaml --plan plan.json".to_owned()),
        later: vec!["revoke_old".to_owned()],
        ..Head::default()
    }
}

fn drawn(preview: &Preview, head: &Head, columns: usize) -> String {
    anstream::adapter::strip_str(&drawing(preview, head, columns)).to_string()
}

#[test]
fn a_rotation_is_drawn_in_columns_with_signs_notes_and_counts() {
    assert_snapshot!(drawn(&rotation(), &head(), 100), @"
    rotate-influx-ci   environment=prod                                   offline: nothing was contacted
    credential influx-ci-prod: in use 8d3f… (M.V1.+5Jk, expires 2026-12-01)

      ? before      influxctl.profile.token      which token does profile ci-prod hold
                                                 (not asked: --refresh)
      + create      influxctl.management.create  influx-ci-prod, expires 30 days after the run starts
      ~ publish     influxctl.profile.set        ~/.config/influxctl/config.toml [ci-prod] mgmt_token =
                                                 ‹steps.create.token›   (undo: put the old one back)
      ! promote     credential.promote           (after this only forward)
      - revoke_old  influxctl.management.revoke  8d3f…   (due 24h after promotion)

    5 steps: 1 makes, 1 changes, 1 removes later. Rules L01-L16 hold.
    Run exactly this: cutover run rotate.yaml --plan plan.json
    ");
}

#[test]
fn a_narrow_terminal_puts_the_words_below() {
    let narrow = drawn(&rotation(), &head(), 60);
    assert!(narrow.contains("  ? before"), "{narrow}");
    assert!(narrow.contains("\n      which token does profile ci-prod hold"), "{narrow}");
    let long = narrow.lines().filter(|line| text::width(line) > 60);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn without_a_state_the_plan_says_that_what_is_in_use_is_not_known() {
    let preview = Preview { old: None, state_read: false, ..rotation() };
    assert!(drawn(&preview, &head(), 100).contains("what is in use is not known"));
}

#[test]
fn what_only_looks_says_so() {
    let mut preview = rotation();
    preview.steps.truncate(1);
    assert!(drawn(&preview, &Head::default(), 100).contains("1 step: only looks."));
}

#[test]
fn json_has_every_key_always_and_shows_unknowns_by_where_they_come_from() {
    let preview = Preview { old: None, steps: rotation().steps[..1].to_vec(), ..rotation() };
    let json = json(&preview, &Head::default());
    assert_eq!(json["credential"], serde_json::Value::Null);
    assert_eq!(json["steps"][0]["outputs"]["id"]["unknown"], "steps.before.id");
    let keys: Vec<&String> = json["steps"][0].as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "uses", "role", "effects", "outputs", "note"]);
    let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
    let wanted =
        ["workflow", "digest", "complete", "credential", "old", "state_read", "debts", "steps"];
    assert_eq!(keys, wanted);
}
