//! Claiming a run's credentials: locks first, then what stands under them.

use std::path::Path;
use std::sync::Arc;

use cutover_engine::host::{Claim, HostError, Key};

use crate::journal::{Under, under_lock};
use crate::local::{Inner, damaged, gone};
use crate::lock::{self, Lock};
use crate::private::beside;

/// Takes all locks of a run and returns what stands under them. A run that this host has claimed
/// before keeps its locks, and gets a new epoch.
pub(crate) async fn claim(inner: &Arc<Inner>, run: &str, keys: &[Key]) -> Result<Claim, HostError> {
    let mut keys = keys.to_vec();
    keys.sort();
    keys.dedup();
    if let Some(damage) = inner.writer()?.damage.clone() {
        return Err(damaged(damage));
    }
    let locks = if inner.holds(run) { None } else { Some(lock_all(inner, run, &keys).await?) };
    let task = {
        let (run, keys) = (run.to_owned(), keys.clone());
        inner.writer()?.task(move |connection| under_lock(connection, &run, &keys))
    };
    match task.await.map_err(|_| gone())?? {
        Under::Free(claim) => {
            if let Some(locks) = locks {
                inner.keep_locks(run, locks);
            }
            Ok(claim)
        }
        Under::Taken(error) => Err(with_life(&inner.options.state, error)),
    }
}

async fn lock_all(inner: &Arc<Inner>, run: &str, keys: &[Key]) -> Result<Vec<Lock>, HostError> {
    let state = &inner.options.state;
    let mut locks = Vec::with_capacity(keys.len() + 1);
    for key in keys {
        match Lock::take_key(state, key).map_err(|error| cannot_lock(state, &error))? {
            Some(lock) => locks.push(lock),
            None => return Err(taken(inner, key, run).await),
        }
    }
    match Lock::take_run(state, run).map_err(|error| cannot_lock(state, &error))? {
        Some(lock) => locks.push(lock),
        None => return Err(driven(run)),
    }
    Ok(locks)
}

/// Tells who holds a lock. Its run may not have recorded anything yet: then only the key is known.
async fn taken(inner: &Arc<Inner>, key: &Key, run: &str) -> HostError {
    let Key::Credential(name) = key.clone();
    let unknown = HostError::Taken {
        key: name.clone(),
        run: String::new(),
        step: None,
        marker: None,
        since: None,
        alive: true,
    };
    let run = run.to_owned();
    let Ok(writer) = inner.writer() else { return unknown };
    let asked = writer.task(move |connection| crate::journal::unfinished(connection, &name, &run));
    match asked.await {
        Ok(Ok(Some(HostError::Taken { key, run, step, marker, since, .. }))) => {
            HostError::Taken { key, run, step, marker, since, alive: true }
        }
        Ok(_) | Err(_) => unknown,
    }
}

fn with_life(state: &Path, error: HostError) -> HostError {
    match error {
        HostError::Taken { key, run, step, marker, since, .. } => {
            let alive = lock::is_alive(state, &run);
            HostError::Taken { key, run, step, marker, since, alive }
        }
        other => other,
    }
}

/// The run itself is driven by another process.
pub(crate) fn driven(run: &str) -> HostError {
    HostError::Taken {
        key: format!("run {run}"),
        run: run.to_owned(),
        step: None,
        marker: None,
        since: None,
        alive: true,
    }
}

pub(crate) fn cannot_lock(state: &Path, error: &std::io::Error) -> HostError {
    let locks = beside(state, ".locks");
    HostError::State { message: format!("no lock can be taken in {}: {error}", locks.display()) }
}
