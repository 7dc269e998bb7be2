//! `influxctl.profile.get`: reads a profile of influxctl.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::influxctl::profiles;
use crate::influxctl::tool::{config_param, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: read-a-profile
description: Tries the token that the profile ci holds.
steps:
  - id: held
    uses: influxctl.profile.get
    with: { profile: ci }

  - id: works
    uses: influxctl.management.list
    with: { profile: ci, mgmt_token: "{{ steps.held.mgmt_token }}" }

  - id: say
    uses: log
    with: { message: 'ci holds {{ default steps.held.prefix "a token of an unknown form" }}' }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    let text = |name, summary| Output::new(name, Type::String, summary).nullable();
    Spec {
        name: "influxctl.profile.get".to_owned(),
        summary: "Reads a profile of influxctl, with its management token as a secret.".to_owned(),
        effect:
            "Reads the configuration file and changes nothing. A profile that is not there, or \
                 one without a management token, is an error."
                .to_owned(),
        recovery: "It only looks: it is asked again.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Read,
        params: vec![config_param(), profile_param("The profile to read.")],
        outputs: vec![
            Output::new("mgmt_token", Type::Secret, "The management token."),
            text("prefix", "The first 9 characters of the token."),
            text("product", "`dedicated` or `clustered`."),
            text("account_id", "The account, of Cloud Dedicated."),
            text("cluster_id", "The cluster, of Cloud Dedicated."),
        ],
        reads_from: Some(profile_place()),
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let config = params::text(params, "config")?;
    let name = params::text(params, "profile")?;
    let profile = profiles::read(ctx, &config, &name).await?;
    let profile = profile.ok_or_else(|| profiles::no_profile(&config, &name))?;
    let Some(token) = profiles::mgmt_token(&profile) else {
        let message = format!("the profile `{name}` in `{config}` has no `mgmt_token`");
        return Err(StepError::new(message).code("not_found"));
    };
    Ok(outputs([
        ("mgmt_token", token.into()),
        ("prefix", profiles::prefix(ctx, token).into()),
        ("product", profile.get("product").clone()),
        ("account_id", profile.get("account_id").clone()),
        ("cluster_id", profile.get("cluster_id").clone()),
    ]))
}
