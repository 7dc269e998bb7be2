//! The former self of a file: what it held before this run wrote to it, kept beside it.
//!
//! It is whole and synced before anything is changed; the first copy wins, no try makes it again.
//! Another run that finds it stops: it is the mark of a run under way. It goes when the run ends.
//!
//! `.NAME.cutover-RUN` holds the content, whole: it is written under another name first. Where there was no file, `.NAME.cutover-RUN.absent`
//! says so; where a write changes the mode, `.NAME.cutover-RUN.mode-644` remembers it. What is
//! written first and renamed then is `.NAME.cutover-RUN.new-CHANCE`: it holds a secret, and goes
//! with the others where a process was killed before the rename.

use std::path::{Path, PathBuf};

use cutover_engine::effect::EffectError;
use cutover_engine::planted::Bug;
use zeroize::Zeroizing;

use super::spot::{Found, Spot};
use crate::local::Inner;
use crate::perform::{not_sent, refused};
use crate::private::{beside, make_folder, open_file, random_bytes};

const ABSENT: &str = ".absent";
const MODE: &str = ".mode-";
/// What a file is written as before it takes its place: a killed run leaves it behind.
const NEW: &str = ".new-";
/// The folder beside the state with a list of files for each run.
const LISTS: &str = ".kept";

/// What a file was before a run.
pub(super) enum Former {
    /// There was none.
    Absent,
    /// It held this.
    File {
        content: Zeroizing<Vec<u8>>,
        /// Its mode, where the run changed it.
        mode: Option<u32>,
        owner: (u32, u32),
    },
}

fn prefix(name: &str) -> String {
    format!(".{name}.cutover-")
}

/// Returns the name under which a run writes a file before it takes its place.
pub(super) fn fresh(run: &str, name: &str) -> String {
    let random = u64::from_le_bytes(random_bytes());
    format!("{}{run}{NEW}{random:016x}", prefix(name))
}

/// Says whether a run has left something of that name beside a file.
fn is_left_by(run: &str, name: &str, beside: &str) -> bool {
    let rest = beside.strip_prefix(&prefix(name)).and_then(|rest| rest.strip_prefix(run));
    let known = |rest: &str| {
        rest.is_empty() || rest == ABSENT || rest.starts_with(MODE) || rest.starts_with(NEW)
    };
    rest.is_some_and(known)
}

/// Keeps the former self of a file, unless this run has done so before. `mode` is what the file
/// will have.
pub(super) fn keep(
    inner: &Inner,
    run: &str,
    spot: &Spot,
    current: Option<&Found>,
    mode: Option<u32>,
) -> Result<(), EffectError> {
    if run.is_empty() {
        return Ok(());
    }
    let begin = prefix(&spot.name);
    let mine = format!("{begin}{run}");
    let mut kept = false;
    for name in spot.names(&begin)? {
        let whose = name[begin.len()..].split('.').next().unwrap_or_default();
        if whose == run {
            // What somebody planted there is no former self: it is looked at, and refused.
            let is_copy = name == mine && spot.look_at(&name)?.is_some();
            kept |= is_copy || name.ends_with(ABSENT);
        } else if inner.has_ended(whose) {
            spot.unlink(&name)?;
        } else {
            return Err(foreign(spot, whose, &name));
        }
    }
    if kept && inner.options.planted.is(Bug::BackupTwice) {
        spot.unlink(&mine)?;
    } else if kept {
        return Ok(());
    }
    note(inner, run, &spot.path).map_err(|error| {
        not_sent(format!("{}: its former self cannot be noted: {error}", spot.shown))
    })?;
    match current {
        None => spot.make(&format!("{mine}{ABSENT}"), b"", 0o600, None)?,
        Some(found) => {
            if mode.is_some_and(|mode| mode != found.mode) {
                let name = format!("{mine}{MODE}{:o}", found.mode);
                if !spot.has(&name)? {
                    spot.make(&name, b"", 0o600, None)?;
                }
            }
            spot.make_whole(run, &mine, &found.content, found.owner)?;
        }
    }
    spot.sync()
}

fn foreign(spot: &Spot, run: &str, name: &str) -> EffectError {
    refused(
        format!(
            "{}: run {run} has written to it and is not over ({name} lies beside it); \
             end that run first: cutover abandon {run}",
            spot.shown
        ),
        0,
    )
}

/// Returns what a file was before a run, none where the run did not touch it.
pub(super) fn find(run: &str, spot: &Spot) -> Result<Option<Former>, EffectError> {
    let mine = format!("{}{run}", prefix(&spot.name));
    if let Some(found) = spot.look_at(&mine)? {
        let begin = format!("{mine}{MODE}");
        let names = spot.names(&begin)?;
        let mode = names.first().and_then(|name| u32::from_str_radix(&name[begin.len()..], 8).ok());
        return Ok(Some(Former::File { content: found.content, mode, owner: found.owner }));
    }
    Ok(spot.has(&format!("{mine}{ABSENT}"))?.then_some(Former::Absent))
}

/// Notes that a run keeps a former self beside a file, so that it can be found when the run ends,
/// by whatever process.
fn note(inner: &Inner, run: &str, path: &Path) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    make_folder(&beside(&inner.options.state, LISTS))?;
    let mut list = open_file(&list_of(&inner.options.state, run))?;
    list.seek(SeekFrom::End(0))?;
    let line = serde_json::to_string(&path.to_string_lossy()).unwrap_or_default();
    // One write, on a line of its own whatever the one before it left.
    list.write_all(format!("\n{line}\n").as_bytes())
}

/// Says whether a run kept, or was about to keep, the former self of a file.
pub(super) fn is_noted(inner: &Inner, run: &str, path: &Path) -> bool {
    let list = std::fs::read_to_string(list_of(&inner.options.state, run)).unwrap_or_default();
    list.lines().any(|line| serde_json::from_str::<PathBuf>(line).is_ok_and(|noted| noted == path))
}

fn list_of(state: &Path, run: &str) -> PathBuf {
    beside(state, LISTS).join(run)
}

/// Removes all former selves of a run that has ended. What cannot be removed is told to the log and
/// stays on the list: who opens the state next tries again, as does the next writer of that file.
pub(crate) fn remove_all(state: &Path, run: &str) {
    let list = list_of(state, run);
    let Ok(text) = std::fs::read_to_string(&list) else { return };
    let paths = text.lines().filter_map(|line| serde_json::from_str::<PathBuf>(line).ok());
    let stayed = paths.filter(|path| !remove(run, path)).count();
    if stayed == 0
        && let Err(error) = std::fs::remove_file(&list)
    {
        tracing::warn!(%run, %error, "the list of former selves was not removed");
    }
}

/// Removes the former selves of runs that are over and whose process was ended before it could.
pub(crate) fn sweep(state: &Path, has_ended: &dyn Fn(&str) -> bool) {
    let Ok(lists) = std::fs::read_dir(beside(state, LISTS)) else { return };
    for list in lists.flatten() {
        let run = list.file_name().to_string_lossy().into_owned();
        if has_ended(&run) {
            remove_all(state, &run);
        }
    }
}

/// Returns what lies beside files as their former selves, with the run that each belongs to, as far
/// as the lists of this state tell.
pub(crate) fn left(state: &Path) -> Vec<(String, PathBuf)> {
    let Ok(lists) = std::fs::read_dir(beside(state, LISTS)) else { return Vec::new() };
    let mut left = Vec::new();
    for list in lists.flatten() {
        let run = list.file_name().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(list.path()).unwrap_or_default();
        let paths = text.lines().filter_map(|line| serde_json::from_str::<PathBuf>(line).ok());
        let found: Vec<PathBuf> = paths.flat_map(|path| beside_of(&run, &path)).collect();
        left.extend(found.into_iter().map(|path| (run.clone(), path)));
    }
    left.sort();
    left.dedup();
    left
}

/// Removes what a run kept beside a file, and says whether all of it is gone.
fn remove(run: &str, path: &Path) -> bool {
    let mut gone = true;
    for left in beside_of(run, path) {
        if let Err(error) = std::fs::remove_file(left) {
            gone &= error.kind() == std::io::ErrorKind::NotFound;
            tracing::warn!(%run, %error, "a former self was not removed");
        }
    }
    gone
}

/// Returns what a run has left beside a file.
fn beside_of(run: &str, path: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
    let name = name.to_string_lossy();
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mine =
        |entry: &std::fs::DirEntry| is_left_by(run, &name, &entry.file_name().to_string_lossy());
    entries.flatten().filter(mine).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_was_writing_goes_with_what_it_kept() {
        assert!(is_left_by("run1", "config", &fresh("run1", "config")));
        for name in [".config.cutover-run1", ".config.cutover-run1.absent"] {
            assert!(is_left_by("run1", "config", name), "{name}");
        }
        for name in ["config", ".config.cutover-run12", ".config.cutover-run2", ".config"] {
            assert!(!is_left_by("run1", "config", name), "{name}");
        }
    }
}
