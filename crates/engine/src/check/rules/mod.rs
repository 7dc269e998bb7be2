//! The lifecycle rules.

pub(crate) mod l04;

use crate::check::Checked;
use crate::diagnostic::Diagnostics;

/// Holds every rule against a workflow.
pub(crate) fn check(checked: &Checked, out: &mut Diagnostics) {
    l04::check(checked, out);
}
