//! Writes a file: former self, temporary file, sync, rename, sync of the folder.

use cutover_engine::effect::{Call, EffectError, WriteFile};

use super::{SIZE_LIMIT, content, former, spot};
use crate::local::Inner;
use crate::perform::not_sent;

/// The mode of a new file.
const NEW_MODE: u32 = 0o600;

/// Writes a file and says whether that changed it.
pub(super) fn perform(inner: &Inner, call: &Call, write: &WriteFile) -> Result<bool, EffectError> {
    let spot = spot(inner, call, &write.path)?;
    let current = spot.look()?;
    let before = current.as_ref().map(|found| found.content.as_slice());
    let after = content(inner, &write.content, before)?;
    if after.len() as u64 > SIZE_LIMIT {
        return Err(not_sent(format!("{}: more than {} MiB", write.path, SIZE_LIMIT >> 20)));
    }
    let had = current.as_ref().map(|found| found.mode);
    let mode = write.mode.or(had).unwrap_or(NEW_MODE) & 0o777;
    if before == Some(after.as_bytes()) && had == Some(mode) {
        return Ok(false);
    }
    former::keep(inner, &call.run, &spot, current.as_ref(), Some(mode))?;
    spot.replace(&call.run, after.as_bytes(), mode, current.map(|found| found.owner))?;
    Ok(true)
}
