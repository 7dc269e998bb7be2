//! Reading a YAML document of another kind than a workflow as carefully as one: closed mappings,
//! every mistake with its place. A plugin's manifest is read with it.

use std::rc::Rc;

use super::limits;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::types::Type;
use crate::value::Value;

pub use super::keys::{Key, Section, Shape, may, must};
pub use super::reader::{Fields, Reader, listed};
pub use super::tree::{Kind, Mapping, Pair, Scalar, Style, Yaml};

/// Reads a text. The tree is there where the text is good enough to look at what it says; `what`
/// is how messages call the document (`a manifest`).
pub fn open<'a>(source: &'a Source, what: &str) -> (Option<Rc<Yaml>>, Reader<'a>) {
    let size = source.text.len();
    if size > limits::FILE_BYTES {
        let most = limits::FILE_BYTES / 1024;
        let message = format!("the file has {} KiB, and {what} at most {most}", size / 1024);
        return (None, Reader::new(source, vec![wrong("Y02", message)]));
    }
    let reading = super::read_text(&source.text);
    let mut reader = Reader::new(source, reading.found);
    if reading.root.is_none() {
        reader.push_if_clean(wrong("Y10", "the file is empty".to_owned()));
    }
    (reading.root, reader)
}

/// Reads a literal of a type; what does not fit is reported, and called `what`.
pub fn literal(reader: &mut Reader<'_>, node: &Yaml, ty: &Type, what: &str) -> Option<Value> {
    super::values::read(reader, node, ty, what)
}

fn wrong(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::error(code, Span::default(), message)
}
