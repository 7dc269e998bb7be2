//! The table of secrets of one process: it dies with it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover_engine::host::Secrets;
use cutover_engine::value::{Handle, Piece, pieces};

/// As long a value has to be for a check of it to be kept.
const CHECK_FLOOR: usize = 20;

/// The table.
pub(crate) struct Table {
    inner: Mutex<Inner>,
}

struct Inner {
    next: u128,
    values: HashMap<u128, String>,
}

impl Table {
    /// Makes an empty table; no two processes give the same handle.
    pub(crate) fn new(process: u64) -> Self {
        let next = (u128::from(process) + 1) << 64;
        Self { inner: Mutex::new(Inner { next, values: HashMap::new() }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens every secret of a text; else the origin of the one that is not there.
    pub(crate) fn open(&self, text: &str) -> Result<String, String> {
        if !text.contains(cutover_engine::value::MARK_OPEN) {
            return Ok(text.to_owned());
        }
        let table = self.lock();
        let mut plain = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Plain(part) => plain.push_str(part),
                Piece::Secret(handle) => match table.values.get(&handle.id) {
                    Some(value) => plain.push_str(value),
                    None => return Err(handle.origin),
                },
                Piece::Unknown { from, .. } => return Err(from.to_owned()),
            }
        }
        Ok(plain)
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let mut table = self.lock();
        table.next += 1;
        let id = table.next;
        table.values.insert(id, plain);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let open = |text: &&str| {
            self.open(text).map_err(|origin| format!("the secret `{origin}` is not there any more"))
        };
        let opened: Vec<String> = texts.iter().map(open).collect::<Result<_, _>>()?;
        Ok(self.seal(origin, compute(&opened)?))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        match (self.open(a), self.open(b)) {
            (Ok(a), Ok(b)) => a == b,
            (Ok(_) | Err(_), _) => false,
        }
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        let plain = self.open(text).ok().filter(|plain| plain.len() >= CHECK_FLOOR)?;
        let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
        for byte in salt.bytes().chain([0]).chain(plain.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        Some(format!("{hash:016x}"))
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        let plain = self.open(text).ok().filter(|plain| plain.len() >= CHECK_FLOOR)?;
        Some(plain.chars().take(characters.min(plain.len() / 4)).collect())
    }
}
