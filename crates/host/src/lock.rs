//! Locks of runs and credentials: one file per key, held by `flock` for as long as the run goes on.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cutover_engine::host::Key;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::private::{beside, make_folder, open_file};

/// The folder beside the state with the files that are locked.
const FOLDER: &str = ".locks";
/// How often a file is opened anew that somebody removed between our opening and locking it.
const TRIES: usize = 100;

/// A lock that is held. No child inherits it: the file is closed when a program is started.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
    once: bool,
}

impl Lock {
    /// Takes the lock of a key, none where somebody else holds it.
    pub(crate) fn take_key(state: &Path, key: &Key) -> io::Result<Option<Self>> {
        let Key::Credential(name) = key;
        take(state, &format!("credential-{}", file_name(name)), false)
    }

    /// Takes the lock of a run, none where somebody else drives it. Its file goes with it.
    pub(crate) fn take_run(state: &Path, run: &str) -> io::Result<Option<Self>> {
        take(state, &format!("run-{}", file_name(run)), true)
    }
}

/// A lock that a trigger holds while it looks whether it is due and runs.
#[derive(Debug)]
pub struct TriggerLock {
    _lock: Lock,
}

impl TriggerLock {
    /// Takes it, none where somebody else holds it. Its file goes with it.
    pub(crate) fn take(state: &Path, name: &str) -> io::Result<Option<Self>> {
        let lock = take(state, &format!("trigger-{}", file_name(name)), true)?;
        Ok(lock.map(|lock| Self { _lock: lock }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.once
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::debug!(%error, "the file of a lock was gone before");
        }
        if let Err(error) = flock(&self.file, FlockOperation::Unlock) {
            tracing::warn!(%error, "a lock was not released; it goes with the process");
        }
    }
}

/// Says whether a living process drives a run.
pub(crate) fn is_alive(state: &Path, run: &str) -> bool {
    is_held(&beside(state, FOLDER).join(format!("run-{}", file_name(run))))
}

/// Returns the files of runs' locks that nobody holds: their processes were killed.
pub(crate) fn unheld(state: &Path) -> Vec<PathBuf> {
    let Ok(files) = std::fs::read_dir(beside(state, FOLDER)) else { return Vec::new() };
    let runs =
        files.flatten().filter(|file| file.file_name().to_string_lossy().starts_with("run-"));
    let mut unheld: Vec<PathBuf> =
        runs.map(|file| file.path()).filter(|path| !is_held(path)).collect();
    unheld.sort();
    unheld
}

fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => false,
        Err(error) => error == Errno::WOULDBLOCK,
    }
}

fn take(state: &Path, name: &str, once: bool) -> io::Result<Option<Lock>> {
    let folder = beside(state, FOLDER);
    make_folder(&folder)?;
    let path = folder.join(name);
    for _ in 0..TRIES {
        let file = open_file(&path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let held = file.metadata()?;
        let is_there = path.metadata().is_ok_and(|there| there.ino() == held.ino());
        if is_there {
            return Ok(Some(Lock { file, path, once }));
        }
    }
    Err(io::Error::other("the file of a lock is removed again and again"))
}

/// Returns a file name for a name: it cannot leave the folder, nor be that of another name.
fn file_name(name: &str) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(name.as_bytes());
    let readable: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    let short: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{readable}-{short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::Credential("influx/ci ../x".to_owned())
    }

    #[test]
    fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        let held = Lock::take_key(&state, &key()).unwrap();
        assert!(held.is_some());
        assert!(Lock::take_key(&state, &key()).unwrap().is_none());
        drop(held);
        assert!(Lock::take_key(&state, &key()).unwrap().is_some());
    }

    #[test]
    fn a_run_is_alive_while_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state.db");
        assert!(!is_alive(&state, "k3f9"));
        let held = Lock::take_run(&state, "k3f9").unwrap();
        assert!(is_alive(&state, "k3f9"));
        drop(held);
        assert!(!is_alive(&state, "k3f9"));
        let left = std::fs::read_dir(beside(&state, FOLDER)).unwrap().count();
        assert_eq!(left, 0, "the file of a run's lock goes with it");
    }

    #[test]
    fn names_stay_in_the_folder_and_apart() {
        assert!(file_name("../../etc").chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        assert_ne!(file_name("a/b"), file_name("a-b"));
    }
}
