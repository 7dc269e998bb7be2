//! `http.request`: one HTTP request.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{Body, Http};
use cutover_engine::spec::{Condition, Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::output::{keep, kept, output_params, promise_params, shows_nothing};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: ask-a-server
description: Asks a server how it is.
inputs:
  url: { type: string, default: "http://127.0.0.1:8086" }
steps:
  - id: ping
    uses: http.request
    with: { method: GET, url: "{{ inputs.url }}/ping", accept: [200, 204] }

  - id: say
    uses: log
    with: { message: "it answers {{ steps.ping.status }}" }
"#;

/// Returns the step.
///
/// Source for what may be repeated: RFC 9110, 9.2.2 (idempotent methods).
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "http.request".to_owned(),
        summary: "Makes one HTTP request.".to_owned(),
        effect: "Sends one request; nothing is sent twice and no redirect leaves the host. A \
                 secret goes in through `headers` or the body, never through the address. Nothing \
                 of the answer is kept unless `output` says so; `seal` takes secrets out of JSON \
                 before anything sees them, and a body that would show a known secret is an error. \
                 GET, HEAD and OPTIONS only look; others write, unless \
                 `reads: true` gives the author's word."
            .to_owned(),
        recovery: "What only looks is asked again. PUT, DELETE and what says `repeat: safe` are \
                   sent again. For any other write without an answer nobody but a person can tell \
                   what became of it: the run parks until `resume --redo` or `--skip`. There is no \
                   undo but `undo:` of the step."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        reads_when: vec![
            Condition::new("method", ["GET", "HEAD", "OPTIONS"]),
            Condition::new("reads", [true]),
        ],
        params: spec_params(),
        outputs: vec![
            Output::new("status", Type::Integer, "The status."),
            Output::new("body", Type::String, "The body.").only_when(kept("text")),
            Output::new("body", Type::Any, "The body, read as JSON.").only_when(kept("json")),
            Output::new("secret", Type::Secret, "The body as a secret.").only_when(kept("secret")),
        ],
        expires: Some("expires".to_owned()),
        settle: Duration::seconds(30),
        repeat: Repeat::Never,
        repeat_safe_when: vec![
            Condition::new("method", ["PUT", "DELETE"]),
            Condition::new("repeat", ["safe"]),
        ],
        anywhere: true,
        ..Spec::default()
    }
}

fn spec_params() -> Vec<Param> {
    let methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let words = ["safe", "never"].map(str::to_owned).to_vec();
    let text_map = || Type::map(Type::String);
    let mut all = vec![
        Param::required("method", Type::Enum(methods.map(str::to_owned).to_vec()), "The method.")
            .literal(),
        Param::required("url", Type::Url, "The address, without secrets."),
        Param::optional("headers", text_map(), "Headers.").may_be_secret(),
        Param::optional("query", text_map(), "What is added to the address's query."),
        Param::optional("json", Type::Any, "A body as JSON.").may_be_secret(),
        Param::optional("form", text_map(), "A body as a form.").may_be_secret(),
        Param::optional("body", Type::String, "A body as it is.").may_be_secret(),
    ];
    all.extend(output_params());
    all.push(Param::optional(
        "accept",
        Type::list(Type::Integer),
        "Statuses that are fine; 200 to 299 where not given.",
    ));
    let repeat = Param::optional("repeat", Type::Enum(words), "Whether it may be sent twice.");
    all.extend(promise_params(repeat));
    all
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let mut http = Http::new(&params::text(params, "method")?, params::text(params, "url")?);
    http.headers = params::text_map(params, "headers")?;
    http.query = params::text_map(params, "query")?;
    http.body = body(params)?;
    http.keep = keep(params)?;
    http.reads = params::flag(params, "reads")?;
    http.accept = statuses(params)?;
    let (status, answer) = ctx.http(http).await?;
    let mut done = outputs([("status", Value::Int(i64::from(status)))]);
    let name = match params::text(params, "output")?.as_str() {
        "text" | "json" => "body",
        "secret" => "secret",
        _ => return Ok(done),
    };
    shows_nothing(params, name, &answer, ctx)?;
    done.insert(name.to_owned(), answer);
    Ok(done)
}

fn body(params: &Map) -> Result<Body, StepError> {
    let given: Vec<&str> = ["json", "form", "body"]
        .into_iter()
        .filter(|name| !params::value(params, name).is_null())
        .collect();
    match given.as_slice() {
        [] => Ok(Body::Empty),
        ["json"] => Ok(Body::Json(params::value(params, "json").clone())),
        ["form"] => Ok(Body::Form(params::text_map(params, "form")?)),
        ["body"] => Ok(Body::Text(params::text(params, "body")?)),
        several => {
            let names = several.join("` and `");
            let message = format!("`{names}` are given, but a request has one body");
            Err(StepError::new(message).code("parameter"))
        }
    }
}

fn statuses(params: &Map) -> Result<Vec<u16>, StepError> {
    let status = |number: i64| match u16::try_from(number) {
        Ok(status) if (100..600).contains(&status) => Ok(status),
        _ => Err(params::wrong("accept", "holds what is no HTTP status")),
    };
    params::integers(params, "accept")?.into_iter().map(status).collect()
}
