//! The host of a run whose steps may run other workflows: where those runs stand, and their secrets.

use cutover_engine::child::{Children, Family};
use cutover_engine::effect::{Call, EffectError, Reply};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::run::Run;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Timestamp;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_engine::workflow::Workflow;
use cutover_host::LocalHost;
use cutover_host::journal::Journal;

use crate::progress::{Progress, log_line};

/// A host with what the runs of children need.
pub(crate) struct Household<'a> {
    host: &'a LocalHost,
    machine: String,
    progress: &'a Progress,
}

impl<'a> Household<'a> {
    /// Makes it.
    pub(crate) fn new(host: &'a LocalHost, progress: &'a Progress) -> Self {
        Self { host, machine: cutover_host::machine(), progress }
    }

    fn events(&self, run: &str) -> Result<Vec<Entry>, HostError> {
        match Journal::open_read_only(&self.host.options().state)? {
            Some(journal) if journal.run(run)?.is_some() => journal.events(run),
            Some(_) | None => Ok(Vec::new()),
        }
    }

    async fn sealed(&self, workflow: &Workflow) -> Result<Map, String> {
        let mut secrets = Map::new();
        for (name, input) in workflow.inputs.iter().filter(|(_, input)| input.ty == Type::Secret) {
            let Some(from) = &input.from else { continue };
            let sealed = cutover_host::inputs::resolve(self.host, name, from).await;
            let sealed =
                sealed.map_err(|error| format!("its secret input `{name}` is missing: {error}"))?;
            secrets.insert(name.clone(), Value::from(sealed));
        }
        Ok(secrets)
    }
}

impl Children for Household<'_> {
    fn history<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Vec<Entry>, HostError>> {
        Box::pin(async move { self.events(run) })
    }

    fn secrets<'a>(&'a self, workflow: &'a Workflow) -> BoxFuture<'a, Result<Map, String>> {
        Box::pin(self.sealed(workflow))
    }

    fn see(&self, run: &Run, entry: &Entry) {
        let Event::Claimed(claimed) = &entry.event else { return };
        let parent = claimed.family.parent.as_deref().unwrap_or_default();
        let step = parent.split_once('.').map_or(parent, |(_, step)| step);
        let message = format!("{} begins as run {}", claimed.workflow, run.id());
        self.progress.log(&log_line("info", step, &message, ""));
    }

    fn machine(&self) -> &str {
        &self.machine
    }
}

impl Host for Household<'_> {
    fn now(&self) -> Timestamp {
        self.host.now()
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
        self.host.record(run, after, entries)
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        self.host.perform(call)
    }

    fn secrets(&self) -> &dyn Secrets {
        Host::secrets(self.host)
    }

    fn random(&self) -> Option<u128> {
        self.host.random()
    }

    fn absolute(&self, path: &str) -> String {
        self.host.absolute(path)
    }

    fn family(&self) -> Option<Family<'_>> {
        Some(Family { children: self, stop: None, parent: None })
    }
}
