//! `credential.promote`: makes what is pending current. The executor does it itself.

use cutover_engine::spec::{Repeat, Role, Spec};
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;

const EXAMPLE: &str = r#"version: 1
name: rotate-the-ci-token
description: Replaces the management token that the profile ci holds.
credential:
  name: influx-ci
  lifetime: 30d
  overlap: 0s
  in_use: steps.before.id
steps:
  - id: before
    uses: influxctl.profile.token
    with: { profile: ci, login: admin }

  - id: create
    uses: influxctl.management.create
    with:
      profile: admin
      description: "{{ credential.name }}"
      expires_at: "{{ time_add run.started_at credential.lifetime }}"

  - id: works
    uses: influxctl.management.list
    verifies: create
    with: { profile: admin, mgmt_token: "{{ steps.create.token }}" }
    retry: { max_attempts: 20, delay: 15s, backoff: constant }

  - id: publish
    uses: influxctl.profile.set
    with: { profile: ci, mgmt_token: "{{ steps.create.token }}" }

  - id: verify
    uses: influxctl.management.list
    verifies: publish
    with: { profile: ci }

  - id: promote
    uses: credential.promote

  - id: revoke_old
    uses: influxctl.management.revoke
    when: credential.old
    with: { profile: ci, token_id: "{{ credential.old.id }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |_, _| Box::pin(async { Ok(Map::new()) }))
}

fn spec() -> Spec {
    Spec {
        name: "credential.promote".to_owned(),
        summary: "Makes the new credential current: the point of no return.".to_owned(),
        effect:
            "Records in the state that what the create made is current, and in the same record \
                 that what it replaces is owed to be revoked. Before it a failure takes everything \
                 back; after it the run only goes forward."
                .to_owned(),
        recovery: "It is one record: it was made or it was not.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Promote,
        repeat: Repeat::Safe,
        anywhere: true,
        ..Spec::default()
    }
}
