//! L10: what can be found again, and what dies by itself.

use crate::check::rules::testing::{
    DATABASE, ROTATION, accepted, keyed, refused, warned, with, without,
};

const BLIND: &str = r#"
steps:
  - { id: create, uses: acme.key.create, with: { account: a, ends: '{{ time_add run.started_at "1d" }}' } }
  - { id: key, uses: file.write, with: { path: ~/k, content: "{{ steps.create.key }}" } }
  - { id: secret, uses: file.write, with: { path: ~/s, content: "{{ steps.create.secret }}" } }
"#;

const ANSWER: &str = r#"
steps:
  - { id: make, uses: exec.run, with: { argv: [make], output: secret, repeat: safe } }
  - { id: keep, uses: file.write, with: { path: ~/k, content: "{{ steps.make.secret }}" } }
"#;

#[test]
fn what_carries_a_marker_or_is_listed_or_chosen_is_found() {
    accepted(&with(
        ROTATION,
        ", expires_at: \"{{ time_add run.started_at credential.lifetime }}\"",
        "",
    ));
    accepted(DATABASE);
    accepted(
        r#"
steps:
  - { id: create, uses: aws.access_key.create, with: { profile: admin, user: ci } }
  - { id: keep, uses: file.write, with: { path: ~/k, content: "{{ steps.create.secret_access_key }}" } }
"#,
    );
}

#[test]
fn what_expires_need_not_be_found() {
    accepted(BLIND);
}

#[test]
fn an_answer_that_may_be_asked_for_twice_or_ends_is_fine() {
    accepted(ANSWER);
    accepted(&with(ANSWER, "repeat: safe", "expires: '{{ time_add run.started_at \"1d\" }}'"));
    accepted(&with(
        ANSWER,
        "uses: exec.run, with: { argv: [make], output: secret, repeat: safe }",
        "uses: http.request, with: { method: PUT, url: \"https://x\", output: secret }",
    ));
}

#[test]
fn a_session_need_not_be_found() {
    accepted(&without(&with(ANSWER, ", repeat: safe", ""), "keep"));
}

#[test]
fn a_blind_create_says_when_it_ends() {
    refused(
        &with(BLIND, ", ends: '{{ time_add run.started_at \"1d\" }}'", ""),
        "L10",
        "id: create",
        "what `create` makes could not be found again after a lost answer, and never expires",
        "set `ends`",
    );
    refused(
        &with(BLIND, "'{{ time_add run.started_at \"1d\" }}'", "null"),
        "L10",
        "id: create",
        "could not be found again",
        "set `ends`",
    );
}

#[test]
fn a_blind_create_without_an_end_is_refused_altogether() {
    let text = r#"
steps:
  - { id: create, uses: influxdb3.operator.create, with: { url: "http://db" } }
  - { id: keep, uses: file.write, with: { path: ~/k, content: "{{ steps.create.token }}" } }
"#;
    refused(
        text,
        "L10",
        "id: create",
        "could not be found again",
        "`influxdb3.operator.create` has no way to let it expire",
    );
}

#[test]
fn an_answer_that_is_kept_ends_or_may_be_asked_for_twice() {
    refused(
        &with(ANSWER, ", repeat: safe", ""),
        "L10",
        "id: make",
        "what `make` makes could not be found again",
        "`repeat: safe`",
    );
}

#[test]
fn a_sealed_part_of_an_answer_counts_too() {
    let sealed = with(ANSWER, "output: secret, repeat: safe", "output: json, seal: [/data/token]");
    let sealed = with(&sealed, "steps.make.secret", "steps.make.json.data.token");
    refused(&sealed, "L10", "id: make", "could not be found again", "`expires: ");
    accepted(&with(&sealed, "seal: [/data/token]", "seal: [/data/token], repeat: safe"));
}

#[test]
fn each_item_of_a_list_of_answers_counts() {
    let each = keyed(&with(ANSWER, ", repeat: safe", ""), "make", "for_each: inputs.ids");
    let each =
        with(&keyed(&each, "keep", "for_each: steps.make"), "steps.make.secret", "item.secret");
    refused(&each, "L10", "id: make", "could not be found again", "repeat: safe");
    refused(&each, "L07", "inputs.ids", "`for_each` makes many", "workflow.run");
}

#[test]
fn what_neither_expires_nor_is_revoked_is_worth_a_warning() {
    let ever =
        with(ROTATION, ", expires_at: \"{{ time_add run.started_at credential.lifetime }}\"", "");
    let ever = without(&ever, "revoke");
    warned(&ever, "L10", "what `create` makes neither expires nor is revoked when it is replaced");
    accepted(&without(ROTATION, "revoke"));
    accepted(&format!(
        "{ever}  - {{ id: end, uses: exec.run, when: credential.old, with: {{ argv: [end, \"{{{{ credential.old.id }}}}\"] }} }}\n"
    ));
}
