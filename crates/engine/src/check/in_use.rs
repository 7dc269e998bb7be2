//! `credential.in_use`: the reading step that finds what is in use, and who waits for it.

use crate::check::checked::Checked;
use crate::diagnostic::Diagnostics;

/// Finds the step that `in_use` reads and makes every create and every use of `credential.old`
/// wait for it.
pub(super) fn find(checked: &mut Checked, found: &mut Diagnostics) {
    let _ = (checked, found);
}
