//! Text in, workflow out: every mistake of the text at once.
//!
//! The tree with places (`tree`, built by `read` from the events of `saphyr-parser`) is the one
//! thing that is walked: it holds the data and where it stands, so the two need not be brought
//! together key by key. `yaml_serde` says what the data is: it types each plain scalar (`scalar`),
//! and it reads a file without mistakes once more (`confirm`); one that it refuses, or takes for
//! something else, is no workflow.

mod bare;
mod bytes;
mod confirm;
mod credential;
mod cron;
mod document;
mod from;
mod hidden;
mod inputs;
pub(crate) mod keys;
mod limits;
mod mapping;
mod mend;
mod merge;
mod names;
mod node;
pub mod pages;
mod plugins;
mod read;
mod reader;
mod retry;
mod scalar;
mod shapes;
mod steps;
mod syntax;
mod tree;
mod triggers;
mod types;
mod undo;
mod values;
pub mod yaml;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use self::confirm::Merges;
use self::mapping::Prefer;
use self::read::Reading;
use self::reader::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Source, Span};
use crate::workflow::Workflow;

/// Parses a workflow file. The workflow is there where the text is good enough to go on checking,
/// even with mistakes in it; it may only be run where there are none.
pub fn parse(source: Arc<Source>) -> (Option<Workflow>, Diagnostics) {
    if source.text.len() > limits::FILE_BYTES {
        return (None, Diagnostics { list: vec![too_large(&source)] });
    }
    let reading = read_text(&source.text);
    let few = reading.found.len() < limits::FINDINGS;
    let twice = few && reading.found.iter().any(|found| found.code == "Y03");
    let mut reader = Reader::new(&source, reading.found);
    if twice {
        read_last(&mut reader, &source);
    }
    let workflow = match reading.root {
        Some(root) => document::workflow(&mut reader, &root, &source),
        None => {
            reader.push_if_clean(empty());
            None
        }
    };
    (workflow, reader.finish())
}

/// Reads the text as YAML, with everything that is wrong with it as YAML.
fn read_text(text: &str) -> Reading {
    let hidden = hidden::find(text);
    let mut reading = mend::read_mended(text, Prefer::First);
    let shown =
        |found: &Diagnostic| found.code == "Y01" && hidden.iter().any(|h| h.span == found.span);
    reading.found.retain(|found| !shown(found));
    reading.found.extend(hidden);
    if reading.found.is_empty() {
        let merges = if reading.merges { Merges::Some } else { Merges::None };
        reading.found.extend(confirm::confirm(text, reading.root.as_deref(), merges));
    }
    reading
}

/// Reads a file in which keys stand twice by their last values: only for what is wrong in those.
fn read_last(reader: &mut Reader<'_>, source: &Arc<Source>) {
    let reading = mend::read_mended(&source.text, Prefer::Last);
    if let Some(root) = reading.root {
        document::workflow(reader, &root, source);
    }
}

fn too_large(source: &Source) -> Diagnostic {
    let message = format!(
        "the file has {} KiB, and a workflow at most {}",
        source.text.len() / 1024,
        limits::FILE_BYTES / 1024
    );
    Diagnostic::error("Y02", Span::default(), message)
        .help("it was not read; split the workflow, or use `for_each`")
}

fn empty() -> Diagnostic {
    Diagnostic::error("Y10", Span::default(), "the file is empty")
        .help("`cutover init` writes a workflow to start from")
}
