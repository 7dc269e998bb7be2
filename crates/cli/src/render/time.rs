//! Moments and lengths of time for people.

use cutover_engine::time::{Duration, Timestamp};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns how long something took: `0.4s`, `12s`, `5m 3s`, `2h 10m`.
pub(crate) fn took(length: Duration) -> String {
    let ms = length.0;
    match ms {
        0..=9_949 => format!("{:.1}s", ms as f64 / 1000.0),
        9_950..MINUTE => format!("{}s", ms / SECOND),
        MINUTE..HOUR => format!("{}m {}s", ms / MINUTE, ms % MINUTE / SECOND),
        HOUR.. => format!("{}h {}m", ms / HOUR, ms % HOUR / MINUTE),
    }
}

/// Returns a length in its largest unit, rounded: `29 d`, `3 h`, `2 min`, `40 s`.
pub(crate) fn rough(length: Duration) -> String {
    let rounded = |unit: u64| (length.0.saturating_add(unit / 2)) / unit;
    match length.0 {
        DAY.. => format!("{} d", rounded(DAY)),
        HOUR.. => format!("{} h", rounded(HOUR)),
        MINUTE.. => format!("{} min", rounded(MINUTE)),
        _ => format!("{} s", rounded(SECOND)),
    }
}

/// Returns `2026-12-24`.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_chrono().format("%Y-%m-%d").to_string()
}

/// Returns `2026-11-25 14:03 UTC`.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_chrono().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns `14:02:11.204`.
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_chrono().format("%H:%M:%S%.3f").to_string()
}

/// Returns a day with how far it is: `2026-12-24 (29 d)`, `2026-11-20 (2 d ago)`.
pub(crate) fn day_from(at: Timestamp, now: Timestamp) -> String {
    let words =
        if at < now { format!("{} ago", rough(now.since(at))) } else { rough(at.since(now)) };
    format!("{} ({words})", day(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_as_few_characters_as_help() {
        let told: Vec<String> = [40, 9_949, 9_950, 59_999, 303_000, 7_800_000]
            .into_iter()
            .map(|ms| took(Duration(ms)))
            .collect();
        assert_eq!(told, ["0.0s", "9.9s", "9s", "59s", "5m 3s", "2h 10m"]);
    }

    #[test]
    fn a_day_tells_how_far_it_is_in_both_directions() {
        let now = Timestamp::parse("2026-11-25T14:03:00Z").expect("a moment");
        let later = now + Duration::seconds(29 * 86_400 + 5);
        let earlier = now - Duration::seconds(7_300);
        assert_eq!(day_from(later, now), "2026-12-24 (29 d)");
        assert_eq!(day_from(earlier, now), "2026-11-25 (2 h ago)");
        assert_eq!(rough(Duration(DAY - 1)), "24 h");
        assert_eq!(rough(Duration(30 * DAY - 1)), "30 d");
    }
}
