//! The workflow for a provider where we choose the value: two users in turn, a pending place first.

use crate::shapes::Shape;

/// Returns the workflow's text.
pub(crate) fn text(shape: &Shape) -> String {
    let overlap = if shape.overlap { "24h" } else { "0s" };
    let tells = if shape.tells { TELLS } else { "" };
    format!(
        "{HEAD}{}{STEPS}{tells}",
        format_args!("  overlap: {overlap}\n  in_use: steps.before.content\n")
    )
}

const HEAD: &str = r"version: 1
name: rotate
inputs:
  admin_password: { type: secret, from: { env: ADMIN } }
defaults: { timeout: 30s, retry: { max_attempts: 3, delay: 2s } }
credential:
  name: ci
  owner: ops
";

const STEPS: &str = r#"steps:
  - id: before
    uses: file.read
    with: { path: /etc/metrics/user, secret: false }
  - id: password
    uses: secret.generate
  - id: pending
    uses: file.write
    with: { path: /etc/metrics/pending.password, content: "{{ steps.password.value }}" }
  - id: create
    uses: influxdb1.user.create
    with:
      url: "http://influx.test:8086"
      admin_user: admin
      admin_password: "{{ inputs.admin_password }}"
      user: "{{#if (eq credential.old.id \"svc_a\")}}svc_b{{else}}svc_a{{/if}}"
      password: "{{ steps.password.value }}"
  - id: works
    uses: influxdb1.login
    verifies: create
    with: { url: "http://influx.test:8086", user: "{{ steps.create.id }}", password: "{{ steps.password.value }}" }
    retry: { max_attempts: 3, delay: 1s }
  - id: publish
    uses: file.write
    with: { path: "/etc/metrics/{{ steps.create.id }}.password", content: "{{ steps.password.value }}" }
  - id: switch
    uses: file.write
    with: { path: /etc/metrics/user, content: "{{ steps.create.id }}" }
  - id: user
    uses: file.read
    with: { path: /etc/metrics/user, secret: false }
  - id: held
    uses: file.read
    with: { path: "/etc/metrics/{{ steps.create.id }}.password" }
  - id: verify
    uses: influxdb1.login
    verifies: publish
    with: { url: "http://influx.test:8086", user: "{{ steps.user.content }}", password: "{{ steps.held.content }}" }
    retry: { max_attempts: 3, delay: 1s }
  - id: promote
    uses: credential.promote
  - id: drop_old
    uses: influxdb1.user.drop
    when: credential.old
    with:
      url: "http://influx.test:8086"
      admin_user: admin
      admin_password: "{{ inputs.admin_password }}"
      user: "{{ credential.old.id }}"
  - id: tidy
    uses: file.remove
    with: { path: /etc/metrics/pending.password }
"#;

const TELLS: &str = r#"finally:
  - id: tell
    uses: notify.webhook
    with: { url: "https://sim.test/notify", text: "it is {{ run.status }}" }
"#;
