//! Tests of saved plans.

use super::*;
use crate::event::Identity;
use crate::execute::testing::*;
use crate::execute::tests::linear::rotation;
use crate::plan::preview::{StateView, preview};

fn previewed(text: &str, state: &StateView) -> (Plan, Preview) {
    let (plan, host) = (planned(text), MemoryHost::new());
    let shown = host.clock.block_on(preview(&plan, state, &host, Reads::Refresh));
    (plan, shown)
}

fn saved(text: &str) -> SavedPlan {
    let (plan, shown) = previewed(text, &StateView { read: true, ..StateView::default() });
    let saved = save(&plan, &shown, Reads::Refresh).expect("it has no holes");
    let text = serde_json::to_string(&saved).expect("it has a disk form");
    serde_json::from_str(&text).expect("and comes back from it")
}

fn against(saved: &SavedPlan, text: &str, state: &StateView) -> Vec<String> {
    let (plan, shown) = previewed(text, state);
    let line = |found: Difference| {
        let mark = if found.follows { "  " } else { "" };
        format!("{mark}{}", found.line)
    };
    differences(saved, &plan, &shown).into_iter().map(line).collect()
}

fn known(id: &str) -> StateView {
    let current = Some(Identity { id: id.to_owned(), ..Identity::default() });
    StateView { read: true, current, debts: Vec::new() }
}

#[test]
fn a_plan_that_is_made_again_is_the_same() {
    let text = rotation("24h");
    let read = StateView { read: true, ..StateView::default() };
    assert_eq!(against(&saved(&text), &text, &read), Vec::<String>::new());
}

#[test]
fn a_plan_names_everything_that_has_changed() {
    let text = rotation("24h");
    let plan = saved(&text);
    let other = text.replace(
        "uses: fake.publish\n    with: { profile: ci,",
        "uses: fake.publish\n    with: { profile: \"ci\" ,",
    );
    assert_eq!(
        against(&plan, &other, &known("old-id")),
        ["the workflow `rotate` is not the one that was planned"]
    );
    assert_eq!(
        against(&plan, &text, &known("new-id")),
        [
            "in use: planned old-id, now new-id",
            "  what `revoke_old` writes: planned revoke old-id, now revoke new-id"
        ]
    );
    let debt = crate::run::testing::debt("k3f8.revoke_old", DebtState::Owed);
    let state = StateView { debts: vec![debt], ..known("old-id") };
    assert_eq!(against(&plan, &text, &state), ["owed: now also k3f8.revoke_old"]);
}

#[test]
fn what_a_read_gave_binds_a_plan() {
    let text = rotation("24h");
    let mut plan = saved(&text);
    plan.steps[0].gave["id"] = "another-id".into();
    let found = against(&plan, &text, &known("old-id"));
    assert_eq!(found, ["`before.id`: planned another-id, now old-id"]);
}

#[test]
fn a_list_tells_how_many_it_has_and_what_came_and_went_with_ids_cut_short() {
    let item = |id: &str, live: bool| Value::map([("id", id.into()), ("live", live.into())]);
    let one = item("7dec0a52-77aa-4d2e-9c11-000000000001", true);
    let other = item("b71c0a52-77aa-4d2e-9c11-000000000002", true);
    let text = rotation("24h");
    let against = |before: &[&Value], now: &[&Value]| {
        let list = |items: &[&Value]| Value::List(items.iter().copied().cloned().collect());
        let (mut plan, (of, mut shown)) = (saved(&text), previewed(&text, &known("old-id")));
        plan.steps[0].gave.insert("tokens".to_owned(), list(before));
        shown.steps[0].outputs.insert("tokens".to_owned(), list(now));
        differences(&plan, &of, &shown).into_iter().map(|found| found.line).collect::<Vec<_>>()
    };
    assert_eq!(against(&[&one], &[&one, &other]), ["`before.tokens`: 1 item, now 2 (+b71c…)"]);
    assert_eq!(against(&[&one, &other], &[&one]), ["`before.tokens`: 2 items, now 1 (-b71c…)"]);
    let revoked = item("7dec0a52-77aa-4d2e-9c11-000000000001", false);
    assert_eq!(
        against(&[&one], &[&revoked]),
        ["`before.tokens`: 1 item, now 1, not the same in all of their details"]
    );
}

#[test]
fn a_difference_takes_one_line_however_long_the_values_are() {
    let text = rotation("24h");
    let mut plan = saved(&text);
    let long = "influxctl --config ~/.config/influxctl/config.toml management revoke --force";
    plan.steps[3].writes[0].summary = format!("{long} one");
    plan.steps[3].writes[0].detail = Value::Null;
    let (of, mut shown) = previewed(&text, &known("old-id"));
    shown.steps[3].effects[0].summary = format!("{long} another");
    let found = differences(&plan, &of, &shown);
    assert_eq!(found[0].line, "what `publish` writes: planned … one, now … another");
    assert!(found[0].whole.contains(&format!("planned {long} one")), "{}", found[0].whole);
}

#[test]
fn a_write_whose_details_differ_is_told_even_if_its_line_does_not() {
    let text = rotation("24h");
    let mut plan = saved(&text);
    plan.steps[3].writes[0].detail = Value::map([("argv", Value::Null)]);
    plan.steps[4].id = "verify_it".to_owned();
    assert_eq!(
        against(&plan, &text, &known("old-id")),
        [
            "what `publish` writes: put 'profile ci', but not in all of its details",
            "`verify` was not planned",
            "`verify_it` was planned and is not there"
        ]
    );
}

#[test]
fn a_place_that_only_a_run_knows_is_not_saved() {
    let text = r#"
version: 1
name: some
steps:
  - { id: program, uses: test.exec, with: { program: "run-{{ run.id }}" } }
"#;
    let (plan, shown) = previewed(text, &StateView { read: true, ..StateView::default() });
    let holes = save(&plan, &shown, Reads::Refresh).expect_err("it has a hole");
    assert_eq!(
        holes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`program` has a program that only a run knows: run-‹run.id›"]
    );
}

#[test]
fn the_host_of_an_address_ends_at_its_path() {
    assert_eq!(host_of("https://vault.example:8200/v1/x"), "https://vault.example:8200");
    assert_eq!(host_of("http://h?x=1"), "http://h");
    assert_eq!(host_of("nonsense"), "nonsense");
}
