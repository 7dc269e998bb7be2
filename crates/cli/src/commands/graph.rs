//! `cutover graph`: a workflow as a picture.

use std::path::Path;

use crate::args::GraphFormat;
use crate::document;
use crate::exit::Exit;
use crate::render::graph;
use crate::session::Session;

/// Prints the picture of a workflow.
///
/// # Errors
/// Where the file cannot be read or is not right.
pub(crate) fn run(file: &Path, format: GraphFormat, session: &Session) -> anyhow::Result<Exit> {
    let registry = cutover_steps::registry();
    let (_, checked) = document::load_to_run(file, &registry, session)?;
    let picture = graph::picture(&checked);
    session.out.data(&match format {
        GraphFormat::Mermaid => graph::mermaid(&picture),
        GraphFormat::Dot => graph::dot(&picture),
    })?;
    Ok(Exit::Done)
}
