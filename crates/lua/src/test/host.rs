//! The host of a test: its world is a file's stand-ins, its clock stands still, and a write may be
//! refused or lose its answer.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cutover_engine::disk::to_json;
use cutover_engine::effect::{Access, Call, Effect, EffectError, Http, Reply};
use cutover_engine::event::Entry;
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Timestamp;
use cutover_engine::value::shown;

use super::link::Link;
use super::perform::{name_of, perform, program_of, refused};
use super::secrets::Table;
use super::words::absolute;

/// What `ctx.now()` says in every test: a moment in the contract's year, in milliseconds.
const NOW: Timestamp = Timestamp(1_790_000_000_000);
/// Statuses that say no, the likeliest first: the first one that the request does not accept.
const NOES: [u16; 4] = [422, 409, 403, 418];
/// As many lines of a trail are kept, at most.
const LONGEST_TRAIL: usize = 200;

/// What becomes of a write, counted from when it was said, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused, and nothing was done.
    Refused(usize),
    /// It is done, and its answer is lost.
    Lost(usize),
}

/// The host of a test.
pub(crate) struct FakeHost {
    link: Link,
    table: Table,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    writes: usize,
    trail: Vec<String>,
    logs: Vec<String>,
    left: BTreeSet<Left>,
    broken: Option<String>,
}

/// A text that left, and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Left {
    pub(crate) place: String,
    pub(crate) text: String,
}

impl FakeHost {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, table: Table::default(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the table of secrets.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// Says what becomes of a write from here, and counts writes anew.
    pub(crate) fn begin(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.fault = fault;
        state.writes = 0;
    }

    /// Returns how many writes there were since then.
    pub(crate) fn writes(&self) -> usize {
        self.state().writes
    }

    /// Notes a line of the trail.
    pub(crate) fn note(&self, line: impl Into<String>) {
        let mut state = self.state();
        if state.trail.len() < LONGEST_TRAIL {
            state.trail.push(line.into());
        }
    }

    /// Returns what was done so far, a line each.
    pub(crate) fn trail(&self) -> Vec<String> {
        self.state().trail.clone()
    }

    /// Returns the log lines so far.
    pub(crate) fn logs(&self) -> Vec<String> {
        self.state().logs.clone()
    }

    /// Notes a text that leaves the plugin.
    pub(crate) fn leave(&self, place: String, text: String) {
        self.state().left.insert(Left { place, text });
    }

    /// Returns every text that has left.
    pub(crate) fn left(&self) -> BTreeSet<Left> {
        self.state().left.clone()
    }

    /// Returns what is wrong with the stand-ins themselves.
    pub(crate) fn broken(&self) -> Option<String> {
        self.state().broken.clone()
    }

    async fn act(&self, call: &Call) -> Result<Reply, EffectError> {
        match &call.effect {
            Effect::Sleep { .. } => return Ok(Reply::Done),
            Effect::Random { length, alphabet } => return Ok(self.draw(*length, alphabet)),
            Effect::Log { level, message, fields } => {
                let fields = to_json(fields).to_string();
                let fields = if fields == "null" { String::new() } else { format!(" {fields}") };
                let line = format!("{level} {message}{fields}");
                self.leave(format!("a log line of `{}`", call.step), line.clone());
                self.note(format!("log {}", shown(&line)));
                self.state().logs.push(shown(&line));
                return Ok(Reply::Done);
            }
            Effect::Http(_)
            | Effect::Exec(_)
            | Effect::ReadFile(_)
            | Effect::WriteFile(_)
            | Effect::RestoreFile(_)
            | Effect::RemoveFile(_) => {}
        }
        self.leave(format!("what `{}` asks for", call.step), open_part(&call.effect));
        let fault = self.due(&call.effect);
        let what = words(&call.effect);
        let result = match fault {
            None => perform(&self.link, &self.table, call),
            Some(Fault::Refused(_)) => Err(no(&call.effect)),
            Some(Fault::Lost(_)) => {
                // A write that the stand-in refuses was never accepted: it has an answer.
                match perform(&self.link, &self.table, call) {
                    Ok(_) => Err(EffectError::Lost { message: format!("`{what}` got no answer") }),
                    Err(error) => Err(error),
                }
            }
        };
        let by = if fault.is_some() { ", by the law" } else { "" };
        self.note(format!("{what} -> {}{by}", outcome(&result)));
        if fault.is_none() {
            self.look_whether_broken(&result);
        }
        result
    }

    fn due(&self, effect: &Effect) -> Option<Fault> {
        if effect.access() != Access::Write {
            return None;
        }
        let mut state = self.state();
        let at = state.writes;
        state.writes += 1;
        state.fault.filter(|fault| match fault {
            Fault::Refused(write) | Fault::Lost(write) => *write == at,
        })
    }

    fn look_whether_broken(&self, result: &Result<Reply, EffectError>) {
        let Err(EffectError::NotSent { message, retryable: false }) = result else { return };
        let mut state = self.state();
        if state.broken.is_none() {
            state.broken = Some(message.clone());
        }
    }

    /// Chance is the same in every test, and never the same twice.
    fn draw(&self, length: usize, alphabet: &str) -> Reply {
        let letters: Vec<char> = alphabet.chars().collect();
        let salt = self.table.all().len();
        let letter = |at: usize| letters.get((at * 7 + salt * 11 + at * at) % letters.len().max(1));
        let plain: String = (0..length).filter_map(letter).collect();
        Reply::Secret(self.table.seal("random", plain))
    }
}

impl Host for FakeHost {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn claim<'a>(
        &'a self,
        _run: &'a str,
        _keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        Box::pin(async { Ok(Claim::default()) })
    }

    fn record<'a>(
        &'a self,
        _run: &'a str,
        after: Position,
        _entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(async move { Ok(after) })
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(self.act(call))
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.table
    }

    fn random(&self) -> Option<u128> {
        Some(4)
    }

    fn absolute(&self, path: &str) -> String {
        absolute(path)
    }
}

/// What anybody may see of an effect: an address, arguments, a path.
fn open_part(effect: &Effect) -> String {
    match effect {
        Effect::Http(Http { url, query, .. }) => format!("{url} {query:?}"),
        Effect::Exec(exec) => exec.argv.join(" "),
        Effect::ReadFile(read) => read.path.clone(),
        Effect::WriteFile(write) => write.path.clone(),
        Effect::RestoreFile(restore) => restore.path.clone(),
        Effect::RemoveFile(remove) => remove.path.clone(),
        Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => String::new(),
    }
}

/// Returns an effect in a few words.
fn words(effect: &Effect) -> String {
    match effect {
        Effect::Http(http) => name_of(http),
        Effect::Exec(exec) => program_of(exec),
        Effect::ReadFile(read) => format!("read {}", read.path),
        Effect::WriteFile(write) => format!("write {}", write.path),
        Effect::RestoreFile(restore) => format!("put back {}", restore.path),
        Effect::RemoveFile(remove) => format!("remove {}", remove.path),
        Effect::Sleep { .. } => "sleep".to_owned(),
        Effect::Random { .. } => "random".to_owned(),
        Effect::Log { .. } => "log".to_owned(),
    }
}

fn outcome(result: &Result<Reply, EffectError>) -> String {
    match result {
        Ok(Reply::Http { status, .. }) => status.to_string(),
        Ok(Reply::Exec { code, .. }) => format!("exit code {code}"),
        Ok(Reply::Missing) => "no such file".to_owned(),
        Ok(Reply::Written { changed: false }) => "unchanged".to_owned(),
        Ok(Reply::Done | Reply::File { .. } | Reply::Written { .. } | Reply::Secret(_)) => {
            "done".to_owned()
        }
        Err(EffectError::Refused { code, .. }) => format!("{code}, refused"),
        Err(EffectError::Lost { .. }) => "answer lost".to_owned(),
        Err(EffectError::Withheld { message }) => format!("not let through: {message}"),
        Err(EffectError::NotSent { message, .. } | EffectError::Gone { message }) => {
            format!("not sent: {message}")
        }
        Err(EffectError::Edge(error)) => error.to_string(),
    }
}

/// The refusal of a write, as its other side would put it.
fn no(effect: &Effect) -> EffectError {
    match effect {
        Effect::Http(http) => {
            let status = NOES.into_iter().find(|status| !http.accept.contains(status));
            let status = status.unwrap_or(NOES[0]);
            refused(format!("`{}` answered {status}", name_of(http)), i32::from(status))
        }
        Effect::Exec(exec) => {
            let code = (1..).find(|code| !exec.accept.contains(code)).unwrap_or(1);
            let program = exec.argv.first().map(String::as_str).unwrap_or_default();
            refused(format!("`{program}` ended with exit code {code}"), code)
        }
        Effect::ReadFile(_)
        | Effect::WriteFile(_)
        | Effect::RestoreFile(_)
        | Effect::RemoveFile(_)
        | Effect::Sleep { .. }
        | Effect::Random { .. }
        | Effect::Log { .. } => EffectError::NotSent {
            message: format!("{}: permission denied", words(effect)),
            retryable: false,
        },
    }
}
