//! `time_add` `time_sub` `time_format`.

use std::fmt::Write;
use std::ops::RangeInclusive;

use crate::template::Typed;
use crate::template::helpers::{
    Call, Compute, Failure, Given, Helper, Named, OnSecret, Want, Wrong, always, text_of_any,
};
use crate::time::Timestamp;
use crate::types::Type;
use crate::value::Value;

pub(super) static TIME_ADD: Helper = Helper {
    name: "time_add",
    usage: "time_add TIME DURATION",
    takes: &[Want::Time, Want::Length],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: moment,
    compute: Compute::All(|call| written(call, call.time(0)? + call.length(1)?)),
};

pub(super) static TIME_SUB: Helper = Helper {
    name: "time_sub",
    usage: "time_sub TIME DURATION",
    takes: &[Want::Time, Want::Length],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: moment,
    compute: Compute::All(|call| written(call, call.time(0)? - call.length(1)?)),
};

pub(super) static TIME_FORMAT: Helper = Helper {
    name: "time_format",
    usage: "time_format TIME \"%Y-%m-%d\"",
    takes: &[Want::Time, Want::Pattern],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: text_of_any,
    compute: Compute::All(time_format),
};

/// RFC 3339 has the years 0 to 9999: beyond, a timestamp could not be written.
fn written(call: &Call<'_>, time: Timestamp) -> Result<Value, Failure> {
    const YEARS: RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;
    if YEARS.contains(&time.0) {
        return Ok(Value::Timestamp(time));
    }
    Err(Failure::Wrong(format!("`{}` leaves the years that can be written", call.name)))
}

fn moment(_: &Given<'_>) -> Result<Typed, Wrong> {
    always(Type::Timestamp)
}

fn time_format(call: &Call<'_>) -> Result<Value, Failure> {
    let time = call.time(0)?.to_chrono();
    let pattern = call.pattern(1)?;
    let mut text = String::new();
    write!(text, "{}", time.format(pattern))
        .map_err(|_| Failure::Wrong(format!("`{pattern}` is no pattern for a timestamp")))?;
    Ok(Value::Text(text))
}
