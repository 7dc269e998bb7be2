//! `file.write`: writes a whole file in one step.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::{FileContent, Keep, WriteFile};
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::file::{path_param, place};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: write-a-file
description: Writes a new random value into a file that only this user can read.
inputs:
  path: { type: path, default: value.txt }
steps:
  - id: value
    uses: secret.generate

  - id: write
    uses: file.write
    with: { path: "{{ inputs.path }}", content: "{{ steps.value.value }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_read(|params, ctx| Box::pin(read(params, ctx)))
        .with_undo(|params, done, ctx| Box::pin(undo(params, done, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "file.write".to_owned(),
        summary: "Writes a whole file, readable by this user only.".to_owned(),
        effect: "Writes a file beside the old one, syncs it and puts it in its place in one step; \
                 never through a symbolic link. The former file is kept beside it until the run \
                 ends."
            .to_owned(),
        recovery: "The file tells whether it has the mode and holds the content (a last line break \
                   does not count); if not, it is written again. Undo puts the former file back, or \
                   removes it where there was none, if it still holds what this run wrote."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Publish,
        params: vec![
            path_param("The file."),
            Param::required("content", Type::String, "What to write.").may_be_secret(),
            Param::optional("mode", Type::String, "Its mode, in octal.").or("0600"),
        ],
        outputs: vec![Output::new("path", Type::Path, "The file.")],
        publishes_to: Some(place()),
        read_back: Some("file.read".to_owned()),
        lands_at_once: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let path = params::text(params, "path")?;
    let mode = Some(mode(&params::text(params, "mode")?)?);
    let content = FileContent::Text(params::text(params, "content")?);
    ctx.write_file(WriteFile { path, content, mode }).await?;
    Ok(done(params))
}

async fn read(params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
    let path = params::text(params, "path")?;
    let wanted = params::text(params, "content")?;
    // What is not known yet, or not any more, nobody can tell there.
    if !params::opens(ctx, &wanted) {
        return Ok(None);
    }
    let asked = mode(&params::text(params, "mode")?)?;
    let found = ctx.read_file_with_mode(&path, Keep::Secret).await?;
    // What others may read, or may not read any more, is not what was to be written.
    let Some((held, _)) = found.filter(|(_, is)| *is == asked) else { return Ok(None) };
    // The reader takes a last line break off, so it is taken off what is compared with it too: of
    // the secret in it, where it is here, or else of what stands behind that.
    let origin = "content without a last line break";
    let wanted = match ctx.secrets().derive(origin, &[&wanted], &without_line_break) {
        Ok(wanted) => wanted.to_mark(),
        Err(_) => wanted.strip_suffix('\n').unwrap_or(&wanted).to_owned(),
    };
    let holds = held.as_text().is_some_and(|held| ctx.secrets().same(held, &wanted));
    Ok(holds.then(|| done(params)))
}

async fn undo(params: &Map, _done: &Map, ctx: &Ctx<'_>) -> Result<(), StepError> {
    let path = params::text(params, "path")?;
    let wrote = Some(FileContent::Text(params::text(params, "content")?));
    ctx.restore_file(path, wrote).await.map(|_| ())
}

fn done(params: &Map) -> Map {
    outputs([("path", params::value(params, "path").clone())])
}

fn without_line_break(opened: &[String]) -> Result<String, String> {
    let text = opened.concat();
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// Reads a mode in octal: permissions only, and never for everybody to write.
fn mode(text: &str) -> Result<u32, StepError> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777);
    match mode {
        None => Err(params::wrong("mode", "is no mode in octal, such as \"0640\"")),
        Some(mode) if mode & 0o002 != 0 => {
            Err(params::wrong("mode", "would let everybody write the file"))
        }
        Some(mode) => Ok(mode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_octal_and_never_for_everybody_to_write() {
        assert_eq!(mode("0600").unwrap(), 0o600);
        assert_eq!(mode("640").unwrap(), 0o640);
        assert_eq!(mode("0o444").unwrap(), 0o444);
        for text in ["", "rw", "0800", "1777", "0666", "-1"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }
}
