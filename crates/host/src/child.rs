//! What a child does between its fork and its program: the one place that needs `unsafe`.

use std::io;

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
use tokio::process::Command;

/// Lets a program die with us: a write that goes on after its driver died could land when nobody
/// expects it any more. The signal comes when the *thread* that started the program ends, so
/// programs are started from the thread that drives the run.
#[expect(unsafe_code, reason = "a death signal can only be set inside the child, after its fork")]
pub(crate) fn dies_with_us(command: &mut Command) {
    let parent = getpid();
    // SAFETY: between fork and exec only two system calls are made; nothing allocates or locks.
    unsafe {
        command.pre_exec(move || set_death_signal(parent));
    }
}

fn set_death_signal(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() == Some(parent) {
        return Ok(());
    }
    Err(io::Error::from(rustix::io::Errno::SRCH))
}
