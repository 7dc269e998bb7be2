//! The clock and the machine's name.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cutover_engine::time::Timestamp;

/// How far this process's clock is ahead, for tests of what comes hours later. No release build
/// has it.
#[cfg(debug_assertions)]
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);
/// How many times as fast this process's clock goes, and since when, for tests that wait. No release
/// build has it.
#[cfg(debug_assertions)]
static PACE: AtomicI64 = AtomicI64::new(1);
#[cfg(debug_assertions)]
static PACED_SINCE_MS: AtomicI64 = AtomicI64::new(0);

/// Sets the clock of this process ahead, in milliseconds.
#[cfg(debug_assertions)]
pub fn set_ahead(ms: i64) {
    AHEAD_MS.store(ms, Ordering::Relaxed);
}

/// Lets the clock of this process go so many times as fast from now on.
#[cfg(debug_assertions)]
pub fn set_pace(pace: i64) {
    PACED_SINCE_MS.store(real_ms(), Ordering::Relaxed);
    PACE.store(pace.max(1), Ordering::Relaxed);
}

/// Returns what time it is.
pub fn now() -> Timestamp {
    let ms = real_ms();
    #[cfg(debug_assertions)]
    let ms = {
        let since = PACED_SINCE_MS.load(Ordering::Relaxed);
        let more = (ms - since).saturating_mul(PACE.load(Ordering::Relaxed) - 1);
        ms.saturating_add(more).saturating_add(AHEAD_MS.load(Ordering::Relaxed))
    };
    Timestamp(ms)
}

fn real_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// Returns how long it is from now to a moment; zero where it has passed.
pub(crate) fn until(moment: Timestamp) -> std::time::Duration {
    let ms = moment.since(now()).0;
    #[cfg(debug_assertions)]
    let ms = ms.div_ceil(PACE.load(Ordering::Relaxed).unsigned_abs());
    std::time::Duration::from_millis(ms)
}

/// Returns the machine's name, for the first event of a run.
pub fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    crate::escape::escape(&name).into_owned()
}
