//! A fresh VM: few libraries, guards, our own prelude, then the sandbox closes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, LuaOptions, StdLib, Table};

use crate::vm::Code;
use crate::vm::compiled;
use crate::vm::host;
use crate::vm::opaque::Purse;
use crate::vm::threads::Line;
use crate::vm::watch::Watch;

/// The name of the prelude's chunks: their lines are in no trail.
const CHUNK: &str = "=cutover";

/// What the host functions of a VM work with.
#[derive(Default)]
pub(crate) struct Link {
    /// The way to the door.
    pub(crate) line: RefCell<Option<Line>>,
    /// The plugin whose files `require` finds.
    pub(crate) code: RefCell<Option<Arc<Code>>>,
    /// What the plugin's chunks see as globals.
    pub(crate) globals: RefCell<Option<Table>>,
}

/// A VM that has run nothing yet.
pub(crate) struct Vm {
    pub(crate) lua: Lua,
    pub(crate) watch: Rc<Watch>,
    pub(crate) link: Rc<Link>,
    /// Loads the plugin and calls a function of it.
    pub(crate) enter: Function,
    /// Calls a function and makes a record of what it raises.
    pub(crate) guarded: Function,
}

impl Vm {
    /// Makes one with the globals that a plugin has.
    pub(crate) fn new() -> mlua::Result<Self> {
        let libraries = StdLib::TABLE
            | StdLib::STRING
            | StdLib::MATH
            | StdLib::UTF8
            | StdLib::BIT
            | StdLib::BUFFER
            | StdLib::DEBUG;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        let (watch, link) = (Rc::new(Watch::new()), Rc::new(Link::default()));
        lua.set_app_data(watch.clone());
        lua.set_app_data(Purse::default());
        let functions = host::functions(&lua, &watch, &link)?;
        for chunk in prelude().as_deref().map_err(|why| mlua::Error::runtime(why.clone()))? {
            let part = lua.load(chunk.as_slice()).set_name(CHUNK).set_mode(ChunkMode::Binary);
            let made: Option<Table> = part.call(&functions)?;
            if let Some(made) = made {
                let globals: Table = made.get::<Function>("globals")?.call(lua.create_table()?)?;
                globals.set_readonly(true);
                link.globals.replace(Some(globals));
                functions.raw_set("entry", made)?;
            }
        }
        let made: Table = functions.raw_get("entry")?;
        let (enter, guarded) = (made.get("enter")?, made.get("guarded")?);
        clear(&lua)?;
        functions.set_readonly(true);
        lua.sandbox(true)?;
        let ticking = watch.clone();
        lua.set_interrupt(move |lua| ticking.tick(lua));
        Ok(Self { lua, watch, link, enter, guarded })
    }
}

/// Takes away what no chunk of ours asks for: a plugin's chunks never see these globals, and what
/// is not there cannot be reached.
fn clear(lua: &Lua) -> mlua::Result<()> {
    let globals = lua.globals();
    for name in [
        "loadstring",
        "getfenv",
        "setfenv",
        "newproxy",
        "collectgarbage",
        "gcinfo",
        "require",
        "debug",
        "_G",
        "os",
        "coroutine",
        "print",
    ] {
        globals.raw_set(name, mlua::Value::Nil)?;
    }
    Ok(())
}

type Prelude = Result<Vec<Vec<u8>>, String>;

/// Returns the prelude, compiled once.
fn prelude() -> &'static Prelude {
    static PRELUDE: OnceLock<Prelude> = OnceLock::new();
    PRELUDE.get_or_init(|| {
        [include_str!("guards.luau"), include_str!("api.luau")]
            .into_iter()
            .map(compiled::compile)
            .collect()
    })
}
