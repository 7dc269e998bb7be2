//! The Acme vault on loopback: it outlives every process that asks it, answers for the place that
//! is looked at, and can end who asks before, while or after it does what is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::acme::{Request, State};

/// No answer takes as long as this.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is said to it to learn that all that came before has been done.
const BARRIER: &str = "BARRIER / HTTP/1.1\r\n\r\n";

/// The state of the vault of one place.
pub(crate) type Shared = Arc<Mutex<State>>;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Who asked is ended, and what was asked is not done.
    Dropped,
    /// Who asked is ended, and what was asked is done after that.
    Late,
    /// Who asked is ended, and what was asked is done once somebody else has been answered.
    Held,
    /// What was asked is done, and who asked is ended before the answer.
    Applied,
    /// What was asked is done, and the answer is lost.
    Lost,
}

/// A request that something happens to, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trap {
    pub(crate) at: usize,
    pub(crate) how: How,
}

/// What a process asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Whether each request may change something.
    pub(crate) writes: Vec<bool>,
    /// How many of them met a trap.
    pub(crate) met: usize,
}

/// The server.
pub(crate) struct Vault {
    at: SocketAddr,
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    state: Shared,
    /// How many connections are open.
    open: usize,
    /// Which requests the process that is looked at made, and whether each may change something.
    writes: Vec<bool>,
    traps: Vec<Trap>,
    /// Who is ended by a trap, as soon as it is known.
    asks: Option<Pid>,
    /// How many traps were met.
    met: usize,
}

impl Vault {
    /// Starts it.
    pub(crate) fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let at = listener.local_addr().expect("it is bound");
        let vault = Arc::new(Self { at, inner: Mutex::default(), changed: Condvar::new() });
        let of = Arc::clone(&vault);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                of.lock().open += 1;
                let of = Arc::clone(&of);
                std::thread::spawn(move || {
                    of.talk(&stream);
                    drop(stream);
                    of.lock().open -= 1;
                    of.changed.notify_all();
                });
            }
        });
        vault
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Answers for a place from here on, once all that was asked before has been done.
    pub(crate) fn serve(&self, state: &Shared, traps: &[Trap]) {
        self.quiet();
        let mut inner = self.lock();
        inner.state = Arc::clone(state);
        inner.traps = traps.to_vec();
        inner.writes.clear();
        (inner.asks, inner.met) = (None, 0);
    }

    /// Says who is asking.
    pub(crate) fn is_asked_by(&self, process: Pid) {
        self.lock().asks = Some(process);
        self.changed.notify_all();
    }

    /// Waits until all that was asked has been done, and returns what came of it.
    pub(crate) fn quiet(&self) -> Asked {
        // Connections are taken in the order in which they came.
        let mut last = TcpStream::connect(self.at).expect("it listens");
        last.write_all(BARRIER.as_bytes()).expect("it reads");
        last.read_exact(&mut [0]).expect("it answers");
        drop(last);
        let idle = |inner: &mut Inner| inner.open > 0;
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, idle);
        let (inner, late) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!late.timed_out(), "somebody talks to the vault without an end");
        Asked { writes: inner.writes.clone(), met: inner.met }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers what comes on a connection, until it is closed.
    fn talk(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut writer = stream;
        while let Some(request) = read(&mut reader) {
            let answer = match request.method.as_str() {
                "BARRIER" => "\n".to_owned(),
                _ => match self.answer(&request) {
                    Some(answer) => answer,
                    None => return,
                },
            };
            if writer.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Does what is asked; nothing is said where the answer is lost or nobody is there to hear it.
    fn answer(&self, request: &Request) -> Option<String> {
        let (state, how) = self.taken(request.method != "GET");
        let ends = |how: How| how != How::Lost;
        let state = || state.lock().unwrap_or_else(PoisonError::into_inner);
        let apply = || {
            let mut state = state();
            let held = state.held.take();
            let answer = state.answer(request);
            held.map(|held| state.answer(&held));
            answer
        };
        match how {
            None => Some(said(&apply())),
            Some(How::Dropped) => {
                self.end();
                None
            }
            Some(How::Held) => {
                self.end();
                state().held = Some(request.clone());
                None
            }
            Some(How::Late) => {
                self.end();
                apply();
                None
            }
            Some(how @ (How::Applied | How::Lost)) => {
                apply();
                if ends(how) {
                    self.end();
                }
                None
            }
        }
    }

    /// Counts a request, and returns whose it is and what becomes of it.
    fn taken(&self, writes: bool) -> (Shared, Option<How>) {
        let mut inner = self.lock();
        inner.writes.push(writes);
        let seen = inner.writes.len();
        let how = inner.traps.iter().find(|trap| trap.at == seen).map(|trap| trap.how);
        inner.met += usize::from(how.is_some());
        (Arc::clone(&inner.state), how)
    }

    /// Ends who asks.
    fn end(&self) {
        let unknown = |inner: &mut Inner| inner.asks.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, unknown);
        let asks = waited.unwrap_or_else(PoisonError::into_inner).0.asks;
        kill(asks.expect("it was said who asks"), Signal::SIGKILL).expect("it waits for an answer");
    }
}

fn said((status, body): &(u16, Value)) -> String {
    let body = if *status == 204 { String::new() } else { body.to_string() };
    let length = body.len();
    format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Reads a request; none where the connection was closed, or before it came whole.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut login, mut length) = (String::new(), 0);
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().trim_start_matches("Bearer ").clone_into(&mut login),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Request { method, path, login, body })
}
