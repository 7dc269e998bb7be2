//! The world of a test file: one VM that lives as long as the world does, with the stand-ins that
//! the file makes and the files that a plugin may touch. It answers what comes through the door.

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cutover_engine::disk::to_json;
use cutover_engine::value::Value;
use indexmap::IndexMap;
use mlua::{Function, Lua, LuaOptions, StdLib, Table, Value as LuaValue, VmState};

use super::convert;
use super::step::{Door, StepAsk, StepTold};
use super::words::{host, strict};
use crate::files::Files;

/// Words of our own, before a test file is read.
const PRELUDE: &str = include_str!("prelude.luau");
/// How long one stretch of a test file or a stand-in may take: it only computes.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much memory a test file may use.
const MEMORY: usize = 128 << 20;
/// Each so many-th interrupt looks at the clock.
const LOOK_EVERY: u32 = 64;

/// Something that a plugin asks the world for, its secrets opened.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    /// A request.
    Http {
        method: String,
        url: String,
        query: IndexMap<String, String>,
        headers: IndexMap<String, String>,
        form: IndexMap<String, String>,
        body: Option<String>,
    },
    /// A program.
    Exec {
        argv: Vec<String>,
        env: IndexMap<String, String>,
        stdin: Option<String>,
        files: IndexMap<String, String>,
        cwd: Option<String>,
    },
    /// A file is read.
    Read(String),
    /// A file is written.
    Write { path: String, text: String },
    /// A file is put back, where it still holds what was written.
    Restore { path: String, wrote: Option<String> },
    /// A file is removed.
    Remove(String),
}

/// What the world answers.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// An answer to a request.
    Http { status: u16, headers: IndexMap<String, String>, body: String },
    /// A program's end.
    Exec { code: i32, stdout: String, stderr: String },
    /// A file's text.
    File(Option<String>),
    /// Whether a file was changed.
    Written(bool),
    /// A file holds something else.
    Foreign,
    /// Nothing stands there.
    Nobody,
    /// The stand-in itself is broken.
    Broken(String),
}

/// A case by its place in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) line: u32,
}

/// Files by path, with what each was before it was first changed.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    texts: BTreeMap<String, String>,
    former: BTreeMap<String, Option<String>>,
}

/// The world.
pub(crate) struct World {
    lua: Lua,
    entry: Table,
    until: Rc<Cell<Instant>>,
    shelf: Rc<RefCell<Shelf>>,
}

/// An error of Lua in words: the first line of it, which names file and line.
pub(crate) fn words(error: &mlua::Error) -> String {
    match error {
        mlua::Error::CallbackError { cause, .. } => words(cause),
        mlua::Error::RuntimeError(text) | mlua::Error::SyntaxError { message: text, .. } => {
            text.lines().next().unwrap_or_default().to_owned()
        }
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

impl World {
    /// Reads a test file, or a plugin's fake, and resets what it made.
    pub(crate) fn load(files: &Rc<Files>, path: &str) -> Result<Self, String> {
        Self::make(files, path).map_err(|error| words(&error))
    }

    fn make(files: &Rc<Files>, path: &str) -> mlua::Result<Self> {
        let libs = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::UTF8 | StdLib::BIT;
        let lua = Lua::new_with(libs, LuaOptions::new())?;
        let until = Rc::new(Cell::new(now() + PATIENCE));
        let shelf = Rc::new(RefCell::new(Shelf::default()));
        let host = host(&lua, files, &shelf)?;
        let prelude = lua.load(PRELUDE).set_name("=test");
        let entry: Table = prelude.call(host)?;
        let globals = lua.globals();
        for name in ["loadstring", "getfenv", "setfenv", "newproxy", "collectgarbage", "gcinfo"] {
            globals.raw_set(name, LuaValue::Nil)?;
        }
        for pair in entry.get::<Table>("globals")?.pairs::<String, LuaValue>() {
            let (name, value) = pair?;
            globals.raw_set(name, value)?;
        }
        strict(&lua, &globals)?;
        lua.sandbox(true)?;
        lua.set_memory_limit(MEMORY)?;
        watch(&lua, &until);
        let world = Self { lua, entry, until, shelf };
        world.renew();
        let text = files.get(path).unwrap_or_default();
        world.lua.load(text).set_name(format!("={path}")).exec()?;
        world.entry.get::<Function>("reset")?.call::<()>(())?;
        Ok(world)
    }

    fn renew(&self) {
        self.until.set(now() + PATIENCE);
    }

    /// Returns the cases of the file.
    pub(crate) fn cases(&self) -> Result<Vec<Case>, String> {
        let cases = || -> mlua::Result<Vec<Case>> {
            let cases: Vec<Table> = self.entry.get::<Function>("cases")?.call(())?;
            let case = |case: Table| Ok(Case { name: case.get("name")?, line: case.get("line")? });
            cases.into_iter().map(case).collect()
        };
        cases().map_err(|error| words(&error))
    }

    /// Returns the configuration that the file gives; none where it gives none.
    pub(crate) fn settings(&self, seal: &dyn Fn(String) -> Value) -> Result<Option<Value>, String> {
        let settings = self.entry.get::<Function>("settings").and_then(|get| get.call(()));
        let settings: LuaValue = settings.map_err(|error| words(&error))?;
        match settings {
            LuaValue::Nil => Ok(None),
            some => convert::from_lua(&some, seal, 0).map(Some),
        }
    }

    /// Runs a case. Each step that it takes goes through `door`. The error is that of the file,
    /// with its place.
    pub(crate) fn run(&self, index: usize, door: &dyn Door) -> Result<(), String> {
        self.renew();
        let run = || {
            self.lua.scope(|scope| {
                let host: Table = self.entry.get("host")?;
                let step = |lua: &Lua, ask: (String, String, Table, LuaValue)| {
                    let (kind, name, params, out) = ask;
                    let told = door.step(self, &StepAsk { kind, name, params, out });
                    self.renew();
                    match told {
                        StepTold::Done(value) => {
                            let open = |text: &str| door.open(text);
                            Ok(("ok", convert::to_lua(lua, &value, &open)?))
                        }
                        StepTold::Failed(words) => {
                            Ok(("failed", LuaValue::String(lua.create_string(words)?)))
                        }
                        StepTold::Over => Ok(("over", LuaValue::Boolean(true))),
                    }
                };
                host.raw_set("step", scope.create_function(step)?)?;
                let logs = |_: &Lua, ()| Ok(door.logs());
                host.raw_set("logs", scope.create_function(logs)?)?;
                let unequal = |_: &Lua, ()| {
                    door.unequal();
                    Ok(())
                };
                host.raw_set("unequal", scope.create_function(unequal)?)?;
                self.entry.get::<Function>("run")?.call::<()>(index)
            })
        };
        run().map_err(|error| words(&error))
    }

    /// Answers what comes through the door.
    pub(crate) fn answer(&self, ask: Ask) -> Told {
        self.renew();
        let told = match ask {
            Ask::Http { .. } => self.http(&ask),
            Ask::Exec { .. } => self.exec(&ask),
            Ask::Read(path) => Ok(Told::File(self.shelf.borrow().get(&path))),
            Ask::Write { path, text } => Ok(self.shelf.borrow_mut().put(path, Some(text))),
            Ask::Restore { path, wrote } => Ok(self.shelf.borrow_mut().restore(&path, wrote)),
            Ask::Remove(path) => Ok(self.shelf.borrow_mut().put(path, None)),
        };
        self.renew();
        told.unwrap_or_else(|error| Told::Broken(words(&error)))
    }

    fn http(&self, ask: &Ask) -> mlua::Result<Told> {
        let Ask::Http { method, url, query, headers, form, body } = ask else {
            return Ok(Told::Nobody);
        };
        let lua = &self.lua;
        let table = lua.create_table()?;
        table.raw_set("method", method.as_str())?;
        table.raw_set("url", url.as_str())?;
        table.raw_set("query", strings(lua, query)?)?;
        table.raw_set("headers", strings(lua, headers)?)?;
        table.raw_set("form", strings(lua, form)?)?;
        table.raw_set("body", body.as_deref())?;
        if let Some(json) = body.as_deref().and_then(|body| serde_json::from_str(body).ok()) {
            table.raw_set("json", plain(lua, &convert::from_json(&json))?)?;
        }
        type Answer = (bool, Option<i64>, LuaValue, Option<Table>);
        let told: Answer = self.entry.get::<Function>("http")?.call(table)?;
        let (true, Some(status), body, headers) = told else { return Ok(Told::Nobody) };
        let status = u16::try_from(status).ok().filter(|status| (100..600).contains(status));
        let Some(status) = status else {
            return Ok(Told::Broken(format!("the fake of {url} answered with no HTTP status")));
        };
        let mut named = IndexMap::new();
        if let Some(headers) = headers {
            for pair in headers.pairs::<String, String>() {
                let (name, value) = pair?;
                named.insert(name.to_lowercase(), value);
            }
        }
        Ok(Told::Http { status, headers: named, body: text_of(&body)? })
    }

    fn exec(&self, ask: &Ask) -> mlua::Result<Told> {
        let Ask::Exec { argv, env, stdin, files, cwd } = ask else { return Ok(Told::Nobody) };
        let lua = &self.lua;
        let table = lua.create_table()?;
        let program = argv.first().map(String::as_str).unwrap_or_default();
        table.raw_set("program", program.rsplit('/').next().unwrap_or_default())?;
        table.raw_set("args", argv.get(1..).unwrap_or_default().to_vec())?;
        table.raw_set("env", strings(lua, env)?)?;
        table.raw_set("stdin", stdin.as_deref())?;
        table.raw_set("files", strings(lua, files)?)?;
        table.raw_set("cwd", cwd.as_deref())?;
        type Answer = (bool, Option<i32>, LuaValue, LuaValue);
        let told: Answer = self.entry.get::<Function>("exec")?.call(table)?;
        let (true, Some(code), stdout, stderr) = told else { return Ok(Told::Nobody) };
        Ok(Told::Exec { code, stdout: text_of(&stdout)?, stderr: text_of(&stderr)? })
    }
}

impl Shelf {
    /// Returns a file's text.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned()
    }

    /// Makes a file what it is before anything changes it.
    pub(crate) fn set(&mut self, path: String, text: String) {
        self.texts.insert(path, text);
    }

    fn put(&mut self, path: String, text: Option<String>) -> Told {
        let before = self.texts.get(&path).cloned();
        self.former.entry(path.clone()).or_insert_with(|| before.clone());
        let changed = before != text;
        match text {
            Some(text) => drop(self.texts.insert(path, text)),
            None => drop(self.texts.remove(&path)),
        }
        Told::Written(changed)
    }

    fn restore(&mut self, path: &str, wrote: Option<String>) -> Told {
        let now = self.texts.get(path).cloned();
        let Some(former) = self.former.get(path).cloned() else { return Told::Written(false) };
        if now == former {
            return Told::Written(false);
        }
        if now != wrote {
            return Told::Foreign;
        }
        self.put(path.to_owned(), former)
    }
}

/// Text goes as it is, a secret in the clear, nothing as nothing, and all else as JSON.
fn text_of(value: &LuaValue) -> mlua::Result<String> {
    let open = |plain: String| Value::Text(plain);
    match convert::from_lua(value, &open, 0).map_err(mlua::Error::runtime)? {
        Value::Null => Ok(String::new()),
        Value::Text(text) => Ok(text),
        other => Ok(to_json(&other).to_string()),
    }
}

pub(crate) fn plain(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    convert::to_lua(lua, value, &|text| Ok(text.to_owned()))
}

fn strings(lua: &Lua, pairs: &IndexMap<String, String>) -> mlua::Result<Table> {
    lua.create_table_from(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Reads the clock of this machine, for how long code has run. It is in no result.
#[expect(clippy::disallowed_methods, reason = "code that does not end is ended by a real clock")]
fn now() -> Instant {
    Instant::now()
}

fn watch(lua: &Lua, until: &Rc<Cell<Instant>>) {
    let (until, count) = (Rc::clone(until), Cell::new(0_u32));
    lua.set_interrupt(move |_| {
        count.set(count.get().wrapping_add(1));
        if count.get().is_multiple_of(LOOK_EVERY) && now() > until.get() {
            let seconds = PATIENCE.as_secs();
            return Err(mlua::Error::runtime(format!("a test file took more than {seconds} s")));
        }
        Ok(VmState::Continue)
    });
}
