//! Later: the time of all debts has come, they are paid, and what was abandoned is swept.

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover_engine::execute::{Beside, Missing, Order, pay, sweep};
use cutover_host::journal::DebtFilter;

use super::Script;
use super::points::Points;
use super::process::{Watch, driven, set_up, stopped};
use super::runs::planned;
use super::take::Take;
use crate::exit::Problem;
use crate::stop::Request;

/// Pays every debt and sweeps every run, as ticks would do in time.
///
/// # Errors
/// Where the state cannot be read, or something could not be paid or swept.
pub(crate) fn settle_up(script: &Script, take: &Take) -> Result<(), Problem> {
    let debts = take.read(|journal| journal.debts(DebtFilter::default()))?;
    let abandoned = take.read(|journal| journal.abandoned())?;
    let runs: BTreeSet<String> = debts
        .into_iter()
        .map(|debt| debt.run)
        .chain(abandoned.into_iter().map(|one| one.run))
        .collect();
    runs.iter().try_for_each(|run| settle_run(script, take, run))
}

fn settle_run(script: &Script, take: &Take, run: &str) -> Result<(), Problem> {
    let stage = set_up(take, (Points::new(None), Watch::Redacted), &Arc::default())?;
    let plan = planned(script, &stage, &take.history(run)?)?;
    let in_use = take.read(|journal| journal.known_ids())?;
    let beside = Beside { steps: &script.registry, missing: &Missing::new(), in_use: &in_use };
    let (machine, request) = (cutover_host::machine(), Request::default());
    let drive = driven(run, script, &machine, &request);
    let runtime = crate::commands::runtime().map_err(|error| Problem::edge(error.to_string()))?;
    runtime.block_on(async {
        let order = Order { debts: None, early: true };
        let history = take.history(run)?;
        let paid = pay(&plan, &history, &stage, &drive, &beside, &order).await;
        paid.map_err(|error| stopped(&error))?;
        let history = take.history(run)?;
        let swept = sweep(&plan, &history, &stage, &drive, &beside).await;
        swept.map(|_| ()).map_err(|error| stopped(&error))
    })
}
