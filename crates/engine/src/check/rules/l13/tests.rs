//! L13: every form of an id, one by one.

use crate::check::rules::testing::{
    ROTATION, accepted, before, findings, keyed, moved, refused, warned, with,
};

/// A workflow without a credential that lists and revokes.
fn revoke(id: &str) -> String {
    format!(
        "steps:
  - {{ id: list, uses: influxctl.management.list, with: {{ profile: admin }} }}
  - {{ id: held, uses: influxctl.profile.token, with: {{ profile: ci, login: admin }} }}
  - {{ id: revoke, uses: influxctl.management.revoke, with: {{ profile: admin, token_id: {id} }} }}
"
    )
}

/// The rotation, with another id to revoke.
fn rotation(id: &str) -> String {
    with(ROTATION, "token_id: \"{{ credential.old.id }}\"", &format!("token_id: {id}"))
}

fn is_refused(text: &str, at: &str, message: &str, help: &str) {
    let message = format!("`revoke` may end the wrong credential: `token_id` {message}");
    refused(text, "L13", at, &message, help);
}

#[test]
fn the_captured_one_is_fine() {
    accepted(ROTATION);
    accepted(&rotation("\"{{ default credential.old.id inputs.id }}\""));
}

#[test]
fn an_input_is_fine() {
    accepted(&revoke("\"{{ inputs.id }}\""));
    accepted(&revoke("\"{{ trim inputs.id }}\""));
    accepted(&revoke("\"id-{{ inputs.id }}\""));
    accepted(&rotation("\"{{ inputs.id }}\""));
}

#[test]
fn a_scalar_that_was_read_is_fine() {
    accepted(&revoke("\"{{ steps.held.id }}\""));
    accepted(&rotation("\"{{ steps.before.id }}\""));
}

#[test]
fn what_is_found_by_a_key_is_fine() {
    accepted(&revoke(
        "\"{{ default (lookup (find steps.list.tokens description='x') 'id') inputs.id }}\"",
    ));
}

#[test]
fn a_program_that_only_looks_reads() {
    let look = before(
        &revoke("\"{{ steps.look.json.id }}\""),
        "revoke",
        "{ id: look, uses: exec.run, with: { argv: [which], output: json, reads: true } }",
    );
    accepted(&look);
    is_refused(
        &with(&look, ", reads: true", ""),
        "steps.look.json.id",
        "comes from `look`, which is not a reading step",
        "`reads: true`",
    );
}

#[test]
fn what_the_run_made_and_does_not_promote_is_fine() {
    accepted(
        r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: x } }
  - { id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.create.token }}" } }
  - { id: end, uses: influxctl.management.revoke, with: { profile: admin, token_id: "{{ steps.create.id }}" } }
"#,
    );
}

#[test]
fn items_of_a_narrowed_list_are_fine_without_a_credential() {
    for list in [
        "inputs.ids",
        "filter steps.list.tokens description=\"x\"",
        "map (filter steps.list.tokens live=true) \"id\"",
        "sort_by (filter steps.list.tokens live=true) \"id\"",
    ] {
        let id =
            if list.starts_with("filter") || list.starts_with("sort") { "item.id" } else { "item" };
        let text = revoke(&format!("\"{{{{ {id} }}}}\""));
        accepted(&keyed(&text, "revoke", &format!("for_each: '{list}'")));
    }
}

#[test]
fn a_literal_is_stale_the_next_time() {
    is_refused(&revoke("fake-id"), "fake-id", "is written out", "take an input");
    is_refused(&rotation("fake-id"), "fake-id", "is written out", "take `credential.old.id`");
    is_refused(
        &revoke("\"{{ lower 'FAKE-ID' }}\""),
        "'FAKE-ID'",
        "is written out",
        "take an input",
    );
    is_refused(
        &rotation("\"{{ default credential.old.id 'fake-id' }}\""),
        "'fake-id'",
        "is written out",
        "take `credential.old.id`",
    );
}

#[test]
fn a_position_names_another_one_tomorrow() {
    for (id, what) in [
        ("lookup (first steps.list.tokens) 'id'", "is the first of a list"),
        ("lookup (last steps.list.tokens) 'id'", "is the last of a list"),
        ("steps.list.tokens.0.id", "is number 0 of a list"),
        ("lookup (lookup steps.list.tokens 1) 'id'", "is an item of a list"),
    ] {
        let text = revoke(&format!("\"{{{{ {id} }}}}\""));
        let found = findings(&text).0;
        let one = found.iter().find(|found| found.code == "L13").expect(id);
        assert!(one.message.contains(what), "{}", one.message);
        assert!(one.help.as_deref().is_some_and(|help| help.contains("find")), "{one:?}");
    }
}

#[test]
fn a_list_is_not_one() {
    let text = revoke("\"{{ map steps.list.tokens 'id' }}\"");
    let found = findings(&text).0;
    assert!(
        found.iter().any(|found| found.code == "L13" && found.message.contains("is a list")),
        "{found:?}"
    );
    is_refused(&revoke("[a, b]"), "[a, b]", "is a list", "revoke one");
}

#[test]
fn items_of_everything_are_all_others() {
    let all = keyed(&revoke("\"{{ item.id }}\""), "revoke", "for_each: steps.list.tokens");
    is_refused(
        &all,
        "item.id",
        "is each item of a list that nothing narrows",
        "filter LIST key=value",
    );
    let sorted =
        with(&all, "for_each: steps.list.tokens", "for_each: 'sort_by steps.list.tokens \"id\"'");
    is_refused(
        &sorted,
        "item.id",
        "is each item of a list that nothing narrows",
        "for_each: filter",
    );
}

#[test]
fn items_are_not_for_a_workflow_of_one_credential() {
    let items = keyed(
        &rotation("\"{{ item.id }}\""),
        "revoke",
        "for_each: 'filter steps.all.tokens live=true'",
    );
    let items = before(
        &items,
        "create",
        "{ id: all, uses: influxctl.management.list, with: { profile: admin } }",
    );
    is_refused(
        &items,
        "item.id",
        "is one of many, in a workflow of one credential",
        "take `credential.old.id`",
    );
}

#[test]
fn written_out_items_are_literals() {
    let items = keyed(&revoke("\"{{ item }}\""), "revoke", "for_each: [fake-a, fake-b]");
    is_refused(&items, "item", "is written out", "take an input");
}

#[test]
fn what_is_promoted_is_not_revoked() {
    is_refused(
        &rotation("\"{{ steps.create.id }}\""),
        "steps.create.id",
        "is what `create` made in this run and promotes",
        "take `credential.old.id`",
    );
}

#[test]
fn what_was_read_after_the_create_may_be_the_new_one() {
    let late = moved(&rotation("\"{{ steps.late.id }}\""), "revoke", "");
    let late = before(
        &late,
        "revoke",
        "{ id: late, uses: influxctl.profile.token, with: { profile: ci, login: admin } }",
    );
    is_refused(
        &late,
        "steps.late.id",
        "comes from `late`, which may look after the new one was made",
        "put `late` above the create",
    );
}

#[test]
fn a_name_that_was_never_captured_is_refused() {
    is_refused(
        &rotation("\"{{ credential.name }}\""),
        "credential.name",
        "is `credential.name`, which names no captured credential",
        "take `credential.old.id`",
    );
    is_refused(
        &rotation("\"{{ credential.old.prefix }}\""),
        "credential.old.prefix",
        "is `credential.old.prefix`",
        "take `credential.old.id`",
    );
}

#[test]
fn a_program_that_a_step_wraps_is_worth_a_warning() {
    for program in ["influxctl", "/usr/local/bin/influxctl"] {
        let text = format!(
            "steps:\n  - {{ id: end, uses: exec.run, with: {{ argv: [{program}, management, revoke, x] }} }}\n"
        );
        warned(&text, "L13", "`end` runs `influxctl`, and no rule sees what it makes or ends");
    }
    accepted("steps:\n  - { id: end, uses: exec.run, with: { argv: [influxctl2, revoke, x] } }\n");
}

#[test]
fn an_undo_that_revokes_takes_what_its_step_made() {
    let undo = |id: &str| {
        let undo = format!(
            "undo: {{ uses: influxctl.management.revoke, with: {{ profile: admin, token_id: {id} }} }}"
        );
        keyed(ROTATION, "create", &undo)
    };
    accepted(&undo("\"{{ result.id }}\""));
    refused(
        &undo("fake-id"),
        "L13",
        "fake-id",
        "the undo of `create` may end the wrong credential: `token_id` is written out",
        "token_id: \"{{ result.id }}\"",
    );
}
