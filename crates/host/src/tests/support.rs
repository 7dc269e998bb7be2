//! A host in a folder of its own, and a run on it.

use std::path::{Path, PathBuf};

use cutover_engine::effect::{
    Call, Effect, EffectError, Exec, FileContent, Keep, ReadFile, Reply, WriteFile,
};
use cutover_engine::event::{Claimed, Entry, Event, Failure, Started, Status};
use cutover_engine::host::{Claim, Host, HostError, Key, Position};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

use crate::journal::Journal;
use crate::{LocalHost, Options};

/// A host in a folder of its own.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) host: LocalHost,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|options| options)
    }

    pub(crate) fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = host_in(folder.path(), change);
        Self { folder, host }
    }

    /// Another process's host on the same state, as far as locks and files go.
    pub(crate) fn another(&self) -> LocalHost {
        host_in(self.folder.path(), |options| options)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn state(&self) -> PathBuf {
        state_in(self.folder.path())
    }

    pub(crate) fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| format!("({error})"))
    }

    /// All names in the folder, but those of the state.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "state").collect();
        names.sort();
        names
    }

    pub(crate) fn seal(&self, plain: &str) -> String {
        self.host.secrets().seal("inputs.password", plain.to_owned()).to_mark()
    }
}

pub(crate) fn host_in(folder: &Path, change: impl FnOnce(Options) -> Options) -> LocalHost {
    let options = Options::new(state_in(folder), folder, folder);
    LocalHost::open(change(options)).unwrap()
}

fn state_in(folder: &Path) -> PathBuf {
    folder.join("state").join("state.db")
}

/// A run of a host.
pub(crate) struct Driven<'a> {
    pub(crate) host: &'a LocalHost,
    pub(crate) run: String,
    pub(crate) position: Position,
    pub(crate) claim: Claim,
}

/// Claims a credential for a run and records its first event.
pub(crate) async fn begin<'a>(
    host: &'a LocalHost,
    run: &str,
    credential: Option<&str>,
) -> Result<Driven<'a>, HostError> {
    let keys: Vec<Key> =
        credential.iter().map(|name| Key::Credential((*name).to_owned())).collect();
    let claim = host.claim(run, &keys).await?;
    let mut driven = Driven { host, run: run.to_owned(), position: claim.position, claim };
    driven.record(vec![claimed(credential)]).await?;
    Ok(driven)
}

impl Driven<'_> {
    pub(crate) async fn record(&mut self, events: Vec<Event>) -> Result<Position, HostError> {
        let entries = entries(events);
        self.position = self.host.record(&self.run, self.position, &entries).await?;
        Ok(self.position)
    }

    /// Announces a write of a step.
    pub(crate) async fn start(&mut self, step: &str) {
        self.record(vec![started(step, Role::Other, true)]).await.unwrap();
    }

    pub(crate) async fn perform(&self, step: &str, effect: Effect) -> Result<Reply, EffectError> {
        self.perform_until(step, effect, self.host.now() + Duration::seconds(20)).await
    }

    pub(crate) async fn perform_until(
        &self,
        step: &str,
        effect: Effect,
        deadline: Timestamp,
    ) -> Result<Reply, EffectError> {
        let (run, step) = (self.run.clone(), step.to_owned());
        self.host.perform(&Call { run, step, attempt: 1, deadline, effect, grant: None }).await
    }

    pub(crate) async fn end(&mut self, status: Status) {
        self.record(vec![ended(status)]).await.unwrap();
    }
}

pub(crate) fn entries(events: Vec<Event>) -> Vec<Entry> {
    let at = Timestamp(1_790_000_000_000);
    events.into_iter().map(|event| Entry { at, event }).collect()
}

pub(crate) fn claimed(credential: Option<&str>) -> Event {
    Event::Claimed(Box::new(Claimed {
        format: 1,
        workflow: "rotate".to_owned(),
        file: "rotate.yaml".to_owned(),
        text: "version: 1".to_owned(),
        digest: "00".to_owned(),
        inputs: Map::new(),
        started_at: Timestamp(1_790_000_000_000),
        credential: credential.map(str::to_owned),
        owner: Some("team-x".to_owned()),
        old: None,
        salt: "00ff".to_owned(),
        machine: "here".to_owned(),
        engine: "0.1.0".to_owned(),
        first: false,
        plugins: indexmap::IndexMap::new(),
        trigger: None,
        family: cutover_engine::event::Kin::default(),
    }))
}

pub(crate) fn started(step: &str, role: Role, writes: bool) -> Event {
    Event::Started(Box::new(Started {
        step: step.to_owned(),
        attempt: 1,
        uses: format!("acme.{step}"),
        role,
        params: Map::new(),
        deadline: Timestamp(1_790_000_060_000),
        marker: writes.then(|| format!("cutover-00000000-run-{step}")),
        writes,
        checks: indexmap::IndexMap::new(),
    }))
}

pub(crate) fn succeeded(step: &str, outputs: &[(&str, &str)]) -> Event {
    Event::Succeeded {
        step: step.to_owned(),
        attempt: 1,
        outputs: outputs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
            .collect(),
        checks: indexmap::IndexMap::new(),
        unwritten: false,
    }
}

pub(crate) fn failed(step: &str) -> Event {
    Event::Failed { step: step.to_owned(), attempt: 1, error: Failure::default() }
}

pub(crate) fn retried(step: &str, attempt: u32) -> Event {
    let at = Timestamp(1_790_000_001_000);
    Event::RetryAt { step: step.to_owned(), attempt, at, reason: "again".to_owned() }
}

pub(crate) fn ended(status: Status) -> Event {
    Event::Ended { status, error: None, outputs: Map::new() }
}

pub(crate) fn write(path: &str, text: &str) -> Effect {
    Effect::WriteFile(WriteFile {
        path: path.to_owned(),
        content: FileContent::Text(text.to_owned()),
        mode: None,
    })
}

pub(crate) fn read(path: &str, keep: Keep) -> Effect {
    Effect::ReadFile(ReadFile { path: path.to_owned(), keep })
}

/// A shell script that only reads, its output kept as text.
pub(crate) fn script(script: &str) -> Exec {
    let mut exec = Exec::new(["/bin/sh", "-c", script]);
    exec.reads = true;
    exec.keep = Keep::Text;
    exec
}

/// What an effect came to, as one line.
pub(crate) fn shown(result: &Result<Reply, EffectError>) -> String {
    match result {
        Ok(reply) => format!("{reply:?}"),
        Err(EffectError::NotSent { message, retryable }) => {
            format!("not sent{}: {message}", if *retryable { ", again" } else { "" })
        }
        Err(EffectError::Refused { message, code, retryable, .. }) => {
            format!("refused {code}{}: {message}", if *retryable { ", again" } else { "" })
        }
        Err(EffectError::Lost { message }) => format!("lost: {message}"),
        Err(EffectError::Gone { message }) => format!("gone: {message}"),
        Err(EffectError::Withheld { message }) => format!("withheld: {message}"),
        Err(EffectError::Edge(error)) => format!("edge: {error}"),
    }
}

pub(crate) fn reader(world: &World) -> Journal {
    Journal::open_read_only(&world.state()).unwrap().expect("there is a journal")
}

pub(crate) fn refusal(result: Result<Position, HostError>) -> String {
    result.map_or_else(|error| error.to_string(), |position| format!("recorded: {position:?}"))
}
