//! `cutover graph`: a workflow as a picture.

use std::path::Path;

use serde_json::json;

use crate::args::GraphFormat;
use crate::document;
use crate::exit::Exit;
use crate::plugins::Shelf;
use crate::render::graph;
use crate::session::Session;

/// Prints the picture of a workflow.
///
/// # Errors
/// Where the file cannot be read or is not right.
pub(crate) fn run(file: &Path, format: GraphFormat, session: &Session) -> anyhow::Result<Exit> {
    let (_, checked) = document::load_to_run(file, &Shelf::new(session), session)?;
    let picture = graph::picture(&checked);
    let (language, text) = match format {
        GraphFormat::Mermaid => ("mermaid", graph::mermaid(&picture)),
        GraphFormat::Dot => ("dot", graph::dot(&picture)),
    };
    if session.out.is_human() {
        session.out.data(&text)?;
    } else {
        session.out.json(&json!({ "format": language, "graph": text }))?;
    }
    Ok(Exit::Done)
}
