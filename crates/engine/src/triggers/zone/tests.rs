//! Zones: gaps, hours that come twice, names.

use super::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|| panic!("{name} is not there"))
}

/// Returns which moments a clock of a zone means, in UTC.
fn meant(name: &str, local: &str) -> Vec<String> {
    let local: NaiveDateTime = local.parse().unwrap();
    let shown = |shift: Shift| (local - shift.fixed).to_string();
    match zone(name).offset_from_local_datetime(&local) {
        MappedLocalTime::None => Vec::new(),
        MappedLocalTime::Single(one) => vec![shown(one)],
        MappedLocalTime::Ambiguous(first, second) => vec![shown(first), shown(second)],
    }
}

#[test]
fn a_clock_means_one_moment_or_none_or_the_earlier_and_the_later() {
    assert_eq!(meant("Europe/Berlin", "2026-07-01T12:00:00"), ["2026-07-01 10:00:00"]);
    assert_eq!(meant("Europe/Berlin", "2026-03-29T02:30:00"), [""; 0]);
    assert_eq!(meant("Europe/Berlin", "2026-03-29T03:00:00"), ["2026-03-29 01:00:00"]);
    let twice = ["2026-10-25 00:30:00", "2026-10-25 01:30:00"];
    assert_eq!(meant("Europe/Berlin", "2026-10-25T02:30:00"), twice);
    let half = ["2026-04-04 14:40:00", "2026-04-04 15:10:00"];
    assert_eq!(meant("Australia/Lord_Howe", "2026-04-05T01:40:00"), half);
    assert_eq!(meant("Pacific/Apia", "2011-12-30T12:00:00"), [""; 0], "a day that was left out");
}

#[test]
fn the_rule_of_a_zone_goes_on_after_the_last_change_that_is_listed() {
    assert_eq!(meant("America/New_York", "2093-07-01T12:00:00"), ["2093-07-01 16:00:00"]);
    assert_eq!(meant("America/New_York", "2093-01-01T12:00:00"), ["2093-01-01 17:00:00"]);
}

#[test]
fn every_moment_of_a_zone_is_found_again_by_its_clock() {
    let hours = 0..24 * 365;
    let begin: NaiveDateTime = "2026-01-01T00:15:00".parse().unwrap();
    for name in ["Europe/Berlin", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]
    {
        for utc in hours.clone().map(|hour| begin + chrono::TimeDelta::hours(hour)) {
            let local = zone(name).from_utc_datetime(&utc).naive_local();
            let found = meant(name, &local.to_string().replace(' ', "T"));
            assert!(found.contains(&utc.to_string()), "{name}: {local} is {found:?}, not {utc}");
        }
    }
}

#[test]
fn a_name_is_one_of_the_list_as_it_is_written_there() {
    assert!(Zone::names().all(|name| Zone::named(name).is_some()));
    assert!(Zone::names().any(|name| name == "UTC"));
    assert!(Zone::named("europe/berlin").is_none());
    assert!(Zone::named("Berlin").is_none());
}
