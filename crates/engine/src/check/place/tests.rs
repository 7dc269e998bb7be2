//! Places: which are one, how they read, and what a login by a value is.

use std::sync::Arc;

use super::{At, Nothing, logins, read, written};
use crate::check::rules::testing::{ROTATION, before, checked};
use crate::check::{Checked, Node};

fn workflow(steps: &[&str]) -> Arc<Checked> {
    let steps: String = steps.iter().map(|step| format!("  - {{ {step} }}\n")).collect();
    checked(&format!("steps:\n{steps}"))
}

fn place(checked: &Checked, node: &Node) -> At {
    let login = || logins(checked, node, &Nothing).into_iter().next().map(|login| login.at);
    written(checked, node, &Nothing)
        .or_else(|| read(checked, node, &Nothing))
        .or_else(login)
        .expect("a place")
}

/// Returns the place of a file as it is shown.
fn file(path: &str) -> String {
    let checked = workflow(&[&format!("id: a, uses: file.read, with: {{ path: {path} }}")]);
    place(&checked, &checked.nodes()[0]).shown().to_owned()
}

/// Says whether two paths of files are one place.
fn one(first: &str, second: &str) -> bool {
    let step =
        |id: &str, path: &str| format!("id: {id}, uses: file.read, with: {{ path: {path} }}");
    let checked = workflow(&[
        "id: w, uses: file.write, with: { path: ~/w, content: x }",
        &step("a", first),
        &step("b", second),
    ]);
    let at = |nth: usize| place(&checked, &checked.nodes()[nth]);
    at(1) == at(2)
}

#[test]
fn paths_are_normal() {
    assert_eq!(file("~/a/../b"), "`file ~/b`");
    assert_eq!(file("./x//y/."), "`file x/y`");
    assert_eq!(file("/a/./b/../c"), "`file /a/c`");
    assert_eq!(file("../../x"), "`file ../../x`");
    assert_eq!(file("~/../x"), "`file ~/../x`");
    assert_eq!(file("a/b/../../../x"), "`file ../x`");
}

#[test]
fn one_path_has_many_spellings() {
    assert!(one("~/a/../b", "~/b"));
    assert!(one("\"{{ inputs.id }}/x\"", "'{{inputs.id}}//./x'"));
    assert!(one("\"a/{{ inputs.id }}/x/..\"", "\"a/{{ inputs.id }}\""));
    assert!(one("\"{{ lower 'A' }}\"", "'{{ lower  \"A\" }}'"));
    assert!(one("~/w", "\"{{ steps.w.path }}\""), "an output that is the parameter of its place");
}

#[test]
fn other_paths_are_other_places() {
    assert!(!one("~/a", "a"));
    assert!(!one("/a", "a"));
    assert!(!one("\"{{ inputs.id }}/../x\"", "x"), "what an expression gives may be a link");
    assert!(!one("\"{{ inputs.id }}\"", "\"{{ inputs.user }}\""));
    assert!(!one("\"{{ lower inputs.id }}\"", "\"{{ upper inputs.id }}\""));
    assert!(!one("\"{{ inputs.id }}\"", "'\\{{ inputs.id }}'"));
    assert!(!one("\"{{#if inputs.id}}a{{/if}}\"", "\"{{#if inputs.id}}b{{/if}}\""));
    assert!(one("\"{{#if inputs.id}}a{{/if}}\"", "\"{{#if inputs.id}}a{{/if}}\""));
}

#[test]
fn defaults_are_filled_in_and_the_name_of_the_credential_too() {
    let steps = [
        "{ id: a, uses: influxctl.profile.get, with: {} }",
        "{ id: b, uses: influxctl.profile.get, with: { profile: default, config: null } }",
        "{ id: c, uses: influxctl.profile.get, with: { profile: \"{{ credential.name }}\" } }",
        "{ id: d, uses: influxctl.profile.get, with: { profile: \"ci-{{ inputs.environment }}\" } }",
        "{ id: e, uses: influxctl.profile.get, with: { config: other } }",
    ];
    let text = steps.iter().fold(ROTATION.to_owned(), |text, step| before(&text, "before", step));
    let checked = checked(&text);
    let at: Vec<At> = checked.nodes().iter().take(5).map(|node| place(&checked, node)).collect();
    assert!(at[0] == at[1] && at[2] == at[3]);
    assert!(at[0] != at[2] && at[0] != at[4]);
    assert_eq!(at[3].shown(), "`profile ci-{{ inputs.environment }}`");
}

#[test]
fn items_of_one_list_are_one_place_and_of_two_lists_two() {
    let step = |id: &str, list: &str| {
        format!("id: {id}, uses: file.read, for_each: {list}, with: {{ path: \"{{{{ item }}}}\" }}")
    };
    let checked = workflow(&[
        &step("a", "inputs.ids"),
        &step("b", "inputs.ids"),
        &step("c", "'split inputs.id \",\"'"),
        &step("d", "[x, y]"),
        &step("e", "[ x,  y ]"),
    ]);
    let at: Vec<At> = checked.nodes().iter().map(|node| place(&checked, node)).collect();
    assert!(at[0] == at[1] && at[3] == at[4]);
    assert!(at[0] != at[2] && at[0] != at[3] && at[2] != at[3]);
}

#[test]
fn kinds_are_never_mixed() {
    let checked = workflow(&[
        "id: a, uses: file.read, with: { path: x }",
        "id: b, uses: vault.kv.get, with: { path: x }",
    ]);
    assert!(place(&checked, &checked.nodes()[0]) != place(&checked, &checked.nodes()[1]));
}

#[test]
fn a_login_by_a_value_is_one_by_the_place_it_was_read_from() {
    let checked = workflow(&[
        "id: a, uses: file.read, with: { path: ~/x }",
        "id: b, uses: acme.whoami, with: { key: \"{{ steps.a.content }}\" }",
        "id: c, uses: acme.whoami, with: { key: \"{{ trim steps.a.content }}\" }",
        "id: d, uses: acme.whoami, with: { key: \"{{ inputs.admin }}\" }",
    ]);
    let login = |nth: usize| logins(&checked, &checked.nodes()[nth], &Nothing).remove(0);
    let from = place(&checked, &checked.nodes()[0]);
    assert!(login(1).at == from && login(2).at == from && login(3).at != from);
    assert_eq!((login(1).through, login(3).through), (Some(0), None));
    assert_eq!(login(3).at.shown(), "`inputs.admin`");
}

#[test]
fn a_reading_step_that_is_given_a_value_logs_in_by_it() {
    let checked = workflow(&[
        "id: a, uses: influxctl.management.list, with: { profile: admin }",
        "id: b, uses: influxctl.management.list, with: { profile: admin, mgmt_token: \"{{ inputs.admin }}\" }",
        "id: c, uses: influxctl.profile.get, with: { profile: ci }",
        "id: d, uses: influxctl.management.list, with: { profile: admin, mgmt_token: \"{{ steps.c.mgmt_token }}\" }",
    ]);
    let shown =
        |nth: usize| logins(&checked, &checked.nodes()[nth], &Nothing)[0].at.shown().to_owned();
    assert_eq!(shown(0), "`profile admin`");
    assert_eq!(shown(1), "`inputs.admin`");
    assert_eq!(shown(3), "`profile ci`");
}
