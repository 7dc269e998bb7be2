//! Where a file lies: its folder, held open, and its name. Everything is done relative to the
//! folder, so that nobody can put a symlink between a look and a write.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use cutover_engine::effect::EffectError;
use cutover_engine::time::Timestamp;
use rustix::fs::{
    AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, ResolveFlags, Stat, fchmod,
    fchown, flock, fstat, fsync, open, openat, openat2, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};

use super::{SIZE_LIMIT, former, io_error, say, sync_error};
use crate::clock;
use crate::perform::{not_sent, try_again};

/// How often a folder that another writer holds is tried again.
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
/// Permissions, and the three bits above them.
const MODE_BITS: u32 = 0o7777;

/// A folder and a name in it.
pub(super) struct Spot {
    folder: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// The path as it was given, for messages.
    pub(super) shown: String,
}

/// A file as it is.
pub(super) struct Found {
    pub(super) content: zeroize::Zeroizing<Vec<u8>>,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
}

impl Spot {
    /// Opens the folder and locks it until this is dropped: two writers of one folder go one after
    /// the other, in this process and in others of ours.
    pub(super) fn open(
        path: PathBuf,
        shown: &str,
        deadline: Timestamp,
        within: Option<&Path>,
    ) -> Result<Self, EffectError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let (Some(name), Some(parent)) = (name.map(str::to_owned), path.parent()) else {
            return Err(not_sent(format!("{shown} is not the path of a file")));
        };
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let folder = match within {
            Some(root) => beneath(root, parent, flags),
            None => open(parent, flags, Mode::empty()),
        };
        let folder = folder.map_err(|error| io_error(shown, error))?;
        let spot = Self { folder, name, shown: shown.to_owned(), path };
        spot.lock(deadline)?;
        Ok(spot)
    }

    fn lock(&self, deadline: Timestamp) -> Result<(), EffectError> {
        loop {
            match flock(&self.folder, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(()),
                Err(Errno::WOULDBLOCK) if clock::until(deadline).is_zero() => {
                    return Err(try_again(format!("{}: its folder is locked", self.shown)));
                }
                Err(Errno::WOULDBLOCK) => std::thread::sleep(LOCK_PAUSE),
                // Some network file systems know no such lock; the former self is the other one.
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::NOLCK) => return Ok(()),
                Err(error) => return Err(io_error(&self.shown, error)),
            }
        }
    }

    /// Returns the file as it is, none where there is none. A symlink or a device is an error.
    pub(super) fn look(&self) -> Result<Option<Found>, EffectError> {
        self.look_at(&self.name)
    }

    /// Returns another file of the folder as it is.
    pub(super) fn look_at(&self, name: &str) -> Result<Option<Found>, EffectError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::MLINK) => {
                return Err(not_sent(format!(
                    "{} is a symlink, which is not written through",
                    self.shown
                )));
            }
            Err(error) => return Err(io_error(&self.shown, error)),
        };
        let stat = fstat(&file).map_err(|error| io_error(&self.shown, error))?;
        let content =
            read_regular(file, &stat).map_err(|why| not_sent(format!("{}: {why}", self.shown)))?;
        Ok(Some(Found {
            content: content.into(),
            mode: stat.st_mode & MODE_BITS,
            owner: (stat.st_uid, stat.st_gid),
        }))
    }

    /// Says whether there is something of that name.
    pub(super) fn has(&self, name: &str) -> Result<bool, EffectError> {
        match statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(io_error(&self.shown, error)),
        }
    }

    /// Makes a file that must not be there yet, whole and synced. One that could not be finished
    /// is removed.
    pub(super) fn make(
        &self,
        name: &str,
        content: &[u8],
        mode: u32,
        owner: Option<(u32, u32)>,
    ) -> Result<(), EffectError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.folder, name, flags, Mode::from_raw_mode(0o600))
            .map_err(|error| io_error(&self.shown, error))?;
        let filled = self.fill(file, content, mode, owner);
        if filled.is_err() {
            self.discard(name);
        }
        filled
    }

    /// Makes a file that must not be there yet, under whose name there is never half of it:
    /// written and synced under another name, and given its own where nobody else has it.
    pub(super) fn make_whole(
        &self,
        run: &str,
        name: &str,
        content: &[u8],
        owner: (u32, u32),
    ) -> Result<(), EffectError> {
        let temporary = former::fresh(run, &self.name);
        self.make(&temporary, content, 0o600, Some(owner))?;
        let named = self.give_name(&temporary, name);
        if named.is_err() {
            self.discard(&temporary);
        }
        named.map_err(|error| io_error(&self.shown, error))
    }

    /// Renames, unless the new name is taken.
    fn give_name(&self, from: &str, to: &str) -> Result<(), Errno> {
        match renameat_with(&self.folder, from, &self.folder, to, RenameFlags::NOREPLACE) {
            // Some file systems cannot; there the folder's lock keeps others of ours away.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match statat(&self.folder, to, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(_) => Err(Errno::EXIST),
                    Err(Errno::NOENT) => renameat(&self.folder, from, &self.folder, to),
                    Err(error) => Err(error),
                }
            }
            named => named,
        }
    }

    fn fill(
        &self,
        file: OwnedFd,
        content: &[u8],
        mode: u32,
        owner: Option<(u32, u32)>,
    ) -> Result<(), EffectError> {
        let mut file = File::from(file);
        if let Some((user, group)) = owner {
            let is = fstat(&file).map_err(|error| io_error(&self.shown, error))?;
            if (is.st_uid, is.st_gid) != (user, group) {
                fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group))).map_err(
                    |error| {
                        not_sent(format!(
                            "{}: its owner cannot be kept: {}",
                            self.shown,
                            say(&error.into())
                        ))
                    },
                )?;
            }
        }
        fchmod(&file, Mode::from_raw_mode(mode)).map_err(|error| io_error(&self.shown, error))?;
        file.write_all(content).map_err(|error| {
            let number = Errno::from_io_error(&error).unwrap_or(Errno::IO);
            io_error(&self.shown, number)
        })?;
        fsync(&file).map_err(|error| sync_error(&self.shown, error))
    }

    /// Puts new content in the file's place: temporary file, sync, rename, sync of the folder.
    pub(super) fn replace(
        &self,
        run: &str,
        content: &[u8],
        mode: u32,
        owner: Option<(u32, u32)>,
    ) -> Result<(), EffectError> {
        let temporary = former::fresh(run, &self.name);
        self.make(&temporary, content, mode, owner)?;
        if let Err(error) = renameat(&self.folder, &temporary, &self.folder, &self.name) {
            self.discard(&temporary);
            return Err(io_error(&self.shown, error));
        }
        self.sync()
    }

    /// Removes a name of the folder; one that is not there is fine.
    pub(super) fn unlink(&self, name: &str) -> Result<(), EffectError> {
        match unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(io_error(&self.shown, error)),
        }
    }

    /// Syncs the folder.
    pub(super) fn sync(&self) -> Result<(), EffectError> {
        fsync(&self.folder).map_err(|error| sync_error(&self.shown, error))
    }

    /// Returns all names of the folder that begin with a prefix.
    pub(super) fn names(&self, prefix: &str) -> Result<Vec<String>, EffectError> {
        let folder = rustix::fs::Dir::read_from(&self.folder)
            .map_err(|error| io_error(&self.shown, error))?;
        let names = folder.filter_map(Result::ok);
        let names = names.filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned));
        Ok(names.filter(|name| name.starts_with(prefix)).collect())
    }

    fn discard(&self, name: &str) {
        if let Err(error) = self.unlink(name) {
            tracing::warn!(%error, "an unfinished temporary file was not removed");
        }
    }
}

/// Opens what stands beneath a folder: no link and no `..` on the way leads out of it. Who named the
/// folder said that it is fine itself, wherever it leads.
fn beneath(root: &Path, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let inside = path.strip_prefix(root).map_err(|_| Errno::XDEV)?;
    let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
    let folder = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let root = open(root, folder, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    openat2(&root, inside, flags, Mode::empty(), resolve)
}

/// Reads a whole regular file, none where there is none. The error says why, without the path.
pub(super) fn read_whole(
    path: &Path,
    within: Option<&Path>,
) -> Result<Option<(Vec<u8>, u32)>, String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = match within {
        Some(root) => beneath(root, path, flags),
        None => open(path, flags, Mode::empty()),
    };
    let file = match opened {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(Errno::XDEV) => return Err("a link leads out of the folder".to_owned()),
        Err(error) => return Err(say(&error.into())),
    };
    let stat = fstat(&file).map_err(|error| say(&error.into()))?;
    Ok(Some((read_regular(file, &stat)?, stat.st_mode & MODE_BITS)))
}

fn read_regular(file: OwnedFd, stat: &Stat) -> Result<Vec<u8>, String> {
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err("not a regular file".to_owned());
    }
    let mut content = Vec::with_capacity(usize::try_from(stat.st_size).unwrap_or(0).min(1 << 20));
    File::from(file).take(SIZE_LIMIT + 1).read_to_end(&mut content).map_err(|error| say(&error))?;
    if content.len() as u64 > SIZE_LIMIT {
        return Err(format!("larger than {} MiB", SIZE_LIMIT >> 20));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_whole_takes_no_name_that_is_taken_and_leaves_no_half() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let spot = Spot::open(path, "config", Timestamp(0), None).unwrap();
        let me = std::os::unix::fs::MetadataExt::uid;
        let owner = folder.path().metadata().map(|folder| (me(&folder), me(&folder))).unwrap();
        spot.make_whole("run1", ".copy", b"first", owner).unwrap();
        spot.make_whole("run1", ".copy", b"second", owner).unwrap_err();
        let names = spot.names(".").unwrap();
        let names: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| !matches!(*name, "." | "..")).collect();
        assert_eq!(names, [".copy"]);
        assert_eq!(spot.look_at(".copy").unwrap().unwrap().content.as_slice(), b"first");
    }
}
