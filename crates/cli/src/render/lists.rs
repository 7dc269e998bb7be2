//! Lists: runs, credentials, debts.

use cutover_engine::event::{Debt, DebtState, Identity, Status};
use cutover_engine::time::{Duration, Timestamp};
use cutover_host::journal::{Credential, RunRow};
use serde_json::{Value as Json, json};

use super::json::{debt as debt_json, debt_state, identity, moment, status};
use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::style::Paint;
use crate::text::{self, Cell};

/// How long before its end a credential is due, where its workflow does not say.
const DUE_BEFORE: Duration = Duration::seconds(14 * 86_400);
/// What part of that time may pass before it is overdue.
const OVERDUE_PART: u64 = 4;

/// A credential in a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CredentialRow {
    /// What the state knows of it.
    pub(crate) known: Credential,
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
        let Some(end) = row.known.identity.expires_at else {
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

/// Returns the list of credentials: for a terminal of so many columns, or with nothing left out.
pub(crate) fn credentials(
    rows: &[CredentialRow],
    now: Timestamp,
    columns: Option<usize>,
) -> String {
    if rows.is_empty() {
        return "no credential yet: a run that promotes one makes it known\n".to_owned();
    }
    let mut table = vec![header(&["NAME", "STATE", "ID", "PREFIX", "EXPIRES", "IN USE AT"])];
    table.extend(rows.iter().map(|row| credential(row, now, columns.is_some())));
    text::table(&table, 0, columns.unwrap_or(usize::MAX))
}

/// Returns one credential with what is owed of it.
pub(crate) fn credential_page(row: &CredentialRow, debts: &[Debt], now: Timestamp) -> String {
    let standing = Standing::of(row, now);
    let state = standing.paint().on(standing.as_str());
    let mut drawn = format!("{}   {state}\n\n", Paint::Strong.on(&row.known.name));
    let current = &row.known.identity;
    let facts = [
        ("owner", row.known.owner.clone()),
        ("workflow", Some(row.known.workflow.clone())),
        ("id", Some(current.id.clone()).filter(|id| !id.is_empty())),
        ("prefix", current.prefix.clone()),
        ("created", current.created_at.map(|at| time::day_from(at, now))),
        ("expires", Some(expires(current, now))),
        ("in use at", Some(current.places.join(", ")).filter(|places| !places.is_empty())),
        (
            "made by",
            Some(format!("run {}, {}", row.known.run, time::minute(row.known.promoted_at))),
        ),
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

/// Returns a credential as `--output json` has it.
pub(crate) fn credential_json(row: &CredentialRow, now: Timestamp) -> Json {
    json!({
        "name": row.known.name,
        "state": Standing::of(row, now).as_str(),
        "owner": row.known.owner,
        "workflow": row.known.workflow,
        "run": row.known.run,
        "promoted_at": moment(Some(row.known.promoted_at)),
        "current": identity(Some(&row.known.identity)),
    })
}

/// Returns the debts as `--output json` has them.
pub(crate) fn debts_json(debts: &[Debt]) -> Json {
    json!({ "debts": debts.iter().map(debt_json).collect::<Vec<_>>() })
}

fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(*name, Paint::Dim)).collect()
}

fn credential(row: &CredentialRow, now: Timestamp, is_brief: bool) -> Vec<Cell> {
    let standing = Standing::of(row, now);
    let current = &row.known.identity;
    let places = match current.places.as_slice() {
        [first, more @ ..] if is_brief && !more.is_empty() => format!("{first} +{}", more.len()),
        all => all.join(", "),
    };
    vec![
        Cell::new(&row.known.name, Paint::Strong),
        Cell::new(standing.as_str(), standing.paint()),
        Cell::plain(short_id(&current.id)),
        Cell::plain(text::tame(current.prefix.as_deref().unwrap_or(""))),
        Cell::plain(expires(current, now)),
        Cell::plain(text::tame(&places)),
    ]
}

fn expires(current: &Identity, now: Timestamp) -> String {
    current.expires_at.map_or("never".to_owned(), |at| time::day_from(at, now))
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
