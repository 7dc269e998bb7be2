//! The functions that the prelude of a test file stands on.

use std::cell::RefCell;
use std::rc::Rc;

use cutover_engine::diagnostic::nearest;
use cutover_engine::disk::to_json;
use cutover_engine::value::Value;
use mlua::{Function, Lua, Table, Value as LuaValue};

use super::convert::{self, Secret};
use super::world::{Shelf, plain};
use crate::files::Files;

/// Returns what the prelude stands on.
pub(crate) fn host(
    lua: &Lua,
    files: &Rc<Files>,
    shelf: &Rc<RefCell<Shelf>>,
) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    let set = |name: &str, function: Function| host.raw_set(name, function);
    set(
        "line",
        lua.create_function(|lua, level: usize| Ok(place(lua, level).map(|(_, line)| line)))?,
    )?;
    set("secret", lua.create_function(|_, plain: String| Ok(Secret(plain)))?)?;
    set("is_secret", lua.create_function(|_, value: LuaValue| Ok(convert::of(&value).is_some()))?)?;
    set("reveal", lua.create_function(|_, value: LuaValue| Ok(convert::of(&value)))?)?;
    set("show", lua.create_function(|_, value: LuaValue| Ok(convert::shown(&value)))?)?;
    set("array", lua.create_function(convert::array)?)?;
    set("unescape", lua.create_function(|_, text: String| Ok(unescape(&text)))?)?;
    set(
        "encode",
        lua.create_function(|_, value: LuaValue| {
            let hidden = |_| Value::Text("***".to_owned());
            let value = convert::from_lua(&value, &hidden, 0).map_err(mlua::Error::runtime)?;
            Ok(to_json(&value).to_string())
        })?,
    )?;
    set(
        "decode",
        lua.create_function(|lua, text: String| {
            let json = serde_json::from_str(&text);
            let json = json.map_err(|error| mlua::Error::runtime(format!("not JSON: {error}")))?;
            plain(lua, &convert::from_json(&json))
        })?,
    )?;
    let shelf = Rc::clone(shelf);
    set(
        "file",
        lua.create_function(move |_, (path, text): (String, Option<String>)| {
            let (mut shelf, path) = (shelf.borrow_mut(), absolute(&path));
            if let Some(text) = text {
                shelf.set(path.clone(), text);
            }
            Ok(shelf.get(&path))
        })?,
    )?;
    set("require", require(lua, files)?)?;
    Ok(host)
}

/// `require "tests.fake"`: a file of the plugin, read once.
fn require(lua: &Lua, files: &Rc<Files>) -> mlua::Result<Function> {
    let files = Rc::clone(files);
    let loaded = lua.create_table()?;
    lua.create_function(move |lua, name: String| {
        let before: LuaValue = loaded.raw_get(name.as_str())?;
        if !before.is_nil() {
            return Ok(before);
        }
        let path = format!("{}.lua", name.replace('.', "/"));
        let Some(text) = files.get(&path) else {
            return Err(mlua::Error::runtime(format!("there is no file `{path}` in the plugin")));
        };
        let value: LuaValue = lua.load(text).set_name(format!("={path}")).call(())?;
        let value = if value.is_nil() { LuaValue::Boolean(true) } else { value };
        loaded.raw_set(name, &value)?;
        Ok(value)
    })
}

/// Returns a part of a path with its percent signs read.
pub(crate) fn unescape(text: &str) -> String {
    let (bytes, mut read, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        read.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// A name that nobody has given a meaning is a mistake, and the nearest one is named.
pub(crate) fn strict(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    let mut names = Vec::new();
    for pair in globals.pairs::<LuaValue, LuaValue>() {
        if let (LuaValue::String(name), _) = pair? {
            names.push(name.to_str()?.to_owned());
        }
    }
    let unknown = move |lua: &Lua, (_, name): (Table, String)| -> mlua::Result<LuaValue> {
        let near = nearest(&name, names.iter().map(String::as_str));
        let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        let at = place(lua, 1).map(|(file, line)| format!("{file}:{line}: ")).unwrap_or_default();
        Err(mlua::Error::runtime(format!("{at}there is no `{name}` here{near}")))
    };
    let meta = lua.create_table()?;
    meta.raw_set("__index", lua.create_function(unknown)?)?;
    globals.set_metatable(Some(meta))
}

/// Returns the file and line of whoever called, so many levels up.
fn place(lua: &Lua, level: usize) -> Option<(String, u32)> {
    let at = |debug: &mlua::debug::Debug| {
        let file = debug.source().short_src.map(|file| file.to_string()).unwrap_or_default();
        let line = debug.current_line().and_then(|line| u32::try_from(line).ok());
        (file, line.unwrap_or_default())
    };
    lua.inspect_stack(level, at)
}

/// Returns a path as a test's host takes it: absolute, with a home folder of its own.
pub(crate) fn absolute(path: &str) -> String {
    const HOME: &str = "/home/test";
    const FOLDER: &str = "/srv/here";
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{HOME}{rest}"),
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{FOLDER}/{path}"),
    }
}
