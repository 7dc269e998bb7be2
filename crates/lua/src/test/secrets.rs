//! The table of secrets of a test: in memory, filled by hand, and gone with it.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover_engine::disk::to_json;
use cutover_engine::host::Secrets;
use cutover_engine::value::{Handle, Piece, Value, pieces};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The shortest value whose check is kept, as in the real table.
const CHECK_FLOOR: usize = 20;
/// How many bytes of the hash are a check.
const CHECK_BYTES: usize = 8;

/// A secret: where it came from, and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Known {
    pub(crate) origin: String,
    pub(crate) plain: String,
}

/// The table. A handle's id is the place of its value, from 1.
#[derive(Default)]
pub(crate) struct Table {
    known: Mutex<Vec<Known>>,
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns all secrets that were ever in it.
    pub(crate) fn all(&self) -> Vec<Known> {
        self.lock().clone()
    }

    fn open(&self, text: &str) -> Result<String, String> {
        let known = self.lock();
        let piece = |piece: Piece<'_>| match piece {
            Piece::Plain(plain) => Ok(plain.to_owned()),
            Piece::Secret(handle) => usize::try_from(handle.id)
                .ok()
                .and_then(|id| known.get(id.checked_sub(1)?))
                .map(|known| known.plain.clone())
                .ok_or_else(|| format!("the secret `{}` is not there any more", handle.origin)),
            Piece::Unknown { from, .. } => Err(format!("`{from}` is not known yet")),
        };
        pieces(text).into_iter().map(piece).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let mut known = self.lock();
        let new = Known { origin: origin.to_owned(), plain };
        let at = known.iter().position(|old| *old == new).unwrap_or_else(|| {
            known.push(new);
            known.len() - 1
        });
        Handle { id: at as u128 + 1, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let opened: Vec<String> =
            texts.iter().map(|text| self.open(text)).collect::<Result<_, _>>()?;
        Ok(self.seal(origin, compute(&opened)?))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        matches!((self.open(a), self.open(b)), (Ok(a), Ok(b)) if a == b)
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        let plain = self.open(text).ok()?;
        if plain.chars().count() < CHECK_FLOOR {
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update([0]);
        hash.update(plain.as_bytes());
        Some(hash.finalize()[..CHECK_BYTES].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        let plain = self.open(text).ok()?;
        let length = plain.chars().count();
        (length >= CHECK_FLOOR).then(|| plain.chars().take(characters.min(length / 4)).collect())
    }
}

/// Opens the secrets of a text for a stand-in. What stands behind the door of a rehearsal may see
/// them, as the real world would; they are computed with inside the table, and nothing is kept.
pub(crate) fn open(secrets: &dyn Secrets, text: &str) -> Result<String, String> {
    if super::convert::is_plain(text) {
        return Ok(text.to_owned());
    }
    let opened = RefCell::new(None);
    let seen = |texts: &[String]| {
        opened.replace(texts.first().cloned());
        Err(String::new())
    };
    match (secrets.derive("", &[text], &seen), opened.take()) {
        (_, Some(plain)) => Ok(plain),
        (Err(why), None) => Err(why),
        (Ok(_), None) => Err("a secret could not be opened".to_owned()),
    }
}

/// Returns a value as JSON, its secrets opened.
pub(crate) fn open_json(secrets: &dyn Secrets, value: &Value) -> Result<Json, String> {
    match value {
        Value::Text(text) => open(secrets, text).map(Json::String),
        Value::List(items) => {
            let items = items.iter().map(|item| open_json(secrets, item));
            items.collect::<Result<Vec<_>, _>>().map(Json::Array)
        }
        Value::Map(map) => {
            let pairs = map.iter().map(|(key, item)| Ok((key.clone(), open_json(secrets, item)?)));
            pairs.collect::<Result<serde_json::Map<_, _>, String>>().map(Json::Object)
        }
        Value::Unknown(unknown) => Err(format!("`{}` is not known yet", unknown.from)),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Duration(_)
        | Value::Timestamp(_) => Ok(to_json(value)),
    }
}
