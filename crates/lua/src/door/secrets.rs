//! Pure functions over secrets: computed inside the table of secrets, and given back as one.

use cutover_engine::value::{MARK_OPEN, Piece, Unknown, Value, pieces};

use super::Door;
use super::options::no_secret;
use crate::vm::pure::{self, OnSecret, Pure};
use crate::vm::{Answer, Refusal, shown as shown_text};

/// How the language calls what is computed, so that a resume can do it again.
const HELPERS: [(&str, &str); 5] = [
    ("base64.encode", "base64_encode"),
    ("crypto.sha256", "sha256"),
    ("url.encode", "url_encode"),
    ("secret.trim", "trim"),
    ("json.encode", "json"),
];

impl Door<'_> {
    /// Computes a pure function that has a secret or an unknown among its arguments.
    pub(super) fn compute(&self, op: &str, args: &Value) -> Answer {
        let args = pure::arguments(args);
        match op {
            "secret.fingerprint" => return self.fingerprint(&args),
            "crypto.equal" => return self.equal(&args),
            "crypto.hmac_public" => return self.hmac_public(&args),
            "secret.json" => {
                let path = args.get(1).and_then(Value::as_text).unwrap_or_default();
                no_secret(path, "path", "it names what to take out, and is told where it is not")?;
            }
            _ => {}
        }
        let Some(pure) = pure::named(op) else {
            return Err(Refusal::new("argument", format!("there is no `{op}`")));
        };
        if let Some(unknown) = unknown_in(op, &args) {
            return Ok(unknown);
        }
        match pure.secrets {
            OnSecret::Refuse => {
                let message = format!("`{op}` would look into a secret");
                let help =
                    "`s:json(\"path\")` takes a secret out of one, and `seal` out of a reply";
                Err(Refusal::new("secret", message).help(help))
            }
            OnSecret::Open => self.derive(&pure, &args),
        }
    }

    fn derive(&self, pure: &Pure, args: &[Value]) -> Answer {
        let mut texts = Vec::new();
        args.iter().for_each(|value| collect(value, &mut texts));
        let origin = self.origin(pure.name, args);
        let handle = self.ctx.secrets().derive(&origin, &texts, &|opened| {
            let mut texts = opened.iter();
            let args: Vec<Value> = args.iter().map(|value| with(value, &mut texts)).collect();
            match (pure.compute)(&args) {
                Ok(Value::Text(text)) => Ok(text),
                Ok(_) => Err("it gives no text".to_owned()),
                // What is said of it would be plain text in the plugin's hands.
                Err(why) if opened.iter().any(|text| why.contains(text.as_str())) => {
                    Err("it cannot be computed".to_owned())
                }
                Err(why) => Err(why),
            }
        });
        let handle =
            handle.map_err(|why| Refusal::new("argument", format!("`{}`: {why}", pure.name)))?;
        Ok(handle.into())
    }

    /// Returns where what is computed comes from: an expression of the language where there is one.
    fn origin(&self, op: &str, args: &[Value]) -> String {
        let whole = |value: &Value| match pieces(value.as_text()?).as_slice() {
            [Piece::Secret(handle)] if !handle.origin.contains(' ') => Some(handle.origin.clone()),
            _ => None,
        };
        let helper = HELPERS.iter().find(|(name, _)| *name == op);
        match (helper, args) {
            (Some((_, helper)), [one]) if whole(one).is_some() => {
                format!("{helper} {}", whole(one).unwrap_or_default())
            }
            _ => {
                let last = op.rsplit('.').next().unwrap_or(op);
                format!("{}.{last}", self.place)
            }
        }
    }

    /// What is short could be guessed from it.
    fn fingerprint(&self, args: &[Value]) -> Answer {
        let text = one(args)?;
        if let Some(unknown) = unknown_in("fingerprint", args) {
            return Ok(match unknown {
                Value::Unknown(unknown) => {
                    Value::Unknown(Unknown { ty: cutover_engine::types::Type::String, ..unknown })
                }
                other => other,
            });
        }
        let check = self.ctx.secrets().check(&self.ctx.scope().run, text);
        check.map(Value::Text).ok_or_else(|| {
            Refusal::new("secret", "a secret of less than 20 characters has no fingerprint")
        })
    }

    fn equal(&self, args: &[Value]) -> Answer {
        match args {
            [a, b] if a.is_secret() && b.is_secret() => {
                let text = |value: &Value| value.as_text().unwrap_or_default().to_owned();
                Ok(Value::Bool(self.ctx.secrets().same(&text(a), &text(b))))
            }
            _ => {
                let message =
                    "`crypto.equal` compares two secrets or two texts, not one with the other";
                let help = "the one that is text was not sealed where it entered: `seal = { .. }` for \
                            JSON, `as = \"secret\"` for a whole text";
                Err(Refusal::new("secret", message).help(help))
            }
        }
    }

    /// The answer is public because its caller says so: it is taken out past the table.
    fn hmac_public(&self, args: &[Value]) -> Answer {
        if let Some(unknown) = unknown_in("hmac", args) {
            return Ok(unknown);
        }
        let texts: Vec<&str> = args.iter().filter_map(Value::as_text).collect();
        let compute = |opened: &[String]| {
            let args: Vec<Value> = opened.iter().map(|text| Value::Text(text.clone())).collect();
            let pure = pure::named("crypto.hmac").ok_or_else(String::new)?;
            match (pure.compute)(&args) {
                Ok(Value::Text(hex)) => Err(hex),
                _ => Err(String::new()),
            }
        };
        match self.ctx.secrets().derive("", &texts, &compute) {
            Err(hex) if hex.len() == 64 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                Ok(Value::Text(hex))
            }
            Ok(_) | Err(_) => {
                Err(Refusal::new("argument", "`crypto.hmac` wants a key and a message, both text"))
            }
        }
    }
}

fn one(args: &[Value]) -> Result<&str, Refusal> {
    args.first()
        .and_then(Value::as_text)
        .ok_or_else(|| Refusal::new("argument", "a secret is wanted"))
}

/// What is computed of an unknown is one too.
fn unknown_in(op: &str, args: &[Value]) -> Option<Value> {
    let all = Value::List(args.to_vec());
    if !all.is_unknown() {
        return None;
    }
    let mut from = None;
    all.visit(&mut |leaf| {
        let text = leaf.as_text().unwrap_or_default();
        let found = pieces(text).into_iter().find_map(|piece| match piece {
            Piece::Unknown { from, .. } => Some(from.to_owned()),
            Piece::Plain(_) | Piece::Secret(_) => None,
        });
        from = from.take().or(found);
    });
    let ty = if all.is_secret() {
        cutover_engine::types::Type::Secret
    } else {
        cutover_engine::types::Type::String
    };
    let name = HELPERS.iter().find(|(name, _)| *name == op).map_or(op, |(_, helper)| helper);
    Some(Value::Unknown(Unknown { from: format!("{name} {}", from.unwrap_or_default()), ty }))
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::Text(text) if text.contains(MARK_OPEN) => texts.push(text),
        Value::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Map(map) => map.values().for_each(|item| collect(item, texts)),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => {}
    }
}

fn with<'o>(value: &Value, opened: &mut impl Iterator<Item = &'o String>) -> Value {
    match value {
        Value::Text(text) if text.contains(MARK_OPEN) => {
            Value::Text(opened.next().cloned().unwrap_or_default())
        }
        Value::List(items) => Value::List(items.iter().map(|item| with(item, opened)).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), with(item, opened))).collect())
        }
        other => other.clone(),
    }
}

/// Returns a value for a log: secrets and unknowns as where they come from.
pub(super) fn shown(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(shown_text(text)),
        Value::List(items) => Value::List(items.iter().map(shown).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), shown(item))).collect())
        }
        Value::Unknown(unknown) => Value::Text(shown_text(&unknown.to_mark())),
        other => other.clone(),
    }
}
