//! The step that runs one workflow file: its inputs and outputs are those of the file.

use std::sync::Arc;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::check::Checked;
use crate::child::within::Within;
use crate::child::{Children, Family, end_of};
use crate::ctx::Ctx;
use crate::event::{Claimed, Decision, Entry, Event, Status};
use crate::execute::{Drive, ExecuteError, Patience, Said, Stop, execute};
use crate::host::HostError;
use crate::plan::{Plan, plan};
use crate::planted::Planted;
use crate::run::Outcome;
use crate::spec::{Output, Spec};
use crate::step::{BoxFuture, Fate, Park, Registry, Step, StepError};
use crate::types::Type;
use crate::value::{Map, Value};
use crate::workflow::Node as Written;

/// How many children one step may have had that failed.
const MOST: u32 = 1000;
/// How many characters tell a child from its parent's other ones.
const CHARACTERS: usize = 5;

/// A step that runs one workflow file.
pub(crate) struct Child {
    spec: Spec,
    file: String,
    checked: Arc<Checked>,
}

impl Child {
    /// Makes it of the step that the registry knows, and a checked file.
    pub(crate) fn new(registry: &Registry, file: &str, checked: Arc<Checked>) -> Self {
        let general = registry.iter().find(|step| step.spec().starts.is_some());
        let spec = general.map(|step| step.spec().clone()).unwrap_or_default();
        let workflow = checked.workflow();
        let output = |(name, node): (&String, &Written)| {
            let typed = checked.type_of(node);
            Output { nullable: typed.nullable, ..Output::new(name, typed.ty, "An output.") }
        };
        let outputs = workflow.outputs.iter().map(output).collect();
        let nodes = checked.nodes().iter().chain(checked.on_failure()).chain(checked.finally());
        let anywhere = nodes.map(|node| node.step.spec()).all(|spec| spec.anywhere || spec.pure);
        Self { spec: Spec { outputs, anywhere, ..spec }, file: file.to_owned(), checked }
    }

    /// Returns the path of its file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Returns the texts of the files that its own file names, by path.
    pub(crate) fn files(&self) -> &IndexMap<String, String> {
        self.checked.files()
    }

    /// Returns the digests of its plugins and of those of the files that it names, with where
    /// they are declared.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = (String, String)> {
        let named = |name: &str| match name.contains(": ") {
            true => name.to_owned(),
            false => format!("{}: {name}", self.file),
        };
        self.checked.plugins().iter().map(move |(name, digest)| (named(name), digest.clone()))
    }

    fn name(&self) -> &str {
        &self.checked.workflow().name.value
    }
}

/// A child of a step, as the journal knows it.
struct Known {
    run: String,
    history: Vec<Entry>,
}

impl Step for Child {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn child(&self) -> Option<&Arc<Checked>> {
        Some(&self.checked)
    }

    fn read<'a>(
        &'a self,
        _params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async {
            let known = known(ctx, family(ctx)?.children).await?;
            Ok(outputs_of(&known.history))
        })
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(self.drive(params, ctx))
    }

    fn undo<'a>(
        &'a self,
        _params: &'a Map,
        _done: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Child {
    async fn drive(&self, params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
        let Family { children, stop, .. } = family(ctx)?;
        let Known { run, history } = known(ctx, children).await?;
        if let Some(outputs) = outputs_of(&history) {
            return Ok(outputs);
        }
        ctx.announce_child()?;
        let plan = self.plan(params, &history, children).await?;
        let word = ctx.waited().and_then(|waited| waited.word.as_ref());
        let word = word.and_then(|word| {
            let step = parked(&history).into_iter().next()?.0;
            Some(Said {
                step,
                decision: word.decision,
                by: word.by.clone(),
                note: word.note.clone(),
            })
        });
        let within = Within { host: ctx.host(), parent: own(ctx) };
        let drive = Drive {
            run: &run,
            file: &self.file,
            machine: children.machine(),
            first: false,
            expected: None,
            watch: &|run, entry| children.see(run, entry),
            stop: stop.unwrap_or(&Never),
            word: word.as_ref(),
            patience: Patience::Return,
            trigger: None,
            planted: Planted::default(),
        };
        let ended = execute(&plan, &history, &within, &drive).await;
        match ended {
            Ok(outcome) => {
                let history = history_of(children, &run).await?;
                let told = self.told(&outcome, &history);
                if told.as_ref().is_err_and(|error| error.park.is_some()) {
                    ctx.await_child();
                }
                told
            }
            Err(error) => Err(of_execute(&error, self.name())),
        }
    }

    /// Puts the child's plan together: of what its first event holds, once there is one.
    async fn plan(
        &self,
        params: &Map,
        history: &[Entry],
        children: &dyn Children,
    ) -> Result<Plan, StepError> {
        let workflow = self.checked.workflow();
        let is_plain =
            |name: &str| workflow.inputs.get(name).is_none_or(|input| input.ty != Type::Secret);
        let given = match (begun(history), params.get("inputs")) {
            (Some(claimed), _) => claimed.inputs.clone(),
            (None, Some(Value::Map(given))) => given.clone(),
            (None, _) => Map::new(),
        };
        let mut given: Map = given.into_iter().filter(|(name, _)| is_plain(name)).collect();
        let secrets = children.secrets(workflow).await;
        given.extend(secrets.map_err(|why| self.wrong(&why))?);
        plan(&self.checked, &given).map_err(|errors| {
            let lines: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            self.wrong(&lines.join("; "))
        })
    }

    fn wrong(&self, why: &str) -> StepError {
        StepError::new(format!("`{}` cannot begin: {why}", self.name())).code("inputs")
    }

    /// Tells what a child came to.
    fn told(&self, outcome: &Outcome, history: &[Entry]) -> Result<Map, StepError> {
        let (name, run) = (self.name(), &outcome.run);
        if let Some(outputs) = outputs_of(history) {
            return Ok(outputs);
        }
        if outcome.interrupted {
            let error = StepError::retryable(format!("run {run} of `{name}` was interrupted"));
            return Err(StepError { fate: Fate::Lost, ..error }.code("interrupted"));
        }
        let why = outcome
            .error
            .as_ref()
            .map_or_else(String::new, |error| format!(" at `{}`: {}", error.step, error.message));
        let parked = parked(history);
        if !outcome.ended && !parked.is_empty() {
            let until = parked.iter().filter_map(|(_, park)| park.until).min();
            let ask = parked.iter().find_map(|(step, park)| {
                let ask = park.ask.as_ref()?;
                Some(format!("run {run} of `{name}`, `{step}`: {ask}"))
            });
            return Err(StepError::park(Park { until, ask }));
        }
        if !outcome.ended {
            let message = format!("run {run} of `{name}` is not finished{why}");
            let help = format!("go on with it: cutover resume {run}");
            return Err(StepError::retryable(message).code("unfinished").help(help));
        }
        let how = match outcome.status {
            Status::Undone => "failed, and took everything back",
            Status::Abandoned => "was given up",
            Status::Stuck => "is stuck",
            Status::Failed | Status::Parked | Status::Succeeded => "failed",
        };
        let help = format!("what happened: cutover runs show {run}");
        let message = format!("run {run} of `{name}` {how}{why}");
        Err(StepError::new(message).code("child").help(help))
    }
}

/// Never interrupts.
struct Never;

impl Stop for Never {
    fn requested(&self) -> bool {
        false
    }

    fn wait(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Returns whose child a step's run is.
fn own(ctx: &Ctx<'_>) -> String {
    format!("{}.{}", ctx.scope().run, ctx.scope().step)
}

fn family<'a>(ctx: &'a Ctx<'_>) -> Result<Family<'a>, StepError> {
    let none = || StepError::new("no workflow can be run here").code("bug");
    ctx.host().family().ok_or_else(none)
}

/// Finds the child that a step has, or is about to have: those before it failed and are over.
async fn known(ctx: &Ctx<'_>, children: &dyn Children) -> Result<Known, StepError> {
    let scope = ctx.scope();
    let own = own(ctx);
    for count in 0..MOST {
        let run = id_of(&scope.run, &scope.step, count);
        let history = history_of(children, &run).await?;
        let Some(claimed) = begun(&history) else { return Ok(Known { run, history }) };
        let is_ours = claimed.family.parent.as_deref() == Some(own.as_str());
        let goes_on = match end_of(&history) {
            None | Some((Status::Succeeded | Status::Stuck | Status::Parked, _)) => true,
            Some((Status::Failed | Status::Undone | Status::Abandoned, _)) => false,
        };
        if is_ours && goes_on {
            return Ok(Known { run, history });
        }
    }
    Err(StepError::new(format!("{MOST} runs of it have failed")).code("child"))
}

async fn history_of(children: &dyn Children, run: &str) -> Result<Vec<Entry>, StepError> {
    children.history(run).await.map_err(|error| edge(&error))
}

/// Returns the id of a step's child: its parent's, and characters that follow from the step and
/// the count.
fn id_of(parent: &str, step: &str, count: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let hash = Sha256::digest(format!("{parent}\0{step}\0{count}"));
    let digit = |byte: &u8| char::from(DIGITS[usize::from(*byte) % DIGITS.len()]);
    let own: String = hash.iter().take(CHARACTERS).map(digit).collect();
    format!("{parent}{own}")
}

fn begun(history: &[Entry]) -> Option<&Claimed> {
    history.iter().find_map(|entry| match &entry.event {
        Event::Claimed(claimed) => Some(&**claimed),
        _ => None,
    })
}

fn outputs_of(history: &[Entry]) -> Option<Map> {
    match end_of(history) {
        Some((Status::Succeeded, outputs)) => Some(outputs.clone()),
        Some(_) | None => None,
    }
}

/// Returns the steps that wait, each with what it waits for.
fn parked(history: &[Entry]) -> Vec<(String, Park)> {
    let mut waiting: Vec<(String, Park)> = Vec::new();
    for entry in history {
        match &entry.event {
            Event::Parked { step, until, ask } => {
                waiting.retain(|(other, _)| other != step);
                waiting.push((step.clone(), Park { until: *until, ask: ask.clone() }));
            }
            Event::Started(started) => waiting.retain(|(other, _)| *other != started.step),
            Event::Decided { step, decision: Decision::Skip, .. } => {
                waiting.retain(|(other, _)| other != step);
            }
            _ => {}
        }
    }
    waiting
}

fn of_execute(error: &ExecuteError, name: &str) -> StepError {
    match error {
        ExecuteError::Host(error @ HostError::Taken { .. }) => {
            StepError::retryable(format!("`{name}` cannot begin: {error}")).code("taken")
        }
        ExecuteError::Host(error) => edge(error),
        ExecuteError::Refused { message, help, .. } => {
            StepError::new(format!("`{name}` did not begin: {message}"))
                .code("refused")
                .help(help.clone())
        }
    }
}

fn edge(error: &HostError) -> StepError {
    StepError { fate: Fate::Lost, ..StepError::retryable(error.to_string()).code("edge") }
}
