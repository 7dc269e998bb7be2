//! The clock and the machine's name.

use std::time::{SystemTime, UNIX_EPOCH};

use cutover_engine::time::Timestamp;

/// Returns what time it is.
pub(crate) fn now() -> Timestamp {
    let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    Timestamp(ms)
}

/// Returns how long it is from now to a moment; zero where it has passed.
pub(crate) fn until(moment: Timestamp) -> std::time::Duration {
    std::time::Duration::from_millis(moment.since(now()).0)
}

/// Returns the machine's name, for the first event of a run.
pub fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    crate::escape::escape(&name).into_owned()
}
