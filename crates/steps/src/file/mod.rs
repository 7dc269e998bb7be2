//! Files of this machine.

pub(crate) mod read;
pub(crate) mod remove;
pub(crate) mod write;

use cutover_engine::spec::{Param, Place};
use cutover_engine::types::Type;

/// Returns the place that a file is.
fn place() -> Place {
    Place::new("file", &["path"])
}

/// Returns the parameter `path`.
fn path_param(summary: &str) -> Param {
    Param::required("path", Type::Path, summary)
}
