//! The files of a plugin, as text by path: what a digest is made of, and all that a VM ever sees.

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

/// The name of the manifest.
pub const MANIFEST: &str = "plugin.yaml";
/// The name of the file with the functions.
pub const INIT: &str = "init.lua";

/// Texts by path inside the plugin's folder, `/` between the parts, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    texts: IndexMap<String, String>,
}

impl Files {
    /// Makes them of texts by path.
    pub fn new(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut texts: IndexMap<String, String> = texts.into_iter().collect();
        texts.sort_keys();
        Self { texts }
    }

    /// Returns the text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Returns all of them, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns them as text that [`Files::from_json`] reads.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.texts).expect("texts by path are JSON")
    }

    /// Reads what [`Files::to_json`] wrote; none where it is something else.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str::<IndexMap<String, String>>(text).ok().map(Self::new)
    }

    /// Returns SHA-256 over path, length and bytes of every file, in hex.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (path, text) in self.iter() {
            for part in [path, text] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Files {
        Files::new(texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn the_digest_tells_where_one_file_ends_and_the_next_begins() {
        let one = files(&[("a", "b"), ("c", "d")]);
        assert_eq!(one.digest(), files(&[("c", "d"), ("a", "b")]).digest());
        assert_ne!(one.digest(), files(&[("a", "bc"), ("", "d")]).digest());
        assert_ne!(one.digest(), files(&[("a", "b"), ("c", "e")]).digest());
    }
}
