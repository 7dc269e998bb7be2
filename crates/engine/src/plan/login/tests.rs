//! Tests of logins by value: inputs that make two places one are refused before anything runs.

use super::*;
use crate::execute::ExecuteError;
use crate::execute::testing::{How, MemoryHost, planned, run_with};

const ROTATION: &str = r#"
version: 1
name: rotate
inputs:
  profile: { type: string, default: ci }
  target: { type: string, default: new }
  login: { type: string, default: LOGIN }
credential: { name: ci-token, lifetime: 30d, overlap: 1h, in_use: steps.before.id }
steps:
  - { id: before, uses: fake.which, with: { profile: "{{ inputs.profile }}" } }
  - { id: create, uses: fake.create, with: { profile: admin, description: ci } }
  - { id: works, uses: fake.list, verifies: create, with: { profile: admin, token: "{{ steps.create.token }}" } }
  - { id: publish, uses: fake.publish, with: { profile: "{{ inputs.target }}", token: "{{ steps.create.token }}" } }
  - { id: verify, uses: fake.list, verifies: publish, with: { profile: "{{ inputs.target }}" } }
  - { id: promote, uses: credential.promote }
  - { id: revoke_old, uses: fake.revoke, when: credential.old, with: { profile: "{{ inputs.login }}", token_id: "{{ credential.old.id }}" } }
"#;

fn found(login: &str) -> Vec<String> {
    let plan = planned(&ROTATION.replace("LOGIN", login));
    let errors = cut_off(&plan, &MemoryHost::new());
    errors.into_iter().map(|error| format!("{} / {}", error.message, error.help)).collect()
}

#[test]
fn an_input_that_makes_the_login_the_place_in_use_is_refused() {
    assert_eq!(
        found("ci"),
        ["with these inputs `revoke_old` logs in by `profile ci`, which may still hold the \
          credential that it ends (L03) / log in by another place, such as an administrator's"]
    );
}

#[test]
fn another_place_and_the_one_that_holds_the_new_value_may_log_in() {
    assert_eq!(found("admin"), Vec::<String>::new());
    assert_eq!(found("new"), Vec::<String>::new());
}

#[test]
fn a_value_that_is_made_of_inputs_is_compared_too() {
    let text = ROTATION.replace("LOGIN", "c");
    let text = text.replace("profile: \"{{ inputs.login }}\"", "profile: \"{{ inputs.login }}i\"");
    assert_eq!(cut_off(&planned(&text), &MemoryHost::new()).len(), 1);
}

#[test]
fn what_only_a_run_tells_is_compared_by_what_it_says() {
    let text = ROTATION.replace("LOGIN", "ci");
    let text =
        text.replace("profile: \"{{ inputs.login }}\"", "profile: \"{{ steps.before.prefix }}\"");
    let text = text.replace("when: credential.old", "when: and credential.old steps.before.prefix");
    assert_eq!(cut_off(&planned(&text), &MemoryHost::new()), []);
}

#[test]
fn such_a_run_does_not_begin() {
    let host = MemoryHost::new();
    let plan = planned(&ROTATION.replace("LOGIN", "ci"));
    let error = run_with(&plan, &host, &How::default()).expect_err("it may not run");
    assert!(matches!(error, ExecuteError::Refused { exit: 2, .. }), "{error:?}");
    assert!(host.world().calls.is_empty() && host.history().is_empty());
}
