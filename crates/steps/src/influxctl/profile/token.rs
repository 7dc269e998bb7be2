//! `influxctl.profile.token`: which listed token a profile holds.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::influxctl::profiles;
use crate::influxctl::token::Token;
use crate::influxctl::tool::{Login, Tool, config_param, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: which-token-is-it
description: Says which management token the profile ci holds.
steps:
  - id: before
    uses: influxctl.profile.token
    with: { profile: ci, login: admin }

  - id: say
    uses: log
    when: steps.before.id
    with: { message: "ci holds {{ steps.before.id }}" }
"#;

/// Returns the step.
///
/// Source: the reference page of `influxctl management list` (`token_prefix`: `M.V1.` and four
/// characters of the value).
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    let output = |name, ty, summary| Output::new(name, ty, summary).nullable();
    Spec {
        name: "influxctl.profile.token".to_owned(),
        summary: "Says which of the listed management tokens a profile holds.".to_owned(),
        effect: "Reads the configuration file and runs `influxctl management list` under the \
                 profile `login`, since the token in question may have expired. The two are \
                 matched by the public beginning of the value. Everything is null where there is \
                 no such profile or no token in it; a token that is not in the list, and two that \
                 work and begin alike, are errors."
            .to_owned(),
        recovery: "It only looks: it is asked again.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Read,
        params: vec![
            config_param(),
            profile_param("The profile in question."),
            Param::optional("login", Type::String, "The profile that asks; else `profile`."),
        ],
        outputs: vec![
            output("id", Type::String, "The token's id."),
            output("prefix", Type::String, "The first 9 characters of the token."),
            output("description", Type::String, "Its description."),
            output("created_at", Type::Timestamp, "When it was made."),
            output("expires_at", Type::Timestamp, "When it expires."),
        ],
        reads_from: Some(profile_place()),
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let asked = Login::of(params)?;
    let profile = profiles::read(ctx, &asked.config, &asked.profile).await?;
    let Some(held) = profile.as_ref().and_then(profiles::mgmt_token) else {
        return Ok(outputs_of(None));
    };
    let name = &asked.profile;
    let Some(prefix) = profiles::prefix(ctx, held) else {
        let message =
            format!("the token in the profile `{name}` is too short to be told by prefix");
        return Err(StepError::new(message).code("config"));
    };
    let login = params::optional_text(params, "login")?.unwrap_or_else(|| name.clone());
    let login = Login { profile: login, ..asked.clone() };
    let tokens = Tool::open(ctx).await?.list(&login).await?;
    let alike = tokens.iter().filter(|token| token.prefix.as_deref() == Some(prefix.as_str()));
    let (live, dead): (Vec<_>, Vec<_>) = alike.partition(|token| token.is_live(ctx.now()));
    match live.as_slice() {
        [one] => Ok(outputs_of(Some(one))),
        [] => {
            let newest = dead.into_iter().max_by_key(|token| token.created_at);
            newest.map(|token| outputs_of(Some(token))).ok_or_else(|| not_listed(name, &prefix))
        }
        _ => {
            let message = format!("{} tokens that work begin with `{prefix}`", live.len());
            let help = "revoke those that are not in use, or wait until they expire";
            Err(StepError::new(message).code("ambiguous").help(help))
        }
    }
}

fn outputs_of(token: Option<&Token>) -> Map {
    outputs([
        ("id", token.map(|token| token.id.clone()).into()),
        ("prefix", token.and_then(|token| token.prefix.clone()).into()),
        ("description", token.map(|token| token.description.clone()).into()),
        ("created_at", token.and_then(|token| token.created_at).map_or(Value::Null, Value::from)),
        ("expires_at", token.and_then(|token| token.expires_at).into()),
    ])
}

fn not_listed(profile: &str, prefix: &str) -> StepError {
    let message = format!("the token `{prefix}` in the profile `{profile}` is not in the list");
    StepError::new(message)
        .code("not_found")
        .help("`login` names a profile of the same account that sees all tokens")
}
