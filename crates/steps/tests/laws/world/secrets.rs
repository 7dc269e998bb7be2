//! The table of secrets of the world in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use cutover_engine::host::Secrets;
use cutover_engine::value::{Handle, Piece, pieces};

/// The table.
#[derive(Default)]
pub(super) struct Table {
    plain: Mutex<BTreeMap<u128, String>>,
    made: AtomicU64,
}

impl Table {
    /// Opens every secret in a text, all of which have to be there.
    pub(super) fn open(&self, text: &str) -> String {
        self.opened(text).expect("it is in the table")
    }

    /// Forgets every value, as a process that ends does.
    pub(super) fn forget(&self) {
        self.plain.lock().expect("no test panics while it holds the table").clear();
    }

    /// Opens every secret in a text; none where one is gone or not known yet.
    pub(super) fn opened(&self, text: &str) -> Option<String> {
        let plain = self.plain.lock().expect("no test panics while it holds the table");
        let piece = |piece: Piece<'_>| match piece {
            Piece::Plain(text) => Some(text.to_owned()),
            Piece::Secret(handle) => plain.get(&handle.id).cloned(),
            Piece::Unknown { .. } => None,
        };
        pieces(text).into_iter().map(piece).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let mut table = self.plain.lock().expect("no test panics while it holds the table");
        let id = u128::from(self.made.fetch_add(1, Ordering::Relaxed)) + 1;
        table.insert(id, plain);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let opened: Option<Vec<String>> = texts.iter().map(|text| self.opened(text)).collect();
        let computed = compute(&opened.ok_or("a secret is not there any more")?)?;
        Ok(self.seal(origin, computed))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        let (a, b) = (self.opened(a), self.opened(b));
        a.is_some() && a == b
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        let opened = self.opened(text).filter(|opened| opened.len() >= 20)?;
        Some(format!("check of {opened} with {salt}"))
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        let opened = self.opened(text)?;
        (opened.chars().count() >= 4 * characters)
            .then(|| opened.chars().take(characters).collect())
    }

    fn find(&self, text: &str) -> Option<String> {
        let plain = self.plain.lock().expect("no test panics while it holds the table");
        plain
            .values()
            .any(|value| !value.is_empty() && text.contains(value))
            .then(|| "a secret".to_owned())
    }
}
