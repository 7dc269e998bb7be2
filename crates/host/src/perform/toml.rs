//! Edits of TOML files: only the named keys of the named table, everything else as it is written.

use cutover_engine::effect::TomlEdit;
use cutover_engine::known::Known;
use cutover_engine::value::shown;
use indexmap::IndexMap;
use serde_json::Value as Json;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};
use zeroize::Zeroizing;

use crate::secrets::Table as Secrets;

/// An edit with its secrets opened.
struct Opened {
    is: Zeroizing<String>,
    set: IndexMap<String, Zeroizing<String>>,
    from: Option<Zeroizing<String>>,
}

/// Returns a text with an edit made. The error is ours and holds nothing of the text.
pub(crate) fn apply(
    secrets: &Secrets,
    text: &str,
    edit: &TomlEdit,
) -> Result<Zeroizing<String>, String> {
    let opened = open(secrets, edit)?;
    let mut document = parse(text)?;
    let name = shown(&edit.is);
    if find(&document, edit, &opened.is)?.is_none() {
        insert(&mut document, edit, &opened)?;
    }
    let table = find_mut(&mut document, edit, &opened.is)
        .ok_or_else(|| format!("has no `{}` {name}", edit.array))?;
    for (key, value) in &opened.set {
        set(table, key, value);
    }
    Ok(document.to_string().into())
}

/// Returns `is` with the edit's keys as `was` had them, none where `is` does not hold any more what
/// the edit wrote (nor what was there before).
pub(crate) fn take_back(
    secrets: &Secrets,
    is: &str,
    was: &str,
    (edit, known): (&TomlEdit, &Known),
) -> Result<Option<Zeroizing<String>>, String> {
    // What it set may have died with another process: it is only compared.
    let opened = open(secrets, &TomlEdit { set: IndexMap::new(), ..edit.clone() })?;
    let mut document = parse(is)?;
    let former = parse(was)?;
    let former = find(&former, edit, &opened.is)?;
    let Some(table) = find(&document, edit, &opened.is)? else {
        return Ok(former.is_none().then(|| is.to_owned().into()));
    };
    let same = |key: &str, value: Option<&str>| table.get(key).and_then(Item::as_str) == value;
    let is_ours = |(key, ours): (&String, &String)| {
        let is = table.get(key).and_then(Item::as_str);
        secrets.is_what_was_written(is, ours, known) == Some(true)
    };
    let holds_ours = edit.set.iter().all(is_ours);
    let before = |key: &str| former.and_then(|table| table.get(key)).and_then(Item::as_str);
    if !holds_ours {
        let is_back = former.is_some() && edit.set.keys().all(|key| same(key, before(key)));
        return Ok(is_back.then(|| is.to_owned().into()));
    }
    let Some(former) = former else {
        remove(&mut document, edit, &opened.is);
        return Ok(Some(document.to_string().into()));
    };
    let former = former.clone();
    if let Some(table) = find_mut(&mut document, edit, &opened.is) {
        for key in edit.set.keys() {
            match former.get(key).and_then(Item::as_str) {
                Some(value) => set(table, key, value),
                None => drop(table.remove(key)),
            }
        }
    }
    Ok(Some(document.to_string().into()))
}

/// Says whether a text holds what an edit wrote, or may: a value that died with another process
/// cannot be told.
pub(crate) fn holds(
    secrets: &Secrets,
    is: &str,
    (edit, known): (&TomlEdit, &Known),
) -> Result<bool, String> {
    let document = parse(is)?;
    let name = secrets.open(&edit.is).map_err(|error| error.to_string())?;
    let Some(table) = find(&document, edit, &name)? else { return Ok(false) };
    Ok(edit.set.iter().all(|(key, value)| {
        let is = table.get(key).and_then(Item::as_str);
        secrets.is_what_was_written(is, value, known).unwrap_or(true)
    }))
}

/// Returns a TOML text as JSON. The error says where, never what.
pub(crate) fn to_json(text: &str) -> Result<Json, String> {
    let document = parse(text)?;
    Ok(table_to_json(document.as_table()))
}

fn open(secrets: &Secrets, edit: &TomlEdit) -> Result<Opened, String> {
    let one = |text: &str| secrets.open(text).map_err(|error| error.to_string());
    Ok(Opened {
        is: one(&edit.is)?,
        set: edit
            .set
            .iter()
            .map(|(key, text)| Ok((key.clone(), one(text)?)))
            .collect::<Result<_, String>>()?,
        from: edit.copy_from.as_ref().map(|(from, _)| one(from)).transpose()?,
    })
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse::<DocumentMut>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("not TOML (line {line}, column {column})")
    })
}

fn tables<'a>(
    document: &'a DocumentMut,
    edit: &TomlEdit,
) -> Result<Option<&'a ArrayOfTables>, String> {
    match document.get(&edit.array) {
        None => Ok(None),
        Some(Item::ArrayOfTables(tables)) => Ok(Some(tables)),
        Some(Item::None | Item::Value(_) | Item::Table(_)) => {
            Err(format!("has a `{0}` that is not written as [[{0}]]", edit.array))
        }
    }
}

fn is_named(table: &Table, edit: &TomlEdit, name: &str) -> bool {
    table.get(&edit.key).and_then(Item::as_str) == Some(name)
}

fn find<'a>(
    document: &'a DocumentMut,
    edit: &TomlEdit,
    name: &str,
) -> Result<Option<&'a Table>, String> {
    let Some(tables) = tables(document, edit)? else { return Ok(None) };
    let mut found = tables.iter().filter(|table| is_named(table, edit, name));
    let first = found.next();
    if found.next().is_some() {
        return Err(format!("has more than one `{}` {}", edit.array, shown(&edit.is)));
    }
    Ok(first)
}

fn find_mut<'a>(
    document: &'a mut DocumentMut,
    edit: &TomlEdit,
    name: &str,
) -> Option<&'a mut Table> {
    let tables = document.get_mut(&edit.array)?.as_array_of_tables_mut()?;
    tables.iter_mut().find(|table| is_named(table, edit, name))
}

/// Adds the table, with some keys copied from another one.
fn insert(document: &mut DocumentMut, edit: &TomlEdit, opened: &Opened) -> Result<(), String> {
    let missing = format!("has no `{}` {}", edit.array, shown(&edit.is));
    let (Some((from, keys)), Some(name)) = (&edit.copy_from, &opened.from) else {
        return Err(missing);
    };
    let Some(source) = find(document, edit, name)?.cloned() else {
        return Err(format!("{missing}, and none {} to copy from", shown(from)));
    };
    let mut table = Table::new();
    set(&mut table, &edit.key, &opened.is);
    for key in keys.iter().filter(|key| **key != edit.key) {
        if let Some(value) = source.get(key).and_then(Item::as_value) {
            let mut value = value.clone();
            value.decor_mut().clear();
            table.insert(key, Item::Value(value));
        }
    }
    table.decor_mut().set_prefix("\n");
    if let Some(Item::ArrayOfTables(tables)) = document.get_mut(&edit.array) {
        tables.push(table);
    }
    Ok(())
}

/// Removes the table.
fn remove(document: &mut DocumentMut, edit: &TomlEdit, name: &str) {
    if let Some(Item::ArrayOfTables(tables)) = document.get_mut(&edit.array) {
        tables.retain(|table| !is_named(table, edit, name));
    }
}

/// Sets a key; the blanks and the comment around its value stay.
fn set(table: &mut Table, key: &str, text: &str) {
    let mut value = Value::from(text);
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(Item::None | Item::Table(_) | Item::ArrayOfTables(_)) | None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn table_to_json(table: &Table) -> Json {
    Json::Object(table.iter().map(|(key, item)| (key.to_owned(), item_to_json(item))).collect())
}

fn item_to_json(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(value) => value_to_json(value),
        Item::Table(table) => table_to_json(table),
        Item::ArrayOfTables(tables) => Json::Array(tables.iter().map(table_to_json).collect()),
    }
}

fn value_to_json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::String(text.value().clone()),
        Value::Integer(number) => Json::from(*number.value()),
        Value::Float(number) if number.value().is_finite() => Json::from(*number.value()),
        Value::Float(number) => Json::String(number.value().to_string()),
        Value::Boolean(truth) => Json::Bool(*truth.value()),
        Value::Datetime(at) => Json::String(at.value().to_string()),
        Value::Array(items) => Json::Array(items.iter().map(value_to_json).collect()),
        Value::InlineTable(map) => Json::Object(
            map.iter().map(|(key, value)| (key.to_owned(), value_to_json(value))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
