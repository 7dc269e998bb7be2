//! Workflows that people really write, all of which every rule accepts.

use super::testing::{DATABASE, ROTATION, accepted, warned, with};

#[test]
fn a_rotation_with_a_store_a_profile_and_a_debt() {
    accepted(ROTATION);
}

#[test]
fn the_rotation_that_the_language_is_explained_by() {
    accepted(
        r#"
inputs:
  environment: { type: string, enum: [staging, prod] }
  config: { type: path, default: ~/.config/influxctl/config.toml }
credential:
  name: "influx-ci-{{ inputs.environment }}"
  owner: team-metrics
  lifetime: 30d
  overlap: 24h
  in_use: steps.before.id
defaults: { timeout: 60s, retry: { max_attempts: 4, delay: 2s } }
steps:
  - id: before
    uses: influxctl.profile.token
    with: { config: "{{ inputs.config }}", profile: "ci-{{ inputs.environment }}", login: "admin-{{ inputs.environment }}" }
  - id: create
    uses: influxctl.management.create
    with:
      config: "{{ inputs.config }}"
      profile: "admin-{{ inputs.environment }}"
      description: "{{ credential.name }}"
      expires_at: "{{ time_add run.started_at credential.lifetime }}"
  - id: works
    uses: influxctl.management.list
    verifies: create
    with: { config: "{{ inputs.config }}", profile: "admin-{{ inputs.environment }}", mgmt_token: "{{ steps.create.token }}" }
    retry: { max_attempts: 20, delay: 15s, backoff: constant }
  - id: store
    uses: vault.kv.put
    with: { path: "influx/{{ inputs.environment }}/ci", data: { value: "{{ steps.create.token }}" } }
  - id: publish
    uses: influxctl.profile.set
    with:
      config: "{{ inputs.config }}"
      profile: "ci-{{ inputs.environment }}"
      mgmt_token: "{{ steps.create.token }}"
  - id: verify
    uses: influxctl.management.list
    verifies: publish
    with: { config: "{{ inputs.config }}", profile: "ci-{{ inputs.environment }}" }
  - id: promote
    uses: credential.promote
  - id: revoke_old
    uses: influxctl.management.revoke
    when: credential.old
    with: { config: "{{ inputs.config }}", profile: "ci-{{ inputs.environment }}", token_id: "{{ credential.old.id }}" }
on_failure:
  - id: tell
    uses: notify.webhook
    with: { url: "https://hooks.acme.internal/ops", text: "{{ run.workflow }}: {{ error.step }} failed: {{ error.message }}" }
outputs:
  token_id: "{{ steps.create.id }}"
"#,
    );
}

#[test]
fn a_rotation_of_a_database_user_with_two_names_in_turn() {
    accepted(DATABASE);
}

#[test]
fn a_rotation_of_an_in_house_tool_by_programs() {
    accepted(
        r#"
inputs: { old: { type: string }, days: { type: string, default: "30" } }
steps:
  - id: make
    uses: exec.run
    with:
      argv: [tokens, create, --days, "{{ inputs.days }}"]
      output: json
      seal: [/token]
      expires: '{{ time_add run.started_at "30d" }}'
    undo: { uses: exec.run, with: { argv: [tokens, revoke, "{{ result.json.id }}"] } }
  - id: works
    uses: exec.run
    verifies: make
    with: { argv: [tokens, whoami], env: { TOKEN: "{{ steps.make.json.token }}" }, reads: true }
  - id: keep
    uses: file.write
    with: { path: ~/.tokens/ci, content: "{{ steps.make.json.token }}" }
  - id: push
    uses: exec.run
    with: { argv: [push-secret, CI_TOKEN], stdin: "{{ steps.make.json.token }}" }
  - id: self_test
    uses: http.request
    verifies: push
    with: { method: GET, url: "https://ci.acme.internal/health" }
  - id: revoke_old
    uses: exec.run
    with: { argv: [tokens, revoke, "{{ inputs.old }}"] }
"#,
    );
}

#[test]
fn a_token_that_is_made_and_kept_and_not_tracked() {
    accepted(
        r#"
steps:
  - { id: create, uses: influxctl.management.create, with: { profile: admin, description: nightly } }
  - { id: store, uses: file.write, with: { path: "~/.secrets/nightly", content: "{{ steps.create.token }}" } }
  - { id: say, uses: log, with: { message: "made {{ steps.create.prefix }}" } }
  - { id: tell, uses: notify.webhook, with: { url: "https://hooks", text: "made {{ steps.create.id }}" } }
"#,
    );
}

#[test]
fn an_audit_that_only_reads() {
    accepted(
        r#"
steps:
  - { id: list, uses: influxctl.management.list, with: { profile: admin, expires_before: '{{ time_add run.started_at "14d" }}' } }
  - { id: each, uses: log, for_each: sort_by steps.list.tokens "id", with: { message: '{{ default item.description "" }}' } }
  - { id: enough, uses: assert, with: { that: "{{ lt (len steps.list.tokens) 100 }}" } }
"#,
    );
}

#[test]
fn a_revoke_of_an_id_that_is_handed_in() {
    accepted(
        r#"
steps:
  - { id: list, uses: influxctl.management.list, with: { profile: admin } }
  - { id: known, uses: assert, with: { that: "{{ contains steps.list.tokens id=inputs.id }}" } }
  - { id: revoke, uses: influxctl.management.revoke, with: { profile: admin, token_id: "{{ inputs.id }}" } }
"#,
    );
}

#[test]
fn a_plain_workflow_of_programs_without_any_credential() {
    accepted(
        r#"
steps:
  - { id: build, uses: exec.run, with: { argv: [make] } }
  - { id: pause, uses: wait, with: { for: 1s } }
  - { id: clean, uses: file.remove, with: { path: build.log } }
  - { id: restart, uses: kubernetes.rollout.restart, with: { deployment: web } }
"#,
    );
}

#[test]
fn a_password_that_is_set_in_place() {
    accepted(
        r#"
credential: { name: app-db, owner: ops }
steps:
  - { id: admin_works, uses: postgres.login, with: { dsn: db, role: root, password: "{{ inputs.admin }}" } }
  - { id: new, uses: secret.generate }
  - { id: pending, uses: file.write, with: { path: ~/.secrets/app.pending, content: "{{ steps.new.value }}" } }
  - { id: set, uses: postgres.password.set, with: { dsn: db, admin_password: "{{ inputs.admin }}", role: app, password: "{{ steps.new.value }}" } }
  - { id: publish, uses: file.write, with: { path: ~/.app/password, content: "{{ steps.new.value }}" } }
  - { id: reload, uses: exec.run, with: { argv: [systemctl, reload, app] } }
  - { id: self_test, uses: http.request, verifies: publish, with: { method: GET, url: "http://app/health" } }
  - { id: promote, uses: credential.promote }
"#,
    );
}

#[test]
fn places_that_are_written_item_by_item_and_proved_item_by_item() {
    let many = with(
        ROTATION,
        "  - { id: verify,",
        "  - { id: more, uses: influxctl.profile.set, for_each: inputs.ids, with: { profile: \"{{ item }}\", mgmt_token: \"{{ steps.create.token }}\" } }
  - { id: all, uses: influxctl.management.list, verifies: more, for_each: inputs.ids, with: { profile: \"{{ item }}\" } }
  - { id: verify,",
    );
    accepted(&many);
}

#[test]
fn a_proof_through_the_store_and_a_publish_from_the_store() {
    accepted(
        r#"
credential: { name: app, owner: ops, lifetime: 30d, overlap: 1h }
steps:
  - { id: create, uses: influxdb3.token.create, with: { url: "https://db", admin_token: "{{ inputs.admin }}", name: app } }
  - { id: works, uses: influxdb3.token.list, verifies: create, with: { url: "https://db", admin_token: "{{ steps.create.token }}" } }
  - { id: store, uses: vault.kv.put, with: { path: app, data: { token: "{{ steps.create.token }}" } } }
  - { id: stored, uses: vault.kv.get, with: { path: "{{ steps.store.path }}" } }
  - { id: proof, uses: influxdb3.token.list, verifies: store, with: { url: "https://db", admin_token: "{{ steps.stored.value }}" } }
  - { id: publish, uses: file.write, with: { path: ~/.app, content: "TOKEN={{ steps.stored.value }}" } }
  - { id: health, uses: exec.run, verifies: publish, with: { argv: [app, check], reads: true } }
  - { id: promote, uses: credential.promote }
  - { id: revoke, uses: influxdb3.token.delete, when: credential.old, with: { url: "https://db", admin_token: "{{ inputs.admin }}", name: "{{ credential.old.id }}" } }
"#,
    );
}

#[test]
fn a_session_is_no_credential_and_is_ended_by_its_own_login() {
    accepted(
        r#"
inputs: { app: { type: string }, admin: { type: secret, from: { env: ADMIN_PASSWORD } } }
steps:
  - id: login
    uses: http.request
    with: { method: POST, url: "https://api/login", json: { password: "{{ inputs.admin }}" }, output: json, seal: [/session] }
  - id: apps
    uses: http.request
    with: { method: GET, url: "https://api/apps/{{ inputs.app }}", headers: { Authorization: "Bearer {{ steps.login.body.session }}" } }
  - id: logout
    uses: http.request
    with: { method: POST, url: "https://api/logout", headers: { Authorization: "Bearer {{ steps.login.body.session }}" } }
"#,
    );
}

#[test]
fn a_file_that_nothing_proves_is_worth_a_warning() {
    let unproved = with(
        ROTATION,
        "  - { id: publish,",
        "  - { id: file, uses: file.write, with: { path: ~/.token, content: \"{{ steps.create.token }}\" } }
  - { id: publish,",
    );
    warned(&unproved, "L08", "nothing proves `file` before `revoke` ends the old value");
}
