//! A world in memory behind the one door: a server that a test writes, files, a table of secrets.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake};

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::effect::{Access, Body, Call, Effect, EffectError, FileContent, Keep, Reply};
use cutover_engine::event::Entry;
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::known::Known;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Handle, Piece, Value, pieces};
use indexmap::IndexMap;
use serde_json::Value as Json;

/// The marker of a try.
pub(crate) const MARKER: &str = "cutover-1f0a77c2-k3f9-8e21c04d";

/// What the server is asked, secrets opened: `POST https://x/y {..}`.
pub(crate) type Server = dyn Fn(&str) -> Result<(u16, String), EffectError> + Send + Sync;

/// The world.
pub(crate) struct World {
    pub(crate) server: Box<Server>,
    pub(crate) table: Table,
    pub(crate) files: Mutex<BTreeMap<String, String>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) logs: Mutex<Vec<String>>,
    /// Whether every write is withheld, as a preview does.
    pub(crate) withholds: bool,
    /// The headers of every answer.
    pub(crate) headers: IndexMap<String, String>,
}

impl World {
    pub(crate) fn new(
        server: impl Fn(&str) -> Result<(u16, String), EffectError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            server: Box::new(server),
            table: Table::default(),
            files: Mutex::default(),
            asked: Mutex::default(),
            logs: Mutex::default(),
            withholds: false,
            headers: IndexMap::new(),
        }
    }

    pub(crate) fn secret(&self, name: &str, plain: &str) -> Value {
        self.table.seal(&format!("inputs.{name}"), plain.to_owned()).into()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }

    pub(crate) fn logs(&self) -> Vec<String> {
        lock(&self.logs).clone()
    }

    pub(crate) fn ctx(&self, mode: Mode) -> Ctx<'_> {
        self.ctx_as("issue", mode, MARKER.to_owned())
    }

    /// The doors of a try where something is in use.
    pub(crate) fn ctx_beside(&self, mode: Mode, current: &str) -> Ctx<'_> {
        let scope = self.scope("revoke", mode, MARKER.to_owned());
        Ctx::new(self, Scope { current: Some(current.to_owned()), ..scope })
    }

    /// The doors of a try whose time is over.
    pub(crate) fn ctx_too_late(&self) -> Ctx<'_> {
        let scope = self.scope("issue", Mode::Run, MARKER.to_owned());
        Ctx::new(self, Scope { deadline: Timestamp(0), ..scope })
    }

    pub(crate) fn ctx_as(&self, step: &str, mode: Mode, marker: String) -> Ctx<'_> {
        Ctx::new(self, self.scope(step, mode, marker))
    }

    fn scope(&self, step: &str, mode: Mode, marker: String) -> Scope {
        Scope {
            run: "k3f9".to_owned(),
            step: step.to_owned(),
            attempt: 1,
            marker,
            deadline: self.now() + Duration::seconds(60),
            started_at: self.now(),
            mode,
            may_write: mode != Mode::Read,
            current: None,
            waited: None,
            known: Known::default(),
        }
    }

    fn carry_out(&self, effect: &Effect) -> Result<Reply, EffectError> {
        match effect {
            Effect::Http(http) => self.http(http),
            Effect::Exec(exec) => {
                let line = format!(
                    "exec {} env={:?} stdin={:?}",
                    exec.argv.join(" "),
                    exec.env.iter().map(|(k, v)| (k, self.table.open(v))).collect::<Vec<_>>(),
                    exec.stdin.as_deref().map(|text| self.table.open(text)),
                );
                lock(&self.asked).push(line.clone());
                let (code, text) = (self.server)(&line)?;
                let (code, stdout) = (i32::from(code), self.keep(&exec.keep, &text));
                if exec.accept.contains(&code) {
                    return Ok(Reply::Exec { code, stdout });
                }
                Err(refused(format!("`tool` ended with exit code {code}"), code, Value::Null))
            }
            Effect::ReadFile(read) => match lock(&self.files).get(&read.path) {
                Some(text) => {
                    let content = self.keep(&read.keep, text);
                    Ok(Reply::File { content, mode: 0o600 })
                }
                None => Ok(Reply::Missing),
            },
            Effect::WriteFile(write) => {
                let FileContent::Text(text) = &write.content else { panic!("text only") };
                let text = self.table.open(text);
                let before = lock(&self.files).insert(write.path.clone(), text.clone());
                Ok(Reply::Written { changed: before.as_deref() != Some(text.as_str()) })
            }
            Effect::RemoveFile(remove) => {
                let was = lock(&self.files).remove(&remove.path).is_some();
                Ok(Reply::Written { changed: was })
            }
            Effect::RestoreFile(_) => panic!("no plugin restores"),
            Effect::Sleep { .. } => Ok(Reply::Done),
            Effect::Random { length, .. } => {
                Ok(Reply::Secret(self.table.seal("random", "r".repeat(*length))))
            }
            Effect::Log { level, message, fields } => {
                lock(&self.logs).push(format!("{level}: {message} {fields:?}"));
                Ok(Reply::Done)
            }
        }
    }

    fn http(&self, http: &cutover_engine::effect::Http) -> Result<Reply, EffectError> {
        let headers: Vec<String> =
            http.headers.iter().map(|(k, v)| format!(" {k}: {}", self.table.open(v))).collect();
        let query: Vec<String> = http.query.iter().map(|(k, v)| format!(" {k}={v}")).collect();
        let body = match &http.body {
            Body::Text(text) => self.table.open(text),
            other => format!("{other:?}"),
        };
        let line =
            format!("{} {}{}{} {body}", http.method, http.url, query.concat(), headers.concat());
        lock(&self.asked).push(line.clone());
        let (status, body) = (self.server)(&line)?;
        let body = self.keep(&http.keep, &body);
        let fine = match http.accept.as_slice() {
            [] => (200..300).contains(&status),
            accept => accept.contains(&status),
        };
        if fine {
            return Ok(Reply::Http { status, headers: self.headers.clone(), body });
        }
        Err(refused(format!("the server answered {status}"), i32::from(status), body))
    }

    fn keep(&self, keep: &Keep, text: &str) -> Value {
        match keep {
            Keep::Nothing => Value::Null,
            Keep::Secret => self.table.seal("steps.issue.secret", text.to_owned()).into(),
            Keep::Json { seal } => {
                self.sealed(serde_json::from_str(text).expect("it is JSON"), "", seal)
            }
            Keep::Answer { seal } => match serde_json::from_str(text) {
                Ok(json) => Value::map([("json", self.sealed(json, "", seal))]),
                Err(_) if text.is_empty() => Value::Null,
                Err(_) => Value::map([("text", text.into())]),
            },
            Keep::Text | Keep::Toml { .. } | Keep::Lines { .. } => text.into(),
        }
    }

    fn sealed(&self, json: Json, at: &str, seal: &[String]) -> Value {
        let fits = |pointer: &String| {
            let (wanted, is): (Vec<_>, Vec<_>) =
                (pointer.split('/').collect(), at.split('/').collect());
            wanted.len() == is.len() && wanted.iter().zip(&is).all(|(w, i)| *w == "*" || w == i)
        };
        match json {
            Json::String(text) if seal.iter().any(fits) => {
                let last = at.rsplit('/').next().expect("a last part");
                self.table.seal(&format!("steps.issue.{last}"), text).into()
            }
            Json::Array(items) => Value::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.sealed(item, &format!("{at}/{index}"), seal))
                    .collect(),
            ),
            Json::Object(map) => Value::map(map.into_iter().map(|(key, item)| {
                let item = self.sealed(item, &format!("{at}/{key}"), seal);
                (key, item)
            })),
            other => cutover_engine::disk::from_json(&other),
        }
    }
}

impl Host for World {
    fn now(&self) -> Timestamp {
        Timestamp::parse("2026-11-24T14:00:00Z").expect("it is a moment")
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
        Box::pin(async move {
            assert!(call.grant.is_some(), "the host is told what a plugin may reach: {call:?}");
            if self.withholds && call.effect.access() == Access::Write {
                let message = "a preview writes nothing".to_owned();
                return Err(EffectError::Withheld { message });
            }
            self.carry_out(&call.effect)
        })
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.table
    }

    fn random(&self) -> Option<u128> {
        Some(4)
    }
}

fn refused(message: String, code: i32, body: Value) -> EffectError {
    let (retryable, stderr) = (code == 429, String::new());
    EffectError::Refused { message, code, retryable, retry_after: None, body, stderr }
}

/// The table of secrets.
#[derive(Default)]
pub(crate) struct Table {
    plain: Mutex<BTreeMap<u128, String>>,
    made: AtomicU64,
}

impl Table {
    /// Opens every secret in a text, all of which have to be there.
    pub(crate) fn open(&self, text: &str) -> String {
        let plain = lock(&self.plain);
        let piece = |piece: Piece<'_>| match piece {
            Piece::Plain(text) => text.to_owned(),
            Piece::Secret(handle) => plain.get(&handle.id).expect("it is in the table").clone(),
            Piece::Unknown { from, .. } => format!("<{from}>"),
        };
        pieces(text).into_iter().map(piece).collect()
    }
}

impl Secrets for Table {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        let id = u128::from(self.made.fetch_add(1, Ordering::Relaxed)) + 1;
        lock(&self.plain).insert(id, plain);
        Handle { id, origin: origin.to_owned() }
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        let opened: Vec<String> = texts.iter().map(|text| self.open(text)).collect();
        Ok(self.seal(origin, compute(&opened)?))
    }

    fn same(&self, a: &str, b: &str) -> bool {
        self.open(a) == self.open(b)
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        let plain = self.open(text);
        (plain.len() >= 20).then(|| format!("{salt}{}", plain.len()))
    }

    fn prefix(&self, _text: &str, _characters: usize) -> Option<String> {
        None
    }

    fn find(&self, text: &str) -> Option<String> {
        let plain = lock(&self.plain);
        let found = plain.values().any(|value| value.len() >= 6 && text.contains(value.as_str()));
        found.then(|| "a secret".to_owned())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds the world")
}

/// Waits for a future on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
