//! Who else can read the state.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::Open;
use crate::private::beside;

/// What lies beside a state.
const BESIDE: [&str; 6] = ["", "-wal", "-shm", ".head", ".locks", ".kept"];
const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;

/// Returns what others than this user can read or own: the state, and what lies beside it. Whoever
/// can write to its folder can take the state away, so that is looked at too.
pub(super) fn open(state: &Path) -> Vec<Open> {
    let files = BESIDE.iter().map(|suffix| beside(state, suffix));
    let mut open: Vec<Open> = files.filter_map(|path| look(path, 0o077)).collect();
    if let Some(folder) = state.parent().filter(|_| state.exists()) {
        open.extend(look(folder.to_owned(), 0o022));
    }
    open
}

fn look(path: PathBuf, others: u32) -> Option<Open> {
    let found = path.symlink_metadata().ok()?;
    let mode = found.permissions().mode() & 0o7777;
    let is_sticky = found.is_dir() && mode & 0o1000 != 0;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Some(Open { path, mode, wanted: mode });
    }
    let wanted = if found.is_dir() { FOLDER } else { FILE };
    (mode & others != 0 && !is_sticky).then_some(Open { path, mode, wanted })
}
