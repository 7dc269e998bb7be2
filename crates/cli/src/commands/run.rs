//! `cutover run`: do it.

use std::sync::Arc;

use cutover_engine::check::Checked;
use cutover_engine::execute::{Expected, execute};
use cutover_engine::plan::Plan;
use cutover_engine::plan::preview::Reads;
use cutover_engine::plan::saved::{Difference, SavedPlan, differences};
use cutover_engine::value::Map;
use cutover_host::LocalHost;

use super::plan;
use crate::args::RunArgs;
use crate::drive::{self, Driver, Way};
use crate::ending::{self, About};
use crate::exit::{Exit, Problem};
use crate::household::Household;
use crate::plugins::Shelf;
use crate::progress::Progress;
use crate::render::plan as picture;
use crate::session::Session;
use crate::{assemble, document, inputs, prompt, saved, secrets, state};

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
    let shelf = Shelf::new(session);
    let (_, checked) = document::load_to_run(&args.workflow.file, &shelf, session)?;
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
    let mut driver = Driver::new(&progress, session)?;
    let plan = with_secrets(&checked, given, (&host, &driver), session)?;
    let run = driver.block_on(host.new_run_id());
    let run = run.map_err(|error| state::problem(&error, session))?;
    driver.block_on(shelf.keep(&host, session))?;
    drive::begin(&plan, &run, &[], &progress);
    let file = args.workflow.file.display().to_string();
    let expected = expected.as_ref();
    let way = Way { run: &run, file: &file, first: args.first, expected, ..Way::default() };
    let home = Household::new(&host, &progress, session);
    let ended = driver.drive(&way, async |drive| execute(&plan, &[], &home, drive).await);
    let told = progress.finish(state::now());
    let outcome = ended.map_err(|error| ending::stopped(&error, &run, &told, session))?;
    let again = session.typed().command(&inputs::words(&args.workflow));
    ending::report(&outcome, &plan, About { told, again, state_is_new }, session)
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
    (host, driver): (&LocalHost, &Driver),
    session: &Session,
) -> anyhow::Result<Plan> {
    let inputs = &checked.workflow().inputs;
    let secrets = driver.block_on(secrets::resolve(inputs, host, &session.out));
    given.extend(secrets.map_err(Problem::from)?);
    Ok(plan::planned(checked, &given)?)
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
