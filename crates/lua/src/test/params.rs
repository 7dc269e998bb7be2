//! The parameters of a step that a case takes, as the engine would hand them over.

use cutover_engine::coerce::coerce;
use cutover_engine::diagnostic::nearest;
use cutover_engine::spec::{Param, Secrecy, Spec};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

/// What the names of the configuration's parameters begin with.
const CONFIG: &str = "config.";

/// Fills a step's parameters: those that are given, the configuration, defaults, and null.
pub(crate) fn fill(spec: &Spec, given: &Map, config: &Map) -> Result<Map, String> {
    let own = |param: &&Param| !param.name.starts_with(CONFIG);
    known(
        given,
        spec.params.iter().filter(own).map(|param| &*param.name),
        "this step has no parameter",
    )?;
    let names = spec.params.iter().filter_map(|param| param.name.strip_prefix(CONFIG));
    known(config, names, "`config:` of plugin.yaml has no")?;
    let value = |param: &Param| {
        let value = match param.name.strip_prefix(CONFIG) {
            Some(name) => config.get(name),
            None => given.get(&param.name),
        };
        let value = value.unwrap_or(&Value::Null);
        fitting(param, value).map(|value| (param.name.clone(), value))
    };
    spec.params.iter().map(value).collect()
}

fn known<'a>(
    given: &Map,
    names: impl Iterator<Item = &'a str> + Clone,
    what: &str,
) -> Result<(), String> {
    let Some(unknown) = given.keys().find(|name| !names.clone().any(|known| known == *name)) else {
        return Ok(());
    };
    let near = nearest(unknown, names).map(|near| format!(": did you mean `{near}`?"));
    Err(format!("{what} `{unknown}`{}", near.unwrap_or_default()))
}

fn fitting(param: &Param, value: &Value) -> Result<Value, String> {
    let name = &param.name;
    if value.is_null() {
        return match param.required && param.default.is_null() {
            true if name.starts_with(CONFIG) => Err(format!(
                "`{name}` is needed: say it in the test file with `config {{ {} = .. }}`",
                name.trim_start_matches(CONFIG)
            )),
            true => Err(format!("the parameter `{name}` is needed")),
            false => Ok(param.default.clone()),
        };
    }
    // An empty table may be either.
    let value = match (value, &param.ty) {
        (Value::Map(map), Type::List(_)) if map.is_empty() => &Value::List(Vec::new()),
        (other, _) => other,
    };
    if param.secrecy == Secrecy::Never && value.is_secret() {
        return Err(format!("`{name}` takes no secret"));
    }
    coerce(value, &param.ty).map_err(|misfit| match param.ty {
        Type::Secret => format!("`{name}` takes a secret: write `secret \"..\"`"),
        _ => format!("`{name}`: {}", misfit.message),
    })
}
