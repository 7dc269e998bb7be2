//! A second reading of a file in which nothing is wrong so far, by the package that says what YAML
//! means as data.
//!
//! Readers of YAML differ at its edges. A workflow that two of them take for two different things
//! must not run, and one that only one of them takes at all would break in an editor.

use serde_yaml::Value as Data;

use super::tree::{Kind, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::value::{Value, clean};

/// Says whether a file that was read without a mistake had merges: the other reader does not carry
/// them out in the same order, so only whether it reads the file is compared then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merges {
    /// There is none.
    None,
    /// There are some.
    Some,
}

/// Reads a text again; returns what is wrong with it, or that the two do not mean the same.
pub(super) fn confirm(text: &str, root: Option<&Yaml>, merges: Merges) -> Option<Diagnostic> {
    // The other reader takes a byte order mark for text.
    let plain = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let theirs = match serde_yaml::from_str::<Data>(plain) {
        Ok(theirs) => theirs,
        Err(error) => return Some(refused(text, text.len() - plain.len(), &error)),
    };
    let alike = match root {
        _ if merges == Merges::Some => true,
        Some(root) => is_same(root, &theirs),
        None => theirs.is_null(),
    };
    (!alike).then(|| {
        let message = "readers of YAML do not agree on what this file means";
        Diagnostic::error("Y01", Span::default(), message)
            .help("put values with unusual characters into double quotes")
    })
}

fn refused(text: &str, skipped: usize, error: &serde_yaml::Error) -> Diagnostic {
    let index = error.location().map_or(0, |place| place.index());
    let byte = text.floor_char_boundary(skipped + index);
    let length = text[byte..].chars().next().map_or(0, char::len_utf8);
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or(&words);
    let message = format!("this is not YAML: {}", clean(words));
    Diagnostic::error("Y01", Span::new(byte, byte + length), message)
        .help("put values with unusual characters into double quotes")
}

/// Says whether a node means the same as the other reader's data.
pub(super) fn is_same(ours: &Yaml, theirs: &Data) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Scalar(scalar), theirs) => is_same_scalar(&scalar.value, theirs),
        (Kind::List(items), Data::Sequence(others)) => {
            items.len() == others.len()
                && items.iter().zip(others).all(|(item, other)| is_same(item, other))
        }
        (Kind::Map(map), Data::Mapping(others)) => {
            map.pairs.len() == others.len()
                && map.pairs.iter().zip(others).all(|(pair, (key, value))| {
                    // A merge leaves the other reader's entries in another order.
                    let in_order = key.as_str().is_some_and(|key| clean(key) == pair.key);
                    let value = if in_order { Some(value) } else { others.get(&pair.key) };
                    value.is_some_and(|value| is_same(&pair.value, value))
                })
        }
        (Kind::List(_) | Kind::Map(_) | Kind::Bad, _) => false,
    }
}

fn is_same_scalar(ours: &Value, theirs: &Data) -> bool {
    match (ours, theirs) {
        (Value::Null, Data::Null) => true,
        (Value::Bool(ours), Data::Bool(theirs)) => ours == theirs,
        (Value::Int(ours), Data::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Value::Float(ours), Data::Number(theirs)) => theirs.as_f64() == Some(*ours),
        (Value::Text(ours), Data::String(theirs)) => clean(theirs) == *ours,
        _ => false,
    }
}
