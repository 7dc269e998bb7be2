//! What is kept of an answer, its secrets sealed, as the real host does it.

use cutover_engine::effect::Keep;
use cutover_engine::host::Secrets;
use cutover_engine::value::{Map, Value, clean};
use serde_json::Value as Json;

/// Makes a value of an answer. `place` is where secrets in it come from, such as `steps.issue`. The
/// error is ours and holds nothing of the answer.
pub(crate) fn keep(
    text: &str,
    keep: &Keep,
    secrets: &dyn Secrets,
    (place, whole): (&str, &str),
) -> Result<Value, String> {
    match keep {
        Keep::Nothing => Ok(Value::Null),
        Keep::Text => Ok(Value::Text(clean(text))),
        Keep::Secret => {
            let text = text.strip_suffix('\n').unwrap_or(text);
            let text = text.strip_suffix('\r').unwrap_or(text);
            Ok(secrets.seal(&format!("{place}.{whole}"), text.to_owned()).into())
        }
        Keep::Json { seal } => {
            let json: Json = serde_json::from_str(text).map_err(|error| {
                format!("not JSON (line {}, column {})", error.line(), error.column())
            })?;
            let split = |pointer: &String| -> Vec<String> {
                let parts = pointer.strip_prefix('/').unwrap_or(pointer).split('/');
                parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
            };
            let pointers = seal.iter().map(split).collect();
            Ok(Sealer { secrets, place, pointers }.value(json, &mut Vec::new()))
        }
        Keep::Answer { seal } => answer(text, seal, secrets, place),
        Keep::Toml { .. } | Keep::Lines { .. } => {
            Err("kept in a form that stand-ins do not know".to_owned())
        }
    }
}

struct Sealer<'a> {
    secrets: &'a dyn Secrets,
    place: &'a str,
    pointers: Vec<Vec<String>>,
}

impl Sealer<'_> {
    fn value(&self, json: Json, at: &mut Vec<String>) -> Value {
        if let Some(pointer) = self.pointers.iter().find(|pointer| fits(pointer, at)) {
            return self.seal(json, pointer);
        }
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(truth),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                // A number with a fraction would be another one.
                None => match number.as_u64() {
                    Some(large) => Value::Text(large.to_string()),
                    None => Value::Float(number.as_f64().unwrap_or_default()),
                },
            },
            Json::String(text) => Value::Text(clean(&text)),
            Json::Array(items) => {
                let items = items.into_iter().enumerate();
                Value::List(
                    items.map(|(index, item)| self.below(index.to_string(), item, at)).collect(),
                )
            }
            Json::Object(map) => {
                let pairs = map.into_iter();
                let pairs = pairs.map(|(key, item)| (clean(&key), self.below(key, item, at)));
                Value::Map(pairs.collect::<Map>())
            }
        }
    }

    fn below(&self, key: String, item: Json, at: &mut Vec<String>) -> Value {
        at.push(key);
        let value = self.value(item, at);
        at.pop();
        value
    }

    fn seal(&self, json: Json, pointer: &[String]) -> Value {
        let plain = match json {
            Json::Null => return Value::Null,
            Json::String(text) => text,
            other @ (Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => {
                other.to_string()
            }
        };
        let name = pointer.iter().rev().find(|part| *part != "*").map_or("value", String::as_str);
        self.secrets.seal(&format!("{}.{}", self.place, clean(name)), plain).into()
    }
}

fn fits(pointer: &[String], at: &[String]) -> bool {
    pointer.len() == at.len() && pointer.iter().zip(at).all(|(want, is)| want == "*" || want == is)
}

/// Makes a map of an answer that may be JSON. What should be sealed is never shown as text.
fn answer(
    text: &str,
    seal: &[String],
    secrets: &dyn Secrets,
    place: &str,
) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let is_json = serde_json::from_str::<Json>(text).is_ok();
    if !is_json && seal.is_empty() {
        return Ok(Value::map([("text", Value::Text(clean(text)))]));
    }
    let how = Keep::Json { seal: seal.to_vec() };
    let json = keep(text, &how, secrets, (place, ""))?;
    Ok(Value::map([("json", json)]))
}
