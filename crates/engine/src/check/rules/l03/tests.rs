//! L03: what a revoke may log in with.

use crate::check::rules::testing::{DATABASE, ROTATION, accepted, before, keyed, refused, with};

#[test]
fn the_place_that_holds_the_new_value_may_log_in() {
    accepted(ROTATION);
}

#[test]
fn an_administrator_may_log_in() {
    accepted(&with(ROTATION, "with: { profile: ci, token_id", "with: { profile: admin, token_id"));
    accepted(DATABASE);
}

#[test]
fn what_was_read_after_the_write_may_log_in() {
    let read =
        before(DATABASE, "drop", "{ id: login, uses: file.read, with: { path: ~/.app/password } }");
    accepted(&with(
        &read,
        "admin_password: \"{{ inputs.admin }}\", user: \"{{ credential",
        "admin_password: \"{{ steps.login.content }}\", user: \"{{ credential",
    ));
}

#[test]
fn a_revoke_that_replaces_nothing_may_log_in_as_it_likes() {
    accepted(
        r#"
steps:
  - { id: login, uses: file.read, with: { path: ~/.app } }
  - { id: revoke, uses: influxdb3.token.delete, with: { url: "https://db", admin_token: "{{ steps.login.content }}", name: "{{ inputs.id }}" } }
"#,
    );
}

#[test]
fn the_place_in_use_may_not_log_in_where_nothing_wrote_it() {
    let other = with(
        ROTATION,
        "uses: influxctl.profile.set, with: { profile: ci,",
        "uses: influxctl.profile.set, with: { profile: cd,",
    );
    let other = with(
        &other,
        "verifies: publish, with: { profile: ci }",
        "verifies: publish, with: { profile: cd }",
    );
    refused(
        &other,
        "L03",
        "id: revoke",
        "`revoke` logs in by `profile ci`, which may still hold the credential that it ends",
        "log in by another place",
    );
}

#[test]
fn the_place_in_use_may_not_log_in_beside_its_write() {
    let twice = with(
        ROTATION,
        "  - { id: promote,",
        "  - { id: late, uses: influxctl.profile.set, needs: [works, store], with: { profile: cd, mgmt_token: \"{{ steps.create.token }}\" } }
  - { id: promote,",
    );
    let twice = keyed(&twice, "promote", "needs: [verify]");
    let twice = keyed(&twice, "revoke", "needs: [promote]");
    let twice = with(&twice, "with: { profile: ci, token_id", "with: { profile: cd, token_id");
    refused(&twice, "L03", "id: revoke", "logs in by `profile cd`", "let `revoke` wait for `late`");
}

#[test]
fn what_was_read_before_the_write_may_not_log_in() {
    let early = before(
        DATABASE,
        "publish",
        "{ id: login, uses: file.read, with: { path: ~/.app/password } }",
    );
    refused(
        &with(
            &early,
            "admin_password: \"{{ inputs.admin }}\", user: \"{{ credential",
            "admin_password: \"{{ steps.login.content }}\", user: \"{{ credential",
        ),
        "L03",
        "steps.login.content",
        "`drop` logs in by `file ~/.app/password`, which may still hold the credential that it ends",
        "let `login` wait for `publish`",
    );
}

#[test]
fn a_write_that_may_be_skipped_leaves_the_old_value() {
    let skipped = with(
        ROTATION,
        "  - { id: promote,",
        "  - { id: more, uses: influxctl.profile.set, when: inputs.id, with: { profile: cd, mgmt_token: \"{{ steps.create.token }}\" } }
  - { id: promote,",
    );
    refused(
        &with(&skipped, "with: { profile: ci, token_id", "with: { profile: cd, token_id"),
        "L03",
        "id: revoke",
        "logs in by `profile cd`",
        "without `when` and `for_each`",
    );
}

#[test]
fn one_place_has_many_spellings() {
    let spelled = with(
        ROTATION,
        "uses: influxctl.profile.set, with: { profile: ci,",
        "uses: influxctl.profile.set, with: { profile: \"{{ inputs.user }}\",",
    );
    let spelled = with(
        &spelled,
        "verifies: publish, with: { profile: ci }",
        "verifies: publish, with: { profile: \"{{inputs.user}}\" }",
    );
    accepted(&with(
        &spelled,
        "with: { profile: ci, token_id",
        "with: { profile: '{{  inputs.user }}', token_id",
    ));
}
