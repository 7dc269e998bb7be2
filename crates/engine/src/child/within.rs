//! The host as a child's run sees it: its parent's door, and whose child it is.

use crate::child::Family;
use crate::host::{Host, Wrapper};

/// The door of a parent, for its child.
pub(super) struct Within<'a> {
    pub(super) host: &'a dyn Host,
    /// `RUN.STEP` of the parent.
    pub(super) parent: String,
}

impl Wrapper for Within<'_> {
    fn behind(&self) -> &dyn Host {
        self.host
    }

    fn family(&self) -> Option<Family<'_>> {
        self.host.family().map(|family| Family { parent: Some(&self.parent), ..family })
    }
}
