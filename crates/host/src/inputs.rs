//! Secret inputs: read from where the workflow says, sealed at once.

use cutover_engine::effect::{Call, Effect, EffectError, Exec, Keep, ReadFile, Reply};
use cutover_engine::host::Host;
use cutover_engine::keep::{not_too_large, without_break};
use cutover_engine::time::Duration;
use cutover_engine::value::{Handle, Value};
use cutover_engine::workflow::From;
use zeroize::Zeroizing;

use crate::LocalHost;

/// How long a program may take to print a secret: a person may have to unlock something first.
const PATIENCE: Duration = Duration::seconds(120);

/// Why a secret input could not be had: where it was looked for, never what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// A lowercase phrase.
    pub message: String,
}

/// Returns a secret input, sealed as `inputs.NAME`, a last line break taken off.
pub async fn resolve(host: &LocalHost, name: &str, from: &From) -> Result<Handle, SourceError> {
    let found = match from {
        From::Env(variable) => of_variable(host, variable)?,
        From::File(path) => of_file(host, name, path).await?,
        From::Command(argv) => of_program(host, name, argv).await?,
    };
    let plain = match &found {
        Source::Plain(text) => host
            .secrets()
            .derive(&origin(name), &[], &|_| Ok(without_break(text).to_owned()).and_then(usable)),
        Source::Sealed(value) => {
            let text = value.as_text().unwrap_or_default();
            host.secrets().derive(&origin(name), &[text], &|opened| usable(opened.concat()))
        }
    };
    plain.map_err(|why| error(format!("{}: {why}", shown(from))))
}

enum Source {
    Plain(Zeroizing<String>),
    Sealed(Value),
}

fn origin(name: &str) -> String {
    format!("inputs.{name}")
}

fn usable(plain: String) -> Result<String, String> {
    if plain.is_empty() {
        return Err("it is empty".to_owned());
    }
    not_too_large(&plain).map_err(|why| format!("it is {why}"))?;
    Ok(plain)
}

fn of_variable(host: &LocalHost, variable: &str) -> Result<Source, SourceError> {
    let found = (host.options().variables)(variable);
    found
        .map(|text| Source::Plain(text.into()))
        .ok_or_else(|| error(format!("the environment has no variable `{variable}`")))
}

async fn of_file(host: &LocalHost, name: &str, path: &str) -> Result<Source, SourceError> {
    let effect = Effect::ReadFile(ReadFile { path: path.to_owned(), keep: Keep::Secret });
    let Reply::File { content: value, .. } = perform(host, name, effect).await? else {
        return Err(error(format!("there is no file {path}")));
    };
    Ok(Source::Sealed(value))
}

async fn of_program(host: &LocalHost, name: &str, argv: &[String]) -> Result<Source, SourceError> {
    let exec = Exec { keep: Keep::Secret, reads: true, ..Exec::new(argv.iter().cloned()) };
    let Reply::Exec { stdout, .. } = perform(host, name, Effect::Exec(exec)).await? else {
        return Err(error(format!("{}: no output", shown(&From::Command(argv.to_vec())))));
    };
    Ok(Source::Sealed(stdout))
}

async fn perform(host: &LocalHost, name: &str, effect: Effect) -> Result<Reply, SourceError> {
    let call = Call {
        grant: None,
        run: String::new(),
        step: origin(name),
        attempt: 1,
        deadline: host.now() + PATIENCE,
        effect,
    };
    // What a program says of its failure may hold the secret, which nobody knows yet.
    host.perform(&call).await.map_err(|failed| match failed {
        EffectError::Refused { code: 1.., .. } => {
            error(format!("{failed}; run it by hand to see what it says"))
        }
        EffectError::Refused { .. }
        | EffectError::NotSent { .. }
        | EffectError::Gone { .. }
        | EffectError::Lost { .. }
        | EffectError::Withheld { .. }
        | EffectError::Edge(_) => error(failed.to_string()),
    })
}

fn shown(from: &From) -> String {
    match from {
        From::Env(variable) => format!("the variable `{variable}`"),
        From::File(path) => format!("the file {path}"),
        From::Command(argv) => format!("the program `{}`", argv.first().map_or("", String::as_str)),
    }
}

fn error(message: impl Into<String>) -> SourceError {
    SourceError { message: message.into() }
}
