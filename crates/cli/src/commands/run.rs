//! `cutover run`: do it.

use std::sync::Arc;
use std::time::Duration;

use cutover_engine::check::Checked;
use cutover_engine::event::Entry;
use cutover_engine::execute::{Drive, ExecuteError, Expected, Patience, Stop, execute};
use cutover_engine::plan::Plan;
use cutover_engine::plan::preview::Reads;
use cutover_engine::plan::saved::{Difference, SavedPlan, differences};
use cutover_engine::planted::Planted;
use cutover_engine::run::{Outcome, Run};
use cutover_engine::value::Map;
use cutover_host::LocalHost;

use super::plan;
use crate::args::{Output, RunArgs};
use crate::exit::{Exit, Problem};
use crate::progress::{Progress, Told};
use crate::render::outcome::{self, Story};
use crate::render::plan as picture;
use crate::render::{failure, json};
use crate::session::Session;
use crate::stop::{Request, Signals};
use crate::typed::Typed;
use crate::{assemble, document, inputs, prompt, saved, secrets, state, text};

/// How often a live picture is drawn again while nothing happens.
const REDRAW: Duration = Duration::from_millis(200);

/// Runs a workflow.
///
/// # Errors
/// Where it does not start, or the edge failed.
pub(crate) fn run(args: &RunArgs, session: &Session) -> anyhow::Result<Exit> {
    if args.dry_run {
        return plan::run(&args.workflow, args.refresh, None, session);
    }
    if !args.yes && !prompt::is_possible() {
        return Err(nobody_to_ask(args, session).into());
    }
    let registry = cutover_steps::registry();
    let (_, checked) = document::load_to_run(&args.workflow.file, &registry, session)?;
    let reviewed = args.plan.as_deref().map(saved::read).transpose()?;
    let mut given = inputs::given(&args.workflow)?;
    if let Some(reviewed) = reviewed.as_ref().filter(|_| given.is_empty()) {
        given = saved::given(reviewed);
    }
    let before = plan::planned(&checked, &given)?;
    let state_is_new = !session.state().exists();
    session.make_world()?;
    let progress = Arc::new(Progress::new(Arc::clone(&session.out)));
    let host = assemble::host(session, Some(&progress))?;
    plan::refuse_cut_off(&before, &host)?;
    let mut expected = refuse_another_than(reviewed.as_ref(), &before, &host, session)?;
    if !args.yes {
        if !agreed(&before, &given, &host, session)? {
            session.out.complain("nothing was done\n");
            return Ok(Exit::Done);
        }
        // The question may have stood there for long.
        expected = refuse_another_than(reviewed.as_ref(), &before, &host, session)?;
    }
    let plan = with_secrets(&checked, given, &host, session)?;
    let (run, ended) = go(&plan, (args, expected.as_ref()), &host, &progress, session)?;
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| stopped(&error, &run, &told, &session.typed()))?;
    report(&outcome, &plan, args, &told, state_is_new, session)
}

/// Refuses where a plan is not what was reviewed, and returns what the state said where it is.
fn refuse_another_than(
    reviewed: Option<&SavedPlan>,
    plan: &Plan,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Option<Expected>> {
    let Some(reviewed) = reviewed else { return Ok(None) };
    let view = plan::view(plan, session);
    let seen = plan::look_from(plan, &view, host, reviewed.reads())?;
    let differences = differences(reviewed, plan, &seen);
    if differences.is_empty() {
        let current = view.current.map(|current| current.id);
        let debts = view.debts.into_iter().map(|debt| debt.id).collect();
        return Ok(Some(Expected { current, debts }));
    }
    let problem = Problem::wrong("nothing ran: this is not the plan that was saved");
    let lines = told(differences, session.out.loudness > 0);
    Err(lines.into_iter().fold(problem, Problem::help).into())
}

/// Returns differences for people: a line each, those that follow from others only counted.
fn told(differences: Vec<Difference>, whole: bool) -> Vec<String> {
    if whole {
        return differences.into_iter().map(|found| found.whole).collect();
    }
    let (follow, lead): (Vec<_>, Vec<_>) = differences.into_iter().partition(|one| one.follows);
    let mut lines: Vec<String> = lead.into_iter().map(|found| found.line).collect();
    match follow.as_slice() {
        [] => {}
        [one] => lines.push(one.line.clone()),
        more => {
            lines.push(format!("and {} more that follow from it (all of it with -v)", more.len()));
        }
    }
    lines
}

/// Shows the plan and asks.
fn agreed(plan: &Plan, given: &Map, host: &LocalHost, session: &Session) -> anyhow::Result<bool> {
    let seen = plan::look(plan, host, Reads::Offline, session)?;
    let head = plan::head(plan, given, Reads::Offline);
    session.out.complain(&picture::drawing(&seen, &head, session.out.columns()));
    Ok(prompt::confirm(&session.out, "\nRun it?")?)
}

/// Puts the plan together with its secret inputs, which only a run asks for.
fn with_secrets(
    checked: &Arc<Checked>,
    mut given: Map,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Plan> {
    let inputs = &checked.workflow().inputs;
    given.extend(super::runtime()?.block_on(secrets::resolve(inputs, host, &session.out))?);
    Ok(plan::planned(checked, &given)?)
}

/// Drives the run to its end, and returns its id with how it ended.
fn go(
    plan: &Plan,
    (args, expected): (&RunArgs, Option<&Expected>),
    host: &LocalHost,
    progress: &Progress,
    session: &Session,
) -> anyhow::Result<(String, Result<Outcome, ExecuteError>)> {
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let run = host.new_run_id().await.map_err(|error| state::problem(&error, session))?;
        // A second run of one process does not occur.
        drop(session.running().set(run.clone()));
        begin(plan, &run, progress);
        let (machine, request) = (cutover_host::machine(), Request::default());
        let drive = Drive {
            run: &run,
            file: &args.workflow.file.display().to_string(),
            machine: &machine,
            first: args.first,
            expected,
            watch: &|_: &Run, entry: &Entry| progress.see(entry),
            stop: &request,
            word: None,
            patience: Patience::Sleep,
            trigger: None,
            planted: Planted::default(),
        };
        let mut signals = Signals::listen()?;
        let mut driven = Box::pin(execute(plan, &[], host, &drive));
        let mut redraw = tokio::time::interval(REDRAW);
        let ended = loop {
            tokio::select! {
                ended = driven.as_mut() => break ended,
                () = signals.next() => interrupt(&request, progress),
                _ = redraw.tick(), if progress.is_live() => progress.tick(state::now()),
            }
        };
        drop(driven);
        Ok((run, ended))
    })
}

fn begin(plan: &Plan, run: &str, progress: &Progress) {
    let checked = plan.checked();
    let name = plan.credential().map(|credential| credential.name.as_str());
    let heading = outcome::heading(&checked.workflow().name.value, run, name);
    let steps = checked.nodes().iter();
    let steps = steps.map(|node| (node.decl.id.value.clone(), node.retry.max_attempts));
    progress.begin(heading, checked.in_use().is_some(), steps);
}

/// The first signal asks for a stop, the second ends the process where it is.
fn interrupt(request: &Request, progress: &Progress) {
    if request.requested() {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
    request.ask();
    progress.say("stopping: nothing new is begun, what runs may end; once more to end at once\n");
}

fn nobody_to_ask(args: &RunArgs, session: &Session) -> Problem {
    let run = inputs::words(&args.workflow);
    let plan = args.plan.as_ref().map(|plan| format!(" --plan {}", plan.display()));
    let yes = session.typed().command(&format!("{run}{} --yes", plan.unwrap_or_default()));
    let look = session.typed().command(&format!("{run} --dry-run"));
    Problem::wrong("a run changes things, and nobody is here to say yes")
        .help(format!("Say it beforehand:    {yes}"))
        .help(format!("See what it would do: {look}"))
}

/// Returns what stopped a run, with what to type where it had begun.
fn stopped(error: &ExecuteError, run: &str, told: &Told, typed: &Typed) -> Problem {
    let problem = match error {
        ExecuteError::Host(error) => failure::of_host(error, state::now(), typed),
        ExecuteError::Refused { message, help, exit } => {
            let exit = if *exit == Exit::Wrong.code() { Exit::Wrong } else { Exit::Stuck };
            Problem { exit, message: message.clone(), help: Vec::new() }.help(help.clone())
        }
    };
    match told.began {
        Some(_) if problem.exit == Exit::Edge => problem
            .help(format!("Run {run} stopped where it was."))
            .help(format!("What happened: {}", typed.command(&format!("runs show {run}"))))
            .help(format!("Give it up:    {}", typed.command(&format!("abandon {run}")))),
        Some(_) | None => problem,
    }
}

fn report(
    run: &Outcome,
    plan: &Plan,
    args: &RunArgs,
    told: &Told,
    state_is_new: bool,
    session: &Session,
) -> anyhow::Result<Exit> {
    let now = state::now();
    match session.out.form {
        Output::Json if session.out.breaks_json() => session.out.json(&json::outcome(run))?,
        Output::Json => session.out.pieces(json::outcome_in_pieces(run))?,
        Output::Jsonl => {}
        Output::Human => {
            let story = Story {
                credential: plan.credential().map(|credential| credential.name.clone()),
                promoted: told.promoted.clone(),
                took: told.began.map(|began| now.since(began)).unwrap_or_default(),
                again: session.typed().command(&inputs::words(&args.workflow)),
                typed: session.typed(),
                state: session.shown(&session.state()),
                state_is_new,
            };
            let text = outcome::drawing(run, &story, now);
            let text = text::fitted(&text, session.out.columns());
            let quiet = run.status == cutover_engine::event::Status::Succeeded;
            let say = if quiet { crate::out::Out::talk } else { crate::out::Out::complain };
            say(&session.out, &format!("\n{text}"));
        }
    }
    Ok(outcome::exit(run))
}
