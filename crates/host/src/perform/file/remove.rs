//! Removes a file, its former self kept.

use cutover_engine::effect::{Call, EffectError, RemoveFile};

use super::{former, spot};
use crate::local::Inner;

/// Removes a file and says whether it was there.
pub(super) fn perform(inner: &Inner, call: &Call, file: &RemoveFile) -> Result<bool, EffectError> {
    let path = inner.options.absolute(&file.path);
    if !path.parent().is_some_and(std::path::Path::exists) {
        return Ok(false);
    }
    let spot = spot(inner, call, &file.path)?;
    let Some(current) = spot.look()? else { return Ok(false) };
    // The mode has to be remembered: a removed file keeps none.
    former::keep(inner, &call.run, &spot, Some(&current), Some(0o600))?;
    spot.unlink(&spot.name)?;
    spot.sync()?;
    Ok(true)
}
