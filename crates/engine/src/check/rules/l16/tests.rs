//! L16: how many creates and promotes, and where.

use crate::check::rules::testing::{
    DATABASE, ROTATION, accepted, before, keyed, refused, with, without,
};

#[test]
fn one_create_and_one_promote_are_fine() {
    accepted(ROTATION);
    accepted(DATABASE);
}

#[test]
fn an_answer_that_is_kept_beside_it_is_no_second_create() {
    let made = r#"{ id: extra, uses: exec.run, undo: { uses: exec.run, with: { argv: [unmake] } }, with: { argv: [make], output: secret, repeat: safe } }"#;
    let keep = r#"{ id: keep, uses: vault.kv.put, with: { path: extra, data: { v: "{{ steps.extra.secret }}" } } }"#;
    accepted(&before(&before(ROTATION, "promote", made), "promote", keep));
}

#[test]
fn without_a_credential_there_may_be_many_creates() {
    let step = |id: &str| {
        format!(
        "  - {{ id: {id}, uses: influxctl.management.create, with: {{ profile: admin, description: x }} }}
  - {{ id: keep_{id}, uses: file.write, with: {{ path: ~/{id}, content: \"{{{{ steps.{id}.token }}}}\" }} }}\n"
    )
    };
    accepted(&format!("steps:\n{}{}", step("a"), step("b")));
}

#[test]
fn without_a_credential_a_create_may_be_skipped() {
    accepted(
        r#"
steps:
  - { id: create, uses: influxctl.management.create, when: inputs.ids, with: { profile: admin, description: x } }
  - { id: keep, uses: file.write, when: inputs.ids, with: { path: ~/x, content: "{{ steps.create.token }}" } }
"#,
    );
}

#[test]
fn a_promote_needs_a_credential() {
    let plain: String = ROTATION
        .lines()
        .filter(|line| !line.starts_with("credential"))
        .map(|line| format!("{line}\n"))
        .collect();
    let plain = with(&without(&plain, "revoke"), "credential.lifetime", "'30d'");
    refused(
        &plain,
        "L16",
        "id: promote",
        "`promote` promotes, and the workflow has no `credential`",
        "credential: { name: .., owner: .. }",
    );
}

#[test]
fn a_credential_needs_a_create_and_a_promote() {
    refused(
        &without(ROTATION, "promote"),
        "L16",
        "credential",
        "`credential` has no step that promotes it",
        "`uses: credential.promote`",
    );
    refused(
        "credential: { name: x, owner: y }\nsteps:\n  - { id: promote, uses: credential.promote }\n",
        "L16",
        "credential",
        "`credential` has no step that creates it",
        "influxctl.management.create",
    );
}

#[test]
fn a_second_create_or_promote_is_refused() {
    let second = r#"{ id: second, uses: influxctl.management.create, with: { profile: admin, description: x } }"#;
    refused(
        &before(ROTATION, "promote", second),
        "L16",
        "id: second",
        "`second` is a second create, and a credential has just one",
        "a workflow of its own",
    );
    refused(
        &before(ROTATION, "revoke", "{ id: again, uses: credential.promote }"),
        "L16",
        "id: again",
        "`again` is a second promote",
        "a workflow of its own",
    );
}

#[test]
fn neither_may_be_skipped() {
    refused(
        &keyed(ROTATION, "create", "when: inputs.id"),
        "L16",
        "inputs.id",
        "`create` makes the credential and may be skipped",
        "stopped by an `assert`",
    );
    refused(
        &with(ROTATION, "{ id: promote,", "{ id: promote, when: inputs.id,"),
        "L16",
        "inputs.id",
        "`promote` promotes the credential and may be skipped",
        "drop the `when`",
    );
}

#[test]
fn a_promotion_happens_once() {
    refused(
        &with(ROTATION, "{ id: promote,", "{ id: promote, for_each: inputs.ids,"),
        "L16",
        "inputs.ids",
        "`promote` promotes the credential and runs once per item",
        "drop the `for_each`",
    );
}

#[test]
fn neither_stands_in_a_hook() {
    refused(
        &format!("{ROTATION}finally:\n  - {{ id: late, uses: credential.promote }}\n"),
        "L16",
        "id: late",
        "`late` promotes in a hook",
        "move it to `steps`",
    );
    refused(
        &format!(
            "{ROTATION}on_failure:\n  - {{ id: late, uses: influxctl.management.create, with: {{ profile: admin, description: x }} }}\n"
        ),
        "L16",
        "id: late",
        "`late` creates in a hook",
        "move it to `steps`",
    );
}

#[test]
fn neither_stands_in_an_undo() {
    refused(
        &keyed(ROTATION, "publish", "undo: { uses: credential.promote, with: {} }"),
        "L16",
        "credential.promote",
        "the `undo` of `publish` promotes, which no undo may",
        "takes back what its step has done",
    );
}

#[test]
fn what_is_made_has_an_id() {
    let bare = with(
        ROTATION,
        "uses: influxctl.management.create, with: { profile: admin, description: ci, expires_at: \"{{ time_add run.started_at credential.lifetime }}\" }",
        "uses: acme.bare.create, with: { account: a }",
    );
    refused(
        &bare.replace("steps.create.token", "steps.create.key"),
        "L16",
        "acme.bare.create",
        "`acme.bare.create` gives no `id`, so what it makes could never be revoked",
        "that gives its `id`",
    );
}
