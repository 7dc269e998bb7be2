//! From the reader's places, counted in characters, to places counted in bytes.

/// Tells at which byte a character stands.
pub(super) struct Bytes {
    /// The byte of each character; empty where every character is one byte.
    starts: Vec<u32>,
    length: usize,
}

impl Bytes {
    /// Looks through a text once.
    pub(super) fn new(text: &str) -> Self {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            let byte = |(at, _)| u32::try_from(at).expect("a file is not that large");
            text.char_indices().map(byte).collect()
        };
        Self { starts, length: text.len() }
    }

    /// Returns the byte of a character; past the end it is the end.
    pub(super) fn at(&self, index: usize) -> usize {
        if self.starts.is_empty() {
            return index.min(self.length);
        }
        self.starts.get(index).map_or(self.length, |byte| *byte as usize)
    }
}
