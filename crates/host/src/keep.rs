//! What is kept of an answer: what the engine makes of it, from bytes that are wiped afterwards.

use cutover_engine::effect::Keep;
use cutover_engine::host::Secrets;
use cutover_engine::keep::{self, LARGEST_SECRET};
use cutover_engine::value::Value;
use zeroize::Zeroizing;

use crate::perform::exec::OUTPUT_LIMIT;
use crate::perform::toml::to_json;

/// Makes a value of an answer, see [`keep::keep`].
pub(crate) fn keep(
    bytes: Vec<u8>,
    keep: &Keep,
    secrets: &dyn Secrets,
    place: &str,
    whole: &str,
) -> Result<Value, String> {
    keep::keep(&Zeroizing::new(bytes), keep, secrets, (place, whole), to_json)
}

/// Returns how much of an answer can be kept at most; none where nothing of it is.
pub(crate) fn most_of(keep: &Keep) -> Option<usize> {
    match keep {
        Keep::Nothing => None,
        // A line break after it is taken off.
        Keep::Secret => Some(LARGEST_SECRET + 2),
        Keep::Text
        | Keep::Json { .. }
        | Keep::Answer { .. }
        | Keep::Toml { .. }
        | Keep::Lines { .. } => Some(OUTPUT_LIMIT),
    }
}

#[cfg(test)]
mod tests;
