//! Puts a file's former self back, as long as the file still holds what this run wrote.

use cutover_engine::effect::{Call, EffectError, FileContent, RestoreFile, TomlEdit};
use zeroize::Zeroizing;

use super::former::{self, Former};
use super::spot::Found;
use super::{Spot, content};
use crate::local::Inner;
use crate::perform::{not_sent, refused};

/// Puts a file's former self back and says whether that changed it.
pub(super) fn perform(
    inner: &Inner,
    call: &Call,
    restore: &RestoreFile,
) -> Result<bool, EffectError> {
    let path = inner.options.absolute(&restore.path);
    let spot = Spot::open(path, &restore.path, call.deadline)?;
    let Some(former) = former::find(&call.run, &spot)? else { return Ok(false) };
    let current = spot.look()?;
    match &restore.wrote {
        Some(FileContent::Toml(edit)) => entry(inner, &call.run, &spot, former, current, edit),
        Some(wrote @ FileContent::Text(_)) => {
            let wrote = content(inner, wrote, None)?;
            whole(&call.run, &spot, former, current, Some(wrote.as_bytes()))
        }
        None => whole(&call.run, &spot, former, current, None),
    }
}

/// Puts the whole file back. `wrote` is what the run left there; none where it removed the file.
fn whole(
    run: &str,
    spot: &Spot,
    former: Former,
    current: Option<Found>,
    wrote: Option<&[u8]>,
) -> Result<bool, EffectError> {
    let is = current.as_ref().map(|found| found.content.as_slice());
    let was = match &former {
        Former::Absent => None,
        Former::File { content, .. } => Some(content.as_slice()),
    };
    if is != wrote {
        return if is == was { Ok(false) } else { Err(changed(spot)) };
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
    edit: &TomlEdit,
) -> Result<bool, EffectError> {
    let Some(current) = current else { return Err(changed(spot)) };
    let was = match former {
        Former::Absent => Zeroizing::new(Vec::new()),
        Former::File { content, .. } => content,
    };
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(not_sent(format!("{} is not UTF-8 text", spot.shown))),
    };
    let (is, was) = (text(&current.content)?, text(&was)?);
    let back = crate::perform::toml::take_back(&inner.secrets, &is, &was, edit);
    let Some(back) = back.map_err(|why| not_sent(format!("{}: {why}", spot.shown)))? else {
        return Err(changed(spot));
    };
    if back.as_str() == is.as_str() {
        return Ok(false);
    }
    spot.replace(run, back.as_bytes(), current.mode & 0o777, Some(current.owner))?;
    Ok(true)
}

fn changed(spot: &Spot) -> EffectError {
    refused(format!("{}: somebody else has changed it meanwhile; it is left alone", spot.shown), 0)
}
