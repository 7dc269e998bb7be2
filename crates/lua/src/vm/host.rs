//! The functions that the prelude is given: the one door, and what Luau cannot do by itself.

use std::rc::Rc;

use cutover_engine::diagnostic::nearest;
use cutover_engine::value::Value;
use mlua::chunk::ChunkMode;
use mlua::{Lua, LuaString, Table, Value as Lv};

use crate::files::INIT;
use crate::vm::convert::{LIST, from_lua, to_lua};
use crate::vm::fault::cut;
use crate::vm::fresh::Link;
use crate::vm::limits::{LOGGED, LONGEST_SEARCHED, OUTGOING};
use crate::vm::opaque::{METHODS, Opaque};
use crate::vm::watch::{Stop, Watch, over};
use crate::vm::{Ask, Refusal, Word, compiled, pure};

/// How many names a message lists.
const MOST_NAMES: usize = 24;

/// Makes the table of them.
pub(crate) fn functions(lua: &Lua, watch: &Rc<Watch>, link: &Rc<Link>) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    let list = lua.create_table()?;
    list.raw_set("__metatable", false)?;
    list.set_readonly(true);
    lua.set_named_registry_value(LIST, &list)?;
    host.raw_set("list", list)?;
    host.raw_set("null", Lv::NULL)?;
    host.raw_set("find", lua.create_function(find)?)?;
    host.raw_set("freeze", lua.create_function(freeze)?)?;
    host.raw_set("words", lua.create_function(words)?)?;
    host.raw_set("shown", lua.create_function(shown)?)?;
    host.raw_set("unlisted", lua.create_function(unlisted)?)?;
    host.raw_set("methods", lua.create_function(methods)?)?;
    let stopped = watch.clone();
    let unknown = move |_: &Lua, from: String| -> mlua::Result<()> {
        stopped.end(Stop::Unknown(from));
        Err(over())
    };
    host.raw_set("unknown", lua.create_function(unknown)?)?;
    let of = link.clone();
    host.raw_set("chunk", lua.create_function(move |lua, name: Lv| chunk(lua, &of, &name))?)?;
    let (of, at) = (link.clone(), watch.clone());
    let rpc = move |lua: &Lua, (op, args): (LuaString, Lv)| rpc(lua, &of, &at, &op, &args);
    host.raw_set("rpc", lua.create_function(rpc)?)?;
    Ok(host)
}

/// The one door: `rpc(op, args) -> ok, value`.
fn rpc(
    lua: &Lua,
    link: &Link,
    watch: &Watch,
    op: &LuaString,
    args: &Lv,
) -> mlua::Result<(bool, Lv)> {
    let op = op.to_str()?.to_owned();
    if let Some(done) = pure::bytes(lua, &op, args) {
        return match done {
            Ok(bytes) => Ok((true, Lv::String(lua.create_string(bytes)?))),
            Err(why) => refused(lua, Refusal::new("argument", format!("`{op}`: {why}"))),
        };
    }
    let bounds = if op == "log" { LOGGED } else { OUTGOING };
    let value = match from_lua(lua, args, &format!("`{op}`"), bounds) {
        Ok(value) => value,
        Err(why) => return refused(lua, Refusal::new("argument", why)),
    };
    let answer = match pure::serve(&op, &value) {
        Some(answer) => answer,
        None => ask(link, watch, Ask { op, args: value })?,
    };
    match answer {
        Ok(value) => Ok((true, to_lua(lua, &value)?)),
        Err(refusal) if refusal.stop => {
            watch.end_here(lua, Stop::Refused(Box::new(refusal)));
            Err(over())
        }
        Err(refusal) => refused(lua, refusal),
    }
}

/// Asks at the door; the time until the answer is not the plugin's.
fn ask(link: &Link, watch: &Watch, ask: Ask) -> mlua::Result<Result<Value, Refusal>> {
    watch.look();
    if watch.stopped().is_some() {
        return Err(over());
    }
    // What touches nothing outside is its own work.
    let waits = ["http", "exec", "fs.read", "fs.write", "fs.remove", "sleep"];
    let is_wait = waits.contains(&ask.op.as_str());
    let answer = link.line.borrow().as_ref().and_then(|line| line.ask(Word::Ask(ask)));
    if is_wait {
        watch.resume();
    } else {
        watch.look();
    }
    answer.ok_or_else(|| {
        watch.end(Stop::Cancelled);
        over()
    })
}

fn refused(lua: &Lua, refusal: Refusal) -> mlua::Result<(bool, Lv)> {
    let table = lua.create_table()?;
    table.raw_set("class", refusal.class.as_str())?;
    table.raw_set("code", refusal.code)?;
    table.raw_set("message", refusal.message)?;
    table.raw_set("help", refusal.help)?;
    table.raw_set("status", refusal.status)?;
    table.raw_set("stderr", refusal.stderr)?;
    table.raw_set("denied", refusal.denied)?;
    table.raw_set("after", refusal.after.map(|after| after.0 as f64 / 1000.0))?;
    table.raw_set("json", to_lua(lua, refusal.body.get("json"))?)?;
    table.raw_set("text", to_lua(lua, refusal.body.get("text"))?)?;
    Ok((false, Lv::Table(table)))
}

/// `find` of a plain text, in linear time.
fn find(
    _: &Lua,
    (text, wanted, from): (LuaString, LuaString, Option<i64>),
) -> mlua::Result<(Option<usize>, Option<usize>)> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    if text.len() > LONGEST_SEARCHED {
        let most = LONGEST_SEARCHED >> 20;
        return Err(mlua::Error::runtime(format!("string.find: a text of more than {most} MiB")));
    }
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let from = match from.unwrap_or(1) {
        from if from < 0 => (length + from).max(0),
        0 => 0,
        from => from - 1,
    };
    let Some(rest) = usize::try_from(from).ok().and_then(|from| text.get(from..)) else {
        return Ok((None, None));
    };
    let from = text.len() - rest.len();
    let found = memchr::memmem::find(rest, &wanted);
    Ok((found.map(|at| from + at + 1), found.map(|at| from + at + wanted.len())))
}

/// Makes a table read-only, one with a metatable too.
fn freeze(_: &Lua, table: Table) -> mlua::Result<Table> {
    table.set_readonly(true);
    Ok(table)
}

/// Returns what was raised, for people.
fn words(_: &Lua, raised: Lv) -> mlua::Result<String> {
    Ok(match raised {
        Lv::String(text) => cut(&String::from_utf8_lossy(&text.as_bytes())),
        Lv::Error(error) => cut(&root(&error)),
        Lv::UserData(_) => "a secret was raised".to_owned(),
        Lv::Integer(number) => number.to_string(),
        Lv::Number(number) => number.to_string(),
        Lv::Table(_) => {
            "a table was raised; fail{ code = \"..\", message = \"..\" } is for errors".to_owned()
        }
        other => format!("a {} was raised", other.type_name()),
    })
}

fn root(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. } => root(cause),
        mlua::Error::RuntimeError(message) | mlua::Error::MemoryError(message) => message.clone(),
        other => other.to_string(),
    }
}

/// Returns a text for a log line, secrets as where they come from.
fn shown(lua: &Lua, value: Lv) -> mlua::Result<Lv> {
    match &value {
        Lv::UserData(data) => match data.borrow::<Opaque>() {
            Ok(opaque) => Ok(Lv::String(lua.create_string(opaque.shown())?)),
            Err(_) => Ok(Lv::String(lua.create_string("userdata")?)),
        },
        Lv::String(text) => {
            let text = String::from_utf8_lossy(&text.as_bytes()).into_owned();
            Ok(Lv::String(lua.create_string(cut(&text))?))
        }
        other => Ok(Lv::String(lua.create_string(other.to_string()?)?)),
    }
}

/// Says that a name is not there, with the nearest one.
fn unlisted(_: &Lua, (key, names, what): (Lv, Table, String)) -> mlua::Result<String> {
    let key = match &key {
        Lv::String(text) => cut(&String::from_utf8_lossy(&text.as_bytes())),
        other => format!("a {}", other.type_name()),
    };
    let mut listed = Vec::new();
    for pair in names.pairs::<Lv, Lv>() {
        if let (Lv::String(name), _) = pair? {
            listed.push(name.to_str()?.to_owned());
        }
    }
    listed.sort_unstable();
    let help = match nearest(&key, listed.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if listed.is_empty() => "there is nothing".to_owned(),
        None if listed.len() > MOST_NAMES => "it is a name that nobody knows".to_owned(),
        None => format!("there are `{}`", listed.join("`, `")),
    };
    Ok(format!("`{key}` is not in {what}: {help}"))
}

fn methods(lua: &Lua, methods: Table) -> mlua::Result<()> {
    lua.set_named_registry_value(METHODS, methods)
}

/// Returns a file of the plugin as a function, or why there is none.
fn chunk(lua: &Lua, link: &Link, name: &Lv) -> mlua::Result<(Lv, Option<String>)> {
    let no = |why: String| Ok((Lv::Nil, Some(why)));
    let Lv::String(name) = name else {
        return no("`require` wants the name of a file, such as \"lib.client\"".to_owned());
    };
    let name = cut(&String::from_utf8_lossy(&name.as_bytes()));
    let tame = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if !name.chars().all(tame) || name.split('.').any(str::is_empty) {
        return no(format!("`{name}` is not the name of a file: \"lib.client\" is lib/client.lua"));
    }
    let Some(code) = link.code.borrow().clone() else { return no("no plugin".to_owned()) };
    let path = if name == "init" { INIT.to_owned() } else { name.replace('.', "/") + ".lua" };
    match compiled::file(&code, &path) {
        Ok(Some(bytes)) => {
            let chunk = lua
                .load(bytes.as_slice())
                .set_name(format!("={}/{path}", code.plugin))
                .set_mode(ChunkMode::Binary);
            let globals = link.globals.borrow().clone();
            let globals = globals.ok_or_else(|| mlua::Error::runtime("no globals"))?;
            Ok((Lv::Function(chunk.set_environment(globals).into_function()?), None))
        }
        Ok(None) => no(format!("the plugin has no file {path}")),
        Err(why) => no(why),
    }
}
