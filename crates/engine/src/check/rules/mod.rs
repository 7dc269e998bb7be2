//! The lifecycle rules.

use crate::check::Checked;
use crate::diagnostic::Diagnostics;

/// Holds every rule against a workflow.
pub(crate) fn check(checked: &Checked, out: &mut Diagnostics) {
    let _ = (checked, out);
}
