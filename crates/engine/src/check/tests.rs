//! Tests of the check as a whole: the workflow of the manual, and everything wrong at once.

mod credential;
mod keys;
mod order;
mod params;
mod scope;

use super::testing::{checked, findings, findings_where};

/// Checks a workflow of some steps and returns every finding but those of the lifecycle rules.
fn told(steps: &str) -> String {
    told_of(&format!("version: 1\nname: test\nsteps:\n{steps}"))
}

/// Does the same with a whole workflow.
fn told_of(workflow: &str) -> String {
    findings_where(workflow, |code| !code.starts_with('L'))
}

/// Asserts that there is one finding and that it has these words.
#[track_caller]
fn one(found: &str, words: &[&str]) {
    assert_eq!(found.lines().count(), 1, "{found}");
    for word in words {
        assert!(found.contains(word), "{word:?} is not in {found}");
    }
}

const ROTATION: &str = r#"
version: 1
name: rotate-ci
inputs:
  environment: { type: string, enum: [staging, prod] }
  config: { type: path, default: ~/.config/fake.toml }
credential:
  name: "influx-ci-{{ inputs.environment }}"
  owner: team-metrics
  lifetime: 30d
  overlap: 24h
  in_use: steps.before.id
defaults: { timeout: 60s, retry: { max_attempts: 4, delay: 2s } }
steps:
  - id: before
    uses: fake.which
    with: { profile: "ci-{{ inputs.environment }}", login: "admin-{{ inputs.environment }}" }
  - id: create
    uses: fake.create
    with:
      profile: "admin-{{ inputs.environment }}"
      description: "{{ credential.name }}"
      expires_at: "{{ time_add run.started_at credential.lifetime }}"
  - id: works
    uses: fake.list
    verifies: create
    with: { profile: "admin-{{ inputs.environment }}", token: "{{ steps.create.token }}" }
    retry: { max_attempts: 20, delay: 15s, backoff: constant }
  - id: store
    uses: fake.store
    with: { path: "influx/{{ inputs.environment }}/ci", value: "{{ steps.create.token }}" }
  - id: publish
    uses: fake.publish
    with: { profile: "ci-{{ inputs.environment }}", token: "{{ steps.create.token }}" }
  - id: verify
    uses: fake.list
    verifies: publish
    with: { profile: "ci-{{ inputs.environment }}" }
  - id: promote
    uses: credential.promote
  - id: revoke_old
    uses: fake.revoke
    when: credential.old
    with: { profile: "ci-{{ inputs.environment }}", token_id: "{{ credential.old.id }}" }
on_failure:
  - id: tell
    uses: notify.webhook
    with:
      url: "https://hooks.acme.internal/ops"
      text: "{{ run.workflow }}: {{ error.step }} failed: {{ error.message }}"
outputs:
  token_id: "{{ steps.create.id }}"
"#;

#[test]
fn the_rotation_of_the_manual_is_right() {
    assert_eq!(findings(ROTATION), "");
    let checked = checked(ROTATION);
    let at = |id: &str| checked.index(id).expect("the step is there");
    assert_eq!(checked.in_use(), Some(at("before")));
    assert!(checked.is_before(at("create"), at("revoke_old")));
    assert_eq!(checked.nodes()[at("verify")].needs, [at("publish")]);
}

#[test]
fn ten_different_mistakes_are_all_told_at_once() {
    let text = r#"
version: 1
name: ten-mistakes
inputs: { who: { type: string } }
steps:
  - id: before
    uses: fake.whihc
  - id: create
    uses: fake.create
    with: { descripton: "x", expires_at: tomorrow }
  - id: works
    uses: fake.list
    verifies: craete
    with: { token: "{{ steps.craete.token }}" }
  - id: store
    uses: fake.store
    needs: [wroks]
    with: { path: 12, value: "{{ steps.create.tokne }}" }
  - id: tell
    uses: log
    with: { message: "{{ inputs.whom }} {{ steps.create.token }} {{ result.x }}" }
    until: result
    retry: { max_attempts: 3, delay: 1s }
    after: 3d
finally:
  - id: end
    uses: fake.revoke
    with: { token_id: "x" }
"#;
    let lines = findings_where(text, |code| !code.starts_with('L') || code == "L04");
    for expected in [
        "P01 7:11 there is no step `fake.whihc` (did you mean `fake.which`?)",
        "P02 10:13 `fake.create` has no parameter `descripton` (did you mean `description`?)",
        "P05 10:42 `expires_at`: the text `tomorrow` is not a timestamp",
        "C07 13:15 `works` verifies `craete`, which is not a step here (did you mean `create`?)",
        "T03 14:24 `steps.craete` is not a step here (did you mean `create`?)",
        "G01 17:13 `store` needs `wroks`, which is not a step here (did you mean `works`?)",
        "P05 18:19 `path`: the number 12 stands where text is wanted (put it in quotes: \"12\")",
        "T04 18:34 `fake.create` has no output `tokne` (did you mean `token`?)",
        "T05 21:26 `whom` is not an input of this workflow (did you mean `who`?)",
        "L04 21:44 `message` of `log` takes no secret, and `steps.create.token` is one",
        "T05 21:69 `result.x` is not in scope here (it is in scope in `until` and `undo` only)",
        "C04 22:12 `until` goes on a step that only reads; `tell` does more",
        "C06 24:12 `after` goes on a revoke; `tell` is none",
        "C02 27:11 `end` is a revoke, which has no place in `finally`",
    ] {
        assert!(lines.contains(expected), "no line {expected:?} in\n{lines}");
    }
    assert_eq!(lines.lines().count(), 14, "{lines}");
}
