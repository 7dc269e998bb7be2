//! The host of real runs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_engine::effect::{Call, EffectError, Reply};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::planted::Bug;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Timestamp;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::journal::{Writer, id};
use crate::lock::{Lock, TriggerLock};
use crate::options::Options;
use crate::private::random_bytes;
use crate::secrets::Table;
use crate::{claim, clock, perform, record};

/// How often a run id is drawn anew at one length.
const DRAWS: usize = 8;

/// The outside world as it is. Opening it touches no file: the journal is opened by the first
/// claim, TLS is set up by the first request.
#[derive(Clone)]
pub struct LocalHost {
    inner: Arc<Inner>,
}

/// What all parts of the host share.
pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) secrets: Table,
    pub(crate) clients: perform::http::Clients,
    claimed: Mutex<HashMap<String, Claimed>>,
    writer: Mutex<Option<Arc<Writer>>>,
}

/// What a run of this host holds.
#[derive(Default)]
struct Claimed {
    locks: Vec<Lock>,
    /// The tries that were announced and have no end: the attempt of each step.
    announced: HashMap<String, u32>,
}

impl LocalHost {
    /// Opens the world. From here on this process leaves no core dump, and no other process of its
    /// user can read its memory.
    pub fn open(options: Options) -> Result<Self, HostError> {
        let state = |what: &str, error: rustix::io::Errno| HostError::State {
            message: format!("secrets would not be safe here: {what}: {error}"),
        };
        set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map_err(|error| state("the process stays readable for others", error))?;
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
            .map_err(|error| state("core dumps stay on", error))?;
        Ok(Self {
            inner: Arc::new(Inner {
                options,
                secrets: Table::new(),
                clients: perform::http::Clients::default(),
                claimed: Mutex::default(),
                writer: Mutex::default(),
            }),
        })
    }

    /// Returns what it was opened with.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Returns a text with every live secret in it replaced, in whatever form: for all that leaves.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.inner.redact(text)
    }

    /// Returns an id for a new run, unlike that of every run of this state.
    pub async fn new_run_id(&self) -> Result<String, HostError> {
        let writer = self.inner.writer()?;
        let mut more = 0;
        loop {
            for _ in 0..DRAWS {
                let random = u128::from_le_bytes(random_bytes());
                let run = id::longer_run_id(self.now(), random, more);
                let asked = run.clone();
                let taken = writer.task(move |connection| {
                    connection.query_row(
                        "SELECT EXISTS (SELECT 1 FROM run WHERE run = ?1)",
                        [asked],
                        |row| row.get::<_, bool>(0),
                    )
                });
                match taken.await.map_err(|_| gone())? {
                    Ok(false) => return Ok(run),
                    Ok(true) => {}
                    Err(error) => return Err(crate::journal::from_sqlite(error)),
                }
            }
            more += 1;
        }
    }

    /// Keeps the files of a plugin under their digest, for as long as the state is there. A run that
    /// names the digest goes on with just these, whatever becomes of the folder.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub async fn keep_plugin(&self, digest: &str, files: &str) -> Result<(), HostError> {
        let (digest, files) = (digest.to_owned(), files.to_owned());
        let kept = self.inner.writer()?.task(move |connection| {
            let put = "INSERT OR REPLACE INTO plugin (digest, files) VALUES (?1, ?2)";
            connection.execute(put, [digest, files]).map(|_| ())
        });
        kept.await.map_err(|_| gone())?.map_err(crate::journal::from_sqlite)
    }

    /// Takes the lock of a trigger by its name, none where another process holds it.
    pub fn lock_trigger(&self, name: &str) -> Result<Option<TriggerLock>, HostError> {
        let state = &self.inner.options.state;
        TriggerLock::take(state, name).map_err(|error| claim::cannot_lock(state, &error))
    }

    /// Returns what all parts of the host share.
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }
}

impl Inner {
    fn claimed(&self) -> MutexGuard<'_, HashMap<String, Claimed>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the journal's writer, opened by the first who asks.
    pub(crate) fn writer(&self) -> Result<Arc<Writer>, HostError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = &*writer {
            return Ok(Arc::clone(writer));
        }
        let started = Arc::new(Writer::start(self.options.state.clone())?);
        let state = &self.options.state;
        perform::exec::scratch::sweep(state, &|run| crate::lock::is_alive(state, run));
        perform::file::sweep(state, &|run| self.has_ended(run));
        Ok(Arc::clone(writer.insert(started)))
    }

    /// Returns a text with every live secret in it replaced, unless a test turned that off.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.options.redact { self.secrets.redact(text) } else { Cow::Borrowed(text) }
    }

    /// Says whether this host holds a run's locks.
    pub(crate) fn holds(&self, run: &str) -> bool {
        self.claimed().contains_key(run)
    }

    /// Keeps a run's locks until it ends.
    pub(crate) fn keep_locks(&self, run: &str, locks: Vec<Lock>) {
        self.claimed().entry(run.to_owned()).or_default().locks = locks;
    }

    /// Lets a run's locks go.
    pub(crate) fn release(&self, run: &str) {
        let claimed = self.claimed().remove(run);
        drop(claimed);
    }

    /// Says whether a write was announced: its try was recorded as started and has no end. An undo
    /// of a try belongs to it, so that what could not be recorded can be taken back.
    pub(crate) fn is_announced(&self, call: &Call) -> bool {
        let step = call.step.strip_prefix("undo:").unwrap_or(&call.step);
        let claimed = self.claimed();
        let Some(run) = claimed.get(&call.run) else { return false };
        if self.options.planted.is(Bug::ResultOnly) {
            return true;
        }
        let attempts = [run.announced.get(&call.step), run.announced.get(step)];
        attempts.into_iter().flatten().any(|attempt| *attempt == call.attempt)
            || attempts[0] == Some(&ANY_ATTEMPT)
    }

    /// Notes what recorded events announce and end.
    pub(crate) fn note(&self, run: &str, entries: &[Entry]) {
        let mut claimed = self.claimed();
        let Some(known) = claimed.get_mut(run) else { return };
        for entry in entries {
            match &entry.event {
                Event::Started(started) if started.writes => {
                    known.announced.insert(started.step.clone(), started.attempt);
                }
                Event::UndoStarted { step, .. } => {
                    known.announced.insert(format!("undo:{step}"), ANY_ATTEMPT);
                }
                Event::Succeeded { step, attempt, .. }
                | Event::Failed { step, attempt, .. }
                | Event::Lost { step, attempt, .. } => {
                    if known.announced.get(step) == Some(attempt) {
                        known.announced.remove(step);
                    }
                }
                Event::Undone { step, .. }
                | Event::UndoFailed { step, .. }
                | Event::Swept { step, .. } => {
                    known.announced.remove(&format!("undo:{step}"));
                }
                Event::Claimed(_)
                | Event::Captured { .. }
                | Event::Expanded { .. }
                | Event::Started(_)
                | Event::Found { .. }
                | Event::RetryAt { .. }
                | Event::Skipped { .. }
                | Event::Stored { .. }
                | Event::Parked { .. }
                | Event::Abandoned { .. }
                | Event::Promoted { .. }
                | Event::DebtChanged { .. }
                | Event::Resumed { .. }
                | Event::Decided { .. }
                | Event::Settling { .. }
                | Event::Reopened { .. }
                | Event::Stopped
                | Event::Ended { .. } => {}
            }
        }
    }

    /// Says whether the state knows that a run is over and nobody has to look at it any more.
    pub(crate) fn has_ended(&self, run: &str) -> bool {
        use crate::journal::Journal;
        match Journal::open_read_only(&self.options.state) {
            Ok(Some(journal)) => {
                matches!(journal.run(run), Ok(Some(row)) if !row.is_unfinished())
            }
            Ok(None) | Err(_) => false,
        }
    }
}

/// An undo is not counted in tries.
const ANY_ATTEMPT: u32 = 0;

/// The journal's thread is gone: it has panicked.
pub(crate) fn gone() -> HostError {
    HostError::State { message: "the journal has stopped".to_owned() }
}

/// Nothing may be created or revoked with this state.
pub(crate) fn damaged(why: String) -> HostError {
    HostError::Damaged {
        message: format!(
            "the state has lost something, nothing is created or revoked with it: {why}"
        ),
    }
}

impl Host for LocalHost {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        Box::pin(claim::claim(&self.inner, run, keys))
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(record::record(&self.inner, run, after, entries))
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(perform::perform(&self.inner, call))
    }

    fn release(&self, run: &str) {
        self.inner.release(run);
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.inner.secrets
    }

    fn random(&self) -> Option<u128> {
        Some(u128::from_le_bytes(random_bytes()))
    }

    fn absolute(&self, path: &str) -> String {
        self.inner.options.absolute(path).display().to_string()
    }
}
