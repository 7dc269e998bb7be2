//! The list of debts.

use cutover_engine::event::{Debt, DebtState};
use cutover_engine::time::Timestamp;
use serde_json::{Value as Json, json};

use super::json::{debt as debt_json, debt_state};
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, Cell};

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

/// Returns the debts as `--output json` has them.
pub(crate) fn debts_json(debts: &[Debt]) -> Json {
    json!({ "debts": debts.iter().map(debt_json).collect::<Vec<_>>() })
}

pub(super) fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()
}

#[cfg(test)]
mod tests;
