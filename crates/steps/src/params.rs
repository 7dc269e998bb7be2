//! Typed access to a step's parameters. The engine has checked them against the spec; what a
//! preview does not know yet is an unknown, which travels on as a mark where text is wanted.

use indexmap::IndexMap;

use cutover_engine::ctx::Ctx;
use cutover_engine::disk::to_json;
use cutover_engine::step::{Fate, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

/// Returns a parameter; null where it was not given.
pub(crate) fn value<'a>(params: &'a Map, name: &str) -> &'a Value {
    const NULL: Value = Value::Null;
    params.get(name).unwrap_or(&NULL)
}

/// Returns a text, secrets and unknowns as marks.
pub(crate) fn text(params: &Map, name: &str) -> Result<String, StepError> {
    optional_text(params, name)?.ok_or_else(|| missing(name))
}

/// Returns a text that may be left out.
pub(crate) fn optional_text(params: &Map, name: &str) -> Result<Option<String>, StepError> {
    match value(params, name) {
        Value::Null => Ok(None),
        given => Ok(Some(as_text(given, name)?)),
    }
}

/// Returns a boolean; false where it was not given.
pub(crate) fn flag(params: &Map, name: &str) -> Result<bool, StepError> {
    match value(params, name) {
        Value::Null => Ok(false),
        Value::Bool(truth) => Ok(*truth),
        other => Err(unfit(name, other)),
    }
}

/// Returns a whole number.
pub(crate) fn integer(params: &Map, name: &str) -> Result<i64, StepError> {
    match value(params, name) {
        Value::Int(number) => Ok(*number),
        Value::Null => Err(missing(name)),
        other => Err(unfit(name, other)),
    }
}

/// Returns a length of time that may be left out.
pub(crate) fn optional_duration(params: &Map, name: &str) -> Result<Option<Duration>, StepError> {
    match value(params, name) {
        Value::Null => Ok(None),
        Value::Duration(length) => Ok(Some(*length)),
        other => Err(unfit(name, other)),
    }
}

/// Returns a moment that may be left out.
pub(crate) fn optional_timestamp(params: &Map, name: &str) -> Result<Option<Timestamp>, StepError> {
    match value(params, name) {
        Value::Null => Ok(None),
        Value::Timestamp(at) => Ok(Some(*at)),
        other => Err(unfit(name, other)),
    }
}

/// Returns the items of a list; none where it was not given.
pub(crate) fn items<'a>(params: &'a Map, name: &str) -> Result<&'a [Value], StepError> {
    match value(params, name) {
        Value::Null => Ok(&[]),
        Value::List(items) => Ok(items),
        other => Err(unfit(name, other)),
    }
}

/// Returns a list of texts; empty where it was not given.
pub(crate) fn texts(params: &Map, name: &str) -> Result<Vec<String>, StepError> {
    items(params, name)?.iter().map(|item| as_text(item, name)).collect()
}

/// Returns a list of whole numbers; empty where it was not given.
pub(crate) fn integers(params: &Map, name: &str) -> Result<Vec<i64>, StepError> {
    let number = |item: &Value| match item {
        Value::Int(number) => Ok(*number),
        other => Err(unfit(name, other)),
    };
    items(params, name)?.iter().map(number).collect()
}

/// Returns a map of texts, entries that are null left out; empty where it was not given.
pub(crate) fn text_map(params: &Map, name: &str) -> Result<IndexMap<String, String>, StepError> {
    match value(params, name) {
        Value::Null => Ok(IndexMap::new()),
        Value::Map(map) => map
            .iter()
            .filter(|(_, entry)| !entry.is_null())
            .map(|(key, entry)| Ok((key.clone(), as_text(entry, name)?)))
            .collect(),
        other => Err(unfit(name, other)),
    }
}

/// Returns a scalar as text.
pub(crate) fn as_text(value: &Value, name: &str) -> Result<String, StepError> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Unknown(unknown) => Ok(unknown.to_mark()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => Ok(to_json(value).to_string()),
        Value::Duration(length) => Ok(length.to_string()),
        Value::Timestamp(at) => Ok(at.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => Err(unfit(name, value)),
    }
}

/// Says whether a text can be compared: no secret in it died with another process, unless what is
/// still known tells it, and none is one that a preview does not know.
pub(crate) fn opens(ctx: &Ctx<'_>, text: &str) -> bool {
    ctx.secrets().same(text, text)
}

/// Says whether a secret in a text died with another process.
pub(crate) fn is_gone(ctx: &Ctx<'_>, text: &str) -> bool {
    !Value::from(text).is_unknown() && !opens(ctx, text)
}

/// Makes the error of a parameter that is refused for its value.
pub(crate) fn wrong(name: &str, why: &str) -> StepError {
    StepError::new(format!("`{name}` {why}")).code("parameter")
}

fn missing(name: &str) -> StepError {
    wrong(name, "is not given")
}

fn unfit(name: &str, value: &Value) -> StepError {
    if value.is_unknown() {
        let error = wrong(name, "is not known before the run");
        return StepError { fate: Fate::Previewed, ..error };
    }
    wrong(name, "has a value of the wrong kind")
}
