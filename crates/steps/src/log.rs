//! `log`: says something to people and logs.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Param, Repeat, Role, Spec};
use cutover_engine::step::StepError;
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: say-something
description: Writes a line to the log.
inputs:
  who: { type: string, default: world }
steps:
  - id: say
    uses: log
    with: { message: "hello {{ inputs.who }}", fields: { run: "{{ run.id }}" } }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    let levels = ["info", "warn"].map(str::to_owned).to_vec();
    Spec {
        name: "log".to_owned(),
        summary: "Writes a line for people and logs.".to_owned(),
        effect: "Writes one line to standard error and the log. It takes no secret.".to_owned(),
        recovery: "After a crash the line may be written a second time.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        pure: true,
        params: vec![
            Param::required("message", Type::String, "What to say."),
            Param::optional("level", Type::Enum(levels), "How loud.").or("info"),
            Param::optional("fields", Type::map(Type::Any), "More, as a map."),
        ],
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let level = if params::text(params, "level")? == "warn" { "warn" } else { "info" };
    let fields = params::value(params, "fields").clone();
    ctx.log(level, &params::text(params, "message")?, fields).await?;
    Ok(Map::new())
}
