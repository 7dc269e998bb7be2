//! `concat` `lower` `upper` `trim` `replace` `substr`.

use crate::template::helpers::{
    Call, Compute, Failure, Helper, Named, OnSecret, Want, text_of_any,
};
use crate::template::print::print;
use crate::value::Value;

pub(super) static CONCAT: Helper = Helper {
    name: "concat",
    usage: "concat A B ..",
    takes: &[Want::Printable],
    more: true,
    named: Named::None,
    secrets: OnSecret::Keep,
    gives: text_of_any,
    compute: Compute::All(concat),
};

pub(super) static LOWER: Helper =
    of_text("lower", "lower TEXT", |call| Ok(Value::Text(call.text(0).to_lowercase())));

pub(super) static UPPER: Helper =
    of_text("upper", "upper TEXT", |call| Ok(Value::Text(call.text(0).to_uppercase())));

pub(super) static TRIM: Helper =
    of_text("trim", "trim TEXT", |call| Ok(Value::from(call.text(0).trim())));

pub(super) static REPLACE: Helper = Helper {
    takes: &[Want::Text, Want::Text, Want::Text],
    ..of_text("replace", "replace TEXT FROM TO", replace)
};

pub(super) static SUBSTR: Helper = Helper {
    takes: &[Want::Text, Want::Whole, Want::Whole],
    ..of_text("substr", "substr TEXT START LENGTH", substr)
};

/// A helper from text to text that opens secrets.
pub(super) const fn of_text(
    name: &'static str,
    usage: &'static str,
    compute: fn(&Call<'_>) -> Result<Value, Failure>,
) -> Helper {
    Helper {
        name,
        usage,
        takes: &[Want::Text],
        more: false,
        named: Named::None,
        secrets: OnSecret::Open,
        gives: text_of_any,
        compute: Compute::All(compute),
    }
}

fn concat(call: &Call<'_>) -> Result<Value, Failure> {
    let mut text = String::new();
    for value in call.args {
        print(value, &mut text)
            .map_err(|what| Failure::Wrong(format!("what `concat` is given {what}")))?;
    }
    Ok(Value::Text(text))
}

fn replace(call: &Call<'_>) -> Result<Value, Failure> {
    if call.text(1).is_empty() {
        return Err(Failure::wrong("`replace` is given empty text to look for"));
    }
    Ok(Value::Text(call.text(0).replace(call.text(1), call.text(2))))
}

fn substr(call: &Call<'_>) -> Result<Value, Failure> {
    let part = |at: usize, what: &str| {
        usize::try_from(call.whole(at))
            .map_err(|_| Failure::Wrong(format!("`substr` is given a negative {what}")))
    };
    let (start, length) = (part(1, "start")?, part(2, "length")?);
    Ok(Value::Text(call.text(0).chars().skip(start).take(length).collect()))
}
