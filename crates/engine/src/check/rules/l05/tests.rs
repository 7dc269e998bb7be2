//! L05: what has to be undoable, and what is excused.

use crate::check::rules::testing::{ROTATION, accepted, before, keyed, refused, with, without};

const RELOAD: &str = r#"{ id: reload, uses: exec.run, with: { argv: [systemctl, reload, app] } }"#;
const GITHUB: &str = r#"{ id: github, uses: github.secret.set, with: { repo: a/b, name: CI, value: "{{ steps.create.token }}" } }"#;

#[test]
fn steps_with_an_undo_of_their_own_are_fine() {
    accepted(ROTATION);
    let remove = before(ROTATION, "promote", "{ id: clean, uses: file.remove, with: { path: x } }");
    accepted(&before(&remove, "promote", "{ id: pause, uses: wait, with: { for: 1s } }"));
}

#[test]
fn an_undo_that_is_written_is_fine() {
    let reload = before(ROTATION, "promote", RELOAD);
    accepted(&keyed(&reload, "reload", "undo: again"));
    accepted(&keyed(&reload, "reload", "undo: { none: the next start reads it anyway }"));
    accepted(&keyed(&reload, "reload", "undo: { uses: exec.run, with: { argv: [back] } }"));
    let github = before(ROTATION, "promote", GITHUB);
    accepted(&with(
        &keyed(&github, "github", "undo: { uses: exec.run, with: { argv: [old-secret, back] } }"),
        "  - { id: promote,",
        "  - { id: seen, uses: exec.run, verifies: github, with: { argv: [ci, test], reads: true } }
  - { id: promote,",
    ));
}

#[test]
fn telling_somebody_is_excused() {
    accepted(&before(
        ROTATION,
        "promote",
        r#"{ id: tell, uses: notify.webhook, with: { url: "https://hooks", text: now } }"#,
    ));
}

#[test]
fn a_proof_that_writes_is_excused() {
    let test =
        r#"{ id: test, uses: exec.run, verifies: publish, with: { argv: [app, self-test] } }"#;
    accepted(&before(ROTATION, "promote", test));
}

#[test]
fn below_the_promotion_nothing_has_to_be_undone() {
    accepted(&before(ROTATION, "revoke", RELOAD));
    let github = before(ROTATION, "revoke", GITHUB);
    let seen = r#"{ id: seen, uses: exec.run, verifies: github, with: { argv: [ci, test], reads: true } }"#;
    accepted(&before(&github, "revoke", seen));
}

#[test]
fn without_a_promotion_what_has_no_undo_is_listed_and_left() {
    accepted(&format!("steps:\n  - {RELOAD}\n"));
}

#[test]
fn a_program_above_the_promotion_says_how_or_why() {
    refused(
        &before(ROTATION, "promote", RELOAD),
        "L05",
        "id: reload",
        "a failure before `promote` could not take `reload` back",
        "`undo: again`",
    );
}

#[test]
fn beside_the_promotion_is_above_it() {
    let beside = keyed(&before(ROTATION, "revoke", RELOAD), "reload", "needs: [publish]");
    refused(&beside, "L05", "id: reload", "could not take `reload` back", "undo: { none:");
}

#[test]
fn a_place_that_cannot_be_put_back_comes_below() {
    refused(
        &before(ROTATION, "promote", GITHUB),
        "L05",
        "id: github",
        "`secret CI` cannot be put back, and `github` writes it before `promote`",
        "put `github` below `promote`",
    );
}

#[test]
fn a_write_of_a_credential_is_not_excused_by_words() {
    refused(
        &keyed(ROTATION, "publish", "undo: { none: it is fine }"),
        "L05",
        "{ none: it is fine }",
        "`publish` is a publish, and leaving it behind is not an answer for one",
        "drop `undo`",
    );
    refused(
        &keyed(ROTATION, "store", "undo: again"),
        "L05",
        "again",
        "`store` is a store, and doing it again does not take it back",
        "drop `undo`",
    );
    refused(
        &keyed(ROTATION, "create", "undo: { none: it expires }"),
        "L05",
        "{ none: it expires }",
        "`create` is a create, and leaving it behind",
        "has an undo of its own",
    );
}

#[test]
fn a_revoke_above_the_promotion_says_why() {
    let second = r#"{ id: end, uses: influxctl.management.revoke, with: { profile: admin, token_id: "{{ steps.extra.id }}" } }"#;
    let text = before(
        ROTATION,
        "promote",
        r#"{ id: extra, uses: influxctl.management.list, with: { profile: admin } }"#,
    );
    let text = before(&text, "promote", &second.replace("steps.extra.id", "inputs.id"));
    refused(&text, "L05", "id: end", "could not take `end` back", "undo: { none:");
}

#[test]
fn an_answer_that_is_kept_needs_a_real_undo() {
    let made = r#"{ id: other, uses: exec.run, undo: { none: no }, with: { argv: [make], output: secret, repeat: safe } }"#;
    let keep = r#"{ id: keep, uses: vault.kv.put, with: { path: other, data: { v: "{{ steps.other.secret }}" } } }"#;
    let text = before(&before(ROTATION, "promote", made), "promote", keep);
    refused(&text, "L05", "{ none: no }", "`other` is a create", "undo: { uses: .., with: .. }");
    let undone =
        with(&text, "undo: { none: no }", "undo: { uses: exec.run, with: { argv: [unmake] } }");
    accepted(&undone);
}

#[test]
fn above_a_create_that_kills_the_old_value_everything_can_be_put_back() {
    let set = r#"
credential: { name: app-db, owner: ops }
steps:
  - { id: admin_works, uses: postgres.login, with: { dsn: db, role: root, password: "{{ inputs.admin }}" } }
  - { id: new, uses: secret.generate }
  - { id: pending, uses: file.write, with: { path: ~/p, content: "{{ steps.new.value }}" } }
  - { id: set, uses: postgres.password.set, with: { dsn: db, admin_password: "{{ inputs.admin }}", role: app, password: "{{ steps.new.value }}" } }
  - { id: publish, uses: file.write, with: { path: ~/q, content: "{{ steps.new.value }}" } }
  - { id: test, uses: exec.run, verifies: publish, with: { argv: [test], reads: true } }
  - { id: promote, uses: credential.promote }
"#;
    accepted(&before(set, "test", RELOAD));
    refused(
        &before(set, "set", RELOAD),
        "L05",
        "id: reload",
        "a failure before `set` could not take `reload` back",
        "undo: again",
    );
    accepted(&without(&before(set, "test", RELOAD), "reload"));
}
