//! Ids of runs: short, sortable by time, and no two alike.

use cutover_engine::time::Timestamp;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE: u128 = 36;
/// One step of an id's first part: half an hour, so that four characters last until 2095.
const STEP_MS: i64 = 1_800_000;
/// Where counting begins: 2000-01-01.
const EPOCH_MS: i64 = 946_684_800_000;
const TIME_CHARACTERS: usize = 4;
/// Characters of chance, so that two states do not make the same id either.
const RANDOM_CHARACTERS: usize = 3;

/// Makes an id of a moment and some random bits: `a9c4x2k`. Ids sort by half hours.
pub fn new_run_id(now: Timestamp, random: u128) -> String {
    longer_run_id(now, random, 0)
}

/// Makes an id with more characters of chance, for when the short ones are taken.
pub(crate) fn longer_run_id(now: Timestamp, random: u128, more: usize) -> String {
    let steps = now.0.saturating_sub(EPOCH_MS).max(0) / STEP_MS;
    let mut id = digits(u128::from(steps.unsigned_abs()), TIME_CHARACTERS);
    id.push_str(&digits(random, RANDOM_CHARACTERS + more));
    id
}

fn digits(number: u128, count: usize) -> String {
    let mut left = number;
    let mut reversed = Vec::with_capacity(count);
    for _ in 0..count {
        reversed.push(DIGITS[usize::try_from(left % BASE).expect("less than the base")]);
        left /= BASE;
    }
    reversed.iter().rev().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn an_id_is_short_and_starts_with_a_letter() {
        assert_eq!(new_run_id(at("2026-11-24T14:02:11Z"), 1_000_000), "a3vgfls");
    }

    #[test]
    fn ids_sort_by_time() {
        let moments = [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:30:00Z",
            "2029-05-01T00:00:00Z",
            "2093-01-01T00:00:00Z",
        ];
        let ids: Vec<String> = moments.iter().map(|moment| new_run_id(at(moment), 7)).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 7), "{ids:?}");
    }

    #[test]
    fn chance_tells_ids_of_one_moment_apart() {
        let now = at("2026-01-01T00:00:00Z");
        assert_ne!(new_run_id(now, 1), new_run_id(now, 2));
        assert_eq!(longer_run_id(now, 1, 3).len(), 10);
    }
}
