//! The disk under the state: what kind it is, and whether locks and syncs work on it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::Disk;
use crate::private::{random_bytes, sync_folder};

/// Kinds of file systems by the number that the kernel gives them (`linux/magic.h`), and how far
/// they can be trusted.
const KINDS: &[(u64, &str, Trust)] = &[
    (0xef53, "ext4", Trust::Here),
    (0x5846_5342, "xfs", Trust::Here),
    (0x9123_683e, "btrfs", Trust::Here),
    (0x2fc1_2fc1, "zfs", Trust::Here),
    (0xf2f5_2010, "f2fs", Trust::Here),
    (0xca45_1a4e, "bcachefs", Trust::Here),
    (0x794c_7630, "overlay", Trust::Here),
    (0x0102_1994, "tmpfs", Trust::Fleeting),
    (0x8584_58f6, "ramfs", Trust::Fleeting),
    (0x6969, "nfs", Trust::Network),
    (0x517b, "smb", Trust::Network),
    (0xff53_4d42, "cifs", Trust::Network),
    (0xfe53_4d42, "smb2", Trust::Network),
    (0x0102_1997, "9p", Trust::Network),
    (0x5346_414f, "afs", Trust::Network),
    (0x7375_7245, "coda", Trust::Network),
    (0x00c3_6400, "ceph", Trust::Network),
    (0x0bd0_0bd0, "lustre", Trust::Network),
    (0x4750_4653, "gpfs", Trust::Network),
    (0x6573_5546, "fuse", Trust::Unknown),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    Here,
    Fleeting,
    Network,
    /// It depends on what is behind it.
    Unknown,
}

/// Returns the folder of the state, or the nearest one above it that is there.
pub(super) fn nearest(state: &Path) -> PathBuf {
    let above = state.ancestors().skip(1).find(|folder| folder.is_dir());
    above.unwrap_or(Path::new(".")).to_owned()
}

/// Says what a folder lies on.
pub(super) fn look(folder: PathBuf) -> Disk {
    let found = rustix::fs::statfs(&folder).map(|found| found.f_type as u64 & 0xffff_ffff);
    let Ok(number) = found else {
        return Disk { folder, kind: "unknown".to_owned(), network: false, fleeting: false };
    };
    let (kind, trust) = kind_of(number);
    let (network, fleeting) = (trust == Trust::Network, trust == Trust::Fleeting);
    Disk { folder, kind, network, fleeting }
}

fn kind_of(number: u64) -> (String, Trust) {
    let known = KINDS.iter().find(|(known, _, _)| *known == number);
    known.map_or_else(
        || (format!("unknown ({number:#x})"), Trust::Unknown),
        |(_, name, trust)| ((*name).to_owned(), *trust),
    )
}

/// Returns how many bytes are free.
pub(super) fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Says whether a lock that is held keeps a second one out, and is free once it is let go.
pub(super) fn locks(folder: &Path) -> Result<(), String> {
    let probe = Probe::make(folder)?;
    let again = File::open(&probe.path).map_err(|error| error.to_string())?;
    let take = |file: &File| flock(file, FlockOperation::NonBlockingLockExclusive);
    take(&probe.file).map_err(|error| format!("none can be taken: {error}"))?;
    match take(&again) {
        Err(Errno::WOULDBLOCK) => {}
        Err(error) => return Err(format!("a second one ends with `{error}`")),
        Ok(()) => return Err("one that is held keeps nobody out".to_owned()),
    }
    flock(&probe.file, FlockOperation::Unlock).map_err(|error| error.to_string())?;
    take(&again).map_err(|error| format!("one that was let go is not free: {error}"))
}

/// Says whether a file and its name can be synced.
pub(super) fn syncs(folder: &Path) -> Result<(), String> {
    let mut probe = Probe::make(folder)?;
    probe.file.write_all(b"probe").map_err(|error| format!("it cannot be written: {error}"))?;
    probe.file.sync_all().map_err(|error| format!("a file cannot be synced: {error}"))?;
    sync_folder(folder).map_err(|error| format!("a folder cannot be synced: {error}"))
}

/// A file of our own that goes when this is dropped.
struct Probe {
    file: File,
    path: PathBuf,
}

impl Probe {
    fn make(folder: &Path) -> Result<Self, String> {
        let chance = u64::from_le_bytes(random_bytes());
        let path = folder.join(format!(".cutover-probe-{chance:016x}"));
        let opened: io::Result<File> =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = opened
            .map_err(|error| format!("nothing can be made in {}: {error}", folder.display()))?;
        Ok(Self { file, path })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a probe was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_known_by_its_number_and_what_is_not_known_is_told_as_that() {
        assert!(matches!(kind_of(0x6969), (kind, Trust::Network) if kind == "nfs"));
        assert!(matches!(kind_of(0xef53), (kind, Trust::Here) if kind == "ext4"));
        assert_eq!(kind_of(0x1234).0, "unknown (0x1234)");
        let mut numbers: Vec<u64> = KINDS.iter().map(|(number, _, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), KINDS.len());
    }

    #[test]
    fn a_probe_works_in_a_usual_folder_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(locks(folder.path()), Ok(()));
        assert_eq!(syncs(folder.path()), Ok(()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(locks(&folder.path().join("none")).unwrap_err().contains("nothing can be made"));
    }

    #[test]
    fn a_state_that_is_not_there_is_judged_by_the_folder_above_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(nearest(&folder.path().join("a/b/state.db")), folder.path());
    }
}
