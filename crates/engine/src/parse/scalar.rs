//! What a plain scalar means: a boolean, a number, null or text.
//!
//! The package that reads YAML as data decides; this only keeps what is plainly text away from it,
//! since nearly every scalar of a workflow is.

use serde_yaml::Value as Data;

use crate::value::{Value, clean};

/// Why a scalar means nothing that a workflow can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A whole number of more than 64 bits.
    TooLarge,
    /// Infinite, or not a number.
    NotFinite,
}

/// Reads a plain scalar.
pub(super) fn read(text: &str) -> Result<Value, Unfit> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if is_plainly_text(text) {
        return Ok(Value::Text(clean(text)));
    }
    match serde_yaml::from_str::<Data>(text) {
        Ok(Data::Null) => Ok(Value::Null),
        Ok(Data::Bool(truth)) => Ok(Value::Bool(truth)),
        Ok(Data::Number(number)) => read_number(&number),
        Ok(Data::String(_) | Data::Sequence(_) | Data::Mapping(_) | Data::Tagged(_)) => {
            Ok(Value::Text(clean(text)))
        }
        // Nothing that gets here is broken YAML: what is left are whole numbers of 65 to 128 bits.
        Err(_) => Err(Unfit::TooLarge),
    }
}

fn read_number(number: &serde_yaml::Number) -> Result<Value, Unfit> {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Ok(Value::Int(whole)),
        (None, _) if number.is_u64() => Err(Unfit::TooLarge),
        (None, Some(fraction)) if fraction.is_finite() => Ok(Value::Float(fraction)),
        (None, _) => Err(Unfit::NotFinite),
    }
}

/// Says whether the text has a character, or begins with one, that no boolean, number or null has.
fn is_plainly_text(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || "+-.~tTfFnN".contains(c));
    let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.~".contains(&b));
    let only_signs = text != "~" && !text.bytes().any(|b| b.is_ascii_alphanumeric());
    !begins || !fits || only_signs
}
