//! `assert`: fails where something does not hold.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Param, Repeat, Role, Spec};
use cutover_engine::step::StepError;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: make-sure
description: Stops unless there are management tokens that work.
steps:
  - id: tokens
    uses: influxctl.management.list
    with: { profile: admin, active: true }

  - id: some
    uses: assert
    with:
      that: "{{ gt (len steps.tokens.tokens) 0 }}"
      message: no management token works
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "assert".to_owned(),
        summary: "Fails where something does not hold.".to_owned(),
        effect: "It touches nothing. Where `that` is false the step fails with `message`."
            .to_owned(),
        recovery: "It is asked again, and gives the same answer.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        pure: true,
        params: vec![
            Param::required("that", Type::Boolean, "What has to hold."),
            Param::optional("message", Type::String, "What to say where it does not."),
        ],
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, _ctx: &Ctx<'_>) -> Result<Map, StepError> {
    // What a preview does not know yet may hold.
    if matches!(params::value(params, "that"), Value::Unknown(_)) || params::flag(params, "that")? {
        return Ok(Map::new());
    }
    let message = params::optional_text(params, "message")?;
    let message = message.unwrap_or_else(|| "`that` does not hold".to_owned());
    Err(StepError::new(message).code("assert"))
}
