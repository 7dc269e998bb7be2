//! The doors of a running step: typed, bounded, and all of them through the host.

mod scope;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crate::effect::{Access, Call, Effect, EffectError, Exec, Http, Keep, ReadFile, Reply};
use crate::effect::{FileContent, RemoveFile, RestoreFile, WriteFile};
use crate::grant::Grant;
use crate::host::{Host, Secrets};
use crate::known::Telling;
use crate::step::{Fate, StepError};
use crate::time::Timestamp;
use crate::value::{Handle, Value};

pub use scope::{Mode, Scope, Waited, Word};

/// The code of an error that says that a secret is gone: no other try finds it.
pub(crate) const GONE: &str = "gone";

/// No write was asked for yet.
const UNWRITTEN: u8 = 0;
/// A write was sent.
const SENT: u8 = 1;
/// A write was sent and answered.
const ANSWERED: u8 = 2;

/// The doors of a running step.
pub struct Ctx<'a> {
    host: &'a dyn Host,
    secrets: Telling<'a>,
    scope: Scope,
    write: AtomicU8,
    last_failed: AtomicBool,
    overstepped: AtomicBool,
    ran: AtomicBool,
}

impl<'a> Ctx<'a> {
    /// Makes the doors of one try.
    pub fn new(host: &'a dyn Host, scope: Scope) -> Self {
        let (last_failed, ran) = (AtomicBool::new(false), AtomicBool::new(false));
        let secrets = Telling::new(host.secrets(), scope.known.clone());
        let (write, overstepped) = (AtomicU8::new(UNWRITTEN), AtomicBool::new(false));
        Self { host, secrets, scope, write, last_failed, overstepped, ran }
    }

    /// Returns the marker of the try in question: put it where the provider keeps text.
    pub fn key(&self) -> &str {
        &self.scope.marker
    }

    /// Returns which try it is, from 1.
    pub fn attempt(&self) -> u32 {
        self.scope.attempt
    }

    /// Returns what became of the wait that the step parked for, where it parked before.
    pub fn waited(&self) -> Option<&Waited> {
        self.scope.waited.as_ref()
    }

    /// Says whether the step stands in `on_failure` or `finally`: there nothing may park a run.
    pub fn is_in_hook(&self) -> bool {
        ["on_failure.", "finally."].iter().any(|list| self.scope.step.starts_with(list))
    }

    /// Returns what the try is.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Returns the time of the host. For waits and ages; values come from `run.started_at`.
    pub fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// Returns the host itself: for the one step that runs a whole workflow behind it.
    pub(crate) fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// Counts a child's run as the write of this try: everything that it does is announced in a
    /// journal of its own.
    pub(crate) fn announce_child(&self) -> Result<(), StepError> {
        self.check_write().map_err(|error| to_step_error(&error))?;
        self.write.store(ANSWERED, Ordering::Relaxed);
        Ok(())
    }

    /// Takes that back where the child waits: its step is run once more, and finds it again.
    pub(crate) fn await_child(&self) {
        self.write.store(UNWRITTEN, Ordering::Relaxed);
    }

    /// Returns the table of secrets. It also compares what died with another process, as far as that
    /// is still known.
    pub fn secrets(&self) -> &dyn Secrets {
        &self.secrets
    }

    /// Makes an HTTP request and returns status and body.
    pub async fn http(&self, request: Http) -> Result<(u16, Value), StepError> {
        match self.perform(Effect::Http(request)).await? {
            Reply::Http { status, body, .. } => Ok((status, body)),
            other => Err(mismatch("http", &other)),
        }
    }

    /// Runs a program and returns exit code and standard output.
    pub async fn exec(&self, program: Exec) -> Result<(i32, Value), StepError> {
        match self.perform(Effect::Exec(program)).await? {
            Reply::Exec { code, stdout } => Ok((code, stdout)),
            other => Err(mismatch("exec", &other)),
        }
    }

    /// Reads a file; none where there is no such file.
    pub async fn read_file(&self, path: &str, keep: Keep) -> Result<Option<Value>, StepError> {
        let found = self.read_file_with_mode(path, keep).await?;
        Ok(found.map(|(content, _)| content))
    }

    /// Reads a whole file and its mode; none where there is none.
    pub async fn read_file_with_mode(
        &self,
        path: &str,
        keep: Keep,
    ) -> Result<Option<(Value, u32)>, StepError> {
        let effect = Effect::ReadFile(ReadFile { path: path.to_owned(), keep });
        match self.perform(effect).await? {
            Reply::File { content, mode } => Ok(Some((content, mode))),
            Reply::Missing => Ok(None),
            other => Err(mismatch("read", &other)),
        }
    }

    /// Writes a file and says whether that changed it.
    pub async fn write_file(&self, file: WriteFile) -> Result<bool, StepError> {
        self.written(Effect::WriteFile(file)).await
    }

    /// Puts a file's former self back where the file still holds what was written, none where it
    /// was removed, and says whether that changed it.
    pub async fn restore_file(
        &self,
        path: String,
        wrote: Option<FileContent>,
    ) -> Result<bool, StepError> {
        let known = self.scope.known.clone();
        self.written(Effect::RestoreFile(RestoreFile { path, wrote, known })).await
    }

    /// Removes a file and says whether it was there.
    pub async fn remove_file(&self, path: &str) -> Result<bool, StepError> {
        self.written(Effect::RemoveFile(RemoveFile { path: path.to_owned() })).await
    }

    /// Waits until a moment.
    pub async fn sleep(&self, until: Timestamp) -> Result<(), StepError> {
        self.perform(Effect::Sleep { until }).await.map(|_| ())
    }

    /// Draws a random secret.
    pub async fn random(&self, length: usize, alphabet: &str) -> Result<Handle, StepError> {
        match self.perform(Effect::Random { length, alphabet: alphabet.to_owned() }).await? {
            Reply::Secret(handle) => Ok(handle),
            other => Err(mismatch("random", &other)),
        }
    }

    /// Writes a line for people and logs; `message` and `fields` hold no secret.
    pub async fn log(
        &self,
        level: &'static str,
        message: &str,
        fields: Value,
    ) -> Result<(), StepError> {
        let effect = Effect::Log { level, message: message.to_owned(), fields };
        self.perform(effect).await.map(|_| ())
    }

    async fn written(&self, effect: Effect) -> Result<bool, StepError> {
        match self.perform(effect).await? {
            Reply::Written { changed } => Ok(changed),
            other => Err(mismatch("file", &other)),
        }
    }

    /// Does one thing in the world. Everything else here goes through it.
    pub async fn perform(&self, effect: Effect) -> Result<Reply, StepError> {
        self.raw(effect).await.map_err(|error| to_step_error(&error))
    }

    /// Does one thing in the world and returns the host's own error: for steps that tell one
    /// refusal from another.
    pub async fn raw(&self, effect: Effect) -> Result<Reply, EffectError> {
        self.through(effect, None).await
    }

    /// Does one thing in the world that a plugin asks for: only what its grant reaches. A refusal
    /// comes before anything else, in a preview too, and says which line to add.
    pub async fn granted(&self, effect: Effect, grant: &Arc<Grant>) -> Result<Reply, EffectError> {
        self.refuse(&effect, grant)?;
        self.through(effect, Some(grant)).await
    }

    /// The same for what follows up on a write: see [`Ctx::follow_up`].
    pub async fn granted_follow_up(
        &self,
        effect: Effect,
        grant: &Arc<Grant>,
    ) -> Result<Reply, EffectError> {
        self.refuse(&effect, grant)?;
        self.follow(effect, Some(grant)).await
    }

    fn refuse(&self, effect: &Effect, grant: &Grant) -> Result<(), EffectError> {
        let refusal = grant.refusal(effect, &|path| self.host.absolute(path));
        let refused = |message| Err(EffectError::NotSent { message, retryable: false });
        refusal.or_else(|| grant.unsaid_read(effect)).map_or(Ok(()), refused)
    }

    async fn through(
        &self,
        effect: Effect,
        grant: Option<&Arc<Grant>>,
    ) -> Result<Reply, EffectError> {
        let effect = if self.scope.mode == Mode::Prove { as_read(effect) } else { effect };
        if effect.access() != Access::Write {
            return self.send(effect, grant).await;
        }
        self.check_write()?;
        let reply = self.send(effect, grant).await?;
        self.write.store(ANSWERED, Ordering::Relaxed);
        Ok(reply)
    }

    /// Does one more write of a try whose write has succeeded, under the same announcement: only
    /// what completes that write or takes it back, and what may be sent twice. The step's `read`
    /// must see whether it was done.
    pub async fn follow_up(&self, effect: Effect) -> Result<Reply, EffectError> {
        self.follow(effect, None).await
    }

    async fn follow(
        &self,
        effect: Effect,
        grant: Option<&Arc<Grant>>,
    ) -> Result<Reply, EffectError> {
        if effect.access() == Access::Write && self.write.load(Ordering::Relaxed) != ANSWERED {
            let step = &self.scope.step;
            let message = format!("`{step}` tried to follow up on a write that did not succeed");
            return Err(EffectError::Withheld { message });
        }
        self.send(effect, grant).await
    }

    async fn send(&self, effect: Effect, grant: Option<&Arc<Grant>>) -> Result<Reply, EffectError> {
        let call = Call {
            run: self.scope.run.clone(),
            step: self.scope.step.clone(),
            attempt: self.scope.attempt,
            deadline: self.scope.deadline,
            effect,
            grant: grant.cloned(),
        };
        let reply = self.host.perform(&call).await;
        let program = matches!(&call.effect, Effect::Exec(program) if !program.reads);
        if program && matches!(reply, Err(EffectError::Refused { .. })) {
            self.ran.store(true, Ordering::Relaxed);
        }
        self.last_failed.store(reply.is_err(), Ordering::Relaxed);
        reply
    }

    /// Says whether a program that may write was run, and ended with an error.
    pub(crate) fn has_run_a_program(&self) -> bool {
        self.ran.load(Ordering::Relaxed)
    }

    /// Says whether the try has asked for no write.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.write.load(Ordering::Relaxed) == UNWRITTEN
    }

    /// Returns what became of the write of a try that ended with an error. A step that says
    /// nothing has been done is believed, unless its write was answered and the last thing that it
    /// asked for then failed: it cannot know how the world stands.
    pub fn fate(&self, said: Fate) -> Fate {
        if !self.scope.may_write {
            return Fate::NotDone;
        }
        match (self.write.load(Ordering::Relaxed), said) {
            (UNWRITTEN, _) => Fate::NotDone,
            (ANSWERED, _) if self.last_failed.load(Ordering::Relaxed) => Fate::Lost,
            (_, said) => said,
        }
    }

    /// Says whether it tried to write where it may only read.
    pub fn has_overstepped(&self) -> bool {
        self.overstepped.load(Ordering::Relaxed)
    }

    fn check_write(&self) -> Result<(), EffectError> {
        let allowed = self.scope.may_write && self.scope.mode != Mode::Read;
        let before = self.write.load(Ordering::Relaxed);
        let second = before != UNWRITTEN && self.scope.mode == Mode::Run;
        if allowed && !second {
            self.write.store(SENT, Ordering::Relaxed);
            return Ok(());
        }
        self.overstepped.fetch_or(!allowed, Ordering::Relaxed);
        let step = &self.scope.step;
        let message = if second {
            format!("`{step}` tried a second write in one try")
        } else {
            format!("`{step}` tried to write where it may only read")
        };
        Err(EffectError::Withheld { message })
    }
}

/// Returns what a program or a request is whose author says that it changes nothing.
fn as_read(effect: Effect) -> Effect {
    match effect {
        Effect::Exec(exec) => Effect::Exec(Exec { reads: true, ..exec }),
        Effect::Http(http) => Effect::Http(Http { reads: true, ..http }),
        Effect::ReadFile(_)
        | Effect::WriteFile(_)
        | Effect::RestoreFile(_)
        | Effect::RemoveFile(_)
        | Effect::Sleep { .. }
        | Effect::Random { .. }
        | Effect::Log { .. } => effect,
    }
}

fn mismatch(asked: &str, got: &Reply) -> StepError {
    StepError::new(format!("the host answered {asked} with {got:?}")).code("bug")
}

/// Turns an effect's error into a step's, by the table of what is tried again and what is lost.
pub fn to_step_error(error: &EffectError) -> StepError {
    let base = StepError::new(error.to_string());
    match error {
        EffectError::NotSent { retryable, .. } => {
            StepError { retryable: *retryable, ..base.code("not_sent") }
        }
        EffectError::Gone { .. } => base.code(GONE),
        EffectError::Refused { code, retryable, retry_after, .. } => StepError {
            retryable: *retryable,
            retry_after: *retry_after,
            denied: matches!(code, 401 | 403),
            ..base.code("refused")
        },
        EffectError::Lost { .. } => {
            StepError { retryable: true, fate: Fate::Lost, ..base.code("lost") }
        }
        EffectError::Withheld { .. } => {
            StepError { fate: Fate::Previewed, ..base.code("withheld") }
        }
        EffectError::Edge(_) => base.code("edge"),
    }
}
