//! A table of secrets in memory.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::host::Secrets;
use crate::value::{Handle, Piece, pieces};

/// The table.
#[derive(Default)]
pub(crate) struct Table(Mutex<HashMap<u128, String>>, AtomicU64);

impl Table {
    /// Forgets every value, as a process that ends does.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Opens every secret of a text; none where one is gone.
    pub(crate) fn open(&self, text: &str) -> Option<String> {
        let table = self.0.lock().unwrap();
        let open = |piece: Piece<'_>| match piece {
            Piece::Plain(plain) => Some(plain.to_owned()),
            Piece::Secret(handle) => table.get(&handle.id).cloned(),
            Piece::Unknown { .. } => None,
        };
        pieces(text).into_iter().map(open).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let mut table = self.0.lock().unwrap();
        let id = u128::from(self.1.fetch_add(1, Ordering::Relaxed)) + 1;
        table.insert(id, plain);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let opened: Option<Vec<String>> = texts.iter().map(|text| self.open(text)).collect();
        let computed = compute(&opened.ok_or("a secret is not there any more")?)?;
        Ok(self.seal(origin, computed))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        let (a, b) = (self.open(a), self.open(b));
        a.is_some() && a == b
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        let plain = self.open(text)?;
        (plain.len() >= 20).then(|| format!("check of {plain} with {salt}"))
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        Some(self.open(text)?.chars().take(characters).collect())
    }
}
