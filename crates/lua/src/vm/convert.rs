//! Values into the VM and out of it: bounded, and nothing is lost or guessed in silence.

use cutover_engine::types::Type;
use cutover_engine::value::{MARK_OPEN, Map, Unknown, Value, clean};
use mlua::{Lua, Table, Value as Lv};

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

/// Returns a value from the VM. `at` is what it is called in an error; the error is for people.
pub(crate) fn from_lua(lua: &Lua, value: &Lv, at: &str, bounds: Bounds) -> Result<Value, String> {
    let list = lua.named_registry_value::<Table>(LIST).ok();
    let mut walk = Walk { bounds, nodes: 0, text: 0, list };
    walk.value(value, at, 0)
}

impl Walk {
    fn value(&mut self, value: &Lv, at: &str, depth: usize) -> Result<Value, String> {
        self.nodes += 1;
        if self.nodes > self.bounds.nodes {
            return Err(format!("{at}: more than {} values", self.bounds.nodes));
        }
        if depth > self.bounds.depth {
            return Err(format!("{at}: tables more than {} deep", self.bounds.depth));
        }
        match value {
            Lv::Nil => Ok(Value::Null),
            value if *value == Lv::NULL => Ok(Value::Null),
            Lv::Boolean(truth) => Ok(Value::Bool(*truth)),
            Lv::Integer(number) if number.unsigned_abs() > LARGEST_WHOLE as u64 => Err(inexact(at)),
            Lv::Integer(number) => Ok(Value::Int(*number)),
            Lv::Number(number) => number_of(*number, at),
            Lv::String(text) => self.text(&text.as_bytes(), at).map(Value::Text),
            Lv::Table(table) => self.table(table, at, depth),
            Lv::UserData(data) => match data.borrow::<Opaque>() {
                Ok(opaque) => {
                    self.count(opaque.text().len(), at)?;
                    Ok(Value::Text(opaque.text().to_owned()))
                }
                Err(_) => Err(format!("{at}: what this is cannot leave the plugin")),
            },
            other => Err(format!("{at}: a {} cannot leave the plugin", other.type_name())),
        }
    }

    fn count(&mut self, bytes: usize, at: &str) -> Result<(), String> {
        self.text += bytes;
        if self.text > self.bounds.text {
            return Err(format!("{at}: more than {} KiB of text", self.bounds.text >> 10));
        }
        Ok(())
    }

    fn text(&mut self, bytes: &[u8], at: &str) -> Result<String, String> {
        self.count(bytes.len(), at)?;
        let text = std::str::from_utf8(bytes).map_err(|_| {
            format!("{at}: text that is not UTF-8; `base64.encode` or `hex.encode` it")
        })?;
        if !self.bounds.stars && text.contains(STARS) {
            return Err(format!(
                "{at}: holds `***(`, which is a secret made text; join it with `..` instead"
            ));
        }
        Ok(clean(text))
    }

    fn table(&mut self, table: &Table, at: &str, depth: usize) -> Result<Value, String> {
        let marked = self.list.is_some() && table.metatable() == self.list;
        let length = table.raw_len();
        if length == 0 && !marked {
            return self.map(table, at, depth);
        }
        let mut entries = 0;
        for pair in table.pairs::<Lv, Lv>() {
            let (key, _) = pair.map_err(|error| error.to_string())?;
            entries += 1;
            let index = match key {
                Lv::Integer(index) => usize::try_from(index).ok(),
                Lv::Number(index) if index.fract() == 0.0 && index >= 0.0 => Some(index as usize),
                _ => None,
            };
            if !index.is_some_and(|index| (1..=length).contains(&index)) {
                return Err(format!("{at}: a list with other keys than 1 to {length}"));
            }
            if entries + self.nodes > self.bounds.nodes {
                return Err(format!("{at}: more than {} values", self.bounds.nodes));
            }
        }
        if entries != length {
            return Err(format!("{at}: a list with holes; `json.null` fills one"));
        }
        (1..=length)
            .map(|index| {
                let item: Lv = table.raw_get(index).map_err(|error| error.to_string())?;
                self.value(&item, &format!("{at}[{index}]"), depth + 1)
            })
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn map(&mut self, table: &Table, at: &str, depth: usize) -> Result<Value, String> {
        let mut map = Map::new();
        for pair in table.pairs::<Lv, Lv>() {
            let (key, item) = pair.map_err(|error| error.to_string())?;
            let Lv::String(key) = &key else {
                return Err(format!("{at}: a map with keys that are not text"));
            };
            let key = self.text(&key.as_bytes(), at)?;
            let item = self.value(&item, &format!("{at}.{key}"), depth + 1)?;
            map.insert(key, item);
        }
        // Lua has no order of its own, and what is shown and compared needs one.
        map.sort_keys();
        Ok(Value::Map(map))
    }
}

fn number_of(number: f64, at: &str) -> Result<Value, String> {
    if !number.is_finite() {
        return Err(format!("{at}: {number} is no number that can be written"));
    }
    if number.fract() != 0.0 {
        return Ok(Value::Float(number));
    }
    if number.abs() > LARGEST_WHOLE as f64 {
        return Err(inexact(at));
    }
    Ok(Value::Int(number as i64))
}

fn inexact(at: &str) -> String {
    format!("{at}: a whole number above 2^53 is not exact; give it as text")
}
