//! The stage: the real host in a world of its own. Its clock runs ahead instead of sleeping, nothing
//! outside of the world is touched, and its process ends at a chosen point.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cutover_engine::child::{Children, Family};
use cutover_engine::effect::{Call, Effect, EffectError, FileContent, Reply};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Host, HostError, Position, Wrapper};
use cutover_engine::run::Run;
use cutover_engine::spec::Role;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Handle, Map, Value};
use cutover_engine::workflow::Workflow;
use cutover_host::LocalHost;
use cutover_lua::test::StandIn;
use indexmap::IndexMap;

use super::canaries::Canaries;
use super::fakes::Fakes;
use super::points::Points;
use super::take::Take;
use crate::household::events;

/// The status that a message to people is answered with; it is never sent.
const TOLD: u16 = 200;

/// How far the clock of a rehearsal is ahead of ours, in milliseconds. All its processes share it.
pub(crate) type Ahead = Arc<AtomicU64>;

/// The real host in a world of its own.
pub(crate) struct Stage {
    host: LocalHost,
    world: PathBuf,
    programs: BTreeSet<String>,
    machine: String,
    ahead: Ahead,
    /// The values of secret inputs.
    pub(crate) canaries: Arc<Canaries>,
    fakes: Arc<Fakes>,
    /// Where the process may end.
    pub(crate) points: Points,
    seen: Mutex<Seen>,
    written: Mutex<BTreeSet<PathBuf>>,
    withheld: Mutex<BTreeSet<String>>,
}

/// What the records of the runs told.
#[derive(Default)]
struct Seen {
    /// The workflows of runs that other runs began.
    children: HashMap<String, String>,
    /// Tries that tell people something, by run and step.
    telling: HashSet<(String, String)>,
    /// The secrets in what steps gave.
    made: Vec<Handle>,
}

impl Stage {
    /// Sets a host up on the world of a take, in which some programs have stand-ins.
    pub(crate) fn new(host: LocalHost, take: &Take, programs: &[&str], points: Points) -> Self {
        Self {
            host,
            world: take.world.root().to_owned(),
            programs: programs.iter().map(|program| (*program).to_owned()).collect(),
            machine: cutover_host::machine(),
            ahead: Arc::clone(&take.ahead),
            canaries: Arc::clone(&take.canaries),
            fakes: Arc::clone(&take.fakes),
            points,
            seen: Mutex::default(),
            written: Mutex::default(),
            withheld: Mutex::default(),
        }
    }

    /// Returns the host below.
    pub(crate) fn host(&self) -> &LocalHost {
        &self.host
    }

    /// Returns the files that steps have written: the places.
    pub(crate) fn written(&self) -> BTreeSet<PathBuf> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns what was asked for and has no stand-in, in words.
    pub(crate) fn withheld(&self) -> BTreeSet<String> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the secrets in everything that steps gave.
    pub(crate) fn made(&self) -> Vec<Handle> {
        self.seen().made.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn act(&self, call: &Call) -> Result<Reply, EffectError> {
        match &call.effect {
            Effect::Sleep { until } => {
                let left = until.since(Wrapper::now(self));
                self.ahead.fetch_add(left.0, Ordering::Relaxed);
                return Ok(Reply::Done);
            }
            Effect::Random { .. } | Effect::Log { .. } => return self.host.perform(call).await,
            Effect::Http(_)
            | Effect::Exec(_)
            | Effect::ReadFile(_)
            | Effect::WriteFile(_)
            | Effect::RestoreFile(_)
            | Effect::RemoveFile(_) => {}
        }
        if let Some(fake) = self.fake_of(call) {
            self.points.pass(|| format!("before {}", words(call))).await;
            let reply = fake.perform(self.host.secrets(), call);
            self.points.pass(|| format!("after {}", words(call))).await;
            return reply;
        }
        if let Err(outside) = self.check(call) {
            if self.tells(call) {
                return Ok(told());
            }
            let child = self.seen().children.get(&call.run).map(|name| format!(" of {name}"));
            let words = format!("`{}`{} {outside}", call.step, child.unwrap_or_default());
            let message = format!("{words}, and a rehearsal stays in its world");
            let mut withheld = self.withheld.lock().unwrap_or_else(PoisonError::into_inner);
            withheld.insert(words);
            return Err(EffectError::Withheld { message });
        }
        self.points.pass(|| format!("before {}", words(call))).await;
        let reply = self.host.perform(call).await;
        self.points.pass(|| format!("after {}", words(call))).await;
        reply
    }

    /// Returns what plays the service or program that a plugin's step asks.
    fn fake_of(&self, call: &Call) -> Option<&StandIn> {
        let fake = self.fakes.get(&call.grant.as_ref()?.plugin)?;
        matches!(call.effect, Effect::Http(_) | Effect::Exec(_)).then_some(fake)
    }

    /// Says of an effect that reaches out of the world what it would do. A plugin's program is the
    /// one that was found on this machine, and none of the world's.
    fn check(&self, call: &Call) -> Result<(), String> {
        match &call.effect {
            Effect::Http(http) => Err(format!("sends {} to {}", http.method, host_of(&http.url))),
            Effect::Exec(exec) => match exec.argv.first() {
                Some(program) if call.grant.is_none() && self.programs.contains(program) => {
                    exec.files.values().try_for_each(|content| self.starts_from(Some(content)))
                }
                program => Err(format!("runs {}", program.map_or("nothing", String::as_str))),
            },
            Effect::ReadFile(file) => self.inside(&file.path).map(drop),
            Effect::WriteFile(file) => {
                self.starts_from(Some(&file.content))?;
                self.changes(&file.path)
            }
            Effect::RestoreFile(file) => {
                self.starts_from(file.wrote.as_ref())?;
                self.changes(&file.path)
            }
            Effect::RemoveFile(file) => self.changes(&file.path),
            Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => Ok(()),
        }
    }

    /// Returns the file that a path of the world stands for.
    fn inside(&self, path: &str) -> Result<PathBuf, String> {
        let absolute = PathBuf::from(self.host.absolute(path));
        let climbs = absolute.components().any(|part| part.as_os_str() == "..");
        match !climbs && absolute.starts_with(&self.world) {
            true => Ok(absolute),
            false => Err(format!("touches {}", absolute.display())),
        }
    }

    fn changes(&self, path: &str) -> Result<(), String> {
        let path = self.inside(path)?;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
        Ok(())
    }

    /// The file that an edit begins with is read as well.
    fn starts_from(&self, content: Option<&FileContent>) -> Result<(), String> {
        match content {
            Some(FileContent::Toml(edit)) => match &edit.base {
                Some(base) => self.inside(base).map(drop),
                None => Ok(()),
            },
            Some(FileContent::Text(_)) | None => Ok(()),
        }
    }

    fn tells(&self, call: &Call) -> bool {
        self.seen().telling.contains(&(call.run.clone(), call.step.clone()))
    }

    /// Remembers what is told of a run, once it is recorded.
    fn note(&self, run: &str, event: &Event) {
        let mut seen = self.seen();
        if let Event::Claimed(claimed) = event
            && claimed.family.parent.is_some()
        {
            seen.children.insert(run.to_owned(), claimed.workflow.clone());
        } else if let Event::Started(started) = event
            && started.role == Role::Notify
        {
            seen.telling.insert((run.to_owned(), started.step.clone()));
        } else if let Event::Succeeded { outputs, .. } | Event::Found { outputs, .. } = event {
            seen.made.extend(outputs.values().flat_map(Value::handles));
        }
    }

    async fn keep(
        &self,
        run: &str,
        after: Position,
        entries: &[Entry],
    ) -> Result<Position, HostError> {
        let words =
            || entries.iter().map(|entry| entry.event.kind()).collect::<Vec<_>>().join(", ");
        self.points.pass(|| format!("before the record of {}", words())).await;
        let position = self.host.record(run, after, entries).await;
        if position.is_ok() {
            entries.iter().for_each(|entry| self.note(run, &entry.event));
        }
        self.points.pass(|| format!("after the record of {}", words())).await;
        position
    }
}

fn told() -> Reply {
    Reply::Http { status: TOLD, headers: IndexMap::new(), body: Value::Null }
}

/// Returns the scheme and host of an address: the rest may hold what nobody should read.
fn host_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { "an address".to_owned() } else { format!("{scheme}://{host}") }
}

/// Returns what a call does in a few words, without what may be secret.
fn words(call: &Call) -> String {
    let what = match &call.effect {
        Effect::Http(http) => format!("{} {}", http.method, host_of(&http.url)),
        Effect::Exec(exec) => {
            format!("running {}", exec.argv.first().map_or("nothing", String::as_str))
        }
        Effect::ReadFile(_) => "reading a file".to_owned(),
        Effect::WriteFile(_) => "writing a file".to_owned(),
        Effect::RestoreFile(_) => "putting a file back".to_owned(),
        Effect::RemoveFile(_) => "removing a file".to_owned(),
        Effect::Sleep { .. } => "a pause".to_owned(),
        Effect::Random { .. } => "drawing a secret".to_owned(),
        Effect::Log { .. } => "a log line".to_owned(),
    };
    format!("{what} in `{}`", call.step)
}

impl Wrapper for Stage {
    fn behind(&self) -> &dyn Host {
        &self.host
    }

    fn now(&self) -> Timestamp {
        self.host.now() + Duration(self.ahead.load(Ordering::Relaxed))
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(self.keep(run, after, entries))
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(self.act(call))
    }

    fn family(&self) -> Option<Family<'_>> {
        Some(Family { children: self, stop: None, parent: None })
    }
}

impl Children for Stage {
    fn history<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Vec<Entry>, HostError>> {
        Box::pin(async move { events(&self.host, run) })
    }

    fn secrets<'a>(&'a self, workflow: &'a Workflow) -> BoxFuture<'a, Result<Map, String>> {
        Box::pin(async { Ok(self.canaries.sealed(workflow, Host::secrets(&self.host))) })
    }

    fn see(&self, _run: &Run, _entry: &Entry) {}

    fn machine(&self) -> &str {
        &self.machine
    }
}
