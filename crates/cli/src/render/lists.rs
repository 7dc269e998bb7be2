//! Lists: runs, debts.

use cutover_engine::event::{Debt, DebtState, Status};
use cutover_engine::time::Timestamp;
use cutover_host::journal::RunRow;
use serde_json::{Value as Json, json};

use super::json::{debt as debt_json, debt_state, moment, status};
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, Cell};

/// Returns the list of runs.
pub(crate) fn runs(rows: &[RunRow], columns: usize) -> String {
    if rows.is_empty() {
        return "no run yet\n".to_owned();
    }
    let mut table = vec![header(&["RUN", "WORKFLOW", "CREDENTIAL", "STARTED", "TOOK", "STATUS"])];
    table.extend(rows.iter().map(|row| {
        let status = match row.cut_off() {
            Some(open) => format!("{} in `{}`", standing(row), open.step),
            None => standing(row).to_owned(),
        };
        vec![
            Cell::new(&row.run, Paint::Strong),
            Cell::plain(&row.workflow),
            Cell::plain(row.credential.clone().unwrap_or_default()),
            Cell::plain(time::minute(row.started_at)),
            Cell::plain(time::took(row.last_at.since(row.started_at))),
            Cell::new(status, run_paint(row)),
        ]
    }));
    text::table(&table, 0, columns)
}

/// Returns the list of debts.
pub(crate) fn debts(debts: &[Debt], now: Timestamp, columns: usize) -> String {
    if debts.is_empty() {
        return "nothing is owed\n".to_owned();
    }
    let mut table = vec![header(&["DEBT", "CREDENTIAL", "REVOKES", "STATE", "DUE", "WHY"])];
    table.extend(debts.iter().map(|debt| {
        let late = debt.due.is_some_and(|due| due < now) && debt.state == DebtState::Owed;
        let paint = if late { Paint::Bad } else { Paint::Warn };
        vec![
            Cell::new(&debt.id, Paint::Strong),
            Cell::plain(&debt.credential),
            Cell::plain(short_id(&debt.target)),
            Cell::new(debt_state(debt.state), paint),
            Cell::plain(debt.due.map(|due| time::day_from(due, now)).unwrap_or_default()),
            Cell::plain(text::tame(&debt.reason)),
        ]
    }));
    text::table(&table, 0, columns)
}

/// Returns the runs as `--output json` has them.
pub(crate) fn runs_json(rows: &[RunRow]) -> Json {
    let rows: Vec<Json> = rows
        .iter()
        .map(|row| {
            json!({
                "run": row.run,
                "workflow": row.workflow,
                "file": row.file,
                "credential": row.credential,
                "status": standing(row),
                "step": row.cut_off().map(|open| open.step.clone()),
                "marker": row.cut_off().and_then(|open| open.marker.clone()),
                "started_at": moment(Some(row.started_at)),
                "ended_at": moment(row.ended_at),
                "last_at": moment(Some(row.last_at)),
            })
        })
        .collect();
    json!({ "runs": rows })
}

/// Returns the debts as `--output json` has them.
pub(crate) fn debts_json(debts: &[Debt]) -> Json {
    json!({ "debts": debts.iter().map(debt_json).collect::<Vec<_>>() })
}

pub(super) fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()
}

/// Returns the word for how a run stands: `running`, that of its status, or `unfinished`.
pub(crate) fn standing(row: &RunRow) -> &'static str {
    match row.status {
        _ if row.alive => "running",
        Some(ended) => status(ended),
        None => "unfinished",
    }
}

fn run_paint(row: &RunRow) -> Paint {
    match row.status {
        _ if row.alive => Paint::Look,
        Some(Status::Succeeded | Status::Undone) => Paint::Good,
        Some(Status::Failed | Status::Stuck) | None => Paint::Bad,
        Some(Status::Parked | Status::Abandoned) => Paint::Warn,
    }
}

#[cfg(test)]
mod tests;
