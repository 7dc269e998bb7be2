//! The host of a run whose steps may run other workflows: where those runs stand, and their secrets.

use cutover_engine::child::{Children, Family};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Host, HostError, Wrapper};
use cutover_engine::run::Run;
use cutover_engine::step::BoxFuture;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_engine::workflow::Workflow;
use cutover_host::LocalHost;
use cutover_host::journal::Journal;

use crate::progress::{Progress, log_line};
use crate::session::Session;

/// A host with what the runs of children need.
pub(crate) struct Household<'a> {
    host: &'a LocalHost,
    machine: String,
    progress: &'a Progress,
}

impl<'a> Household<'a> {
    /// Makes it.
    pub(crate) fn new(host: &'a LocalHost, progress: &'a Progress, session: &Session) -> Self {
        Self { host, machine: session.machine(), progress }
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
        Box::pin(async move { events(self.host, run) })
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

impl Wrapper for Household<'_> {
    fn behind(&self) -> &dyn Host {
        self.host
    }

    fn family(&self) -> Option<Family<'_>> {
        Some(Family { children: self, stop: None, parent: None })
    }
}

/// Returns the events of a run in the state of a host; none where there is no such run.
pub(crate) fn events(host: &LocalHost, run: &str) -> Result<Vec<Entry>, HostError> {
    match Journal::open_read_only(&host.options().state)? {
        Some(journal) if journal.run(run)?.is_some() => journal.events(run),
        Some(_) | None => Ok(Vec::new()),
    }
}
