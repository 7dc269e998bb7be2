//! `time_add` `time_sub` `time_format`.

use std::fmt::Write;

use crate::template::Typed;
use crate::template::helpers::{
    Call, Compute, Failure, Given, Helper, Named, OnSecret, Want, Wrong, always, text_of_any,
};
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
    compute: Compute::All(|call| Ok(Value::Timestamp(call.time(0)? + call.length(1)?))),
};

pub(super) static TIME_SUB: Helper = Helper {
    name: "time_sub",
    usage: "time_sub TIME DURATION",
    takes: &[Want::Time, Want::Length],
    more: false,
    named: Named::None,
    secrets: OnSecret::Refuse,
    gives: moment,
    compute: Compute::All(|call| Ok(Value::Timestamp(call.time(0)? - call.length(1)?))),
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
