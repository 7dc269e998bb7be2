//! L02: the order of proof, promotion and revocation.

use crate::check::rules::testing::{
    DATABASE, ROTATION, accepted, before, keyed, moved, refused, with, without,
};

#[test]
fn a_proof_by_the_place_itself_is_one() {
    accepted(ROTATION);
}

#[test]
fn a_proof_by_what_was_read_from_the_place_is_one() {
    accepted(DATABASE);
}

#[test]
fn a_proof_of_the_store_is_enough() {
    let stored = with(
        ROTATION,
        "  - { id: verify,",
        "  - { id: stored, uses: vault.kv.get, with: { path: influx/ci } }
  - { id: proof, uses: acme.whoami, verifies: store, with: { key: \"{{ steps.stored.value }}\" } }
  - { id: verify,",
    );
    let (stored, _) = (moved(&stored, "verify", "revoke"), ());
    accepted(&stored);
}

#[test]
fn a_program_is_taken_at_its_word() {
    let word = with(
        &without(ROTATION, "verify"),
        "  - { id: promote,",
        "  - { id: test, uses: exec.run, verifies: publish, with: { argv: [self-test], reads: true } }
  - { id: promote,",
    );
    accepted(&word);
    accepted(&with(&word, ", reads: true", ""));
}

#[test]
fn what_a_program_was_given_whole_is_a_place_for_whoever_verifies_it() {
    let pushed = with(
        &without(&without(ROTATION, "publish"), "verify"),
        "  - { id: promote,",
        "  - { id: push, uses: exec.run, undo: again, with: { argv: [push], env: { TOKEN: \"{{ steps.create.token }}\" } } }
  - { id: check, uses: http.request, verifies: push, with: { method: GET, url: \"https://app/health\" } }
  - { id: promote,",
    );
    let admin = with(&pushed, "with: { profile: ci, token_id", "with: { profile: admin, token_id");
    accepted(&admin);
    let reload = with(
        &admin,
        "argv: [push], env: { TOKEN: \"{{ steps.create.token }}\" }",
        "argv: [reload]",
    );
    refused(&reload, "L02", "id: promote", "before anything has shown", "verifies: store");
}

#[test]
fn a_revoke_of_a_session_or_a_second_token_may_come_any_time() {
    let other = r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: x } }
  - { id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.create.token }}" } }
  - { id: end, uses: influxctl.management.revoke, with: { profile: admin, token_id: "{{ steps.create.id }}" } }
"#;
    accepted(other);
}

#[test]
fn a_revoke_above_the_promotion_is_refused() {
    refused(
        &keyed(&moved(ROTATION, "revoke", "promote"), "revoke", "undo: { none: gone }"),
        "L02",
        "id: revoke",
        "`revoke` ends the old credential before `promote` made the new one current",
        "put `revoke` below `promote`",
    );
}

#[test]
fn a_revoke_beside_the_promotion_is_refused() {
    refused(
        &keyed(ROTATION, "revoke", "needs: [verify], undo: { none: gone }"),
        "L02",
        "id: revoke",
        "`revoke` ends the old credential before",
        "add `promote` to the `needs` of `revoke`",
    );
}

#[test]
fn a_promotion_without_a_proof_is_refused() {
    refused(
        &without(ROTATION, "verify"),
        "L02",
        "id: promote",
        "`promote` makes the new credential current before anything has shown that it works",
        "put a step with `verifies: store` that logs in by `kv influx/ci`",
    );
}

#[test]
fn a_promotion_above_its_proof_is_refused() {
    refused(
        &moved(ROTATION, "promote", "verify"),
        "L02",
        "id: promote",
        "before `verify` has proved `publish`",
        "put `promote` below `verify`",
    );
}

#[test]
fn a_proof_that_may_be_skipped_carries_nothing() {
    refused(
        &keyed(ROTATION, "verify", "when: inputs.id"),
        "L02",
        "inputs.id",
        "`verify` may be skipped, so `promote` could go on without it",
        "drop the `when` of `verify`",
    );
}

#[test]
fn a_write_that_may_be_skipped_carries_nothing() {
    refused(
        &keyed(ROTATION, "publish", "when: inputs.id"),
        "L02",
        "inputs.id",
        "`publish` may be skipped",
        "drop the `when` of `publish`",
    );
}

#[test]
fn a_list_of_places_is_proved_item_by_item() {
    let list = keyed(ROTATION, "publish", "for_each: inputs.ids");
    refused(
        &list,
        "L02",
        "inputs.ids",
        "`publish` writes nothing where its list is empty, and `verify` would not notice",
        "give `verify` the same `for_each`",
    );
    let each = keyed(&list, "verify", "for_each: inputs.ids");
    accepted(&with(&each, "with: { profile: ci, token_id", "with: { profile: admin, token_id"));
}

#[test]
fn a_proof_that_is_handed_the_value_proves_no_place() {
    let handed = with(
        ROTATION,
        "verifies: publish, with: { profile: ci }",
        "verifies: publish, with: { profile: ci, mgmt_token: \"{{ steps.create.token }}\" }",
    );
    refused(
        &handed,
        "L02",
        "publish",
        "`verify` does not prove `publish`: it is handed `steps.create.token` itself",
        "log in by `profile ci`",
    );
}

#[test]
fn a_proof_by_another_login_proves_nothing() {
    let other = with(
        ROTATION,
        "verifies: publish, with: { profile: ci }",
        "verifies: publish, with: { profile: cd }",
    );
    refused(
        &other,
        "L02",
        "publish",
        "`verify` does not prove `publish`: it logs in by `profile cd`, not by `profile ci`",
        "log in by `profile ci`",
    );
}

#[test]
fn a_proof_without_a_login_proves_nothing() {
    let status = with(
        ROTATION,
        "uses: influxctl.management.list, verifies: publish, with: { profile: ci }",
        "uses: kubernetes.rollout.status, verifies: publish, with: { deployment: ci }",
    );
    refused(&status, "L02", "publish", "it does not log in", "log in by `profile ci`");
}

#[test]
fn a_proof_by_what_was_read_too_early_proves_nothing() {
    refused(
        &moved(DATABASE, "held", "publish"),
        "L02",
        "publish",
        "`held` read `file ~/.app/password` before `publish` had written it",
        "below `publish`",
    );
}

#[test]
fn a_replacement_that_nothing_promotes_is_refused() {
    let untracked = r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: x } }
  - { id: publish, uses: influxctl.profile.set, with: { profile: ci, mgmt_token: "{{ steps.create.token }}" } }
  - { id: old, uses: influxctl.management.revoke, with: { profile: admin, token_id: "{{ inputs.id }}" } }
"#;
    refused(
        untracked,
        "L02",
        "id: old",
        "`old` ends a credential in a run that makes a new one (`create`), and nothing promotes it",
        "add `credential:`",
    );
    accepted(&without(untracked, "old"));
    let only = before(
        &without(&without(untracked, "create"), "publish"),
        "",
        "{ id: say, uses: log, with: { message: done } }",
    );
    accepted(&only);
}
