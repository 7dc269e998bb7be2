//! Credentials: how each stands, alone and beside what the providers list.

use cutover_engine::event::{Debt, Identity};
use cutover_engine::time::{Duration, Timestamp};
use cutover_host::journal::Credential;
use serde_json::{Value as Json, json};

use super::json::{identity, moment};
use super::lists::{DAMAGED, header};
use super::time;
use super::value::short_id;
use crate::exit::Exit;
use crate::inventory::{Found, Inventory, Kind};
use crate::style::Paint;
use crate::text::{self, Cell};

/// What part of its life is left when a credential is due, where its workflow does not say.
const DUE_PART: u64 = 10;
/// The same, where nobody knows when its life began.
const DUE_BEFORE: Duration = Duration::seconds(7 * 86_400);
/// What part of that time may pass before it is overdue.
const OVERDUE_PART: u64 = 4;

/// A credential in a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// What the state knows of it.
    pub(crate) known: Credential,
    /// How long before its end its workflow wants it rotated.
    pub(crate) before: Option<Duration>,
    /// The provider was asked, and does not list it as live.
    pub(crate) ghost: bool,
    /// What the state says of it was changed after it was written.
    pub(crate) damaged: bool,
}

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It never expires.
    Never,
    /// Nothing to do.
    Ok,
    /// It should be rotated soon.
    Due,
    /// It should have been rotated.
    Overdue,
    /// It is dead.
    Expired,
    /// The state says that it is current, and the provider that it is not there.
    Ghost,
    /// What the state says of it was changed after it was written.
    Damaged,
}

impl Standing {
    /// Returns how a credential stands. Due from `before` its end, overdue in the last quarter of
    /// that time.
    pub(crate) fn of(row: &Row, now: Timestamp) -> Self {
        let current = &row.known.identity;
        if row.damaged {
            return Self::Damaged;
        }
        if row.ghost {
            return Self::Ghost;
        }
        let Some(end) = current.expires_at else { return Self::Never };
        let tenth = current.created_at.map(|made| Duration(end.since(made).0 / DUE_PART));
        let before = row.before.or(tenth).unwrap_or(DUE_BEFORE);
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
            Self::Never => "never-expires",
            Self::Ok => "ok",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Expired => "expired",
            Self::Ghost => "ghost",
            Self::Damaged => DAMAGED,
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Ok => Paint::Good,
            Self::Never | Self::Due => Paint::Warn,
            Self::Overdue | Self::Expired | Self::Ghost | Self::Damaged => Paint::Bad,
        }
    }
}

/// Returns how `credentials` ends: by the worst of them.
pub(crate) fn exit(rows: &[Row], now: Timestamp) -> Exit {
    match rows.iter().map(|row| Standing::of(row, now)).max() {
        None | Some(Standing::Never | Standing::Ok) => Exit::Done,
        Some(Standing::Due) => Exit::DueSoon,
        Some(Standing::Overdue | Standing::Expired | Standing::Ghost) => Exit::Overdue,
        Some(Standing::Damaged) => Exit::Stuck,
    }
}

/// Returns the list of credentials, with what else the providers list: for a terminal of so many
/// columns, or with nothing left out.
pub(crate) fn list(
    rows: &[Row],
    beside: Option<&Inventory>,
    now: Timestamp,
    columns: Option<usize>,
) -> String {
    let others = others(beside);
    if rows.is_empty() && others.is_empty() {
        return "no credential yet: a run that promotes one makes it known\n".to_owned();
    }
    let mut table = vec![header(&["NAME", "STATE", "ID", "PREFIX", "EXPIRES", "IN USE AT"])];
    table.extend(rows.iter().map(|row| cells(row, now, columns.is_some())));
    table.extend(others.iter().map(|found| found_cells(found, now)));
    text::table(&table, 0, columns.unwrap_or(usize::MAX))
}

/// Returns one credential with what is owed of it.
pub(crate) fn page(row: &Row, debts: &[Debt], now: Timestamp) -> String {
    let standing = Standing::of(row, now);
    let state = standing.paint().on(standing.as_str());
    let mut drawn = format!("{}   {state}\n\n", Paint::Strong.on(&row.known.name));
    let current = &row.known.identity;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let facts = [
        ("owner", row.known.owner.clone()),
        ("workflow", some(row.known.workflow.clone())),
        ("id", some(current.id.clone())),
        ("prefix", current.prefix.clone()),
        ("created", current.created_at.map(|at| time::day_from(at, now))),
        ("expires", Some(expires(current, now))),
        ("in use at", some(current.places.join(", "))),
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

/// Returns a credential as `--output json` has it.
pub(crate) fn json(row: &Row, now: Timestamp) -> Json {
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

/// Returns everything that the providers list as live, as `--output json` has it.
pub(crate) fn found_json(beside: &Inventory) -> Json {
    let found = |found: &Found| {
        let (kind, credential, debt, run, marker) = match &found.kind {
            Kind::Managed { credential } => ("managed", Some(credential), None, None, None),
            Kind::Owed { debt } => ("owed", None, Some(debt), None, None),
            Kind::Orphan { marker, run, .. } => ("orphan", None, None, Some(run), Some(marker)),
            Kind::Unmanaged => ("unmanaged", None, None, None, None),
        };
        json!({
            "kind": kind,
            "id": found.listed.id,
            "prefix": found.listed.prefix,
            "expires_at": moment(found.listed.expires_at),
            "credential": credential,
            "debt": debt,
            "run": run,
            "marker": marker,
        })
    };
    beside.found.iter().map(found).collect()
}

/// Returns what a provider lists and the state does not call current, a line each.
pub(crate) fn others(beside: Option<&Inventory>) -> Vec<&Found> {
    let found = beside.iter().flat_map(|beside| &beside.found);
    found.filter(|found| !matches!(found.kind, Kind::Managed { .. })).collect()
}

/// Returns what the providers list as live, managed or not, as lines for `doctor`.
pub(crate) fn found_lines(beside: &Inventory, now: Timestamp, columns: usize) -> String {
    let rows: Vec<Vec<Cell>> = beside.found.iter().map(|found| found_cells(found, now)).collect();
    text::table(&rows, 2, columns)
}

fn found_cells(found: &Found, now: Timestamp) -> Vec<Cell> {
    let (name, paint, whose) = match &found.kind {
        Kind::Managed { credential } => (credential.clone(), Paint::Good, String::new()),
        Kind::Owed { debt } => ("(owed)".to_owned(), Paint::Warn, format!("revoked by {debt}")),
        Kind::Orphan { run, standing, .. } => {
            ("(orphan)".to_owned(), Paint::Bad, format!("marked by run {run}, {standing}"))
        }
        Kind::Unmanaged => ("(unmanaged)".to_owned(), Paint::Dim, "no marker of ours".to_owned()),
    };
    let listed = &found.listed;
    let ends = listed.expires_at.map_or("never".to_owned(), |at| time::day_from(at, now));
    vec![
        Cell::new(name, paint),
        Cell::plain("live"),
        Cell::plain(short_id(&listed.id)),
        Cell::plain(text::tame(listed.prefix.as_deref().unwrap_or(""))),
        Cell::plain(ends),
        Cell::plain(text::tame(&whose)),
    ]
}

fn cells(row: &Row, now: Timestamp, is_brief: bool) -> Vec<Cell> {
    let standing = Standing::of(row, now);
    let current = &row.known.identity;
    let places = match current.places.as_slice() {
        _ if row.ghost => "the provider does not list it as live".to_owned(),
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

#[cfg(test)]
mod tests;
