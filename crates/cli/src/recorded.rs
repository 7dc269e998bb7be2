//! A run as its journal tells it: enough to drive it again, without any file.

use std::sync::Arc;

use cutover_engine::check::check;
use cutover_engine::event::{Claimed, Entry, Event};
use cutover_engine::parse::parse;
use cutover_engine::plan::{Plan, plan};
use cutover_engine::source::Source;
use cutover_engine::step::Registry;
use cutover_engine::types::Type;
use cutover_engine::value::Map;
use cutover_engine::workflow::Workflow;
use cutover_host::LocalHost;
use cutover_host::journal::{Journal, RunRow};

use crate::drive::Driver;
use crate::exit::Problem;
use crate::secrets::{self, Missing};
use crate::session::Session;
use crate::state;

/// A run with everything that drives it again.
pub(crate) struct Recorded {
    /// The run as the lists show it.
    pub(crate) row: RunRow,
    /// All its events.
    pub(crate) history: Vec<Entry>,
    /// Its workflow with its inputs.
    pub(crate) plan: Plan,
}

/// Why a run cannot be driven again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Unreadable {
    /// The journal cannot be read.
    State(Problem),
    /// What it recorded is not understood by this version, or was never complete.
    Text(String),
    /// A secret input of it is not there.
    Needs(Missing),
}

impl Recorded {
    /// Reads a run; its secret inputs are read again from where its workflow says.
    ///
    /// # Errors
    /// Where it cannot be read, is not understood, or a secret input is not there.
    pub(crate) fn read(
        journal: &Journal,
        row: RunRow,
        registry: &Registry,
        (host, driver): (&LocalHost, &Driver),
        session: &Session,
    ) -> Result<Self, Unreadable> {
        let history = state::events(journal, &row.run, session).map_err(Unreadable::State)?;
        let claimed = claimed(&history).ok_or_else(|| {
            Unreadable::Text("it recorded nothing but its name: it ended as it began".to_owned())
        })?;
        let workflow = workflow(claimed)?;
        let mut given = without_secrets(&claimed.inputs, &workflow);
        let secrets = secrets::resolve(&workflow.inputs, host, &session.out);
        given.extend(driver.block_on(secrets).map_err(Unreadable::Needs)?);
        let plan = planned(&workflow, &given, registry)?;
        Ok(Self { row, history, plan })
    }
}

/// Returns the first event's content.
pub(crate) fn claimed(history: &[Entry]) -> Option<&Claimed> {
    history.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(&**claimed),
        _ => None,
    })
}

/// Reads the secret inputs of a run again, from where its workflow says.
///
/// # Errors
/// What is not there, as a phrase.
pub(crate) async fn secret_inputs(
    claimed: &Claimed,
    host: &LocalHost,
    session: &Session,
) -> Result<Map, String> {
    let workflow = workflow(claimed).map_err(|_| "its workflow is not understood".to_owned())?;
    let secrets = secrets::resolve(&workflow.inputs, host, &session.out).await;
    secrets.map_err(|missing| format!("needs {}", missing.what))
}

fn workflow(claimed: &Claimed) -> Result<Arc<Workflow>, Unreadable> {
    let source = Arc::new(Source::new(&*claimed.file, &*claimed.text));
    let (workflow, found) = parse(Arc::clone(&source));
    workflow.map(Arc::new).ok_or_else(|| not_understood(&found.to_lines(&source)))
}

fn planned(workflow: &Arc<Workflow>, given: &Map, registry: &Registry) -> Result<Plan, Unreadable> {
    let (checked, found) = check(workflow, registry);
    let checked = checked.ok_or_else(|| not_understood(&found.to_lines(&workflow.source)))?;
    plan(&Arc::new(checked), given).map_err(|errors| {
        let lines: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        not_understood(&lines.join("; "))
    })
}

/// A secret is on the disk by where it came from only: that is no value to give.
fn without_secrets(inputs: &Map, workflow: &Workflow) -> Map {
    let is_secret =
        |name: &str| workflow.inputs.get(name).is_some_and(|input| input.ty == Type::Secret);
    let kept = inputs.iter().filter(|(name, value)| !is_secret(name) && !value.is_unknown());
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn not_understood(why: &str) -> Unreadable {
    Unreadable::Text(format!("this version does not understand its workflow: {}", why.trim()))
}

impl Unreadable {
    /// Returns what a person reads of it.
    pub(crate) fn problem(self, run: &str) -> Problem {
        match self {
            Self::State(problem) => problem,
            Self::Text(why) => Problem::edge(format!("run {run} cannot be read: {why}"))
                .help("The version that began it can go on with it."),
            Self::Needs(missing) => {
                let needs = format!("run {run} needs {}: {}", missing.what, missing.why);
                Problem::wrong(needs).help(format!("It is the secret input `{}`.", missing.input))
            }
        }
    }
}
