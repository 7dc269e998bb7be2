//! When a step is tried again: backoff, and jitter that a replay computes anew.

use sha2::{Digest, Sha256};

use crate::time::Duration;
use crate::workflow::Retry;

/// A wait is shortened by up to this part of it (one fifth), so that many runs don't knock at once.
const JITTER_DIVISOR: u64 = 5;

/// Returns how long to wait after a try (from 1) that was not enough. `retry_after` is what the
/// other side asked for: it is waited at least.
pub(crate) fn wait(
    retry: &Retry,
    run: &str,
    step: &str,
    attempt: u32,
    retry_after: Option<Duration>,
) -> Duration {
    let full = longest(retry, attempt);
    let jitter = jitter(run, step, attempt, full.0 / JITTER_DIVISOR);
    Duration(full.0 - jitter).max(retry_after.unwrap_or_default())
}

/// Returns the longest that the wait after a try may be.
pub(crate) fn longest(retry: &Retry, attempt: u32) -> Duration {
    if !retry.exponential {
        return retry.delay.min(retry.max_delay.max(retry.delay));
    }
    let doubled = 1_u64
        .checked_shl(attempt.saturating_sub(1))
        .and_then(|factor| retry.delay.0.checked_mul(factor))
        .unwrap_or(u64::MAX);
    Duration(doubled).min(retry.max_delay.max(retry.delay))
}

fn jitter(run: &str, step: &str, attempt: u32, most: u64) -> u64 {
    let digest = Sha256::digest(format!("{run}\n{step}\n{attempt}"));
    let (head, _) = digest.split_at(size_of::<u64>());
    let random = head.iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    // Scaled rather than taken modulo: even, and without a branch for zero.
    u64::try_from((u128::from(random) * u128::from(most)) >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn retry(exponential: bool) -> Retry {
        Retry {
            span: Span::default(),
            max_attempts: 9,
            delay: Duration::seconds(2),
            exponential,
            max_delay: Duration::seconds(60),
        }
    }

    fn waits(retry: &Retry) -> Vec<u64> {
        (1..=8).map(|attempt| wait(retry, "k3f9", "works", attempt, None).0).collect()
    }

    #[test]
    fn a_wait_doubles_up_to_its_limit_less_a_fifth_at_most() {
        for (wait, full) in waits(&retry(true)).iter().zip([2, 4, 8, 16, 32, 60, 60, 60]) {
            assert!((full * 800..=full * 1000).contains(wait), "{wait} of {full} s");
        }
    }

    #[test]
    fn a_constant_wait_stays_even_past_max_delay() {
        let long = Retry { delay: Duration::seconds(90), ..retry(false) };
        assert!(waits(&long).iter().all(|wait| (72_000..=90_000).contains(wait)));
    }

    #[test]
    fn jitter_is_the_same_on_a_replay_and_differs_between_tries_and_runs() {
        assert_eq!(waits(&retry(false)), waits(&retry(false)));
        let spread: std::collections::BTreeSet<_> = waits(&retry(false)).into_iter().collect();
        assert!(spread.len() > 4, "{spread:?}");
        let other = wait(&retry(false), "k3fa", "works", 1, None);
        assert_ne!(other, wait(&retry(false), "k3f9", "works", 1, None));
    }

    #[test]
    fn what_the_other_side_asks_for_is_waited_at_least() {
        let asked = Some(Duration::seconds(40));
        assert_eq!(wait(&retry(true), "k3f9", "works", 1, asked), Duration::seconds(40));
        assert!(wait(&retry(true), "k3f9", "works", 6, asked) > Duration::seconds(40));
    }

    #[test]
    fn a_huge_attempt_does_not_overflow() {
        let wait = wait(&retry(true), "k3f9", "works", u32::MAX, None);
        assert!(wait <= Duration::seconds(60));
    }
}
