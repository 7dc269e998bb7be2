//! Puts a file's former self back, as long as the file still holds what this run wrote.

use cutover_engine::effect::{Call, EffectError, FileContent, RestoreFile, TomlEdit};
use cutover_engine::known::Known;
use zeroize::Zeroizing;

use super::Spot;
use super::former::{self, Former};
use super::spot::Found;
use crate::local::Inner;
use crate::perform::{not_sent, refused};

/// Puts a file's former self back and says whether that changed it.
pub(super) fn perform(
    inner: &Inner,
    call: &Call,
    restore: &RestoreFile,
) -> Result<bool, EffectError> {
    let path = inner.options.absolute(&restore.path);
    let noted = former::is_noted(inner, &call.run, &path);
    if !noted && !path.parent().is_some_and(std::path::Path::exists) {
        return Ok(false);
    }
    let spot = super::spot(inner, call, &restore.path)?;
    let Some(former) = former::find(&call.run, &spot)? else {
        return match noted && holds_ours(inner, &spot, restore)? {
            true => Err(without_former(&spot)),
            false => Ok(false),
        };
    };
    let current = spot.look()?;
    match &restore.wrote {
        Some(FileContent::Toml(edit)) => {
            entry(inner, &call.run, &spot, former, current, (edit, &restore.known))
        }
        Some(FileContent::Text(_)) | None => {
            whole(inner, &call.run, &spot, former, current, restore)
        }
    }
}

/// Says whether a file holds what this run wrote; none where nobody can tell that any more.
fn is_ours(inner: &Inner, restore: &RestoreFile, current: Option<&Found>) -> Option<bool> {
    let Some(FileContent::Text(text)) = &restore.wrote else { return Some(current.is_none()) };
    let is = current.map(|found| std::str::from_utf8(&found.content));
    match is.transpose() {
        Ok(is) => inner.secrets.is_what_was_written(is, text, &restore.known),
        Err(_) => Some(false),
    }
}

/// Says whether a file holds what this run wrote, or may: for where no former self is found.
fn holds_ours(inner: &Inner, spot: &Spot, restore: &RestoreFile) -> Result<bool, EffectError> {
    let current = spot.look()?;
    let Some(FileContent::Toml(edit)) = &restore.wrote else {
        return Ok(is_ours(inner, restore, current.as_ref()).unwrap_or(true));
    };
    let Some(current) = current else { return Ok(false) };
    let is = text(spot, &current.content)?;
    crate::perform::toml::holds(&inner.secrets, &is, (edit, &restore.known))
        .map_err(|why| about(spot, &why))
}

/// Puts the whole file back.
fn whole(
    inner: &Inner,
    run: &str,
    spot: &Spot,
    former: Former,
    current: Option<Found>,
    restore: &RestoreFile,
) -> Result<bool, EffectError> {
    let is = current.as_ref().map(|found| found.content.as_slice());
    let was = match &former {
        Former::Absent => None,
        Former::File { content, .. } => Some(content.as_slice()),
    };
    let why = match is_ours(inner, restore, current.as_ref()) {
        Some(true) => None,
        Some(false) => Some(CHANGED),
        None => Some(PERHAPS),
    };
    if let Some(why) = why {
        return if is == was { Ok(false) } else { Err(left_alone(spot, why)) };
    }
    match former {
        Former::Absent => {
            spot.unlink(&spot.name)?;
            spot.sync()?;
        }
        Former::File { content, mode, owner } => {
            let mode = mode.or(current.map(|found| found.mode)).unwrap_or(0o600);
            spot.replace(run, &content, mode & 0o777, Some(owner))?;
        }
    }
    Ok(true)
}

/// Puts one entry of a TOML file back; what others wrote beside it meanwhile stays.
fn entry(
    inner: &Inner,
    run: &str,
    spot: &Spot,
    former: Former,
    current: Option<Found>,
    (edit, known): (&TomlEdit, &Known),
) -> Result<bool, EffectError> {
    let Some(current) = current else { return Err(left_alone(spot, CHANGED)) };
    let was = match former {
        Former::Absent => Zeroizing::new(Vec::new()),
        Former::File { content, .. } => content,
    };
    let (is, was) = (text(spot, &current.content)?, text(spot, &was)?);
    let back = crate::perform::toml::take_back(&inner.secrets, &is, &was, (edit, known));
    let Some(back) = back.map_err(|why| about(spot, &why))? else {
        let forgotten = edit
            .set
            .values()
            .any(|value| inner.secrets.is_gone(value) && known.told(value).is_none());
        return Err(left_alone(spot, if forgotten { PERHAPS } else { CHANGED }));
    };
    if back.as_str() == is.as_str() {
        return Ok(false);
    }
    spot.replace(run, back.as_bytes(), current.mode & 0o777, Some(current.owner))?;
    Ok(true)
}

fn text(spot: &Spot, bytes: &[u8]) -> Result<Zeroizing<String>, EffectError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(about(spot, "not UTF-8 text")),
    }
}

fn about(spot: &Spot, why: &str) -> EffectError {
    not_sent(format!("{}: {why}", spot.shown))
}

const CHANGED: &str = "somebody else has changed it meanwhile; it is left alone";
const PERHAPS: &str = "somebody else may have changed it: what this run wrote there is not known \
                       any more; it is left alone";

fn left_alone(spot: &Spot, why: &str) -> EffectError {
    refused(format!("{}: {why}", spot.shown), 0)
}

fn without_former(spot: &Spot) -> EffectError {
    let why = "what it held before this run is not beside it any more; it is left alone";
    left_alone(spot, why)
}
