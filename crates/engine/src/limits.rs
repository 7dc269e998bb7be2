//! What a value must fulfil beside its type: a pattern, a least, a greatest.

use regex_lite::Regex;

use crate::coerce::Misfit;
use crate::spec::Limits;
use crate::value::Value;

impl Limits {
    /// Returns why a text is no pattern; none where it is one.
    pub fn pattern_error(pattern: &str) -> Option<String> {
        let wrong = Regex::new(pattern).err()?;
        Some(format!("this is not a regular expression: {wrong}"))
    }

    /// Says what is wrong with a value. What is secret, unknown or null is not looked at.
    ///
    /// # Errors
    /// What is wrong and the way out; never the value of a secret.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        if value.is_null() || value.is_secret() || value.is_unknown() {
            return Ok(());
        }
        if let (Some(pattern), Some(text)) = (&self.pattern, value.as_text())
            && !matches_whole(pattern, text)
        {
            return Err(misfit(format!("`{text}` does not match `{pattern}`")));
        }
        let Some((size, of)) = size(value) else { return Ok(()) };
        let (low, high) = (self.min.filter(|min| size < *min), self.max.filter(|max| size > *max));
        match (low, high) {
            (Some(min), _) => Err(misfit(format!("{of} is {size}, and at least {min} is wanted"))),
            (None, Some(max)) => Err(misfit(format!("{of} is {size}, and at most {max} may be"))),
            (None, None) => Ok(()),
        }
    }
}

/// Says whether a pattern matches a whole text. One that is no pattern matches nothing.
fn matches_whole(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text))
}

/// Returns what is measured of a value, and how that is called.
#[expect(clippy::cast_precision_loss, reason = "limits are small numbers that people write")]
fn size(value: &Value) -> Option<(f64, &'static str)> {
    match value {
        Value::Int(number) => Some((*number as f64, "it")),
        Value::Float(number) => Some((*number, "it")),
        Value::Text(text) => Some((text.chars().count() as f64, "its length")),
        Value::List(items) => Some((items.len() as f64, "its length")),
        Value::Map(map) => Some((map.len() as f64, "its length")),
        Value::Duration(length) => Some((length.0 as f64 / 1000.0, "it in seconds")),
        Value::Null | Value::Bool(_) | Value::Timestamp(_) | Value::Unknown(_) => None,
    }
}

fn misfit(message: String) -> Misfit {
    Misfit { message, help: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;
    use crate::value::Handle;

    fn limits(pattern: Option<&str>, min: f64, max: f64) -> Limits {
        Limits { pattern: pattern.map(str::to_owned), min: Some(min), max: Some(max) }
    }

    #[test]
    fn a_value_is_measured_by_what_it_is() {
        let within = limits(None, 2.0, 3.0);
        for fits in [Value::Int(3), "ab".into(), Value::Duration(Duration(2500)), Value::Null] {
            assert_eq!(within.check(&fits), Ok(()), "{fits:?}");
        }
        for wrong in [Value::Int(4), "a".into(), Value::Duration(Duration(500))] {
            assert!(within.check(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        let within = limits(Some("[a-z]+|0"), 0.0, 9.0);
        assert_eq!(within.check(&"abc".into()), Ok(()));
        assert_eq!(
            within.check(&"abc1".into()).unwrap_err().message,
            "`abc1` does not match `[a-z]+|0`"
        );
    }

    #[test]
    fn a_secret_is_not_looked_at() {
        let secret = Value::from(Handle { id: 7, origin: "inputs.key".to_owned() });
        assert_eq!(limits(Some("x"), 0.0, 1.0).check(&secret), Ok(()));
    }
}
