//! Text in, workflow out: every mistake of the text at once.
//!
//! The tree with places ([`tree`], built by [`read`] from the events of `saphyr-parser`) is the one
//! thing that is walked. What a plain scalar means, the one question on which readers of YAML
//! differ, is decided by `yaml_serde` ([`scalar`]); that both read whole documents alike is held by
//! a test over written and random ones. Two readings of one file, one for data and one for places,
//! would have to be brought together key by key for the same end.

mod bytes;
mod credential;
mod cron;
mod document;
mod inputs;
pub(crate) mod keys;
mod limits;
mod mend;
mod merge;
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

#[cfg(test)]
mod tests;

use std::sync::Arc;

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
    let reading = mend::read_mended(&source.text);
    let mut reader = Reader::new(&source, reading.found);
    let workflow = match reading.root {
        Some(root) => document::workflow(&mut reader, &root, &source),
        None => {
            reader.push_if_clean(empty());
            None
        }
    };
    (workflow, reader.finish())
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
