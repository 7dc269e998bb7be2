//! Moments and lengths, there and back.

use proptest::prelude::*;

use crate::time::{Duration, Timestamp};

#[test]
fn lengths_are_whole_numbers_with_units_the_largest_first() {
    let cases = [
        ("0s", 0),
        ("90s", 90_000),
        ("15m", 900_000),
        ("24h", 86_400_000),
        ("30d", 2_592_000_000),
        ("1d12h", 129_600_000),
        ("10ms", 10),
        ("1m10ms", 60_010),
        ("1d1h1m1s1ms", 90_061_001),
        ("007s", 7000),
    ];
    for (text, ms) in cases {
        assert_eq!(Duration::parse(text), Some(Duration(ms)), "{text}");
    }
}

#[test]
fn what_is_no_length_is_refused() {
    for text in [
        "",
        "s",
        "30",
        "1.5h",
        "-1h",
        "+1h",
        "1h1d",
        "1h1h",
        "1 h",
        " 1h",
        "1h ",
        "1y",
        "1w",
        "1mo",
        "1M",
        "1H",
        "٣s",
        "99999999999999999999d",
        "106751991168d",
        "1h30",
    ] {
        assert_eq!(Duration::parse(text), None, "{text}");
    }
}

#[test]
fn a_length_prints_as_it_is_written() {
    assert_eq!(Duration(129_600_000).to_string(), "1d12h");
    assert_eq!(Duration(0).to_string(), "0s");
    assert_eq!(Duration::seconds(90).to_string(), "1m30s");
    assert_eq!(Duration(1).to_string(), "1ms");
    assert_eq!(Duration::seconds(30 * 86_400).to_string(), "30d");
}

#[test]
fn moments_are_rfc_3339_and_print_in_utc_with_whole_seconds() {
    let noon = Timestamp(1_769_860_800_000);
    for text in [
        "2026-01-31T12:00:00Z",
        "2026-01-31T14:00:00+02:00",
        "2026-01-31T06:30:00-05:30",
        "2026-01-31T12:00:00.000Z",
        "2026-01-31t12:00:00z",
    ] {
        assert_eq!(Timestamp::parse(text), Some(noon), "{text}");
    }
    assert_eq!(noon.to_string(), "2026-01-31T12:00:00Z");
    assert_eq!(Timestamp(noon.0 + 999).to_string(), "2026-01-31T12:00:00Z");
    assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59Z");
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in
        ["", "2026-01-31", "2026-01-31T12:00:00", "12:00", "2026-02-30T00:00:00Z", "tomorrow"]
    {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn moving_a_moment_too_far_stops_at_the_end_of_time() {
    assert_eq!(Timestamp(i64::MAX) + Duration(5), Timestamp(i64::MAX));
    assert_eq!(Timestamp(i64::MIN) - Duration(5), Timestamp(i64::MIN));
    assert!(Timestamp(i64::MAX).to_string().starts_with('+'));
    assert!(Timestamp(i64::MIN).to_string().starts_with('-'));
}

#[test]
fn since_is_zero_for_what_comes_later() {
    assert_eq!(Timestamp(5).since(Timestamp(3)), Duration(2));
    assert_eq!(Timestamp(3).since(Timestamp(5)), Duration(0));
}

proptest! {
    #[test]
    fn a_length_is_read_as_it_is_printed(ms in 0..=i64::MAX as u64) {
        let length = Duration(ms);
        prop_assert_eq!(Duration::parse(&length.to_string()), Some(length));
    }

    #[test]
    fn a_moment_is_read_as_it_is_printed(second in -62_135_596_800_i64..253_402_300_800) {
        let at = Timestamp(second * 1000);
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn adding_and_taking_away_is_no_move(at in -1_000_000_000_000_i64..1_000_000_000_000, ms in 0..1_000_000_000_u64) {
        prop_assert_eq!((Timestamp(at) + Duration(ms)) - Duration(ms), Timestamp(at));
        prop_assert_eq!((Timestamp(at) + Duration(ms)).since(Timestamp(at)), Duration(ms));
    }

    #[test]
    fn any_text_is_a_length_or_none(text in "[0-9dhms.]{0,8}") {
        if let Some(length) = Duration::parse(&text) {
            prop_assert_eq!(Duration::parse(&length.to_string()), Some(length));
        }
    }
}
