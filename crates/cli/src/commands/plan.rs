//! `cutover plan`, which is `run --dry-run` too: what a run would do, and nothing changed.

use std::path::Path;
use std::sync::Arc;

use cutover_engine::check::Checked;
use cutover_engine::plan::preview::{Preview, Reads, StateView, preview};
use cutover_engine::plan::saved::save;
use cutover_engine::plan::{Plan, login, plan};
use cutover_engine::value::Map;
use cutover_host::LocalHost;

use crate::args::WorkflowArgs;
use crate::exit::{Exit, Problem};
use crate::plugins::Shelf;
use crate::render::plan::{self as picture, Head};
use crate::session::Session;
use crate::typed::quoted;
use crate::{assemble, document, inputs, saved, state};

/// Shows what a run would do, and saves it where that was asked for.
///
/// # Errors
/// Where the document or the inputs are wrong, or the plan cannot be saved.
pub(crate) fn run(
    args: &WorkflowArgs,
    refresh: bool,
    out: Option<&Path>,
    session: &Session,
) -> anyhow::Result<Exit> {
    let shelf = Shelf::new(session);
    let (_, checked) = document::load_to_run(&args.file, &shelf, session)?;
    let given = inputs::given(args)?;
    let plan = planned(&checked, &given)?;
    let host = assemble::host(session, None)?;
    refuse_cut_off(&plan, &host)?;
    let reads = match (session.is_unmade(), refresh) {
        (true, _) => Reads::Nothing,
        (false, true) => Reads::Refresh,
        (false, false) => Reads::Offline,
    };
    let seen = look(&plan, &host, reads, session)?;
    let mut head = head(&plan, &given, reads);
    head.whole = session.out.loudness > 0;
    if let Some(file) = out {
        let saved = save(&plan, &seen, reads).map_err(|holes| saved::refused(&holes))?;
        saved::write(&saved, file)?;
        let file = quoted(&file.display().to_string());
        let words = format!("{} --plan {file}", inputs::words(args));
        head.exactly = Some(session.typed().command(&words));
    }
    if session.out.is_human() {
        session.out.data(&picture::drawing(&seen, &head, session.out.columns()))?;
    } else {
        session.out.json(&picture::json(&seen, &head))?;
    }
    Ok(Exit::Done)
}

/// Puts a checked workflow and what was given together.
///
/// # Errors
/// Everything that is wrong with the inputs.
pub(crate) fn planned(checked: &Arc<Checked>, given: &Map) -> Result<Plan, Problem> {
    plan(checked, given).map_err(|errors| inputs::wrong(&errors))
}

/// Refuses a plan in which a revoke logs in by what it ends.
///
/// # Errors
/// Every such revoke.
pub(crate) fn refuse_cut_off(plan: &Plan, host: &LocalHost) -> Result<(), Problem> {
    match login::cut_off(plan, host).as_slice() {
        [] => Ok(()),
        found => Err(inputs::wrong(found)),
    }
}

/// Makes the preview of a plan.
///
/// # Errors
/// Where there can be no runtime.
pub(crate) fn look(
    plan: &Plan,
    host: &LocalHost,
    reads: Reads,
    session: &Session,
) -> anyhow::Result<Preview> {
    look_from(plan, &view(plan, session), host, reads)
}

/// Makes the preview of a plan from what was seen of the state.
///
/// # Errors
/// Where there can be no runtime.
pub(crate) fn look_from(
    plan: &Plan,
    view: &StateView,
    host: &LocalHost,
    reads: Reads,
) -> anyhow::Result<Preview> {
    let runtime = super::runtime()?;
    Ok(runtime.block_on(preview(plan, view, host, reads)))
}

/// Returns what the state says of a plan's credential.
pub(crate) fn view(plan: &Plan, session: &Session) -> StateView {
    let credential = plan.credential().map(|credential| credential.name.as_str());
    let (view, unreadable) = state::view(session, credential);
    if let Some(why) = unreadable {
        session.out.talk(&format!("the state cannot be read: {why}\n"));
    }
    view
}

/// Returns what a plan shows beside its steps.
pub(crate) fn head(plan: &Plan, given: &Map, reads: Reads) -> Head {
    let checked = plan.checked();
    let later = checked.nodes().iter().filter(|node| node.debt.is_some_and(|after| after.0 > 0));
    let names = checked.nodes().iter().map(|node| &node.decl);
    let names = names.filter_map(|decl| Some((decl.id.value.clone(), decl.name.clone()?)));
    Head {
        names: names.collect(),
        inputs: crate::render::value::pairs(given, "="),
        credential: plan.credential().map(|credential| credential.name.clone()),
        reads,
        exactly: None,
        whole: false,
        later: later.map(|node| node.decl.id.value.clone()).collect(),
    }
}
