//! The table of secrets of the world in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use cutover_engine::host::Secrets;
use cutover_engine::value::{Handle, Piece, pieces};

/// The table.
#[derive(Default)]
pub(super) struct Table {
    plain: Mutex<BTreeMap<u128, String>>,
}

impl Table {
    /// Opens every secret in a text.
    pub(super) fn open(&self, text: &str) -> String {
        let plain = self.plain.lock().expect("no test panics while it holds the table");
        let piece = |piece: Piece<'_>| match piece {
            Piece::Plain(text) => text.to_owned(),
            Piece::Secret(handle) => plain.get(&handle.id).expect("it is in the table").clone(),
            Piece::Unknown { from, .. } => panic!("opened the unknown `{from}`"),
        };
        pieces(text).into_iter().map(piece).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let mut table = self.plain.lock().expect("no test panics while it holds the table");
        let id = table.len() as u128 + 1;
        table.insert(id, plain);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let opened: Vec<String> = texts.iter().map(|text| self.open(text)).collect();
        Ok(self.seal(origin, compute(&opened)?))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        self.open(a) == self.open(b)
    }

    fn check(&self, _salt: &str, _text: &str) -> Option<String> {
        None
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        let opened = self.open(text);
        (opened.chars().count() >= 4 * characters)
            .then(|| opened.chars().take(characters).collect())
    }
}
