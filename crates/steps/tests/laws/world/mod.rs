//! A world in memory behind the one door: files, a provider with `influxctl`, an InfluxDB 1.

pub(crate) mod faults;
mod files;
mod gone;
mod influxctl;
mod influxdb1;
mod keep;
mod secrets;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use cutover_engine::ctx::{Ctx, Mode, Scope, Waited};
use cutover_engine::effect::{Access, Call, Effect, EffectError, Exec, Http, Reply};
use cutover_engine::event::Entry;
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::known::Known;
use cutover_engine::step::{BoxFuture, StepError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};
use cutover_steps::registry;
use indexmap::IndexMap;

use faults::Fault;
pub(crate) use influxctl::{Shows, Style, Token};
use secrets::Table;

/// The marker of a try, unless a test says otherwise.
pub(crate) const MARKER: &str = "cutover-1f0a77c2-k3f9-8e21c04d";
/// Where the provider's configuration lies.
pub(crate) const CONFIG: &str = "~/.config/influxctl/config.toml";
/// The value of the token that the profile `ci` holds.
pub(crate) const OLD_TOKEN: &str = "M.V1.OLDxfakefakefakefakefakefakefakefake";
/// The value of the token that the profile `admin` holds.
pub(crate) const ADMIN_TOKEN: &str = "M.V1.ADMxfakefakefakefakefakefakefakefake";

/// The world.
pub(crate) struct World {
    state: Mutex<State>,
    table: Table,
}

/// What is in the world.
pub(crate) struct State {
    pub(crate) now: Timestamp,
    pub(crate) calls: Vec<Call>,
    pub(crate) logs: Vec<String>,
    pub(crate) fault: Option<Fault>,
    pub(crate) files: BTreeMap<String, String>,
    /// The modes of files, where they were told.
    pub(crate) modes: BTreeMap<String, u32>,
    pub(crate) former: BTreeMap<String, Option<String>>,
    pub(crate) provider: influxctl::Provider,
    pub(crate) server: influxdb1::Server,
    /// Where the step stands that is asked.
    pub(crate) path: String,
    /// What is in use of the credential.
    pub(crate) current: Option<String>,
    /// What it waited for.
    pub(crate) waited: Option<Waited>,
    /// What is still known of secrets that are gone.
    pub(crate) known: Known,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// Makes a world in which `ci` holds an old token and the server has the user `svc_a`.
    pub(crate) fn new() -> Self {
        let files = [(CONFIG.to_owned(), influxctl::config())];
        let state = State {
            now: Timestamp::parse("2026-11-24T14:00:00Z").expect("it is a moment"),
            calls: Vec::new(),
            logs: Vec::new(),
            fault: None,
            files: files.into_iter().collect(),
            modes: BTreeMap::new(),
            former: BTreeMap::new(),
            provider: influxctl::Provider::new(),
            server: influxdb1::Server::new(),
            path: "under_test".to_owned(),
            current: None,
            waited: None,
            known: Known::default(),
        };
        Self { state: Mutex::new(state), table: Table::default() }
    }

    /// Returns what is in the world, to look and to change.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the world")
    }

    /// Seals a secret that a workflow would hand in.
    pub(crate) fn secret(&self, plain: &str) -> Value {
        self.table.seal("inputs.secret", plain.to_owned()).into()
    }

    /// Opens every secret in a value's text.
    pub(crate) fn open(&self, value: &Value) -> String {
        self.table.open(value.as_text().unwrap_or_default())
    }

    /// Returns the write calls so far.
    pub(crate) fn writes(&self) -> Vec<Effect> {
        let calls = &self.state().calls;
        let writes = calls.iter().filter(|call| call.effect.access() == Access::Write);
        writes.map(|call| call.effect.clone()).collect()
    }

    fn carry_out(&self, effect: &Effect) -> Result<Reply, EffectError> {
        match effect {
            Effect::Http(http) => self.http(http),
            Effect::Exec(exec) => self.exec(exec),
            Effect::ReadFile(read) => self.read_file(read),
            Effect::WriteFile(write) => self.write_file(write),
            Effect::RestoreFile(restore) => self.restore_file(restore),
            Effect::RemoveFile(remove) => Ok(self.remove_file(&remove.path)),
            Effect::Sleep { until } => {
                let mut state = self.state();
                state.now = state.now.max(*until);
                Ok(Reply::Done)
            }
            Effect::Random { length, alphabet } => Ok(self.draw(*length, alphabet)),
            Effect::Log { level, message, fields } => {
                self.state().logs.push(format!("{level}: {message} {fields:?}"));
                Ok(Reply::Done)
            }
        }
    }

    fn draw(&self, length: usize, alphabet: &str) -> Reply {
        let letters: Vec<char> = alphabet.chars().collect();
        let salt = self.state().calls.len();
        let text = (0..length).map(|at| letters[(at * 7 + salt) % letters.len()]).collect();
        Reply::Secret(self.table.seal("random", text))
    }

    fn exec(&self, exec: &Exec) -> Result<Reply, EffectError> {
        assert!(!exec.argv.iter().any(|word| self.table.open(word) != *word), "a secret in argv");
        match exec.argv[0].as_str() {
            "influxctl" => self.influxctl(exec),
            "printenv" => {
                let stdin = exec.stdin.clone().unwrap_or_default();
                let env: Vec<String> = exec.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
                let cwd = exec.cwd.clone().unwrap_or_default();
                let words = exec.argv[1..].join(" ");
                let text = format!("{words}{stdin}{}{cwd}", env.join(","));
                self.ended(exec, 0, &self.table.open(&text), "")
            }
            "false" => self.ended(exec, 1, "", "it failed with M.V1.fakeLEAKfake"),
            "echo-json" => {
                let seen = self.table.open(exec.stdin.as_deref().unwrap_or_default());
                let text = serde_json::json!({ "token": "fake-json-token", "seen": seen });
                self.ended(exec, 0, &text.to_string(), "")
            }
            "json" => self.ended(exec, 0, r#"{"token": "fake-json-token", "id": 7}"#, ""),
            _ => Err(EffectError::NotSent { message: "no such program".into(), retryable: false }),
        }
    }

    fn ended(
        &self,
        exec: &Exec,
        code: i32,
        stdout: &str,
        stderr: &str,
    ) -> Result<Reply, EffectError> {
        if exec.accept.contains(&code) {
            let stdout = keep::keep(&self.table, &exec.keep, stdout);
            return Ok(Reply::Exec { code, stdout });
        }
        Err(EffectError::Refused {
            message: format!("`{}` ended with exit code {code}", exec.argv[0]),
            code,
            retryable: false,
            retry_after: None,
            body: Value::Null,
            stderr: stderr.to_owned(),
        })
    }

    fn http(&self, http: &Http) -> Result<Reply, EffectError> {
        let (status, body) = if self.table.open(&http.url).starts_with("http://echo.test") {
            (200, self.echo(http))
        } else {
            self.influxdb1(http)
        };
        let is_fine = match http.accept.as_slice() {
            [] => (200..300).contains(&status),
            accept => accept.contains(&status),
        };
        let body = keep::keep(&self.table, &http.keep, &body);
        if is_fine {
            return Ok(Reply::Http { status, headers: IndexMap::new(), body });
        }
        Err(EffectError::Refused {
            message: format!("the server answered {status}"),
            code: i32::from(status),
            retryable: status == 429,
            retry_after: None,
            body,
            stderr: String::new(),
        })
    }

    fn echo(&self, http: &Http) -> String {
        let headers: Vec<String> =
            http.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let headers = headers.join(", ");
        let seen = format!("{:?} {headers} {:?} {}", http.query, http.body, http.method);
        serde_json::json!({ "seen": self.table.open(&seen), "token": "fake-echo-token" })
            .to_string()
    }
}

impl Host for World {
    fn now(&self) -> Timestamp {
        self.state().now
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
            let fault = {
                let mut state = self.state();
                state.calls.push(call.clone());
                faults::due(&mut state.fault, &call.effect)
            };
            match fault {
                None => {
                    self.opens(&call.effect)?;
                    self.carry_out(&call.effect)
                }
                Some(fault) => {
                    if fault.is_applied() {
                        self.carry_out(&call.effect).expect("it would have worked");
                    }
                    Err(fault.to_error())
                }
            }
        })
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.table
    }

    fn random(&self) -> Option<u128> {
        Some(4)
    }
}

/// One function of one step on a world, called as the executor does.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) step: &'a str,
    pub(crate) params: &'a Map,
    pub(crate) marker: &'a str,
}

impl Asked<'_> {
    pub(crate) fn read(&self) -> Result<Option<Map>, StepError> {
        let ctx = self.ctx(Mode::Read);
        now_or_never(step(self.step).read(self.params, &ctx))
    }

    pub(crate) fn run(&self) -> Result<Map, StepError> {
        let ctx = self.ctx(Mode::Run);
        now_or_never(step(self.step).run(self.params, &ctx))
    }

    pub(crate) fn undo(&self, done: &Map) -> Result<(), StepError> {
        let ctx = self.ctx(Mode::Undo);
        now_or_never(step(self.step).undo(self.params, done, &ctx))
    }

    fn ctx(&self, mode: Mode) -> Ctx<'_> {
        let now = self.world.now();
        let step = self.world.state().path.clone();
        let waited = self.world.state().waited.clone();
        let current = self.world.state().current.clone();
        let scope = Scope {
            run: "k3f9".to_owned(),
            step,
            attempt: 1,
            marker: self.marker.to_owned(),
            deadline: now + Duration::seconds(60),
            started_at: now,
            mode,
            may_write: true,
            current,
            waited,
            known: self.world.state().known.clone(),
        };
        Ctx::new(self.world, scope)
    }
}

/// Returns a step of the list.
pub(crate) fn step(name: &str) -> std::sync::Arc<dyn cutover_engine::step::Step> {
    registry().get(name).unwrap_or_else(|| panic!("`{name}` is not in the list")).clone()
}

/// Fills a step's parameters as the engine does: defaults, and null for what is not given.
pub(crate) fn filled<const N: usize>(name: &str, given: [(&str, Value); N]) -> Map {
    let step = step(name);
    let spec = step.spec();
    let given: Map = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for name in given.keys() {
        assert!(spec.param(name).is_some(), "`{}` has no parameter `{name}`", spec.name);
    }
    let value = |param: &cutover_engine::spec::Param| {
        given.get(&param.name).unwrap_or(&param.default).clone()
    };
    spec.params.iter().map(|param| (param.name.clone(), value(param))).collect()
}

/// Nothing in this world waits: a future is ready at once or never.
pub(crate) fn now_or_never<T>(future: BoxFuture<'_, T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a step waited for something that is not behind the door"),
    }
}
