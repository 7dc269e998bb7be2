//! Secret inputs: from where the workflow says, or from a person; never from the command line.

use cutover_engine::effect::{Call, Effect, Exec, Keep, ReadFile, Reply};
use cutover_engine::host::Host;
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value, clean};
use cutover_engine::workflow::{From, Input};
use cutover_host::LocalHost;
use indexmap::IndexMap;

use crate::exit::Problem;
use crate::out::Out;
use crate::prompt;

/// How long a program may take to print a secret: a person may have to unlock something first.
const PATIENCE: Duration = Duration::seconds(120);

/// Returns the secret inputs of a run, each sealed.
///
/// # Errors
/// Where one that is required is not there and nobody can be asked.
pub(crate) async fn resolve(
    inputs: &IndexMap<String, Input>,
    host: &LocalHost,
    out: &Out,
) -> Result<Map, Problem> {
    let mut secrets = Map::new();
    for (name, input) in inputs.iter().filter(|(_, input)| input.ty == Type::Secret) {
        let value = match &input.from {
            Some(from) => fetched(name, from, host).await?,
            None if input.required => asked(name, input, host, out)?,
            None => continue,
        };
        secrets.insert(name.clone(), value);
    }
    Ok(secrets)
}

async fn fetched(name: &str, from: &From, host: &LocalHost) -> Result<Value, Problem> {
    let keep = Keep::Secret;
    let effect = match from {
        From::Env(variable) => return of_variable(name, variable, host),
        From::File(path) => Effect::ReadFile(ReadFile { path: path.clone(), keep }),
        From::Command(argv) => {
            Effect::Exec(Exec { keep, reads: true, ..Exec::new(argv.iter().cloned()) })
        }
    };
    let call = Call {
        run: String::new(),
        step: format!("inputs.{name}"),
        attempt: 1,
        deadline: host.now() + PATIENCE,
        effect,
    };
    let reply = host.perform(&call).await.map_err(|error| missing(name, &error.to_string()))?;
    let value = match (reply, from) {
        (Reply::Secret(handle), _) => Value::from(handle),
        (Reply::File(value) | Reply::Exec { stdout: value, .. }, _) => value,
        (Reply::Missing, From::File(path)) => {
            return Err(missing(name, &format!("there is no file `{path}`")));
        }
        (Reply::Missing | Reply::Done | Reply::Http { .. } | Reply::Written { .. }, _) => {
            return Err(missing(name, "the host gave no value"));
        }
    };
    named(name, value.as_text().unwrap_or(""), host)
}

fn of_variable(name: &str, variable: &str, host: &LocalHost) -> Result<Value, Problem> {
    let found = (host.options().variables)(variable).filter(|value| !value.is_empty());
    let plain = found
        .ok_or_else(|| missing(name, &format!("the environment has no variable `{variable}`")))?;
    Ok(Value::from(host.secrets().seal(&origin(name), clean(&plain))))
}

/// Seals a secret anew under the name of its input, so that events and messages say where it
/// comes from.
fn named(name: &str, sealed: &str, host: &LocalHost) -> Result<Value, Problem> {
    let same = |opened: &[String]| {
        let value = opened.concat();
        if value.is_empty() { Err("it is empty".to_owned()) } else { Ok(value) }
    };
    let handle = host.secrets().derive(&origin(name), &[sealed], &same);
    handle.map(Value::from).map_err(|error| missing(name, &error))
}

fn asked(name: &str, input: &Input, host: &LocalHost, out: &Out) -> Result<Value, Problem> {
    if !prompt::is_possible() {
        let help = "Declare where it comes from: `from: {env: NAME}`, `{file: PATH}` or \
                    `{command: [argv]}`";
        return Err(missing(name, "nobody is here to be asked for it").help(help));
    }
    let about = input.description.as_deref().unwrap_or(name);
    let typed = prompt::secret(out, about)
        .map_err(|error| missing(name, &error.to_string()))?
        .ok_or_else(|| missing(name, "nothing was typed"))?;
    Ok(Value::from(host.secrets().seal(&origin(name), clean(&typed))))
}

fn origin(name: &str) -> String {
    format!("inputs.{name}")
}

fn missing(name: &str, why: &str) -> Problem {
    Problem::wrong(format!("the secret input `{name}` is missing: {why}"))
}
