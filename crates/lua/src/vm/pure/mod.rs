//! What needs no door: pure functions over text and values, computed where they are asked for.
//!
//! With a secret among their arguments they are computed inside the table of secrets instead, by
//! the same functions, and with an unknown they give one.

mod encode;
mod formats;
mod times;
mod urls;

pub(crate) use formats::toml_to_json;
pub(crate) use urls::plain;

use cutover_engine::value::Value;
use mlua::{Lua, Table, Value as Lv};

use crate::vm::limits::LONGEST_ENCODED;
use crate::vm::{Answer, Refusal};

/// What becomes of a secret among the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnSecret {
    /// The answer is one too.
    Open,
    /// It is refused.
    Refuse,
}

/// A pure function.
pub(crate) struct Pure {
    pub(crate) name: &'static str,
    pub(crate) secrets: OnSecret,
    pub(crate) compute: fn(&[Value]) -> Result<Value, String>,
}

/// All of them.
const ALL: [Pure; 23] = [
    open("base64.encode", encode::base64_encode),
    open("base64.decode", encode::base64_decode),
    open("hex.encode", encode::hex_encode),
    open("hex.decode", encode::hex_decode),
    open("crypto.sha256", encode::sha256),
    open("crypto.hmac", encode::hmac),
    open("secret.trim", encode::trim),
    open("secret.json", formats::secret_json),
    open("json.encode", formats::json_encode),
    refuse("json.decode", formats::json_decode),
    open("toml.encode", formats::toml_encode),
    refuse("toml.decode", formats::toml_decode),
    open("yaml.encode", formats::yaml_encode),
    refuse("yaml.decode", formats::yaml_decode),
    open("url.encode", urls::encode),
    open("url.decode", urls::decode),
    open("url.query", urls::query),
    refuse("url.parse", urls::parse),
    refuse("time.seconds", times::seconds),
    refuse("time.duration", times::duration),
    refuse("time.add", times::add),
    refuse("time.since", times::since),
    refuse("time.unix", times::unix),
];
const FROM_UNIX: Pure = refuse("time.from_unix", times::from_unix);
const EQUAL: Pure = refuse("crypto.equal", encode::equal);
const HMAC_PUBLIC: Pure = refuse("crypto.hmac_public", encode::hmac);

const fn open(name: &'static str, compute: fn(&[Value]) -> Result<Value, String>) -> Pure {
    Pure { name, secrets: OnSecret::Open, compute }
}

const fn refuse(name: &'static str, compute: fn(&[Value]) -> Result<Value, String>) -> Pure {
    Pure { name, secrets: OnSecret::Refuse, compute }
}

/// Returns a function by name.
pub(crate) fn named(op: &str) -> Option<Pure> {
    ALL.into_iter().chain([FROM_UNIX, EQUAL, HMAC_PUBLIC]).find(|pure| pure.name == op)
}

/// Returns the arguments of a call: the prelude packs them into a map.
pub(crate) fn arguments(args: &Value) -> Vec<Value> {
    match args {
        Value::Map(map) => map.get("args").map(|args| args.items().to_vec()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Computes where all is plain; nothing where it is no pure function, or a mark is in it.
pub(crate) fn serve(op: &str, args: &Value) -> Option<Answer> {
    let pure = named(op)?;
    if args.is_secret() || args.is_unknown() {
        return None;
    }
    let done = (pure.compute)(&arguments(args));
    Some(done.map_err(|why| Refusal::new("argument", format!("`{op}`: {why}"))))
}

/// Computes what works on bytes, where all of them are plain: text in Lua need not be UTF-8.
pub(crate) fn bytes(_: &Lua, op: &str, args: &Lv) -> Option<Result<Vec<u8>, String>> {
    let compute = encode::on_bytes(op)?;
    let Lv::Table(args) = args else { return None };
    let args: Table = args.raw_get("args").ok()?;
    let texts: Option<Vec<Vec<u8>>> = (1..=args.raw_len())
        .map(|at| match args.raw_get(at) {
            Ok(Lv::String(text)) => Some(text.as_bytes().to_vec()),
            _ => None,
        })
        .collect();
    let texts = texts.filter(|texts| !texts.is_empty())?;
    if texts.iter().map(Vec::len).sum::<usize>() > LONGEST_ENCODED {
        return Some(Err(format!("a text of more than {} KiB", LONGEST_ENCODED >> 10)));
    }
    Some(compute(&texts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

/// Returns an argument as text.
fn text(args: &[Value], at: usize) -> Result<&str, String> {
    let value = args.get(at).unwrap_or(&Value::Null);
    value.as_text().ok_or_else(|| format!("argument {} is not text", at + 1))
}

/// Returns an argument as a number.
fn number(args: &[Value], at: usize) -> Result<f64, String> {
    match args.get(at) {
        Some(Value::Int(number)) => Ok(*number as f64),
        Some(Value::Float(number)) => Ok(*number),
        _ => Err(format!("argument {} is not a number", at + 1)),
    }
}
