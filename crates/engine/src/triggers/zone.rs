//! A time zone: what the clocks of a place show. The data is built in; of two moments that a clock
//! shows alike both are told, and of one that it leaves out none.

use chrono::{Days, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{Offset, TimeZone};
use tz::TimeZoneRef;

/// A time zone of the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zone(&'static TimeZoneRef<'static>);

/// How far a clock of a zone is from UTC at some moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    zone: Zone,
    fixed: FixedOffset,
}

impl Zone {
    /// The zone in which everything is recorded.
    pub(super) const UTC: Self = Self(&tzdb_data::time_zone::UTC);

    /// Finds a zone by its name, as it is written in the list.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_there = tzdb_data::TZ_NAMES.contains(&name);
        tzdb_data::find_tz(name.as_bytes()).filter(|_| is_there).map(Self)
    }

    /// Returns the names of all zones.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        tzdb_data::TZ_NAMES.iter().copied()
    }

    /// Returns its shift at a moment; none where the data does not know that moment.
    fn shift(self, utc: NaiveDateTime) -> Shift {
        let kind = self.0.find_local_time_type(utc.and_utc().timestamp());
        let fixed = kind.ok().and_then(|kind| FixedOffset::east_opt(kind.ut_offset()));
        Shift { zone: self, fixed: fixed.unwrap_or(chrono::Utc.fix()) }
    }
}

impl Offset for Shift {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl std::fmt::Display for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.fixed.fmt(f)
    }
}

impl TimeZone for Zone {
    type Offset = Shift;

    fn from_offset(offset: &Shift) -> Self {
        offset.zone
    }

    /// Tries the shift of the day before and the one of the day after: a clock is not changed twice
    /// within two days.
    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<Shift> {
        let day = Days::new(1);
        let (before, after) = (local.checked_sub_days(day), local.checked_add_days(day));
        let holds = |nearby: Option<NaiveDateTime>| {
            let shift = self.shift(nearby.unwrap_or(*local));
            let there = local.checked_sub_offset(shift.fixed)?;
            (self.shift(there).fixed == shift.fixed).then_some(shift)
        };
        match (holds(before), holds(after)) {
            (None, None) => MappedLocalTime::None,
            (Some(one), None) | (None, Some(one)) => MappedLocalTime::Single(one),
            (Some(one), Some(other)) if one.fixed == other.fixed => MappedLocalTime::Single(one),
            (Some(first), Some(second)) => MappedLocalTime::Ambiguous(first, second),
        }
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<Shift> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Shift {
        self.shift(*utc)
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Shift {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }
}

#[cfg(test)]
mod tests;
