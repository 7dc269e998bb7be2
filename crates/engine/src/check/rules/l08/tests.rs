//! L08: who is given a new value, and when.

use crate::check::rules::testing::{
    DATABASE, ROTATION, accepted, before, keyed, moved, refused, warned, with, without,
};

#[test]
fn after_a_proof_of_the_create_it_may_be_handed_out() {
    accepted(ROTATION);
    accepted(&with(
        ROTATION,
        "  - { id: works, uses: influxctl.management.list, verifies: create, with: { profile: admin, mgmt_token: \"{{ steps.create.token }}\" } }",
        "  - { id: works, uses: http.request, verifies: create, with: { method: GET, url: \"https://api\", headers: { Authorization: \"Bearer {{ steps.create.token }}\" } } }",
    ));
}

#[test]
fn the_pending_place_comes_before_the_proof() {
    accepted(DATABASE);
}

#[test]
fn below_the_promotion_it_may_be_handed_out() {
    let late = before(
        ROTATION,
        "revoke",
        r#"{ id: late, uses: vault.kv.put, needs: [promote], with: { path: b, data: { t: "{{ steps.create.token }}" } } }"#,
    );
    accepted(&late);
}

#[test]
fn without_a_credential_nothing_is_asked() {
    accepted(
        r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: x } }
  - { id: publish, uses: influxctl.profile.set, with: { profile: ci, mgmt_token: "{{ steps.create.token }}" } }
"#,
    );
}

#[test]
fn after_a_create_that_kills_the_old_value_it_is_handed_out_at_once() {
    accepted(
        r#"
credential: { name: git, owner: ops }
steps:
  - { id: admin, uses: gitlab.token.get, with: { url: "https://git", admin_token: "{{ inputs.admin }}", token_id: "{{ inputs.id }}" } }
  - { id: rotate, uses: gitlab.token.rotate, with: { url: "https://git", admin_token: "{{ inputs.admin }}", token_id: "{{ inputs.id }}" } }
  - { id: publish, uses: file.write, with: { path: ~/x, content: "{{ steps.rotate.token }}" } }
  - { id: held, uses: file.read, with: { path: ~/x } }
  - { id: verify, uses: gitlab.token.self, verifies: publish, with: { url: "https://git", token: "{{ steps.held.content }}" } }
  - { id: promote, uses: credential.promote }
"#,
    );
}

#[test]
fn an_untried_value_is_not_handed_out() {
    let untried = without(ROTATION, "works");
    refused(
        &untried,
        "L08",
        "id: publish",
        "`publish` hands out the new value before anything has shown that it works",
        "put a step with `verifies: create` above it, for example\n  - id: works\n    uses: influxctl.management.list\n    verifies: create\n    with: { profile: admin, mgmt_token: \"{{ steps.create.token }}\" }",
    );
    refused(&untried, "L08", "id: store", "`store` hands out the new value", "verifies: create");
    refused(
        &without(DATABASE, "works"),
        "L08",
        "id: publish",
        "`publish` hands out the new value",
        "uses: http.request\n    verifies: create\n    with: { method: GET, url: .., headers: { Authorization: \"Bearer {{ steps.new.value }}\" } }",
    );
}

#[test]
fn above_the_proof_is_too_early() {
    refused(
        &moved(ROTATION, "publish", "works"),
        "L08",
        "id: publish",
        "`publish` hands out the new value",
        "let `publish` wait for `works`",
    );
}

#[test]
fn beside_the_proof_is_too_early() {
    refused(
        &keyed(ROTATION, "publish", "needs: [create]"),
        "L08",
        "id: publish",
        "`publish` hands out the new value",
        "name it in `needs`",
    );
}

#[test]
fn a_proof_that_may_be_skipped_is_none() {
    refused(
        &keyed(ROTATION, "works", "when: inputs.id"),
        "L08",
        "inputs.id",
        "`works` may be skipped, and then `store` hands out an untried value",
        "drop the `when` of `works`",
    );
}

#[test]
fn a_proof_that_is_not_given_the_value_is_none() {
    refused(
        &with(
            ROTATION,
            ", mgmt_token: \"{{ steps.create.token }}\" } }\n  - { id: store",
            " } }\n  - { id: store",
        ),
        "L08",
        "create",
        "`works` does not prove `create`: it is not given the new value",
        "hand it `\"{{ steps.create.token }}\"`",
    );
}

#[test]
fn a_program_that_is_given_the_whole_value_is_handed_it_out_too() {
    let push = r#"{ id: push, uses: exec.run, undo: again, with: { argv: [push], stdin: "{{ steps.create.token }}" } }"#;
    let text = before(&moved(ROTATION, "store", "works"), "works", push);
    refused(
        &text,
        "L08",
        "id: push",
        "`push` hands out the new value",
        "let `push` wait for `works`",
    );
}

#[test]
fn what_is_read_back_from_a_place_is_the_new_value_too() {
    let copied = with(
        ROTATION,
        "mgmt_token: \"{{ steps.create.token }}\" } }\n  - { id: verify",
        "mgmt_token: \"{{ steps.kept.value }}\" } }\n  - { id: verify",
    );
    let copied =
        before(&copied, "publish", "{ id: kept, uses: vault.kv.get, with: { path: influx/ci } }");
    accepted(&copied);
    refused(
        &without(&copied, "works"),
        "L08",
        "id: publish",
        "`publish` hands out the new value",
        "verifies: create",
    );
}

#[test]
fn a_publish_that_nothing_proves_is_worth_a_warning() {
    let cd = r#"{ id: cd, uses: influxctl.profile.set, with: { profile: cd, mgmt_token: "{{ steps.create.token }}" } }"#;
    let text = before(ROTATION, "promote", cd);
    warned(&text, "L08", "nothing proves `cd` before `revoke` ends the old value");
    let proof =
        "{ id: cd_works, uses: influxctl.management.list, verifies: cd, with: { profile: cd } }";
    accepted(&before(&text, "promote", proof));
    warned(
        &keyed(&before(&text, "", proof), "cd_works", "needs: [cd]"),
        "L08",
        "nothing proves `cd` before `revoke`",
    );
}
