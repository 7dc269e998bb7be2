//! Which system calls are points: what changes a file, speaks to somebody, or starts a program.

use std::collections::HashSet;

use nix::libc::{self, c_long, user_regs_struct};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Every call that changes a state outside of the process.
    All,
    /// Every call that changes a file or a folder: what fails when the disk does.
    Disk,
}

/// A system call that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    number: c_long,
    /// The first argument, a descriptor where it is one.
    pub(crate) first: u64,
    /// Its name.
    pub(crate) name: &'static str,
}

/// The descriptors of a process, as far as its calls tell.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    /// Opened to be written.
    files: HashSet<u64>,
    /// Written to.
    written: HashSet<u64>,
}

/// The calls that change something by themselves, with the kind of each.
const CALLS: &[(c_long, &str, Kind)] = &[
    (libc::SYS_write, "write", Kind::Written),
    (libc::SYS_pwrite64, "pwrite64", Kind::Written),
    (libc::SYS_writev, "writev", Kind::Written),
    (libc::SYS_pwritev, "pwritev", Kind::Written),
    (libc::SYS_pwritev2, "pwritev2", Kind::Written),
    (libc::SYS_ftruncate, "ftruncate", Kind::Written),
    (libc::SYS_fallocate, "fallocate", Kind::Written),
    (libc::SYS_copy_file_range, "copy_file_range", Kind::Written),
    (libc::SYS_sendfile, "sendfile", Kind::Written),
    (libc::SYS_fsync, "fsync", Kind::Synced),
    (libc::SYS_fdatasync, "fdatasync", Kind::Synced),
    (libc::SYS_open, "open", Kind::Opened(Flags::Second)),
    (libc::SYS_openat, "openat", Kind::Opened(Flags::Third)),
    (libc::SYS_rename, "rename", Kind::Name),
    (libc::SYS_renameat, "renameat", Kind::Name),
    (libc::SYS_renameat2, "renameat2", Kind::Name),
    (libc::SYS_unlink, "unlink", Kind::Name),
    (libc::SYS_unlinkat, "unlinkat", Kind::Name),
    (libc::SYS_rmdir, "rmdir", Kind::Name),
    (libc::SYS_link, "link", Kind::Name),
    (libc::SYS_linkat, "linkat", Kind::Name),
    (libc::SYS_symlink, "symlink", Kind::Name),
    (libc::SYS_symlinkat, "symlinkat", Kind::Name),
    (libc::SYS_mkdir, "mkdir", Kind::Name),
    (libc::SYS_mkdirat, "mkdirat", Kind::Name),
    (libc::SYS_truncate, "truncate", Kind::Name),
    (libc::SYS_fchmod, "fchmod", Kind::Name),
    (libc::SYS_connect, "connect", Kind::Others),
    (libc::SYS_sendto, "sendto", Kind::Others),
    (libc::SYS_sendmsg, "sendmsg", Kind::Others),
    (libc::SYS_sendmmsg, "sendmmsg", Kind::Others),
    (libc::SYS_execve, "execve", Kind::Others),
    (libc::SYS_execveat, "execveat", Kind::Others),
    (libc::SYS_fork, "fork", Kind::Others),
    (libc::SYS_vfork, "vfork", Kind::Others),
    (libc::SYS_clone, "clone", Kind::Others),
    (libc::SYS_clone3, "clone3", Kind::Others),
    (libc::SYS_kill, "kill", Kind::Others),
    (libc::SYS_close, "close", Kind::Closed),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Writes to its first argument.
    Written,
    /// Syncs its first argument.
    Synced,
    /// Opens a file, with its flags in this argument.
    Opened(Flags),
    /// Changes a name in a folder, or what belongs to it.
    Name,
    /// Reaches a process or another machine.
    Others,
    /// Closes its first argument.
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Flags {
    Second,
    Third,
}

impl Descriptors {
    /// Takes a call in at its entry, and returns it where it is a point.
    pub(crate) fn enter(&mut self, regs: &user_regs_struct, counted: Counted) -> Option<Call> {
        let number = c_long::try_from(regs.orig_rax).ok()?;
        let (_, name, kind) = CALLS.iter().find(|(known, _, _)| *known == number)?;
        let first = regs.rdi;
        let is_file = self.files.contains(&first);
        let (is_change, is_disk) = match kind {
            Kind::Written => {
                self.written.insert(first);
                (true, is_file)
            }
            Kind::Synced => (true, is_file),
            Kind::Opened(flags) => {
                let creates = flags.of(regs) & libc::O_CREAT as u64 != 0;
                (creates, creates)
            }
            Kind::Name => (true, true),
            Kind::Others => (true, false),
            Kind::Closed => {
                self.files.remove(&first);
                (self.written.remove(&first), false)
            }
        };
        let is_point = match counted {
            Counted::All => is_change,
            Counted::Disk => is_disk,
        };
        is_point.then_some(Call { number, first, name })
    }

    /// Takes the answer of a call in.
    pub(crate) fn leave(&mut self, regs: &user_regs_struct) {
        let number = c_long::try_from(regs.orig_rax).unwrap_or(-1);
        let opened = CALLS.iter().find_map(|(known, _, kind)| match kind {
            Kind::Opened(flags) if *known == number => Some(flags),
            _ => None,
        });
        let Some(flags) = opened else { return };
        let is_open = regs.rax < i32::MAX as u64;
        if is_open && flags.of(regs) & (libc::O_WRONLY | libc::O_RDWR) as u64 != 0 {
            self.files.insert(regs.rax);
        }
    }
}

impl Call {
    /// Says whether it waits until something is on the disk.
    pub(crate) fn is_sync(&self) -> bool {
        self.number == libc::SYS_fsync || self.number == libc::SYS_fdatasync
    }
}

impl Flags {
    fn of(self, regs: &user_regs_struct) -> u64 {
        match self {
            Self::Second => regs.rsi,
            Self::Third => regs.rdx,
        }
    }
}

/// Says whether a call may start a program, or a thread.
pub(crate) fn is_start(regs: &user_regs_struct) -> bool {
    let starts = [libc::SYS_fork, libc::SYS_vfork, libc::SYS_clone, libc::SYS_clone3];
    starts.iter().any(|number| number.cast_unsigned() == regs.orig_rax)
}

/// Says whether a call gives a descriptor back.
pub(crate) fn is_close(regs: &user_regs_struct) -> bool {
    libc::SYS_close.cast_unsigned() == regs.orig_rax
}
