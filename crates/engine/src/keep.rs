//! What is made of text that comes back: cleaned, parsed, and with secrets taken out as marks
//! before anything else sees it. One function for every host, so that a stand-in seals as the world
//! does.

use std::cell::RefCell;

use serde_json::Value as Json;

use crate::effect::Keep;
use crate::host::Secrets;
use crate::value::{Map, Value, clean};

/// Ends a word that holds a secret, beside blanks.
const WORD_ENDS: &[char] = &['"', '\'', '`', ',', ';', '<', '>', '(', ')', '[', ']', '{', '}'];
/// A printed secret this long is also taken out where the same text stands once more.
const REPEAT_FLOOR: usize = 8;

/// The largest secret: far above any key or certificate, far below what looking for it in all that
/// leaves would cost too much for.
pub const LARGEST_SECRET: usize = 64 * 1024;

/// Reads TOML as JSON; the error is ours and holds nothing of the text.
pub type ReadToml = fn(&str) -> Result<Json, String>;

/// Makes a value of an answer. `place` is where secrets in it come from, such as `steps.create`;
/// `whole` is the last part for a text that is one secret.
///
/// # Errors
/// Why it is not what was asked for, in words of ours that hold nothing of the answer.
pub fn keep(
    bytes: &[u8],
    keep: &Keep,
    secrets: &dyn Secrets,
    (place, whole): (&str, &str),
    toml: ReadToml,
) -> Result<Value, String> {
    match keep {
        Keep::Nothing => Ok(Value::Null),
        Keep::Text => Ok(Value::Text(clean(&String::from_utf8_lossy(bytes)))),
        Keep::Secret => {
            let text = without_break(utf8(bytes)?);
            not_too_large(text)?;
            Ok(secrets.seal(&format!("{place}.{whole}"), text.to_owned()).into())
        }
        Keep::Json { seal } => {
            let json: Json = serde_json::from_slice(bytes).map_err(|error| {
                format!("not JSON (line {}, column {})", error.line(), error.column())
            })?;
            Sealer::new(secrets, place, seal).whole(json)
        }
        Keep::Answer { seal } => answer(bytes, seal, secrets, place),
        Keep::Toml { seal } => {
            let json = toml(utf8(bytes)?)?;
            Sealer::new(secrets, place, seal).whole(json)
        }
        Keep::Lines { seal_words, seal_last } => {
            let text = clean(&String::from_utf8_lossy(bytes));
            Ok(Value::Text(seal_lines(&text, seal_words, *seal_last, secrets, place)))
        }
    }
}

/// Makes a map of an answer that may be JSON. What should be sealed is never shown as text.
fn answer(
    bytes: &[u8],
    seal: &[String],
    secrets: &dyn Secrets,
    place: &str,
) -> Result<Value, String> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_slice::<Json>(bytes) {
        Ok(json) => {
            let json = Sealer::new(secrets, place, seal).whole(json)?;
            Ok(Value::map([("json", json)]))
        }
        Err(_) if seal.is_empty() => {
            Ok(Value::map([("text", Value::Text(clean(&String::from_utf8_lossy(bytes))))]))
        }
        Err(error) => Err(format!("not JSON (line {}, column {})", error.line(), error.column())),
    }
}

/// Returns where secrets of a step's replies come from, as an expression of the language.
pub fn place_of(step: &str) -> String {
    let step = step.rsplit([':']).next().unwrap_or(step);
    let step = step.strip_prefix("finally.").unwrap_or(step);
    let step = step.strip_prefix("on_failure.").unwrap_or(step);
    format!("steps.{}", step.replace('[', ".").replace(']', ""))
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())
}

/// Refuses a secret that is too large to be looked for.
///
/// # Errors
/// Where it is.
pub fn not_too_large(secret: &str) -> Result<(), String> {
    if secret.len() <= LARGEST_SECRET {
        return Ok(());
    }
    Err(format!("larger than {} KiB, too much for a secret", LARGEST_SECRET / 1024))
}

/// Returns a text without its last line break.
pub fn without_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

struct Sealer<'a> {
    secrets: &'a dyn Secrets,
    place: &'a str,
    pointers: Vec<Vec<String>>,
    /// Why something was not sealed.
    refused: RefCell<Option<String>>,
}

impl<'a> Sealer<'a> {
    fn new(secrets: &'a dyn Secrets, place: &'a str, pointers: &[String]) -> Self {
        let split = |pointer: &String| {
            let parts = pointer.strip_prefix('/').unwrap_or(pointer).split('/');
            parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
        };
        Self {
            secrets,
            place,
            pointers: pointers.iter().map(split).collect(),
            refused: RefCell::default(),
        }
    }

    fn whole(self, json: Json) -> Result<Value, String> {
        let value = self.value(json, &mut Vec::new());
        self.refused.into_inner().map_or(Ok(value), Err)
    }

    fn value(&self, json: Json, at: &mut Vec<String>) -> Value {
        if let Some(pointer) = self.pointers.iter().find(|pointer| matches(pointer, at)) {
            return self.seal(json, pointer);
        }
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(truth),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                // A number with a fraction would be another one.
                None => match number.as_u64() {
                    Some(large) => Value::Text(large.to_string()),
                    None => Value::Float(number.as_f64().unwrap_or_default()),
                },
            },
            Json::String(text) => Value::Text(clean(&text)),
            Json::Array(items) => Value::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.below(index.to_string(), item, at))
                    .collect(),
            ),
            Json::Object(map) => {
                let mut kept = Map::with_capacity(map.len());
                for (key, item) in map {
                    let key_kept = clean(&key);
                    kept.insert(key_kept, self.below(key, item, at));
                }
                Value::Map(kept)
            }
        }
    }

    fn below(&self, key: String, item: Json, at: &mut Vec<String>) -> Value {
        at.push(key);
        let value = self.value(item, at);
        at.pop();
        value
    }

    fn seal(&self, json: Json, pointer: &[String]) -> Value {
        let plain = match json {
            Json::Null => return Value::Null,
            Json::String(text) => text,
            other @ (Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => {
                other.to_string()
            }
        };
        if let Err(why) = not_too_large(&plain) {
            self.refused.replace(Some(why));
            return Value::Null;
        }
        let name = pointer.iter().rev().find(|part| *part != "*").map_or("value", String::as_str);
        self.secrets.seal(&format!("{}.{}", self.place, clean(name)), plain).into()
    }
}

fn matches(pointer: &[String], at: &[String]) -> bool {
    pointer.len() == at.len()
        && pointer.iter().zip(at).all(|(wanted, is)| wanted == "*" || wanted == is)
}

fn seal_lines(
    text: &str,
    words: &[String],
    last: bool,
    secrets: &dyn Secrets,
    place: &str,
) -> String {
    let mut found: Vec<&str> = Vec::new();
    for start in words.iter().filter(|word| !word.is_empty()) {
        found.extend(text.match_indices(start.as_str()).map(|(at, _)| word_from(&text[at..])));
    }
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    if last && !line.is_empty() && !line.contains(char::is_whitespace) {
        found.push(line);
    }
    found.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    found.dedup();
    let origin = format!("{place}.token");
    let mut sealed = text.to_owned();
    for word in found {
        let mark = secrets.seal(&origin, word.to_owned()).to_mark();
        sealed = if word.len() >= REPEAT_FLOOR {
            replace_plain(&sealed, word, &mark)
        } else {
            replace_last(&sealed, word, &mark)
        };
    }
    sealed
}

fn word_from(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || c.is_control() || WORD_ENDS.contains(&c);
    &text[..text.find(ends).unwrap_or(text.len())]
}

fn replace_plain(text: &str, word: &str, mark: &str) -> String {
    text.replace(word, mark)
}

fn replace_last(text: &str, word: &str, mark: &str) -> String {
    match text.rfind(word) {
        Some(at) => format!("{}{mark}{}", &text[..at], &text[at + word.len()..]),
        None => text.to_owned(),
    }
}
