//! Follows a process with all its threads from one system call to the next, counts those that are
//! points, and at one of them ends it or lets the disk fail.
//!
//! The process stops itself before it becomes the program, is seized there, and is counted from
//! its `execve` on. Its threads are followed, its children are not: they run and die as they would.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc::{self, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::calls::{Call, Counted, Descriptors, is_close, is_start};

/// No run takes as long as this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing: its points are counted.
    Counted(Counted),
    /// It is ended at the entry of a point.
    Killed(u64),
    /// A call that changes a file fails.
    Fails {
        /// Which one, counted from 1.
        at: u64,
        /// Whether the later ones fail too.
        for_good: bool,
    },
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Traced {
    /// How many points it came to.
    pub(crate) points: u64,
    /// The point at which something was done to it.
    pub(crate) hit: Option<Call>,
    /// What its first argument was, where it is a descriptor.
    pub(crate) file: String,
    /// Its exit code; none where it was ended by a signal.
    pub(crate) code: Option<i32>,
    /// It did not end by itself in good time.
    pub(crate) hung: bool,
    /// A sync that failed was tried again on the same descriptor.
    pub(crate) synced_again: bool,
    /// How many programs or threads were started after the first failure.
    pub(crate) starts_after: u32,
}

/// Runs a command under the eyes of this thread.
pub(crate) fn trace(command: &Command, talk: &Path, fate: Fate) -> Traced {
    let child = stopped(command, talk);
    let leader = Pid::from_raw(i32::try_from(child).expect("a process id"));
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(leader, options).expect("a child of ours may be traced");
    kill(leader, Signal::SIGCONT).expect("it is there");
    let watchdog = watch(leader);
    let mut tracer = Tracer::new(leader, fate);
    let hung = loop {
        match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
            Ok(status) => tracer.see(status),
            Err(Errno::ECHILD) => break watchdog.send(()).is_err(),
            Err(Errno::EINTR) => {}
            Err(error) => panic!("waiting for the process failed: {error}"),
        }
    };
    Traced { hung, ..tracer.traced }
}

/// Starts a shell that stops itself and then becomes the program.
#[expect(clippy::zombie_processes, reason = "the tracer waits for it, and for all its threads")]
fn stopped(command: &Command, talk: &Path) -> u32 {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -STOP $$; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    let talk = File::create(talk).expect("a file can be made");
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(talk);
    let child = shell.spawn().expect("a shell is there");
    let id = child.id();
    let pid = Pid::from_raw(i32::try_from(id).expect("a process id"));
    let status = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).expect("it is ours");
    assert!(matches!(status, WaitStatus::Stopped(..)), "{status:?}");
    id
}

/// Ends a process that does not end by itself. Nobody takes what is sent where it had to.
pub(crate) fn watch(leader: Pid) -> Sender<()> {
    let (ended, wait) = channel();
    std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE).is_err() {
            let _ = kill(leader, Signal::SIGKILL);
        }
    });
    ended
}

struct Tracer {
    leader: Pid,
    fate: Fate,
    traced: Traced,
    /// The program has begun: what the shell did before it does not count.
    began: bool,
    descriptors: Descriptors,
    /// The threads that are inside of a call, and what its answer is to be.
    inside: HashMap<Pid, Option<Errno>>,
    /// Descriptors whose sync failed.
    unsynced: HashSet<u64>,
}

impl Tracer {
    fn new(leader: Pid, fate: Fate) -> Self {
        let traced = Traced {
            points: 0,
            hit: None,
            file: String::new(),
            code: None,
            hung: false,
            synced_again: false,
            starts_after: 0,
        };
        Self {
            leader,
            fate,
            traced,
            began: false,
            descriptors: Descriptors::default(),
            inside: HashMap::new(),
            unsynced: HashSet::new(),
        }
    }

    fn see(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::PtraceSyscall(thread) => {
                self.call(thread);
                go_on(thread, None);
            }
            WaitStatus::PtraceEvent(thread, _, event) => {
                self.began |= event == libc::PTRACE_EVENT_EXEC;
                go_on(thread, None);
            }
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            WaitStatus::Exited(thread, code) => {
                self.inside.remove(&thread);
                if thread == self.leader {
                    self.traced.code = Some(code);
                }
            }
            WaitStatus::Signaled(thread, ..) => drop(self.inside.remove(&thread)),
            WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
        }
    }

    fn call(&mut self, thread: Pid) {
        // A thread that is being ended has no registers any more.
        let Ok(mut regs) = ptrace::getregs(thread) else { return };
        if let Some(answer) = self.inside.remove(&thread) {
            match answer {
                Some(errno) => {
                    regs.rax = (-i64::from(errno as i32)).cast_unsigned();
                    let _ = ptrace::setregs(thread, regs);
                }
                None => self.descriptors.leave(&regs),
            }
            return;
        }
        let answer = if self.began { self.enter(thread, &mut regs) } else { None };
        self.inside.insert(thread, answer);
    }

    /// Takes the entry of a call in, and returns the answer that is put in the place of its own.
    fn enter(&mut self, thread: Pid, regs: &mut user_regs_struct) -> Option<Errno> {
        let call = self.descriptors.enter(regs, self.fate.counted());
        if self.traced.hit.is_some() && is_start(regs) {
            self.traced.starts_after += 1;
        }
        if is_close(regs) {
            self.unsynced.remove(&regs.rdi);
        }
        let call = call?;
        self.traced.points += 1;
        let again = call.is_sync() && self.unsynced.contains(&call.first);
        self.traced.synced_again |= again;
        if !self.fate.is_due(self.traced.points) {
            return None;
        }
        if self.traced.hit.is_none() {
            self.traced.hit = Some(call);
            let link = format!("/proc/{}/fd/{}", self.leader, call.first);
            let file = std::fs::read_link(link).unwrap_or_default();
            self.traced.file = file.display().to_string();
        }
        if let Fate::Killed(_) = self.fate {
            let _ = kill(self.leader, Signal::SIGKILL);
            return None;
        }
        regs.orig_rax = u64::MAX;
        ptrace::setregs(thread, *regs).ok()?;
        if call.is_sync() {
            self.unsynced.insert(call.first);
            return Some(Errno::EIO);
        }
        Some(Errno::ENOSPC)
    }
}

impl Fate {
    fn counted(self) -> Counted {
        match self {
            Self::Counted(counted) => counted,
            Self::Killed(_) => Counted::All,
            Self::Fails { .. } => Counted::Disk,
        }
    }

    fn is_due(self, point: u64) -> bool {
        match self {
            Self::Counted(_) => false,
            Self::Killed(at) => point == at,
            Self::Fails { at, for_good } => point == at || (for_good && point > at),
        }
    }
}

/// Lets a thread go to its next call. One that was ended meanwhile is not there any more.
fn go_on(thread: Pid, signal: Option<Signal>) {
    let _ = ptrace::syscall(thread, signal);
}
