//! What is kept of text that comes back, secrets sealed.

use cutover_engine::effect::Keep;
use cutover_engine::host::Secrets;
use cutover_engine::value::Value;
use serde_json::Value as Json;

use super::secrets::Table;

/// Makes a value of a text, as [`Keep`] says.
pub(super) fn keep(table: &Table, keep: &Keep, text: &str) -> Value {
    let seal = |plain: &str| Value::from(table.seal("answer", plain.to_owned()));
    match keep {
        Keep::Nothing => Value::Null,
        Keep::Text => text.into(),
        Keep::Secret => seal(text.strip_suffix('\n').unwrap_or(text)),
        Keep::Json { seal: pointers } => {
            let json: Json = serde_json::from_str(text).expect("it is JSON");
            sealed(&json, "", pointers, &seal)
        }
        Keep::Answer { seal: pointers } => match serde_json::from_str(text) {
            Ok(json) => Value::map([("json", sealed(&json, "", pointers, &seal))]),
            Err(_) => Value::map([("text", text.into())]),
        },
        Keep::Toml { seal: pointers } => {
            let document: toml_edit::DocumentMut = text.parse().expect("it is TOML");
            sealed(&from_toml(document.as_item()), "", pointers, &seal)
        }
        Keep::Lines { seal_words, seal_last } => {
            let lines: Vec<&str> = text.lines().collect();
            let last = lines.iter().rposition(|line| !line.trim().is_empty());
            let line = |(at, line): (usize, &str)| {
                let is_last = *seal_last && Some(at) == last && !line.trim().contains(' ');
                if is_last || seal_words.iter().any(|word| line.starts_with(word.as_str())) {
                    return seal(line.trim()).as_text().unwrap_or_default().to_owned();
                }
                line.to_owned()
            };
            text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n").into()
        }
    }
}

fn sealed(json: &Json, at: &str, pointers: &[String], seal: &dyn Fn(&str) -> Value) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Int(number.as_i64().expect("whole numbers here")),
        Json::String(text) if pointers.iter().any(|pointer| fits(pointer, at)) => seal(text),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => {
            let item = |(index, item): (usize, &Json)| {
                sealed(item, &format!("{at}/{index}"), pointers, seal)
            };
            Value::List(items.iter().enumerate().map(item).collect())
        }
        Json::Object(map) => Value::map(
            map.iter()
                .map(|(key, item)| (key, sealed(item, &format!("{at}/{key}"), pointers, seal))),
        ),
    }
}

fn fits(pointer: &str, at: &str) -> bool {
    let (pointer, at): (Vec<_>, Vec<_>) = (pointer.split('/').collect(), at.split('/').collect());
    pointer.len() == at.len() && pointer.iter().zip(at).all(|(p, a)| *p == "*" || *p == a)
}

fn from_toml(item: &toml_edit::Item) -> Json {
    match item {
        toml_edit::Item::None => Json::Null,
        toml_edit::Item::Value(value) => {
            value.as_str().map_or_else(|| value.to_string().trim().into(), Into::into)
        }
        toml_edit::Item::Table(table) => {
            table.iter().map(|(key, item)| (key.to_owned(), from_toml(item))).collect()
        }
        toml_edit::Item::ArrayOfTables(tables) => tables
            .iter()
            .map(|table| from_toml(&toml_edit::Item::Table(table.clone())))
            .collect::<Vec<_>>()
            .into(),
    }
}
