//! Secret inputs: from where the workflow says, or from a person; never from the command line.

use cutover_engine::host::{Host, Secrets};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_engine::workflow::Input;
use cutover_host::LocalHost;
use indexmap::IndexMap;
use tokio::runtime::Runtime;

use crate::exit::Problem;
use crate::out::Out;
use crate::prompt;

/// Returns the secret inputs of a run, each sealed.
///
/// # Errors
/// Where one that is required is not there and nobody can be asked.
pub(crate) fn resolve(
    inputs: &IndexMap<String, Input>,
    host: &LocalHost,
    out: &Out,
    runtime: &Runtime,
) -> Result<Map, Problem> {
    let mut secrets = Map::new();
    for (name, input) in inputs.iter().filter(|(_, input)| input.ty == Type::Secret) {
        let value = match &input.from {
            Some(from) => runtime.block_on(host.secret_input(name, from)).map_err(|error| missing(name, &error.to_string()))?,
            None if input.required => asked(name, input, host, out)?,
            None => continue,
        };
        secrets.insert(name.clone(), value);
    }
    Ok(secrets)
}

fn asked(name: &str, input: &Input, host: &LocalHost, out: &Out) -> Result<Value, Problem> {
    if !prompt::is_possible() {
        let help = "Declare where it comes from: `from: {env: NAME}`, `{file: PATH}` or `{command: [argv]}`";
        return Err(missing(name, "nobody is here to be asked for it").help(help));
    }
    let about = input.description.as_deref().unwrap_or(name);
    let typed = prompt::secret(out, about)
        .map_err(|error| missing(name, &error.to_string()))?
        .ok_or_else(|| missing(name, "nothing was typed"))?;
    Ok(Value::from(host.secrets().seal(&format!("inputs.{name}"), typed)))
}

fn missing(name: &str, why: &str) -> Problem {
    Problem::wrong(format!("the secret input `{name}` is missing: {why}"))
}
