//! The list of debts.

use std::collections::BTreeSet;

use cutover_engine::event::{Debt, DebtState};
use cutover_engine::time::Timestamp;
use serde_json::{Value as Json, json};

use super::json::{debt as debt_json, debt_state};
use super::time;
use super::value::short_id;
use crate::style::Paint;
use crate::text::{self, Cell};

/// What stands in place of how something stands where its row was changed after it was written.
pub(crate) const DAMAGED: &str = "damaged";

/// Returns the list of debts. `changed` are the credentials of which what the state says was
/// changed after it was written.
pub(crate) fn debts(
    debts: &[Debt],
    changed: &BTreeSet<String>,
    now: Timestamp,
    columns: usize,
) -> String {
    if debts.is_empty() {
        return "nothing is owed\n".to_owned();
    }
    let mut table = vec![header(&["DEBT", "CREDENTIAL", "REVOKES", "STATE", "DUE", "WHY"])];
    table.extend(debts.iter().map(|debt| {
        let late = debt.due.is_some_and(|due| due < now) && debt.state == DebtState::Owed;
        let (state, paint) = match changed.contains(&debt.credential) {
            true => (DAMAGED, Paint::Bad),
            false => (debt_state(debt.state), if late { Paint::Bad } else { Paint::Warn }),
        };
        vec![
            Cell::new(&debt.id, Paint::Strong),
            Cell::plain(&debt.credential),
            Cell::plain(short_id(&debt.target)),
            Cell::new(state, paint),
            Cell::plain(debt.due.map(|due| time::day_from(due, now)).unwrap_or_default()),
            Cell::plain(text::tame(&debt.reason)),
        ]
    }));
    text::table(&table, 0, columns)
}

/// Returns the debts as `--output json` has them.
pub(crate) fn debts_json(debts: &[Debt], changed: &BTreeSet<String>) -> Json {
    let one = |debt: &Debt| {
        let mut shown = debt_json(debt);
        shown["damaged"] = changed.contains(&debt.credential).into();
        shown
    };
    json!({ "debts": debts.iter().map(one).collect::<Vec<_>>() })
}

pub(super) fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()
}

#[cfg(test)]
mod tests;
