//! A line for people and logs.

use cutover_engine::effect::{Call, EffectError, Reply};
use cutover_engine::value::{Map, Value, shown};

use crate::escape::escape;
use crate::local::Inner;
use crate::options::LogLine;

/// Gives a line to whoever takes them.
pub(crate) fn perform(
    inner: &Inner,
    call: &Call,
    level: &'static str,
    message: &str,
    fields: &Value,
) -> Result<Reply, EffectError> {
    if let Some(sink) = &inner.options.log {
        sink(&LogLine {
            level,
            run: call.run.clone(),
            step: call.step.clone(),
            message: safe(inner, message),
            fields: safe_value(inner, fields),
        });
    }
    Ok(Reply::Done)
}

fn safe(inner: &Inner, text: &str) -> String {
    inner.redact(&escape(&shown(text))).into_owned()
}

fn safe_value(inner: &Inner, value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(safe(inner, text)),
        Value::List(items) => {
            Value::List(items.iter().map(|item| safe_value(inner, item)).collect())
        }
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, item)| (safe(inner, key), safe_value(inner, item)))
                .collect::<Map>(),
        ),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => value.clone(),
    }
}
