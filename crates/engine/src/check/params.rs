//! The parameters of every step against its spec.

use crate::check::checked::Checked;
use crate::diagnostic::Diagnostics;

/// Checks the parameters of every step.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    let _ = (checked, found);
}
