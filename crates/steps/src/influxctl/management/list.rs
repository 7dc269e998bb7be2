//! `influxctl.management.list`: the management tokens that a login can see.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::influxctl::token::Token;
use crate::influxctl::tool::{Login, Tool, config_param, profile_param, profile_place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: list-management-tokens
description: Counts the management tokens that die within a month or never.
steps:
  - id: tokens
    uses: influxctl.management.list
    with:
      profile: admin
      active: true
      expires_before: '{{ time_add run.started_at "30d" }}'

  - id: say
    uses: log
    with: { message: "{{ len steps.tokens.tokens }} tokens need a look" }
"#;

/// Returns the step.
///
/// Source: the reference page of `influxctl management list`; it prints no values, revoked tokens
/// stay in it, and it lists only tokens that were made by hand or with a management token.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "influxctl.management.list".to_owned(),
        summary: "Lists management tokens; with `mgmt_token`, as that token.".to_owned(),
        effect: "Runs `influxctl management list` and changes nothing. With `mgmt_token` it logs \
                 in by that value: the profile is copied, with the value in it, into a file of its \
                 own that only this user can read and that is gone after the call."
            .to_owned(),
        recovery: "It only looks: it is asked again.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Read,
        params: vec![
            config_param(),
            profile_param("The profile that asks."),
            Param::optional("mgmt_token", Type::Secret, "Ask as this token, to try it."),
            Param::optional("active", Type::Boolean, "Only those that work now.").or(false),
            Param::optional(
                "expires_before",
                Type::Timestamp,
                "Only those that expire before; one that never expires counts as one of them.",
            ),
        ],
        outputs: vec![Output::new(
            "tokens",
            Type::list(Token::output_type()),
            "The tokens, in the order of the provider.",
        )],
        logs_in_with: Some(profile_place()),
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let mgmt_token = params::optional_text(params, "mgmt_token")?;
    let login = Login { mgmt_token, ..Login::of(params)? };
    let active = params::flag(params, "active")?;
    let before = params::optional_timestamp(params, "expires_before")?;
    let tool = Tool::open(ctx).await?;
    let now = ctx.now();
    let wanted = |token: &Token| {
        let dies_before = before.is_none_or(|before| token.expires_at.is_none_or(|at| at < before));
        dies_before && (!active || token.is_live(now))
    };
    let tokens = tool.list(&login).await?;
    let found = tokens.iter().filter(|token| wanted(token)).map(|token| token.to_value(now));
    Ok(outputs([("tokens", Value::List(found.collect()))]))
}
