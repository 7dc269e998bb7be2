//! From keys and values to a mapping: keys are text, each stands once, merges bring in the rest.

use std::collections::HashMap;
use std::rc::Rc;

use super::merge;
use super::tree::{Kind, Mapping, Pair, Scalar, Style, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::value::Value;

/// Which of two values of one key is taken. The first one is what counts; a file with such a
/// mistake is read once more with the last, so that what is wrong in that one is found too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefer {
    /// The first.
    First,
    /// The last.
    Last,
}

/// A mapping, and how many nodes a merge brought into it.
pub(super) struct Built {
    /// The mapping.
    pub(super) mapping: Mapping,
    /// How many nodes came in.
    pub(super) brought: usize,
}

/// Builds a mapping of its nodes, keys and values by turns.
pub(super) fn build(
    nodes: Vec<Rc<Yaml>>,
    cut: bool,
    prefer: Prefer,
    found: &mut Vec<Diagnostic>,
) -> Built {
    let mut mapping = Mapping { cut, ..Mapping::default() };
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        let Some(name) = text_of(&key, found) else { continue };
        let pair = Pair { key: name, span: key.span, value };
        match places.get(&pair.key) {
            Some(at) => {
                let first = &mut mapping.pairs[*at];
                found.push(written_twice(&pair, first.span));
                if prefer == Prefer::Last {
                    first.value = pair.value;
                }
            }
            None => {
                places.insert(pair.key.clone(), mapping.pairs.len());
                mapping.pairs.push(pair);
            }
        }
    }
    let brought = merge::apply(&mut mapping, found);
    Built { mapping, brought }
}

fn text_of(key: &Yaml, found: &mut Vec<Diagnostic>) -> Option<String> {
    let scalar = key.as_scalar();
    match scalar {
        Some(Scalar { style: Style::Bare, .. }) => return None,
        Some(Scalar { value: Value::Text(text), .. }) => return Some(text.clone()),
        Some(_) | None => {}
    }
    if matches!(key.kind, Kind::Bad) {
        return None;
    }
    let message = format!("a key is text, and this is {}", key.words());
    let help = match scalar {
        Some(scalar) if !scalar.text.is_empty() => format!("quote it: `\"{}\":`", scalar.text),
        Some(_) | None => "write a word before the colon".to_owned(),
    };
    found.push(Diagnostic::error("Y06", key.span, message).help(help));
    None
}

fn written_twice(pair: &Pair, before: Span) -> Diagnostic {
    Diagnostic::error("Y03", pair.span, format!("`{}` is written twice", pair.key))
        .label("the second one")
        .related(before, "the first one")
        .help("keep one of the two")
}
