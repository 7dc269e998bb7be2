//! Lists: runs, credentials, debts.

use cutover_engine::event::{Debt, DebtState, Identity};
use cutover_engine::time::{Duration, Timestamp};
use serde_json::{Value as Json, json};

use super::json::{debt as debt_json, debt_state, identity, moment};
use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, Cell};

/// How long before its end a credential is due, where its workflow does not say.
const DUE_BEFORE: Duration = Duration::seconds(14 * 86_400);
/// What part of that time may pass before it is overdue.
const OVERDUE_PART: u64 = 4;

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunRow {
    /// Its id.
    pub(crate) run: String,
    /// Its workflow.
    pub(crate) workflow: String,
    /// Its credential.
    pub(crate) credential: Option<String>,
    /// How it stands: the word of its status, `running`, or `unfinished`.
    pub(crate) status: String,
    /// In which step it was cut off or is.
    pub(crate) step: Option<String>,
    /// When it began.
    pub(crate) started_at: Option<Timestamp>,
    /// When it last recorded something.
    pub(crate) last_at: Option<Timestamp>,
}

/// A credential in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialRow {
    /// Its name.
    pub(crate) name: String,
    /// Who owns it.
    pub(crate) owner: Option<String>,
    /// The workflow that rotates it.
    pub(crate) workflow: Option<String>,
    /// What is current.
    pub(crate) current: Option<Identity>,
    /// How long before its end its workflow wants it rotated.
    pub(crate) before: Option<Duration>,
}

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Nothing to do.
    Ok,
    /// It should be rotated soon.
    Due,
    /// It should have been rotated.
    Overdue,
    /// It is dead.
    Expired,
}

impl Standing {
    /// Returns how a credential stands. Due from `before` its end, overdue in the last quarter of
    /// that time.
    pub(crate) fn of(row: &CredentialRow, now: Timestamp) -> Self {
        let Some(end) = row.current.as_ref().and_then(|current| current.expires_at) else {
            return Self::Ok;
        };
        let before = row.before.unwrap_or(DUE_BEFORE);
        let left = end.since(now);
        if end <= now {
            Self::Expired
        } else if left.0 < before.0 / OVERDUE_PART {
            Self::Overdue
        } else if left < before {
            Self::Due
        } else {
            Self::Ok
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Expired => "expired",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Ok => Paint::Good,
            Self::Due => Paint::Warn,
            Self::Overdue | Self::Expired => Paint::Bad,
        }
    }
}

/// Returns how `credentials` ends: by the worst of them.
pub(crate) fn exit(rows: &[CredentialRow], now: Timestamp) -> Exit {
    match rows.iter().map(|row| Standing::of(row, now)).max() {
        None | Some(Standing::Ok) => Exit::Done,
        Some(Standing::Due) => Exit::DueSoon,
        Some(Standing::Overdue | Standing::Expired) => Exit::Overdue,
    }
}

/// Returns the list of runs.
pub(crate) fn runs(rows: &[RunRow], columns: usize) -> String {
    if rows.is_empty() {
        return "no run yet\n".to_owned();
    }
    let mut table = vec![header(&["RUN", "WORKFLOW", "CREDENTIAL", "STARTED", "TOOK", "STATUS"])];
    table.extend(rows.iter().map(|row| {
        let started = row.started_at.map(time::minute).unwrap_or_default();
        let took = row.started_at.zip(row.last_at).map(|(began, last)| last.since(began));
        let status = match &row.step {
            Some(step) => format!("{} in `{step}`", row.status),
            None => row.status.clone(),
        };
        vec![
            Cell::new(&row.run, Paint::Strong),
            Cell::plain(&row.workflow),
            Cell::plain(row.credential.clone().unwrap_or_default()),
            Cell::plain(started),
            Cell::plain(took.map(time::took).unwrap_or_default()),
            Cell::new(status, run_paint(&row.status)),
        ]
    }));
    text::table(&table, 0, columns)
}

/// Returns the list of credentials.
pub(crate) fn credentials(rows: &[CredentialRow], now: Timestamp, columns: usize) -> String {
    if rows.is_empty() {
        return "no credential yet: a run that promotes one makes it known\n".to_owned();
    }
    let mut table = vec![header(&["NAME", "STATE", "ID", "PREFIX", "EXPIRES", "IN USE AT"])];
    table.extend(rows.iter().map(|row| credential(row, now)));
    text::table(&table, 0, columns)
}

/// Returns one credential with what is owed of it.
pub(crate) fn credential_page(row: &CredentialRow, debts: &[Debt], now: Timestamp) -> String {
    let standing = Standing::of(row, now);
    let state = standing.paint().on(standing.as_str());
    let mut drawn = format!("{}   {state}\n\n", Paint::Strong.on(&row.name));
    let current = row.current.clone().unwrap_or_default();
    let facts = [
        ("owner", row.owner.clone()),
        ("workflow", row.workflow.clone()),
        ("id", Some(current.id.clone()).filter(|id| !id.is_empty())),
        ("prefix", current.prefix.clone()),
        ("created", current.created_at.map(|at| time::day_from(at, now))),
        ("expires", Some(expires(&current, now))),
        ("in use at", Some(current.places.join(", ")).filter(|places| !places.is_empty())),
        ("made by", current.run.clone().map(|run| format!("run {run}"))),
    ];
    let facts: Vec<Vec<Cell>> = facts
        .into_iter()
        .filter_map(|(name, fact)| {
            Some(vec![Cell::new(name, Paint::Dim), Cell::plain(text::tame(&fact?))])
        })
        .collect();
    drawn.push_str(&text::table(&facts, 2, text::WIDEST));
    for debt in debts {
        let due = debt.due.map_or("not known yet".to_owned(), |due| time::day_from(due, now));
        let line = format!("owed   revoke {}, {due}", short_id(&debt.target));
        drawn.push_str(&format!("  {}\n", Paint::Warn.on(&line)));
    }
    drawn
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
                "credential": row.credential,
                "status": row.status,
                "step": row.step,
                "started_at": moment(row.started_at),
                "last_at": moment(row.last_at),
            })
        })
        .collect();
    json!({ "runs": rows })
}

/// Returns a credential as `--output json` has it.
pub(crate) fn credential_json(row: &CredentialRow, now: Timestamp) -> Json {
    json!({
        "name": row.name,
        "state": Standing::of(row, now).as_str(),
        "owner": row.owner,
        "workflow": row.workflow,
        "current": identity(row.current.as_ref()),
    })
}

/// Returns the debts as `--output json` has them.
pub(crate) fn debts_json(debts: &[Debt]) -> Json {
    json!({ "debts": debts.iter().map(debt_json).collect::<Vec<_>>() })
}

fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()
}

fn credential(row: &CredentialRow, now: Timestamp) -> Vec<Cell> {
    let standing = Standing::of(row, now);
    let current = row.current.clone().unwrap_or_default();
    vec![
        Cell::new(&row.name, Paint::Strong),
        Cell::new(standing.as_str(), standing.paint()),
        Cell::plain(short_id(&current.id)),
        Cell::plain(text::tame(current.prefix.as_deref().unwrap_or(""))),
        Cell::plain(expires(&current, now)),
        Cell::plain(text::tame(&current.places.join(", "))),
    ]
}

fn expires(current: &Identity, now: Timestamp) -> String {
    current.expires_at.map_or("never".to_owned(), |at| time::day_from(at, now))
}

fn run_paint(status: &str) -> Paint {
    match status {
        "succeeded" | "undone" => Paint::Good,
        "running" => Paint::Look,
        "failed" | "stuck" | "unfinished" => Paint::Bad,
        _ => Paint::Warn,
    }
}

#[cfg(test)]
mod tests;
