//! Values between the VM of a test file and the engine.

use cutover_engine::value::{Map, Piece, Value, clean, pieces};
use mlua::{Lua, MetaMethod, Table, UserData, UserDataMethods, Value as LuaValue};
use serde_json::Value as Json;

/// A value goes this deep at most.
const DEEPEST: usize = 32;
/// The largest whole number that a number of Lua holds exactly.
const LARGEST: f64 = 9_007_199_254_740_992.0;
/// The key of a metatable that says that a table is a list, even an empty one.
const IS_LIST: &str = "__list";

/// A secret as a test file sees it. Only `reveal` shows it.
#[derive(Debug, Clone)]
pub(crate) struct Secret(pub(crate) String);

impl UserData for Secret {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, _, ()| Ok("***"));
        methods.add_meta_method(MetaMethod::Eq, |_, this, other: LuaValue| {
            Ok(of(&other).is_some_and(|other| other == this.0))
        });
    }
}

/// Returns the value of a secret.
pub(crate) fn of(value: &LuaValue) -> Option<String> {
    let LuaValue::UserData(data) = value else { return None };
    data.borrow::<Secret>().ok().map(|secret| secret.0.clone())
}

/// Marks a table as a list.
pub(crate) fn array(lua: &Lua, table: Table) -> mlua::Result<Table> {
    let meta = lua.create_table()?;
    meta.raw_set(IS_LIST, true)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

/// Makes a value of the engine of one of the VM; `seal` makes one of a secret.
pub(crate) fn from_lua(
    value: &LuaValue,
    seal: &dyn Fn(String) -> Value,
    depth: usize,
) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("a value is nested more than {DEEPEST} deep"));
    }
    match value {
        LuaValue::Nil => Ok(Value::Null),
        LuaValue::Boolean(truth) => Ok(Value::Bool(*truth)),
        LuaValue::Integer(number) => Ok(Value::Int(*number)),
        LuaValue::Number(number) => number_of(*number),
        LuaValue::String(text) => {
            let text = text.to_str().map_err(|_| "a text is not UTF-8".to_owned())?;
            Ok(Value::Text(clean(&text)))
        }
        LuaValue::Table(table) => table_of(table, seal, depth),
        other => match of(other) {
            Some(plain) => Ok(seal(plain)),
            None => Err(format!("a {} is no value", other.type_name())),
        },
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
fn number_of(number: f64) -> Result<Value, String> {
    if !number.is_finite() {
        return Err(format!("{number} is no value"));
    }
    if number.fract() == 0.0 && number.abs() < LARGEST {
        return Ok(Value::Int(number as i64));
    }
    Ok(Value::Float(number))
}

fn table_of(table: &Table, seal: &dyn Fn(String) -> Value, depth: usize) -> Result<Value, String> {
    let marked = table.metatable().is_some_and(|meta| meta.raw_get(IS_LIST).unwrap_or(false));
    let length = table.raw_len();
    if marked || length > 0 {
        let items = (1..=length).map(|at| {
            let item: LuaValue = table.raw_get(at).map_err(|error| error.to_string())?;
            from_lua(&item, seal, depth + 1)
        });
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let pairs = table.pairs::<LuaValue, LuaValue>().count();
        if pairs != length {
            return Err("a table is a list and has other keys too".to_owned());
        }
        return Ok(Value::List(items));
    }
    let mut map = Map::new();
    for pair in table.pairs::<LuaValue, LuaValue>() {
        let (key, item) = pair.map_err(|error| error.to_string())?;
        let LuaValue::String(key) = &key else {
            return Err(format!("a key of a table is a {}, and not text", key.type_name()));
        };
        let key = clean(&key.to_str().map_err(|_| "a key is not UTF-8".to_owned())?);
        map.insert(key, from_lua(&item, seal, depth + 1)?);
    }
    map.sort_keys();
    Ok(Value::Map(map))
}

/// Makes a value of the VM of one of the engine; `open` opens a text with secrets in it.
pub(crate) fn to_lua(
    lua: &Lua,
    value: &Value,
    open: &dyn Fn(&str) -> Result<String, String>,
) -> mlua::Result<LuaValue> {
    match value {
        Value::Null => Ok(LuaValue::Nil),
        Value::Bool(truth) => Ok(LuaValue::Boolean(*truth)),
        Value::Int(number) => Ok(number_to(*number)),
        Value::Float(number) => Ok(LuaValue::Number(*number)),
        Value::Text(text) if value.is_secret() => {
            let plain = open(text).map_err(mlua::Error::runtime)?;
            lua.create_userdata(Secret(plain)).map(LuaValue::UserData)
        }
        Value::Text(text) => lua.create_string(text).map(LuaValue::String),
        Value::List(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for (at, item) in items.iter().enumerate() {
                table.raw_set(at + 1, to_lua(lua, item, open)?)?;
            }
            array(lua, table).map(LuaValue::Table)
        }
        Value::Map(map) => {
            let table = lua.create_table_with_capacity(0, map.len())?;
            for (key, item) in map {
                table.raw_set(key.as_str(), to_lua(lua, item, open)?)?;
            }
            Ok(LuaValue::Table(table))
        }
        Value::Duration(length) => lua.create_string(length.to_string()).map(LuaValue::String),
        Value::Timestamp(at) => lua.create_string(at.to_string()).map(LuaValue::String),
        Value::Unknown(unknown) => {
            Err(mlua::Error::runtime(format!("{} is unknown", unknown.from)))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a larger one is handed out as text")]
fn number_to(number: i64) -> LuaValue {
    LuaValue::Number(number as f64)
}

/// Makes a value of JSON, without anything sealed.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::Text(clean(text)),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, item)| (clean(key), from_json(item))).collect())
        }
    }
}

/// Returns a value in a few words for messages: a secret as `***`.
pub(crate) fn shown(value: &LuaValue) -> String {
    if of(value).is_some() {
        return "a secret".to_owned();
    }
    let hidden = |_| Value::Text("***".to_owned());
    match from_lua(value, &hidden, 0) {
        Ok(Value::Text(text)) => format!("`{text}`"),
        Ok(Value::Null) => "nothing".to_owned(),
        Ok(value) => cutover_engine::disk::to_json(&value).to_string(),
        Err(_) => format!("a {}", value.type_name()),
    }
}

/// Says whether a text is plain: no secret and nothing unknown is in it.
pub(crate) fn is_plain(text: &str) -> bool {
    pieces(text).iter().all(|piece| matches!(piece, Piece::Plain(_)))
}
