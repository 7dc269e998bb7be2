//! Files: read whole, written whole, their former selves kept beside them.

pub(crate) mod former;
mod remove;
mod restore;
mod spot;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cutover_engine::effect::{Call, Effect, EffectError, FileContent, ReadFile, Reply, TomlEdit};
use cutover_engine::host::HostError;
use cutover_engine::keep::place_of;
use zeroize::Zeroizing;

use crate::keep::keep;
use crate::local::Inner;
use crate::perform::{closed, not_sent};

pub(crate) use former::{remove_all, sweep};
use spot::Spot;

/// The longest file that is read or written: credentials and configuration, not data.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Reads a whole file.
pub(crate) fn read(inner: &Inner, call: &Call, read: &ReadFile) -> Result<Reply, EffectError> {
    let path = inner.options.absolute(&read.path);
    let within = root(inner, call, &read.path)?;
    let path = if within.is_some() { clean(&path)? } else { path };
    let Some((bytes, mode)) = spot::read_whole(&path, within.as_deref())
        .map_err(|why| not_sent(format!("{}: {why}", read.path)))?
    else {
        return Ok(Reply::Missing);
    };
    let place = place_of(&call.step);
    match keep(bytes, &read.keep, &inner.secrets, &place, "content") {
        Ok(content) => Ok(Reply::File { content, mode }),
        Err(why) => Err(not_sent(format!("{} is {why}", read.path))),
    }
}

/// Writes, restores or removes a file, away from the thread that drives the run: a sync may take
/// its time.
pub(crate) async fn change(inner: &Arc<Inner>, call: &Call) -> Result<Reply, EffectError> {
    let (inner, call) = (Arc::clone(inner), call.clone());
    let done = tokio::task::spawn_blocking(move || match &call.effect {
        Effect::WriteFile(write) => write::perform(&inner, &call, write),
        Effect::RestoreFile(restore) => restore::perform(&inner, &call, restore),
        Effect::RemoveFile(file) => remove::perform(&inner, &call, file),
        Effect::Http(_)
        | Effect::Exec(_)
        | Effect::ReadFile(_)
        | Effect::Sleep { .. }
        | Effect::Random { .. }
        | Effect::Log { .. } => unreachable!("only changes of files come here"),
    });
    match done.await {
        Ok(done) => done.map(|changed| Reply::Written { changed }),
        Err(error) => Err(EffectError::Lost { message: format!("a write did not end: {error}") }),
    }
}

/// Opens the place of a file that a call changes: of a plugin's beneath the folder that it was
/// granted.
fn spot(inner: &Inner, call: &Call, path: &str) -> Result<Spot, EffectError> {
    let whole = inner.options.absolute(path);
    match root(inner, call, path)? {
        Some(root) => Spot::open(clean(&whole)?, path, call.deadline, Some(&root)),
        None => Spot::open(whole, path, call.deadline, None),
    }
}

/// Returns the folder that a plugin's path has to stay beneath; none for steps that are not a
/// plugin's.
fn root(inner: &Inner, call: &Call, path: &str) -> Result<Option<PathBuf>, EffectError> {
    let Some(grant) = &call.grant else { return Ok(None) };
    let folder = grant.folder(path, &|path| crate::perform::absolute(inner, path));
    let folder =
        folder.ok_or_else(|| not_sent(format!("{path} is in no folder that was granted")))?;
    Ok(Some(PathBuf::from(folder)))
}

/// Returns a path without `.` and `..`, as the grant compared it.
fn clean(path: &Path) -> Result<PathBuf, EffectError> {
    let normal = path.to_str().and_then(cutover_engine::grant::normal).map(PathBuf::from);
    normal.ok_or_else(|| not_sent(format!("{} is no path of a file", path.display())))
}

/// Returns content as it is to be on disk, secrets opened. `current` is what the file holds.
fn content(
    inner: &Inner,
    content: &FileContent,
    current: Option<&[u8]>,
) -> Result<Zeroizing<String>, EffectError> {
    match content {
        FileContent::Text(text) => inner.secrets.open(text).map_err(closed),
        FileContent::Toml(edit) => edited(inner, edit, current),
    }
}

/// Returns an edited TOML file. It starts from its base, else from `current`.
pub(crate) fn edited(
    inner: &Inner,
    edit: &TomlEdit,
    current: Option<&[u8]>,
) -> Result<Zeroizing<String>, EffectError> {
    let base = match &edit.base {
        Some(base) => {
            let path = inner.options.absolute(base);
            let read =
                spot::read_whole(&path, None).map_err(|why| not_sent(format!("{base}: {why}")))?;
            let (bytes, _) = read.ok_or_else(|| not_sent(format!("there is no file {base}")))?;
            Some(Zeroizing::new(bytes))
        }
        None => None,
    };
    let text = base.as_deref().map(Vec::as_slice).or(current).unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| not_sent("the file is not UTF-8 text"))?;
    super::toml::apply(&inner.secrets, text, edit).map_err(not_sent)
}

/// An input or output error of our own files or of the target's: what it means for the effect.
fn io_error(path: &str, error: rustix::io::Errno) -> EffectError {
    let io = std::io::Error::from(error);
    if matches!(error, rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT) {
        let message = format!("{path}: no room left on the disk; nothing was changed");
        return EffectError::Edge(HostError::State { message });
    }
    not_sent(format!("{path}: {}", say(&io)))
}

/// A sync that failed: what was written may be gone.
fn sync_error(path: &str, error: rustix::io::Errno) -> EffectError {
    let message = format!("{path}: a sync to the disk failed: {}", std::io::Error::from(error));
    EffectError::Edge(HostError::Sync { message })
}

/// Returns an error of the operating system in lower case, as messages are written here.
fn say(error: &std::io::Error) -> String {
    let words = error.to_string();
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => words,
    }
}
