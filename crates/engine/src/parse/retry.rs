//! `retry`.

use super::keys;
use super::reader::Reader;
use super::tree::Pair;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::time::Duration;
use crate::workflow::Retry;

/// The wait before the second try where none is written.
const DELAY: Duration = Duration::seconds(1);
/// The longest wait where none is written.
const MAX_DELAY: Duration = Duration::seconds(60);
/// The tries of a `retry` that could not be read: enough for an `until` beside it.
const UNREAD_ATTEMPTS: u32 = 2;
/// The most tries: beyond it a wait is not a retry any more but a schedule.
const MOST_ATTEMPTS: u32 = 10_000;

/// Reads it. What can't be read of it counts as not written, so that a broken `retry` is not also
/// a missing one.
pub(super) fn retry(reader: &mut Reader<'_>, pair: &Pair) -> Retry {
    let Some(fields) = reader.fields(&pair.value, &keys::RETRY, false) else {
        return unread(pair.span);
    };
    let attempts = fields.get("max_attempts").and_then(|pair| reader.count(pair));
    if let Some(count) = attempts.as_ref().filter(|count| count.value > MOST_ATTEMPTS) {
        let message = format!("`max_attempts` is at most {MOST_ATTEMPTS}");
        let found = Diagnostic::error("K08", count.span, message);
        reader.push(found.help("a longer `delay` waits as long with fewer tries"));
    }
    let delay = fields.get("delay").and_then(|pair| reader.duration(pair));
    let max_delay = fields.get("max_delay").and_then(|pair| reader.duration(pair));
    let backoff = fields.get("backoff").and_then(|pair| reader.choice(pair, keys::BACKOFF));
    if let (Some(delay), Some(most)) = (&delay, &max_delay)
        && most.value < delay.value
    {
        let message = format!("`max_delay` {} is shorter than `delay` {}", most.value, delay.value);
        let found =
            Diagnostic::error("K13", most.span, message).related(delay.span, "the first wait");
        reader.push(found.help("the first wait is the shortest one"));
    }
    let delay = delay.map_or(DELAY, |delay| delay.value);
    Retry {
        span: pair.span,
        max_attempts: attempts.map_or(UNREAD_ATTEMPTS, |count| count.value.min(MOST_ATTEMPTS)),
        delay,
        exponential: backoff.is_none_or(|word| word.value == 0),
        max_delay: max_delay.map_or(MAX_DELAY.max(delay), |most| most.value),
    }
}

fn unread(span: Span) -> Retry {
    Retry {
        span,
        max_attempts: UNREAD_ATTEMPTS,
        delay: DELAY,
        exponential: true,
        max_delay: MAX_DELAY,
    }
}
