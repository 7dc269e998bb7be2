//! Secret inputs: from where the workflow says, or from a person; never from the command line.

use cutover_engine::host::Host;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value, clean};
use cutover_engine::workflow::Input;
use cutover_host::LocalHost;
use indexmap::IndexMap;

use crate::exit::Problem;
use crate::out::Out;
use crate::prompt;

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
            Some(from) => {
                let sealed = cutover_host::inputs::resolve(host, name, from).await;
                Value::from(sealed.map_err(|error| missing(name, &error.message))?)
            }
            None if input.required => asked(name, input, host, out)?,
            None => continue,
        };
        secrets.insert(name.clone(), value);
    }
    Ok(secrets)
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
    Ok(Value::from(host.secrets().seal(&format!("inputs.{name}"), clean(&typed))))
}

fn missing(name: &str, why: &str) -> Problem {
    Problem::wrong(format!("the secret input `{name}` is missing: {why}"))
}
