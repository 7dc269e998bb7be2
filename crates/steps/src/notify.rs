//! `notify.webhook`: tells somebody through a webhook.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Body, Http};
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: tell-somebody
description: Tells a channel that the run is over.
inputs:
  hook: { type: string, default: "http://127.0.0.1:8080/hook" }
steps:
  - id: say
    uses: log
    with: { message: working }

finally:
  - id: tell
    uses: notify.webhook
    with: { url: "{{ inputs.hook }}", text: "{{ run.workflow }}: {{ run.status }}" }
    on_error: continue
"#;

/// Returns the step.
///
/// Source: the incoming webhooks of Slack, Mattermost and others take `{"text": ..}`; their address
/// is a secret, since whoever has it may post.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "notify.webhook".to_owned(),
        summary: "Posts a text to a webhook.".to_owned(),
        effect:
            "Sends one POST with `{\"text\": ..}`. The address may be a secret; the text never \
                 holds one."
                .to_owned(),
        recovery: "After a crash or a lost answer it is sent again, so it may come twice."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Notify,
        params: vec![
            Param::required("url", Type::Url, "The address of the webhook.").may_be_secret(),
            Param::required("text", Type::String, "What to say."),
            Param::optional("headers", Type::map(Type::String), "More headers.").may_be_secret(),
        ],
        outputs: vec![Output::new("status", Type::Integer, "The status of the answer.")],
        repeat: Repeat::Safe,
        anywhere: true,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let mut http = Http::new("POST", params::text(params, "url")?);
    http.headers = params::text_map(params, "headers")?;
    http.body = Body::Json(Value::map([("text", params::text(params, "text")?.into())]));
    let (status, _) = ctx.http(http).await?;
    Ok(outputs([("status", Value::Int(i64::from(status)))]))
}
