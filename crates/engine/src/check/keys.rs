//! Which key goes where on a step.

use crate::check::checked::Checked;
use crate::diagnostic::Diagnostics;

/// Checks the keys of every step.
pub(super) fn check(checked: &Checked, found: &mut Diagnostics) {
    let _ = (checked, found);
}
