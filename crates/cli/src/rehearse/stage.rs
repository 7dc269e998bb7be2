//! The stage: the real host in a world of its own. Its clock runs ahead instead of sleeping, nothing
//! outside of the world is touched, and its process ends at a chosen point.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cutover_engine::effect::{Access, Call, Effect, EffectError, Reply};
use cutover_engine::event::Entry;
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::plan::Plan;
use cutover_engine::spec::Role;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Value;
use cutover_host::LocalHost;
use indexmap::IndexMap;

use super::points::Points;

/// The status that a message to people is answered with; it is never sent.
const TOLD: u16 = 200;

/// How far the clock of a rehearsal is ahead of ours, in milliseconds. All its processes share it.
pub(crate) type Ahead = Arc<AtomicU64>;

/// The real host in a world of its own.
pub(crate) struct Stage {
    host: LocalHost,
    world: PathBuf,
    programs: BTreeSet<String>,
    roles: HashMap<String, Role>,
    ahead: Ahead,
    /// Where the process may end.
    pub(crate) points: Points,
    written: Mutex<BTreeSet<PathBuf>>,
    withheld: Mutex<BTreeSet<String>>,
}

impl Stage {
    /// Sets a host up on the world in a folder, in which some programs have stand-ins.
    pub(crate) fn new(
        host: LocalHost,
        world: &Path,
        programs: &[&str],
        ahead: &Ahead,
        points: Points,
    ) -> Self {
        Self {
            host,
            world: world.to_owned(),
            programs: programs.iter().map(|program| (*program).to_owned()).collect(),
            roles: HashMap::new(),
            ahead: Arc::clone(ahead),
            points,
            written: Mutex::default(),
            withheld: Mutex::default(),
        }
    }

    /// Learns which step tells people something.
    pub(crate) fn learn(&mut self, plan: &Plan) {
        let checked = plan.checked();
        let lists = [
            ("", checked.nodes()),
            ("on_failure.", checked.on_failure()),
            ("finally.", checked.finally()),
        ];
        for (list, nodes) in lists {
            let path = |id: &str| format!("{list}{id}");
            self.roles.extend(nodes.iter().map(|node| (path(&node.decl.id.value), node.role)));
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

    async fn act(&self, call: &Call) -> Result<Reply, EffectError> {
        match &call.effect {
            Effect::Sleep { until } => {
                let left = until.since(self.now());
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
        if let Err(outside) = self.check(&call.effect) {
            if self.tells(call) {
                return Ok(told());
            }
            let message = format!("`{}` {outside}, and a rehearsal stays in its world", call.step);
            let mut withheld = self.withheld.lock().unwrap_or_else(PoisonError::into_inner);
            withheld.insert(format!("`{}` {outside}", call.step));
            return Err(EffectError::Withheld { message });
        }
        self.points.pass(|| format!("before {}", words(call))).await;
        let reply = self.host.perform(call).await;
        self.points.pass(|| format!("after {}", words(call))).await;
        reply
    }

    /// Says of an effect that reaches out of the world what it would do.
    fn check(&self, effect: &Effect) -> Result<(), String> {
        let inside = |path: &str| {
            let absolute = PathBuf::from(self.host.absolute(path));
            let climbs = absolute.components().any(|part| part.as_os_str() == "..");
            if climbs || !absolute.starts_with(&self.world) {
                return Err(format!("touches {}", absolute.display()));
            }
            if effect.access() == Access::Write {
                self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(absolute);
            }
            Ok(())
        };
        match effect {
            Effect::Http(http) => Err(format!("sends {} to {}", http.method, host_of(&http.url))),
            Effect::Exec(exec) => match exec.argv.first() {
                Some(program) if self.programs.contains(program) => Ok(()),
                program => Err(format!("runs {}", program.map_or("nothing", String::as_str))),
            },
            Effect::ReadFile(file) => inside(&file.path),
            Effect::WriteFile(file) => inside(&file.path),
            Effect::RestoreFile(file) => inside(&file.path),
            Effect::RemoveFile(file) => inside(&file.path),
            Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => Ok(()),
        }
    }

    fn tells(&self, call: &Call) -> bool {
        let step = call.step.split('[').next().unwrap_or(&call.step);
        self.roles.get(step) == Some(&Role::Notify)
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

impl Host for Stage {
    fn now(&self) -> Timestamp {
        self.host.now() + Duration(self.ahead.load(Ordering::Relaxed))
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        self.host.claim(run, keys)
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

    fn release(&self, run: &str) {
        self.host.release(run);
    }

    fn secrets(&self) -> &dyn Secrets {
        self.host.secrets()
    }

    fn random(&self) -> Option<u128> {
        self.host.random()
    }

    fn absolute(&self, path: &str) -> String {
        self.host.absolute(path)
    }
}
