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
    differences(saved, &plan, &shown)
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
            "what is in use: planned old-id, now new-id",
            "what `revoke_old` writes: planned revoke old-id, now revoke new-id"
        ]
    );
    let debt = crate::run::testing::debt("k3f8.revoke_old", DebtState::Owed);
    let state = StateView { debts: vec![debt], ..known("old-id") };
    assert_eq!(
        against(&plan, &text, &state),
        ["what is owed: planned nothing, now k3f8.revoke_old"]
    );
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
