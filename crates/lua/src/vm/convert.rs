//! Values into the VM and out of it: bounded, and nothing is lost or guessed in silence.

use cutover_engine::types::Type;
use cutover_engine::value::{MARK_OPEN, Map, Unknown, Value, clean};
use mlua::{Lua, Table, Value as Lv};

use crate::vm::fault::cut;
use crate::vm::limits::Bounds;
use crate::vm::opaque::Opaque;

/// The registry's name for the metatable of lists.
pub(crate) const LIST: &str = "cutover.list";
/// The largest whole number that a number of Lua holds.
const LARGEST_WHOLE: i64 = 1 << 53;
/// What a text has in it that was made of a secret by `tostring`.
const STARS: &str = "***(";

/// Returns a value for the VM. Secrets and unknowns become opaque, null is `nil`, and in a list
/// `json.null`; whole numbers that Lua's would change become text.
pub(crate) fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<Lv> {
    Ok(match value {
        Value::Null => Lv::Nil,
        Value::Bool(truth) => Lv::Boolean(*truth),
        Value::Int(number) if number.abs() <= LARGEST_WHOLE => Lv::Number(*number as f64),
        Value::Int(number) => Lv::String(lua.create_string(number.to_string())?),
        Value::Float(number) => Lv::Number(*number),
        Value::Text(text) if text.contains(MARK_OPEN) => Opaque::create(lua, text.clone())?,
        Value::Text(text) => Lv::String(lua.create_string(text)?),
        Value::Duration(length) => Lv::String(lua.create_string(length.to_string())?),
        Value::Timestamp(at) => Lv::String(lua.create_string(at.to_string())?),
        Value::Unknown(unknown) => Opaque::create(lua, unknown.to_mark())?,
        Value::List(items) => {
            let table = lua.create_table_with_capacity(items.len(), 0)?;
            for item in items {
                let item = if item.is_null() { Lv::NULL } else { to_lua(lua, item)? };
                table.raw_push(item)?;
            }
            table.set_metatable(Some(lua.named_registry_value::<Table>(LIST)?))?;
            Lv::Table(table)
        }
        Value::Map(map) => {
            let table = lua.create_table_with_capacity(0, map.len())?;
            for (key, item) in map {
                table.raw_set(key.as_str(), to_lua(lua, item)?)?;
            }
            Lv::Table(table)
        }
    })
}

/// Says where an unknown value comes from that its code could take for a known one: a condition
/// over it holds, a comparison does not, and a loop finds nothing.
pub(crate) fn withheld<'v>(value: &'v Value, ty: Option<&Type>) -> Option<&'v str> {
    let Value::Unknown(Unknown { from, ty: own }) = value else { return None };
    let carries = match ty.unwrap_or(own) {
        Type::String
        | Type::Integer
        | Type::Number
        | Type::Secret
        | Type::Duration
        | Type::Timestamp
        | Type::Path
        | Type::Url => true,
        Type::Any
        | Type::Boolean
        | Type::Enum(_)
        | Type::List(_)
        | Type::Map(_)
        | Type::Object(_) => false,
    };
    (!carries).then_some(from.as_str())
}

/// What is walked of a value from Lua.
struct Walk {
    bounds: Bounds,
    nodes: usize,
    text: usize,
    list: Option<Table>,
}

/// What is wrong with a value, and where in it.
struct Misfit {
    at: String,
    why: String,
}

type Fitted<T> = Result<T, Misfit>;

/// Returns a value from the VM. `at` is what it is called in an error; the error is for people.
pub(crate) fn from_lua(lua: &Lua, value: &Lv, at: &str, bounds: Bounds) -> Result<Value, String> {
    let list = lua.named_registry_value::<Table>(LIST).ok();
    let mut walk = Walk { bounds, nodes: 0, text: 0, list };
    walk.value(value, 0).map_err(|Misfit { at: inside, why }| format!("{at}{inside}: {why}"))
}

fn no<T>(why: impl Into<String>) -> Fitted<T> {
    Err(Misfit { at: String::new(), why: why.into() })
}

impl From<mlua::Error> for Misfit {
    fn from(error: mlua::Error) -> Self {
        Self { at: String::new(), why: error.to_string() }
    }
}

/// The way to what is wrong is told only where something is.
fn below(step: impl Fn() -> String) -> impl Fn(Misfit) -> Misfit {
    move |Misfit { at, why }| Misfit { at: step() + &at, why }
}

/// Says that a table is half a list.
fn mixed(key: &Lv, length: usize) -> String {
    let items = if length == 1 { "one item".to_owned() } else { format!("{length} items") };
    match key {
        Lv::String(name) => {
            let name = cut(&String::from_utf8_lossy(&name.as_bytes()));
            format!("a table is a list or a map, and this has {items} and the key `{name}`")
        }
        _ => format!("a list with holes: it has {items}, and more behind them"),
    }
}

impl Walk {
    fn value(&mut self, value: &Lv, depth: usize) -> Fitted<Value> {
        self.nodes += 1;
        if self.nodes > self.bounds.nodes {
            return no(format!("more than {} values", self.bounds.nodes));
        }
        if depth > self.bounds.depth {
            return no(format!("tables more than {} deep", self.bounds.depth));
        }
        match value {
            Lv::Nil => Ok(Value::Null),
            value if *value == Lv::NULL => Ok(Value::Null),
            Lv::Boolean(truth) => Ok(Value::Bool(*truth)),
            Lv::Integer(number) if number.unsigned_abs() > LARGEST_WHOLE as u64 => no(INEXACT),
            Lv::Integer(number) => Ok(Value::Int(*number)),
            Lv::Number(number) => number_of(*number),
            Lv::String(text) => self.text(&text.as_bytes()).map(Value::Text),
            Lv::Table(table) => self.table(table, depth),
            Lv::UserData(data) => match data.borrow::<Opaque>() {
                Ok(opaque) => {
                    self.count(opaque.text().len())?;
                    Ok(Value::Text(opaque.text().to_owned()))
                }
                Err(_) => no("what this is cannot leave the plugin"),
            },
            other => no(format!("a {} cannot leave the plugin", other.type_name())),
        }
    }

    fn count(&mut self, bytes: usize) -> Fitted<()> {
        self.text += bytes;
        if self.text > self.bounds.text {
            return no(format!("more than {} KiB of text", self.bounds.text >> 10));
        }
        Ok(())
    }

    fn text(&mut self, bytes: &[u8]) -> Fitted<String> {
        self.count(bytes.len())?;
        let Ok(text) = std::str::from_utf8(bytes) else {
            return no("text that is not UTF-8; `base64.encode` or `hex.encode` it");
        };
        if !self.bounds.stars && text.contains(STARS) {
            return no("holds `***(`, which is a secret made text; join it with `..` instead");
        }
        Ok(clean(text))
    }

    fn table(&mut self, table: &Table, depth: usize) -> Fitted<Value> {
        let marked = self.list.is_some() && table.metatable() == self.list;
        let length = table.raw_len();
        if length == 0 && !marked {
            return self.map(table, depth);
        }
        let mut entries = 0;
        for pair in table.pairs::<Lv, Lv>() {
            entries += 1;
            let key = pair?.0;
            let index = match &key {
                Lv::Integer(index) => usize::try_from(*index).ok(),
                Lv::Number(index) if index.fract() == 0.0 && *index >= 0.0 => Some(*index as usize),
                _ => None,
            };
            if !index.is_some_and(|index| (1..=length).contains(&index)) {
                return no(mixed(&key, length));
            }
            if entries + self.nodes > self.bounds.nodes {
                return no(format!("more than {} values", self.bounds.nodes));
            }
        }
        if entries != length {
            return no("a list with holes; `json.null` fills one");
        }
        (1..=length)
            .map(|index| {
                let item: Lv = table.raw_get(index)?;
                self.value(&item, depth + 1).map_err(below(|| format!("[{index}]")))
            })
            .collect::<Fitted<_>>()
            .map(Value::List)
    }

    fn map(&mut self, table: &Table, depth: usize) -> Fitted<Value> {
        let mut map = Map::new();
        for pair in table.pairs::<Lv, Lv>() {
            let (Lv::String(key), item) = pair? else {
                return no("a map with keys that are not text");
            };
            let key = self.text(&key.as_bytes())?;
            let item = self.value(&item, depth + 1).map_err(below(|| format!(".{key}")))?;
            map.insert(key, item);
        }
        // Lua has no order of its own, and what is shown and compared needs one.
        map.sort_keys();
        Ok(Value::Map(map))
    }
}

/// What is said of a whole number that Lua's numbers do not hold.
const INEXACT: &str = "a whole number above 2^53 is not exact; give it as text";

fn number_of(number: f64) -> Fitted<Value> {
    if !number.is_finite() {
        return no(format!("{number} is no number that can be written"));
    }
    if number.fract() != 0.0 {
        return Ok(Value::Float(number));
    }
    if number.abs() > LARGEST_WHOLE as f64 {
        return no(INEXACT);
    }
    Ok(Value::Int(number as i64))
}
