//! `time`: moments are RFC 3339 text, lengths are text such as `24h`; nothing here reads a clock.

use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Value;

use super::{number, text};

/// How many seconds a length has.
pub(super) fn seconds(args: &[Value]) -> Result<Value, String> {
    Ok(in_seconds(i128::from(length(args, 0)?.0)))
}

/// The length of some seconds.
pub(super) fn duration(args: &[Value]) -> Result<Value, String> {
    let seconds = number(args, 0)?;
    if !(0.0..=1e12).contains(&seconds) {
        return Err("not a length of time".to_owned());
    }
    Ok(Value::Duration(Duration((seconds * 1000.0) as u64)))
}

/// A moment and a length later.
pub(super) fn add(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Timestamp(moment(args, 0)? + length(args, 1)?))
}

/// How many seconds the first moment is after the second; negative where it is before.
pub(super) fn since(args: &[Value]) -> Result<Value, String> {
    Ok(in_seconds(i128::from(moment(args, 0)?.0) - i128::from(moment(args, 1)?.0)))
}

/// Seconds since 1970.
pub(super) fn unix(args: &[Value]) -> Result<Value, String> {
    Ok(in_seconds(i128::from(moment(args, 0)?.0)))
}

/// The moment of some seconds since 1970.
pub(super) fn from_unix(args: &[Value]) -> Result<Value, String> {
    let seconds = number(args, 0)?;
    if seconds.abs() > 1e11 {
        return Err("too far away".to_owned());
    }
    Ok(Value::Timestamp(Timestamp((seconds * 1000.0) as i64)))
}

fn in_seconds(ms: i128) -> Value {
    if ms % 1000 == 0 {
        Value::Int(i64::try_from(ms / 1000).unwrap_or(i64::MAX))
    } else {
        Value::Float(ms as f64 / 1000.0)
    }
}

fn length(args: &[Value], at: usize) -> Result<Duration, String> {
    if let Ok(seconds) = number(args, at) {
        return match duration(&[Value::Float(seconds)])? {
            Value::Duration(length) => Ok(length),
            _ => Err("not a length of time".to_owned()),
        };
    }
    let text = text(args, at)?;
    Duration::parse(text).ok_or_else(|| format!("argument {} is not a length such as 24h", at + 1))
}

fn moment(args: &[Value], at: usize) -> Result<Timestamp, String> {
    let text = text(args, at)?;
    Timestamp::parse(text).ok_or_else(|| format!("argument {} is not RFC 3339", at + 1))
}
