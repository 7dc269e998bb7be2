//! `expiry: {before, jitter}`: when a credential is due to be replaced before it dies by itself.

use sha2::{Digest, Sha256};

use crate::event::Identity;
use crate::time::{Duration, Timestamp};

/// How long after a run that failed the next one begins, at first; it doubles each time.
const FIRST_PAUSE: Duration = Duration::seconds(10 * 60);
/// The longest pause between two runs that fail.
const LONGEST_PAUSE: Duration = Duration::seconds(6 * 3600);

/// The expiry trigger of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// How long before its end a credential is replaced at the latest.
    pub before: Duration,
    /// By how much at most it is replaced earlier than that, so that those of one day do not all
    /// fall on one minute.
    pub jitter: Duration,
}

impl Expiry {
    /// Returns when a credential is due; none where it never expires.
    ///
    /// The jitter is a hash of its name: a replay gives the same moment. It is never due before half
    /// of its life is over: a provider that gives less than was asked for must not make each run
    /// start the next.
    pub fn due(&self, name: &str, current: &Identity, made: Timestamp) -> Option<Timestamp> {
        let end = current.expires_at?;
        let made = current.created_at.unwrap_or(made);
        let half = made + Duration(end.since(made).0 / 2);
        Some((end - self.before - self.part(name)).max(half))
    }

    /// Returns the part of the jitter that a credential has.
    pub fn part(&self, name: &str) -> Duration {
        let digest = Sha256::digest(name);
        let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Duration(number.checked_rem(self.jitter.0).unwrap_or(0))
    }
}

/// Returns when another run may begin after some in a row that failed, the last of them at `ended`.
pub fn next_try(failed: u32, ended: Timestamp) -> Timestamp {
    let doubled = FIRST_PAUSE.0.saturating_mul(1_u64 << failed.saturating_sub(1).min(32));
    if failed == 0 { ended } else { ended + Duration(doubled).min(LONGEST_PAUSE) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::seconds(86_400);

    fn day(day: u64) -> Timestamp {
        Timestamp(1_790_000_000_000) + Duration(DAY.0 * day)
    }

    fn current(made: u64, end: u64) -> Identity {
        let (made, end) = (Some(day(made)), Some(day(end)));
        Identity { created_at: made, expires_at: end, ..Identity::default() }
    }

    fn expiry(before: u64, jitter: u64) -> Expiry {
        Expiry { before: Duration(DAY.0 * before), jitter: Duration(DAY.0 * jitter) }
    }

    #[test]
    fn without_jitter_it_is_due_exactly_so_long_before_its_end() {
        assert_eq!(expiry(7, 0).due("ci", &current(0, 30), day(0)), Some(day(23)));
    }

    #[test]
    fn what_never_expires_is_never_due() {
        assert_eq!(expiry(7, 1).due("ci", &Identity::default(), day(0)), None);
    }

    #[test]
    fn a_life_that_is_shorter_than_the_time_before_its_end_is_lived_to_its_half() {
        assert_eq!(expiry(7, 0).due("ci", &current(0, 4), day(1)), Some(day(2)));
        let unmade = Identity { created_at: None, ..current(0, 4) };
        assert_eq!(expiry(7, 0).due("ci", &unmade, day(2)), Some(day(3)), "since it was promoted");
    }

    #[test]
    fn the_jitter_of_a_name_is_always_the_same() {
        let parts: Vec<u64> =
            ["ci", "ci", "influx-ci-prod"].map(|name| expiry(7, 1).part(name).0).to_vec();
        assert_eq!(parts, [18_195_358, 18_195_358, 58_513_984]);
    }

    #[test]
    fn those_that_fail_are_tried_more_and_more_rarely() {
        let pauses: Vec<u64> = [0, 1, 2, 3, 6, 7, 90]
            .map(|failed| next_try(failed, day(0)).since(day(0)).0 / 60_000)
            .to_vec();
        assert_eq!(pauses, [0, 10, 20, 40, 320, 360, 360]);
    }

    proptest! {
        #[test]
        fn it_is_due_early_enough_and_not_before_half_of_its_life(
            name in ".{0,12}", before in 1_u64..40, jitter in 0_u64..40, life in 1_u64..90,
        ) {
            let due = expiry(before, jitter).due(&name, &current(0, life), day(0));
            let due = due.expect("it expires");
            let half = Timestamp(day(0).0 + (day(life).0 - day(0).0) / 2);
            prop_assert!(due >= half && due < day(life));
            prop_assert!(due == half || due <= day(life) - expiry(before, 0).before);
            prop_assert!(due == half || due + expiry(0, jitter).jitter >= day(life) - expiry(before, 0).before);
        }
    }
}
