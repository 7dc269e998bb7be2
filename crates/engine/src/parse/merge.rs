//! `<<`: what another map brings into this one.

use std::collections::HashSet;
use std::rc::Rc;

use super::tree::{Kind, Mapping, Pair, Yaml};
use crate::diagnostic::Diagnostic;

const MERGE: &str = "<<";

/// Replaces the key `<<` of a map by the entries of the map, or of the list of maps, that it
/// holds. What is written in the map itself wins, then what stands first in the list. Returns how
/// many nodes came in.
pub(super) fn apply(map: &mut Mapping, found: &mut Vec<Diagnostic>) -> usize {
    let Some(at) = map.pairs.iter().position(|pair| pair.key == MERGE) else { return 0 };
    let merge = map.pairs.remove(at);
    let parts: Vec<Rc<Yaml>> = match &merge.value.kind {
        Kind::List(items) => items.iter().map(Rc::clone).collect(),
        Kind::Map(_) | Kind::Scalar(_) | Kind::Bad => vec![merge.value],
    };
    let mut here: HashSet<String> = map.pairs.iter().map(|pair| pair.key.clone()).collect();
    let mut nodes = 0;
    for part in parts {
        match &part.kind {
            Kind::Map(other) => nodes += bring(map, &other.pairs, &mut here),
            Kind::Bad => map.cut = true,
            Kind::Scalar(_) | Kind::List(_) => {
                found.push(not_a_map(&part));
                map.cut = true;
            }
        }
    }
    nodes
}

fn bring(map: &mut Mapping, pairs: &[Pair], here: &mut HashSet<String>) -> usize {
    let mut nodes = 0;
    for pair in pairs {
        if here.insert(pair.key.clone()) {
            nodes += 1 + pair.value.weight;
            map.pairs.push(pair.clone());
        }
    }
    nodes
}

fn not_a_map(part: &Yaml) -> Diagnostic {
    let message = format!("`<<` takes in a mapping, and this is {}", part.words());
    Diagnostic::error("Y08", part.span, message)
        .help("name the anchor of a mapping: `<<: *defaults`, or several: `<<: [*one, *two]`")
}
