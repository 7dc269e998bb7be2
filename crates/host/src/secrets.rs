//! The table of secrets: in memory only, zeroized when it goes, opened by handles that exist.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover_engine::disk::GONE;
use cutover_engine::host::Secrets;
use cutover_engine::known::Known;
use cutover_engine::value::{Handle, Piece, pieces};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::private::random_bytes;
use crate::redactor::Redactor;

/// The shortest value whose check is kept: what is shorter could be guessed from it.
const CHECK_FLOOR: usize = 20;
/// How many bytes of the hash are a check.
const CHECK_BYTES: usize = 8;
/// At most one part of so many of a value is a public prefix.
const PREFIX_SHARE: usize = 4;

/// Why a text could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    /// The table does not hold it: it was made by another process, or never.
    #[error("the secret `{0}` is not there any more")]
    Gone(String),
    /// A plan's unknown came to a real effect.
    #[error("`{0}` is not known yet")]
    Unknown(String),
}

/// All live secrets of a host.
pub(crate) struct Table {
    inner: Mutex<Inner>,
    hasher: RandomState,
}

#[derive(Default)]
struct Inner {
    values: HashMap<u128, Zeroizing<String>>,
    known: HashMap<(u64, String), u128>,
    redactor: Redactor,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table(..)")
    }
}

impl Table {
    /// Makes an empty table.
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default(), hasher: RandomState::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a text with every secret in it in the clear: for the last moment before an effect.
    pub(crate) fn open(&self, text: &str) -> Result<Zeroizing<String>, OpenError> {
        let inner = self.lock();
        let mut plain = Zeroizing::new(String::with_capacity(text.len().max(256)));
        for piece in pieces(text) {
            match piece {
                Piece::Plain(part) => plain.push_str(part),
                Piece::Secret(handle) => {
                    plain.push_str(
                        inner.values.get(&handle.id).ok_or(OpenError::Gone(handle.origin))?,
                    );
                }
                Piece::Unknown { from, .. } => return Err(OpenError::Unknown(from.to_owned())),
            }
        }
        Ok(plain)
    }

    /// Says whether a secret in a text is not there any more: it died with another process.
    pub(crate) fn is_gone(&self, text: &str) -> bool {
        matches!(self.open(text), Err(OpenError::Gone(_)))
    }

    /// Says whether a plain text is what was written; none where that died with another process and
    /// is not known well enough any more.
    pub(crate) fn is_what_was_written(
        &self,
        plain: Option<&str>,
        written: &str,
        known: &Known,
    ) -> Option<bool> {
        match self.open(written) {
            Ok(written) => Some(plain == Some(written.as_str())),
            Err(_) => {
                let told = known.told(written)?;
                let before = self.open(&told.before).ok()?;
                let after = self.open(&told.after).ok()?;
                let rest = plain.and_then(|plain| plain.strip_prefix(before.as_str()));
                let between = rest.and_then(|rest| rest.strip_suffix(after.as_str()));
                let check = between.and_then(|between| check_of(told.salt, between));
                Some(check.as_deref() == Some(told.check))
            }
        }
    }

    /// Returns a text with every live secret in it replaced.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.lock().redactor.redact(text)
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let plain = Zeroizing::new(plain);
        let key = (self.hasher.hash_one(plain.as_str()), origin.to_owned());
        let mut inner = self.lock();
        if let Some(id) = inner.known.get(&key)
            && inner.values.get(id).is_some_and(|value| **value == *plain)
        {
            return Handle { id: *id, origin: origin.to_owned() };
        }
        let id = loop {
            let id = u128::from_le_bytes(random_bytes());
            if id != GONE && !inner.values.contains_key(&id) {
                break id;
            }
        };
        inner.redactor.add(origin, &plain);
        inner.values.insert(id, plain);
        inner.known.insert(key, id);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let mut opened = Zeroizing::new(Vec::with_capacity(texts.len()));
        for text in texts {
            let plain = self.open(text).map_err(|error| error.to_string())?;
            opened.push(plain.to_string());
        }
        let result = compute(&opened)?;
        Ok(self.seal(origin, result))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        match (self.open(a), self.open(b)) {
            (Ok(a), Ok(b)) => *a == *b,
            (Ok(_) | Err(_), _) => false,
        }
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        check_of(salt, &self.open(text).ok()?)
    }

    fn find(&self, text: &str) -> Option<String> {
        self.lock().redactor.find(text)
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        let plain = self.open(text).ok()?;
        let length = plain.chars().count();
        if length < CHECK_FLOOR {
            return None;
        }
        Some(plain.chars().take(characters.min(length / PREFIX_SHARE)).collect())
    }
}

fn check_of(salt: &str, plain: &str) -> Option<String> {
    if plain.chars().count() < CHECK_FLOOR {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(plain.as_bytes());
    Some(hash.finalize()[..CHECK_BYTES].iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
