//! `schedule: {cron, timezone}`: which moments it names.
//!
//! The five fields are as in Vixie cron: of a day of the month and a day of the week, both
//! restricted, either is enough. Where the clock goes forward, a time that the day does not have
//! falls right after the gap; where it goes back, a fixed time falls once, at its first coming, and
//! one that repeats each hour or minute goes on repeating.

use chrono::{DateTime, SubsecRound, TimeZone};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::diagnostic::nearest;
use crate::time::Timestamp;
use crate::triggers::zone::Zone;

/// A schedule that can be asked.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: Zone,
}

impl Schedule {
    /// Reads a cron line and the name of a time zone, UTC where none is given.
    ///
    /// # Errors
    /// What is wrong with them, as a phrase.
    pub fn new(cron: &str, zone: Option<&str>) -> Result<Self, String> {
        // `5/10` is from 5 on, each 10th: every cron in use reads it so.
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .sloppy_ranges(true)
            .build();
        let fields: Vec<&str> = cron.split_whitespace().map(without_more_than_all).collect();
        let read = parser.parse(&fields.join(" "));
        let cron = read.map_err(|error| format!("`{cron}` is no cron line: {error}"))?;
        let zone = zone.map_or(Some(Zone::UTC), Zone::named);
        let zone = zone.ok_or("there is no such time zone")?;
        Ok(Self { cron, zone })
    }

    /// Returns the newest moment of the schedule that has come by `now`; none where there never was
    /// one.
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_previous_occurrence(&self.at(now), true).ok()?;
        Some(Timestamp(found.timestamp_millis())).filter(|found| *found <= now)
    }

    /// Returns the first moment of the schedule after `now`; none where there never will be one.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let found = self.cron.find_next_occurrence(&self.at(now), false).ok()?;
        Some(Timestamp(found.timestamp_millis())).filter(|found| *found > now)
    }

    /// Returns the moment that is to be made up for, where one has come since `since`. However many
    /// were missed, it is the newest one alone.
    pub fn due(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.last(now).filter(|last| *last > since)
    }

    fn at(&self, moment: Timestamp) -> DateTime<Zone> {
        self.zone.from_utc_datetime(&moment.to_chrono().naive_utc()).trunc_subsecs(0)
    }
}

/// A list that has `*` in it names all; the crate reads that in no list.
fn without_more_than_all(field: &str) -> &str {
    if field.split(',').any(|part| part == "*") { "*" } else { field }
}

/// Says whether there is a time zone of that name.
pub(crate) fn is_zone(name: &str) -> bool {
    // Short names such as `EST` are there too, and are hardly ever what is meant: they know no
    // summer time.
    (name.contains('/') || matches!(name, "UTC" | "GMT")) && Zone::named(name).is_some()
}

/// Returns the name of a time zone that is nearest to what was written.
pub(crate) fn nearest_zone(name: &str) -> Option<&'static str> {
    let ends =
        |zone: &&str| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
    Zone::names().find(ends).or_else(|| nearest(name, Zone::names()))
}

#[cfg(test)]
mod tests;
