//! Recording: what may not be in an event is refused, what was recorded is acknowledged.

use std::sync::Arc;

use cutover_engine::event::{Entry, Event, Status};
use cutover_engine::host::{HostError, Position, Secrets};
use cutover_engine::value::{MARK_CLOSE, MARK_OPEN};

use crate::journal::{Append, Row};
use crate::local::{Inner, damaged, gone};
use crate::perform::file::remove_all;
use crate::private::beside;

/// Appends events and returns when they survive a crash.
pub(crate) async fn record(
    inner: &Arc<Inner>,
    run: &str,
    after: Position,
    entries: &[Entry],
) -> Result<Position, HostError> {
    if entries.is_empty() {
        return Ok(after);
    }
    let rows = entries.iter().map(|entry| encode(inner, entry)).collect::<Result<_, _>>()?;
    let append = Append { run: run.to_owned(), after, rows };
    let writer = inner.writer()?;
    if append.needs_head()
        && let Some(damage) = &writer.damage
    {
        return Err(damaged(damage.clone()));
    }
    if entries.iter().any(|entry| matches!(&entry.event, Event::Started(try_) if try_.writes)) {
        check_room(inner)?;
    }
    let position = writer.append(append).await.map_err(|_| gone())??;
    inner.note(run, entries);
    if let Some(status) = entries.iter().rev().find_map(end_of) {
        if status != Status::Stuck {
            remove_all(&inner.options.state, run);
        }
        inner.release(run);
    }
    Ok(position)
}

fn end_of(entry: &Entry) -> Option<Status> {
    if let Event::Ended { status, .. } = &entry.event { Some(*status) } else { None }
}

fn encode(inner: &Inner, entry: &Entry) -> Result<Row, HostError> {
    let refused = |why: String| HostError::State { message: format!("not recorded: {why}") };
    let text = entry.event.to_text();
    let body = text.map_err(|error| refused(format!("an event cannot be encoded: {error}")))?;
    if body.contains([MARK_OPEN, MARK_CLOSE]) {
        return Err(refused("an event holds a mark outside of a value".to_owned()));
    }
    if let Some(origin) = inner.secrets.find(&body) {
        return Err(refused(format!("an event holds the secret `{origin}` in the clear")));
    }
    Ok(Row { at: entry.at.0, event: entry.event.clone(), body })
}

/// Refuses to announce a write where its result could not be recorded.
fn check_room(inner: &Inner) -> Result<(), HostError> {
    let state = &inner.options.state;
    let there = if state.exists() { state.clone() } else { beside(state, ".head") };
    let Ok(disk) = rustix::fs::statvfs(&there) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= inner.options.floor {
        return Ok(());
    }
    Err(HostError::State {
        message: format!(
            "the disk with {} has {} MiB free; nothing is written to the world below {} MiB, since \
             its result might not fit",
            state.display(),
            free >> 20,
            inner.options.floor >> 20
        ),
    })
}
