//! Management tokens as `influxctl management list --format json` prints them.
//!
//! Source: the reference page of `management list`: times are `{seconds, nanos}`, left out where
//! there is none; revoked tokens stay in the list.

use indexmap::IndexMap;

use cutover_engine::step::{StepError, outputs};
use cutover_engine::time::Timestamp;
use cutover_engine::types::Type;
use cutover_engine::value::Value;

/// A listed token.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// Its id, a UUID.
    pub(crate) id: String,
    /// Its description; not unique.
    pub(crate) description: String,
    /// The first characters of its value.
    pub(crate) prefix: Option<String>,
    /// When it was made.
    pub(crate) created_at: Option<Timestamp>,
    /// Who made it.
    pub(crate) created_by: Option<String>,
    /// When it dies by itself.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<Timestamp>,
}

impl Token {
    /// Says whether it works at a moment.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }

    /// Says whether it carries a marker of ours.
    pub(crate) fn carries(&self, marker: &str) -> bool {
        !marker.is_empty() && self.description.split_whitespace().any(|word| word == marker)
    }

    /// Returns it as an output.
    pub(crate) fn to_value(&self, now: Timestamp) -> Value {
        Value::Map(outputs([
            ("id", self.id.clone().into()),
            ("description", self.description.clone().into()),
            ("prefix", self.prefix.clone().into()),
            ("created_at", self.created_at.into()),
            ("created_by", self.created_by.clone().into()),
            ("expires_at", self.expires_at.into()),
            ("revoked_at", self.revoked_at.into()),
            ("live", self.is_live(now).into()),
        ]))
    }

    /// Returns the type of [`Token::to_value`].
    pub(crate) fn output_type() -> Type {
        let fields: IndexMap<String, Type> = [
            ("id", Type::String),
            ("description", Type::String),
            ("prefix", Type::String),
            ("created_at", Type::Timestamp),
            ("created_by", Type::String),
            ("expires_at", Type::Timestamp),
            ("revoked_at", Type::Timestamp),
            ("live", Type::Boolean),
        ]
        .map(|(name, ty)| (name.to_owned(), ty))
        .into_iter()
        .collect();
        Type::Object(fields)
    }
}

/// Says whether a text can be the id of a token, and is no option, path or several of them.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(fits)
}

/// Reads a whole list; `null` is an empty one.
pub(crate) fn parse_list(json: &Value) -> Result<Vec<Token>, StepError> {
    match json {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => items.iter().map(parse).collect(),
        _ => Err(not_understood("it is not a list")),
    }
}

fn parse(item: &Value) -> Result<Token, StepError> {
    let text = |key| item.get(key).as_text().map(str::to_owned);
    Ok(Token {
        id: text("id")
            .filter(|id| is_id(id))
            .ok_or_else(|| not_understood("a token without an id"))?,
        description: text("description").unwrap_or_default(),
        prefix: text("token_prefix"),
        created_at: moment(item.get("created_at"))?,
        created_by: text("created_by"),
        expires_at: moment(item.get("expires_at"))?,
        revoked_at: moment(item.get("revoked_at"))?,
    })
}

/// Reads a moment: `{seconds, nanos}`, RFC 3339, seconds, or nothing. The epoch and what is before
/// it stand for none: older versions print it for a token that never expires.
pub(crate) fn moment(value: &Value) -> Result<Option<Timestamp>, StepError> {
    let at = match value {
        Value::Null => return Ok(None),
        Value::Map(_) => {
            let seconds = whole(value.get("seconds"));
            let nanos = whole(value.get("nanos"));
            match (seconds, nanos) {
                (Some(seconds), Some(nanos)) => {
                    Some(Timestamp(seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000)))
                }
                _ => None,
            }
        }
        Value::Text(text) if text.trim().is_empty() => return Ok(None),
        Value::Text(text) => Timestamp::parse(text.trim()),
        Value::Int(seconds) => Some(Timestamp(seconds.saturating_mul(1000))),
        Value::Timestamp(at) => Some(*at),
        Value::Bool(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Duration(_)
        | Value::Unknown(_) => None,
    };
    let at = at.ok_or_else(|| not_understood("a time of an unknown form"))?;
    Ok((at > Timestamp(999)).then_some(at))
}

/// Reads a whole number, as JSON's number or as text; nothing is 0.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        Value::Bool(_)
        | Value::Float(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => None,
    }
}

fn not_understood(why: &str) -> StepError {
    StepError::new(format!("the list of influxctl was not understood: {why}")).code("output")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(seconds: Value, nanos: Value) -> Value {
        Value::map([("seconds", seconds), ("nanos", nanos)])
    }

    #[test]
    fn a_moment_has_four_forms_and_may_be_missing() {
        let at = Some(Timestamp(1_710_274_650_063));
        let read = |value: Value| moment(&value).unwrap();
        assert_eq!(read(object(Value::Int(1_710_274_650), Value::Int(63_389_000))), at);
        assert_eq!(read(object("1710274650".into(), Value::Int(63_389_000))), at);
        assert_eq!(read("2024-03-12T20:17:30.063Z".into()), at);
        assert_eq!(read(Value::Int(1_710_274_650)), Some(Timestamp(1_710_274_650_000)));
        assert_eq!(read(Value::Null), None);
        assert_eq!(read("".into()), None);
    }

    #[test]
    fn the_epoch_is_no_moment() {
        for value in [
            object(Value::Int(0), Value::Null),
            object(Value::Null, Value::Null),
            "1970-01-01T00:00:00Z".into(),
            "0001-01-01T00:00:00Z".into(),
            Value::Int(0),
        ] {
            assert_eq!(moment(&value).unwrap(), None, "{value:?}");
        }
    }

    #[test]
    fn a_moment_of_another_form_is_an_error_and_not_none() {
        assert!(moment(&"soon".into()).is_err());
        assert!(moment(&Value::Bool(true)).is_err());
    }

    #[test]
    fn null_is_an_empty_list_and_a_text_is_none() {
        assert_eq!(parse_list(&Value::Null).unwrap(), []);
        assert!(parse_list(&"no".into()).is_err());
        assert!(parse_list(&Value::List(vec![Value::map([("description", "x".into())])])).is_err());
    }

    #[test]
    fn what_could_be_a_flag_a_path_or_two_ids_is_no_id() {
        for id in ["", "-force", "--all", "a b", "a\nb", "../a", "a/b"] {
            let list = Value::List(vec![Value::map([("id", id.into())])]);
            assert!(!is_id(id) && parse_list(&list).is_err(), "{id:?}");
        }
        assert!(is_id("6f1d-22"));
    }

    #[test]
    fn a_marker_is_found_as_a_whole_word() {
        let token = parse(&Value::map([
            ("id", "1".into()),
            ("description", "ci prod cutover-1f-k3-8e".into()),
        ]))
        .unwrap();
        assert!(token.carries("cutover-1f-k3-8e"));
        assert!(!token.carries("cutover-1f-k3-8"));
        assert!(!token.carries(""));
    }
}
