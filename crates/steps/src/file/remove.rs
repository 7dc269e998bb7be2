//! `file.remove`: removes a file; undo puts it back.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::Keep;
use cutover_engine::spec::{Repeat, Role, Spec};
use cutover_engine::step::StepError;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::file::path_param;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: remove-a-file
description: Removes a file that is not needed any more.
inputs:
  path: { type: path, default: old.txt }
steps:
  - id: remove
    uses: file.remove
    with: { path: "{{ inputs.path }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(undo(params, done, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "file.remove".to_owned(),
        summary: "Removes a file.".to_owned(),
        effect: "Removes the file, which is kept beside its place until the run ends. One that is \
                 not there is fine."
            .to_owned(),
        recovery: "Whether it is there tells whether it was removed; if it is, it is removed \
                   again. Undo puts it back, where nobody has put another file in its place."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        params: vec![path_param("The file.")],
        lands_at_once: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    ctx.remove_file(&params::text(params, "path")?).await?;
    Ok(Map::new())
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let held = ctx.read_file(&params::text(params, "path")?, Keep::Nothing).await?;
    Ok(held.is_none().then(Map::new))
}

async fn undo(params: &Map, _done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let path = params::text(params, "path")?;
    ctx.restore_file(path, None).await.map(|_| ())
}
