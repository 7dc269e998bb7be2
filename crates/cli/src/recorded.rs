//! A run as its journal tells it: enough to drive it again, without any file.

use std::sync::Arc;

use cutover_engine::check::{Checked, recorded};
use cutover_engine::child::{Read, Sources, gather};
use cutover_engine::event::{Claimed, Entry, Event};
use cutover_engine::execute::Missing as MissingInputs;
use cutover_engine::parse::parse;
use cutover_engine::plan::{Plan, plan};
use cutover_engine::run::{Outcome, Run};
use cutover_engine::source::Source;
use cutover_engine::step::Registry;
use cutover_engine::types::Type;
use cutover_engine::value::Map;
use cutover_engine::workflow::Workflow;
use cutover_host::LocalHost;
use cutover_host::journal::{Journal, RunRow};

use crate::drive::Driver;
use crate::exit::Problem;
use crate::plugins::Shelf;
use crate::secrets::{self, Missing};
use crate::session::Session;
use crate::state;
use crate::typed::Typed;

/// A run with everything that drives it again.
pub(crate) struct Recorded {
    /// The run as the lists show it.
    pub(crate) row: RunRow,
    /// All its events.
    pub(crate) history: Vec<Entry>,
    /// Its workflow with its inputs.
    pub(crate) plan: Plan,
    /// The steps that it began with: those of its plugins too.
    pub(crate) registry: Registry,
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
    /// Reads a run. Its secret inputs are known by where they come from only: to drive it, see
    /// [`Recorded::with_secrets`].
    ///
    /// # Errors
    /// Where it cannot be read or is not understood.
    pub(crate) fn read(
        journal: &Journal,
        row: RunRow,
        shelf: &Shelf,
        session: &Session,
    ) -> Result<Self, Unreadable> {
        let history = state::events(journal, &row.run, session).map_err(Unreadable::State)?;
        let claimed = claimed(&history).ok_or_else(|| {
            Unreadable::Text("it recorded nothing but its name: it ended as it began".to_owned())
        })?;
        let workflow = workflow(claimed)?;
        let files = &claimed.family.files;
        let read = |path: &str| files.get(path).cloned().ok_or_else(|| "not recorded".to_owned());
        let registry = steps(&workflow, claimed, journal, shelf, &read)?;
        let (checked, found) = recorded(&workflow, &registry);
        let checked = checked.ok_or_else(|| not_understood(&found.to_lines(&workflow.source)))?;
        let given = claimed.inputs.iter().filter(|(_, value)| !value.is_unknown());
        let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        let plan = planned(&Arc::new(checked), &given)?;
        Ok(Self { row, history, plan, registry })
    }

    /// Reads its secret inputs again, from where its workflow says: then it can be driven.
    ///
    /// # Errors
    /// Where one is not there.
    pub(crate) fn with_secrets(
        self,
        host: &LocalHost,
        driver: &Driver,
        session: &Session,
    ) -> Result<Self, Unreadable> {
        let checked = Arc::clone(self.plan.checked());
        let inputs = &checked.workflow().inputs;
        let secrets = secrets::resolve(inputs, host, &session.out);
        let mut given = self.plan.inputs().clone();
        given.retain(|name, _| inputs.get(name).is_some_and(|input| input.ty != Type::Secret));
        given.extend(driver.block_on(secrets).map_err(Unreadable::Needs)?);
        let plan = planned(&checked, &given)?;
        Ok(Self { plan, ..self })
    }

    /// Returns how the run stands, as its events tell it.
    pub(crate) fn outcome(&self) -> Outcome {
        let mut run = Run::new(&self.plan, &self.row.run);
        self.history.iter().for_each(|entry| run.apply(entry));
        run.outcome()
    }

    /// Says whether the run works with files or programs of the machine on which it began.
    pub(crate) fn is_bound(&self) -> bool {
        let checked = self.plan.checked();
        let nodes = [checked.nodes(), checked.on_failure(), checked.finally()];
        let steps = nodes.into_iter().flatten();
        let mut steps = steps.flat_map(|node| std::iter::once(&node.step).chain(&node.undo_step));
        steps.any(|step| !step.spec().pure && !step.spec().anywhere)
    }

    /// Reads what of its secret inputs is there. What is not is told beside it: what does not need
    /// that one can be done all the same.
    ///
    /// # Errors
    /// Where the run is not understood.
    pub(crate) fn with_what_is_there(
        self,
        host: &LocalHost,
        driver: &Driver,
        session: &Session,
    ) -> Result<(Self, MissingInputs), Unreadable> {
        let checked = Arc::clone(self.plan.checked());
        let inputs = &checked.workflow().inputs;
        let secrets = secrets::what_is_there(inputs, host, &session.out);
        let (secrets, missing) = driver.block_on(secrets);
        let mut given = without_secrets(self.plan.inputs(), checked.workflow());
        given.extend(secrets);
        let plan = planned(&checked, &given)?;
        let needs = |missing: Missing| (missing.input, format!("needs {}", missing.what));
        Ok((Self { plan, ..self }, missing.into_iter().map(needs).collect()))
    }
}

/// Returns the steps that a run began with.
fn steps(
    workflow: &Workflow,
    claimed: &Claimed,
    journal: &Journal,
    shelf: &Shelf,
    read: &Read<'_>,
) -> Result<Registry, Unreadable> {
    let own = |name: &str| claimed.plugins.get(name).cloned();
    let base = cutover_steps::registry();
    let registry = shelf.of_state(workflow, &claimed.file, &own, journal, &base);
    let registry = registry.map_err(Unreadable::Text)?;
    let plugins = |workflow: &Workflow, file: &str, registry: &Registry| {
        let below = |name: &str| claimed.plugins.get(&format!("{file}: {name}")).cloned();
        shelf.of_state(workflow, file, &below, journal, registry)
    };
    let sources = Sources { read, plugins: &plugins };
    Ok(gather(workflow, &claimed.file, &registry, sources))
}

/// Returns the steps of a run's own workflow: those that are built in, and those of the plugins that
/// it began with.
///
/// # Errors
/// Where the state has not their files any more, as a phrase.
pub(crate) fn own_steps(
    claimed: &Claimed,
    journal: &Journal,
    shelf: &Shelf,
) -> Result<Registry, String> {
    let workflow = workflow(claimed).map_err(|_| "its workflow is not understood".to_owned())?;
    let own = |name: &str| claimed.plugins.get(name).cloned();
    shelf.of_state(&workflow, &claimed.file, &own, journal, &cutover_steps::registry())
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

/// Returns the workflow that a run began with.
///
/// # Errors
/// Where this version does not understand it.
pub(crate) fn workflow(claimed: &Claimed) -> Result<Arc<Workflow>, Unreadable> {
    let source = Arc::new(Source::new(&*claimed.file, &*claimed.text));
    let (workflow, found) = parse(Arc::clone(&source));
    workflow.map(Arc::new).ok_or_else(|| not_understood(&found.to_lines(&source)))
}

fn planned(checked: &Arc<Checked>, given: &Map) -> Result<Plan, Unreadable> {
    plan(checked, given).map_err(|errors| {
        let lines: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        not_understood(&lines.join("; "))
    })
}

/// Returns the inputs that a new run of a workflow is given where an earlier one was given these:
/// those that the workflow still has.
pub(crate) fn given_again(inputs: &Map, workflow: &Workflow) -> Map {
    let mut given = without_secrets(inputs, workflow);
    given.retain(|name, value| workflow.inputs.contains_key(name) && !value.is_null());
    given
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
    pub(crate) fn problem(self, run: &str, typed: &Typed) -> Problem {
        let show = typed.command(&format!("runs show {run}"));
        let abandon = typed.command(&format!("abandon {run}"));
        match self {
            Self::State(problem) => problem,
            Self::Text(why) => Problem::edge(format!("run {run} cannot be read: {why}"))
                .help("The version of cutover that began it can go on with it.")
                .next("What happened", show)
                .next("Give it up", abandon),
            Self::Needs(missing) => {
                let needs = format!("run {run} needs {}: {}", missing.what, missing.why);
                Problem::wrong(needs).help(format!("It is the secret input `{}`.", missing.input))
            }
        }
    }
}
