//! L01: what is kept, where, and what may come before.

use crate::check::rules::testing::{
    DATABASE, ROTATION, accepted, before, keyed, moved, refused, with, without,
};

const CREATE: &str = r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: x } }
"#;
const KEEP: &str =
    r#"{ id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.create.token }}" } }"#;

#[test]
fn a_whole_parameter_keeps_it() {
    accepted(&before(CREATE, "", KEEP));
}

#[test]
fn an_entry_of_a_map_keeps_it() {
    let store = r#"{ id: keep, uses: vault.kv.put, with: { path: x, data: { token: "{{ steps.create.token }}" } } }"#;
    accepted(&before(CREATE, "", store));
}

#[test]
fn looks_pure_steps_and_its_proof_may_come_first() {
    let kept = before(CREATE, "", KEEP);
    let kept = before(
        &kept,
        "keep",
        r#"{ id: say, uses: log, with: { message: "{{ steps.create.id }}" } }"#,
    );
    let kept = before(
        &kept,
        "keep",
        r#"{ id: look, uses: acme.whoami, with: { key: "{{ steps.create.token }}" } }"#,
    );
    let kept = before(
        &kept,
        "keep",
        r#"{ id: works, uses: exec.run, verifies: create, with: { argv: [login], stdin: "{{ steps.create.token }}" } }"#,
    );
    accepted(&kept);
}

#[test]
fn the_condition_of_the_create_is_fine_on_what_keeps_it() {
    let kept = before(CREATE, "", KEEP);
    let kept = keyed(&kept, "create", r#"when: eq inputs.environment "prod""#);
    accepted(&keyed(&kept, "keep", r#"when: 'eq  inputs.environment "prod"'"#));
}

#[test]
fn a_second_secret_may_be_kept_after_the_first() {
    let two = r#"
steps:
  - { id: create, uses: acme.key.create, with: { account: a, ends: '{{ time_add run.started_at "1d" }}' } }
  - { id: key, uses: file.write, with: { path: ~/k, content: "{{ steps.create.key }}" } }
  - { id: secret, uses: file.write, with: { path: ~/s, content: "{{ steps.create.secret }}" } }
"#;
    accepted(two);
    refused(
        &without(two, "secret"),
        "L01",
        "id: create",
        "a crash could lose `steps.create.secret`: `create` makes it and no step keeps it",
        "give it whole to a store or publish",
    );
}

#[test]
fn what_nobody_keeps_is_lost() {
    refused(
        CREATE,
        "L01",
        "id: create",
        "`create` makes it and no step keeps it",
        "content: \"{{ steps.create.token }}\"",
    );
}

#[test]
fn a_program_keeps_nothing() {
    let pushed = before(
        CREATE,
        "",
        r#"{ id: push, uses: exec.run, with: { argv: [push], stdin: "{{ steps.create.token }}" } }"#,
    );
    refused(&pushed, "L01", "id: create", "no step keeps it", "file.write");
}

#[test]
fn inside_other_text_it_is_not_whole() {
    let text = before(CREATE, "", &KEEP.replace("{{ steps", "token={{ steps"));
    refused(
        &text,
        "L01",
        "steps.create.token",
        "`keep` puts it inside other text",
        "give it whole",
    );
}

#[test]
fn what_keeps_it_may_not_be_skipped() {
    let kept = before(CREATE, "", KEEP);
    refused(
        &keyed(&kept, "keep", "when: inputs.id"),
        "L01",
        "inputs.id",
        "`keep`, which should keep it, may be skipped by its `when`",
        "without `when` and `for_each`",
    );
}

#[test]
fn what_keeps_it_runs_just_once() {
    let kept = before(CREATE, "", KEEP);
    refused(
        &keyed(&kept, "keep", "for_each: inputs.ids"),
        "L01",
        "inputs.ids",
        "runs once per item, and there may be none",
        "without `when` and `for_each`",
    );
}

#[test]
fn a_place_that_cannot_be_read_back_keeps_nothing() {
    let github = r#"{ id: github, uses: github.secret.set, with: { repo: a/b, name: T, value: "{{ steps.create.token }}" } }"#;
    refused(
        &before(CREATE, "", github),
        "L01",
        "id: github",
        "writes a place that cannot be read back",
        "that can be read back",
    );
    let kept = before(CREATE, "", KEEP);
    refused(
        &before(&kept, "keep", github),
        "L01",
        "steps.create.token",
        "`github` uses `steps.create.token` before `steps.create.token` is kept",
        "let `github` wait for `keep`",
    );
    accepted(&before(&kept, "", github));
}

#[test]
fn any_output_counts_before_it_is_kept() {
    let kept = before(CREATE, "", KEEP);
    let told = r#"{ id: tell, uses: notify.webhook, with: { url: "https://hooks", text: "{{ steps.create.id }}" } }"#;
    refused(
        &before(&kept, "keep", told),
        "L01",
        "steps.create.id",
        "`tell` uses `steps.create.id` before `steps.create.token` is kept",
        "let `tell` wait for `keep`",
    );
    accepted(&before(&kept, "", told));
}

#[test]
fn beside_is_not_before() {
    let beside = keyed(&before(&before(CREATE, "", KEEP), "", PUSH), "push", "needs: [create]");
    refused(&beside, "L01", "steps.create.token", "`push` uses", "name it in `needs`");
    let waits =
        keyed(&before(&before(CREATE, "", KEEP), "", PUSH), "push", "needs: [create, keep]");
    accepted(&waits);
}

const PUSH: &str =
    r#"{ id: push, uses: exec.run, with: { argv: [push], stdin: "{{ steps.create.token }}" } }"#;

#[test]
fn a_promotion_before_it_is_kept_is_refused() {
    let late = moved(ROTATION, "store", "");
    let late = with(
        &late,
        "uses: influxctl.profile.set, with: { profile: ci, mgmt_token:",
        "uses: github.secret.set, with: { repo: a/b, name: CI, value:",
    );
    refused(
        &late,
        "L01",
        "id: promote",
        "`promote` uses `steps.create` before `steps.create.token` is kept",
        "let `promote` wait for `store`",
    );
}

#[test]
fn an_answer_that_is_kept_is_a_create_and_a_session_is_not() {
    let answer = r#"
steps:
  - { id: make, uses: exec.run, with: { argv: [tool, make], output: json, seal: [/a/token], repeat: safe } }
  - { id: push, uses: exec.run, with: { argv: [push], stdin: "{{ steps.make.json.a.token }}" } }
"#;
    accepted(answer);
    let keep = r#"{ id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.make.json.a.token }}" } }"#;
    refused(
        &before(answer, "", keep),
        "L01",
        "steps.make.json.a.token",
        "`push` uses `steps.make.json.a.token` before `steps.make.json.a.token` is kept",
        "let `push` wait for `keep`",
    );
    accepted(&before(answer, "push", keep));
}

#[test]
fn a_chosen_value_is_kept_by_its_pending_place() {
    accepted(DATABASE);
    refused(
        &without(&without(&without(DATABASE, "pending"), "publish"), "verify"),
        "L01",
        "id: create",
        "a crash could lose `steps.new.value`: `create` sets it and no step keeps it",
        "give it whole",
    );
}
