//! Text in, workflow out: every mistake of the text at once.

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::workflow::Workflow;

/// Parses a workflow file. The workflow is there where the text is good enough to go on checking,
/// even with mistakes in it; it may only be run where there are none.
pub fn parse(source: Arc<Source>) -> (Option<Workflow>, Diagnostics) {
    let _ = source;
    unimplemented!()
}
