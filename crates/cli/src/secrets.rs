//! Secret inputs: from where the workflow says, or from a person; never from the command line.

use cutover_engine::host::Host;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value, clean};
use cutover_engine::workflow::{From as Origin, Input};
use cutover_host::LocalHost;
use indexmap::IndexMap;

use crate::exit::Problem;
use crate::out::Out;
use crate::prompt;

/// A secret input that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The input.
    pub(crate) input: String,
    /// What has to be there: `env KEY`, `file ~/key`, `the program pass`, `a person`.
    pub(crate) what: String,
    /// Why it is not there.
    pub(crate) why: String,
}

/// Returns the secret inputs of a run, each sealed.
///
/// # Errors
/// Where one that is required is not there and nobody can be asked.
pub(crate) async fn resolve(
    inputs: &IndexMap<String, Input>,
    host: &LocalHost,
    out: &Out,
) -> Result<Map, Missing> {
    let mut secrets = Map::new();
    for (name, input) in inputs.iter().filter(|(_, input)| input.ty == Type::Secret) {
        let value = one(name, input, host, out).await?;
        secrets.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(secrets)
}

/// Returns the secret inputs that are there, each sealed, and those that are required and are not.
pub(crate) async fn what_is_there(
    inputs: &IndexMap<String, Input>,
    host: &LocalHost,
    out: &Out,
) -> (Map, Vec<Missing>) {
    let (mut secrets, mut missing) = (Map::new(), Vec::new());
    for (name, input) in inputs.iter().filter(|(_, input)| input.ty == Type::Secret) {
        match one(name, input, host, out).await {
            Ok(Some(value)) => drop(secrets.insert(name.clone(), value)),
            Ok(None) => {}
            Err(one) => missing.push(one),
        }
    }
    (secrets, missing)
}

async fn one(
    name: &str,
    input: &Input,
    host: &LocalHost,
    out: &Out,
) -> Result<Option<Value>, Missing> {
    match &input.from {
        Some(from) => {
            let sealed = cutover_host::inputs::resolve(host, name, from).await;
            let sealed = sealed.map_err(|error| missing(name, words(from), &error.message))?;
            Ok(Some(Value::from(sealed)))
        }
        None if input.required => asked(name, input, host, out).map(Some),
        None => Ok(None),
    }
}

fn asked(name: &str, input: &Input, host: &LocalHost, out: &Out) -> Result<Value, Missing> {
    let missing = |why: &str| missing(name, "a person to type it".to_owned(), why);
    if !prompt::is_possible() {
        return Err(missing("nobody is here to be asked for it"));
    }
    let about = input.description.as_deref().unwrap_or(name);
    let typed = prompt::secret(out, about)
        .map_err(|error| missing(&error.to_string()))?
        .ok_or_else(|| missing("nothing was typed"))?;
    Ok(Value::from(host.secrets().seal(&format!("inputs.{name}"), clean(&typed))))
}

fn missing(name: &str, what: String, why: &str) -> Missing {
    Missing { input: name.to_owned(), what, why: why.to_owned() }
}

fn words(from: &Origin) -> String {
    match from {
        Origin::Env(variable) => format!("env {variable}"),
        Origin::File(path) => format!("file {path}"),
        Origin::Command(argv) => {
            format!("the program {}", argv.first().map_or("", String::as_str))
        }
    }
}

impl From<Missing> for Problem {
    fn from(missing: Missing) -> Self {
        let Missing { input, what: _, why } = missing;
        let asked = why.starts_with("nobody is here");
        let help = "Declare where it comes from: `from: {env: NAME}`, `{file: PATH}` or \
                    `{command: [argv]}`";
        Self::wrong(format!("the secret input `{input}` is missing: {why}")).help(if asked {
            help
        } else {
            ""
        })
    }
}
