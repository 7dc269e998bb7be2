//! `influxctl.profile.set`: puts a management token into a profile.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{FileContent, TomlEdit, WriteFile};
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::influxctl::profiles;
use crate::influxctl::tool::{config_param, profile_edit, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: set-a-profile
description: Gives the profile ci a new management token and shows that it works there.
steps:
  - id: create
    uses: influxctl.management.create
    with: { profile: admin, description: ci, expires_at: '{{ time_add run.started_at "30d" }}' }

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
"#;

/// Returns the step.
///
/// Sources: the guide for management tokens (`mgmt_token`, since 2.6.0) and the release notes,
/// 2.0.1 (unknown keys are an error, so that nothing but this key is ever added).
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(undo(params, done, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxctl.profile.set".to_owned(),
        summary: "Puts a management token into a profile of influxctl.".to_owned(),
        effect: "Changes `mgmt_token` of one profile in the configuration file and nothing else: \
                 comments, order and other profiles stay as they are written. A profile that is \
                 not there is made with product, account, cluster, host and port of `copy_from`. \
                 The file is replaced in one step, its mode kept; its former self is kept beside \
                 it until the run ends."
            .to_owned(),
        recovery: "The file tells whether the profile holds the value; if not, it is written \
                   again. Undo puts the former token back, where the profile still holds what this \
                   run wrote."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Publish,
        params: vec![
            config_param(),
            profile_param("The profile to change."),
            Param::required("mgmt_token", Type::Secret, "The token to put there."),
            Param::optional("copy_from", Type::String, "The profile to make a new one from."),
        ],
        outputs: vec![
            Output::new("prefix", Type::String, "The first 9 characters of the token.").nullable(),
        ],
        publishes_to: Some(profile_place()),
        read_back: Some("influxctl.profile.get".to_owned()),
        lands_at_once: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let (config, edit) = change(params)?;
    let copy_from = edit.copy_from.as_ref().map(|(name, _)| name.clone());
    check_profiles(ctx, &config, &edit.is, copy_from.as_deref()).await?;
    let token = params::text(params, "mgmt_token")?;
    let content = FileContent::Toml(edit);
    ctx.write_file(WriteFile { path: config, content, mode: None }).await?;
    Ok(outputs([("prefix", profiles::prefix(ctx, &token).into())]))
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let (config, edit) = change(params)?;
    let token = params::text(params, "mgmt_token")?;
    let profile = profiles::read(ctx, &config, &edit.is).await?;
    let held = profile.as_ref().and_then(profiles::mgmt_token);
    let holds = held.is_some_and(|held| ctx.secrets().same(held, &token));
    Ok(holds.then(|| outputs([("prefix", profiles::prefix(ctx, &token).into())])))
}

async fn undo(params: &Map, _done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let (path, edit) = change(params)?;
    let wrote = Some(FileContent::Toml(edit));
    ctx.restore_file(path, wrote).await.map(|_| ())
}

fn change(params: &Map) -> Result<(String, TomlEdit), StepError> {
    let profile = params::text(params, "profile")?;
    let token = params::text(params, "mgmt_token")?;
    let copy_from = params::optional_text(params, "copy_from")?;
    Ok((params::text(params, "config")?, profile_edit(&profile, token, copy_from)))
}

/// Sees before anything is written that there is a profile to change or one to copy.
async fn check_profiles(
    ctx: &Ctx<'_>,
    config: &str,
    profile: &str,
    copy_from: Option<&str>,
) -> Result<(), StepError> {
    if profiles::read(ctx, config, profile).await?.is_some() {
        return Ok(());
    }
    let Some(copied) = copy_from else {
        return Err(profiles::no_profile(config, profile)
            .help("`copy_from` names a profile to make it from"));
    };
    match profiles::read(ctx, config, copied).await? {
        Some(_) => Ok(()),
        None => Err(profiles::no_profile(config, copied)),
    }
}
