//! `file.read`: reads a file, as a secret unless told otherwise.

use cutover_engine::ctx::Ctx;
use cutover_engine::disk::to_disk;
use cutover_engine::effect::Keep;
use cutover_engine::spec::{Condition, Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::file::{path_param, place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: read-a-file
description: Reads a file and says what is in it.
inputs:
  path: { type: path, default: note.txt }
steps:
  - id: write
    uses: file.write
    with: { path: "{{ inputs.path }}", content: "hello" }

  - id: read
    uses: file.read
    with: { path: "{{ inputs.path }}", secret: false }

  - id: say
    uses: log
    with: { message: "it says {{ steps.read.content }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    let content = |ty, secret: bool| {
        Output::new("content", ty, "The content, without a last line break.")
            .only_when(Condition::new("secret", [secret]))
    };
    Spec {
        name: "file.read".to_owned(),
        summary: "Reads a file, as a secret unless `secret: false`.".to_owned(),
        effect: "Reads the whole file and changes nothing. A file that is not there is an error."
            .to_owned(),
        recovery: "It only looks: it is asked again.".to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Read,
        params: vec![
            path_param("The file."),
            Param::optional("secret", Type::Boolean, "Whether the content is a secret.")
                .or(true)
                .literal(),
        ],
        outputs: vec![content(Type::Secret, true), content(Type::String, false)],
        reads_from: Some(place()),
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let path = params::text(params, "path")?;
    let keep = if params::flag(params, "secret")? { Keep::Secret } else { Keep::Text };
    let Some(content) = ctx.read_file(&path, keep).await? else {
        return Err(StepError::new(format!("there is no file `{path}`")).code("not_found"));
    };
    let content = match content {
        Value::Text(text) => Value::from(without_line_break(&text)),
        other => other,
    };
    if let Some(origin) = ctx.secrets().find(&to_disk(&content).to_string()) {
        let message = format!("`content` would show the secret `{origin}`");
        return Err(StepError::new(message).code("shows_secret").help("leave `secret: false` out"));
    }
    Ok(outputs([("content", content)]))
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
