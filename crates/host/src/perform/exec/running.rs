//! A program while it runs: fed, drained, ended with its whole group at the deadline, reaped.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use cutover_engine::time::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Duration, timeout};
use zeroize::Zeroizing;

use crate::clock;

/// How much of a program's output is kept at most.
pub(crate) const OUTPUT_LIMIT: usize = 4 * 1024 * 1024;
/// How long after a program's end somebody else may hold its output open.
const LINGER: Duration = Duration::from_secs(2);

/// How a program ended.
pub(crate) enum Ended {
    /// By itself.
    Code(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// At its deadline, by us.
    Deadline,
    /// By us, since it printed more than is kept.
    TooMuch,
    /// Nobody can tell.
    Unknown(io::Error),
}

/// What becomes of a program that prints more than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// It goes on, and the rest is thrown away.
    Drop,
    /// It is ended, once standard output has more than so many bytes.
    End(usize),
}

/// What a program left.
pub(crate) struct Output {
    /// How it ended.
    pub(crate) ended: Ended,
    /// Its standard output.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error.
    pub(crate) stderr: Vec<u8>,
    /// Whether standard output had more than is kept.
    pub(crate) too_much: bool,
}

/// Starts a program and waits for it. An error means that it was not started.
pub(crate) async fn run(
    mut command: Command,
    stdin: Option<Zeroizing<String>>,
    deadline: Timestamp,
    excess: Excess,
) -> io::Result<Output> {
    let mut child = command.spawn()?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id as i32)));
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (input, out, err) = pipes;
    let mut stdout = Vec::new();
    let mut stderr = Vec::new();
    let mut too_much = false;
    let work = async {
        let feeding = async {
            feed(input, stdin).await;
            Ok(false)
        };
        let (out, err) = (drain(out, &mut stdout, excess), drain(err, &mut stderr, Excess::Drop));
        let fed_and_drained = async { Ok(tokio::try_join!(out, err, feeding)?.0) };
        tokio::pin!(fed_and_drained);
        let ended = tokio::select! {
            biased;
            more = &mut fed_and_drained => {
                too_much = more?;
                return Ok(child.wait().await);
            }
            ended = child.wait() => ended,
        };
        if let Ok(more) = timeout(LINGER, &mut fed_and_drained).await {
            too_much = more?;
        }
        Ok(ended)
    };
    let ended = match timeout(clock::until(deadline), work).await {
        Ok(Ok(Ok(status))) => {
            group.release();
            ended_by(status)
        }
        Ok(Ok(Err(error))) => Ended::Unknown(error),
        cut @ (Ok(Err(TooMuch)) | Err(_)) => {
            drop(group);
            reap(&mut child).await;
            if cut.is_ok() { Ended::TooMuch } else { Ended::Deadline }
        }
    };
    Ok(Output { ended, stdout, stderr, too_much })
}

fn ended_by(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Unknown(io::Error::other("neither a code nor a signal")),
    }
}

/// Waits for what was killed, so that no zombie stays.
async fn reap(child: &mut Child) {
    let reaped = timeout(LINGER, child.wait()).await;
    if !matches!(reaped, Ok(Ok(_))) {
        tracing::warn!("a program that was ended at its deadline has not gone yet");
    }
}

/// Writes standard input and closes it. A program that does not read it all is none of our concern.
async fn feed(pipe: Option<ChildStdin>, text: Option<Zeroizing<String>>) {
    let (Some(mut pipe), Some(text)) = (pipe, text) else { return };
    let written = pipe.write_all(text.as_bytes()).await;
    drop((written, pipe));
}

/// It printed more than it may.
struct TooMuch;

/// Reads to the end, keeps what fits, and says whether there was more.
async fn drain(
    pipe: Option<impl AsyncRead + Unpin>,
    kept: &mut Vec<u8>,
    excess: Excess,
) -> Result<bool, TooMuch> {
    let Some(mut pipe) = pipe else { return Ok(false) };
    let limit = match excess {
        Excess::Drop => OUTPUT_LIMIT,
        Excess::End(limit) => limit.min(OUTPUT_LIMIT),
    };
    let mut buffer = Zeroizing::new([0_u8; 16 * 1024]);
    let mut more = false;
    while let Ok(count @ 1..) = pipe.read(buffer.as_mut_slice()).await {
        let fits = count.min(limit - kept.len());
        kept.extend_from_slice(&buffer[..fits]);
        more |= fits < count;
        if more && excess != Excess::Drop {
            return Err(TooMuch);
        }
    }
    Ok(more)
}

/// The process group of a program: ended as a whole when this is dropped before its time.
struct Group(Option<Pid>);

impl Group {
    /// The program ended by itself: what it started on purpose may go on.
    fn release(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0
            && let Err(error) = kill_process_group(group, Signal::KILL)
        {
            tracing::debug!(%error, "a process group was gone before it could be ended");
        }
    }
}
