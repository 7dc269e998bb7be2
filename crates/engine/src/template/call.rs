//! A call with its arguments computed: kinds and secrets checked, then the helper.

use std::borrow::Cow;

use crate::host::Secrets;
use crate::template::eval::{Eval, Rendered, error, is_secret_itself, unknown_from};
use crate::template::helpers::{Call, Failure, Given, Helper, OnSecret, kind_of};
use crate::template::spell::spell;
use crate::template::{Expr, NullInText, Typed};
use crate::types::Type;
use crate::value::{Unknown, Value};

/// A call with its arguments computed.
pub(super) struct PreparedCall<'a> {
    pub(super) expr: &'a Expr,
    pub(super) helper: &'static Helper,
    pub(super) exprs: &'a [Expr],
    pub(super) values: Vec<Cow<'a, Value>>,
    pub(super) named: Vec<(&'a str, Value)>,
}

impl PreparedCall<'_> {
    pub(super) fn run(
        mut self,
        eval: Eval<'_>,
        compute: fn(&Call<'_>) -> Result<Value, Failure>,
    ) -> Rendered<Value> {
        self.check_kinds(eval.scope.null_in_text())?;
        let secret = self.check_secrets()?;
        if self.is_unknown() {
            return Ok(self.unknown(None, secret));
        }
        if secret && self.helper.secrets == OnSecret::Open {
            return self.derive(eval.secrets, compute);
        }
        let call = Call { name: self.helper.name, args: &self.values, named: &self.named };
        match compute(&call) {
            Ok(value) => Ok(value),
            Err(Failure::Wrong(message)) => Err(error(self.expr, message)),
            Err(Failure::Unknown(ty)) => Ok(self.unknown(Some(ty), secret)),
        }
    }

    fn check_kinds(&mut self, null_in_text: NullInText) -> Rendered<()> {
        for at in 0..self.values.len() {
            let want = self.helper.want(at);
            let value = &self.values[at];
            if value.is_null() {
                if want.takes_null() {
                    continue;
                }
                if want.is_text() && null_in_text == NullInText::Empty {
                    self.values[at] = Cow::Owned(Value::Text(String::new()));
                    continue;
                }
            } else if want.accepts(value) {
                continue;
            }
            let (name, kind, words) = (self.helper.name, kind_of(value), want.words());
            let message = format!("`{name}` is given {kind} where {words} is wanted");
            return Err(error(&self.exprs[at], message));
        }
        Ok(())
    }

    /// Says whether a secret is among the arguments, and refuses it where the helper takes none.
    fn check_secrets(&self) -> Rendered<bool> {
        let mut secret = false;
        for (at, value) in self.values.iter().enumerate() {
            let refused = match self.helper.secrets {
                OnSecret::Refuse => value.is_secret(),
                OnSecret::Inside => is_secret_itself(value),
                OnSecret::Open | OnSecret::Keep => {
                    secret |= value.is_secret();
                    false
                }
            };
            if refused {
                let (name, arg) = (self.helper.name, &self.exprs[at]);
                let message = format!("`{name}` would look into the secret `{arg}`");
                return Err(error(arg, message));
            }
        }
        Ok(secret)
    }

    /// Says whether an argument is unknown, so that nothing can be computed.
    fn is_unknown(&self) -> bool {
        let test: fn(&Value) -> bool = match self.helper.secrets {
            OnSecret::Open => Value::is_unknown,
            OnSecret::Keep => |value| matches!(value, Value::Unknown(_)),
            OnSecret::Inside | OnSecret::Refuse => |value| unknown_from(value).is_some(),
        };
        let can_print = self.helper.name == "concat";
        // `eq` looks inside lists and maps by itself, and at a text with an unknown in it.
        !can_print && self.values.iter().any(|value| test(value))
    }

    fn unknown(&self, ty: Option<Type>, secret: bool) -> Value {
        let from = spell(self.helper.name, self.exprs, &self.values, &self.named);
        let ty = if secret { Type::Secret } else { ty.unwrap_or_else(|| self.result_type()) };
        Value::Unknown(Unknown { from, ty })
    }

    fn result_type(&self) -> Type {
        let args: Vec<Typed> = self.values.iter().map(|value| Typed::of(value)).collect();
        let named: Vec<(&str, Typed)> =
            self.named.iter().map(|(key, value)| (*key, Typed::of(value))).collect();
        let given = Given { args: &args, exprs: self.exprs, named: &named };
        (self.helper.gives)(&given).map(|typed| typed.ty).unwrap_or_default()
    }

    fn derive(
        &self,
        secrets: &dyn Secrets,
        compute: fn(&Call<'_>) -> Result<Value, Failure>,
    ) -> Rendered<Value> {
        let mut texts = Vec::new();
        self.values.iter().for_each(|value| collect_texts(value, &mut texts));
        let origin = spell(self.helper.name, self.exprs, &self.values, &self.named);
        let name = self.helper.name;
        let handle = secrets.derive(&origin, &texts, &|opened| {
            let mut opened = opened.iter();
            let args: Vec<Cow<'_, Value>> = self
                .values
                .iter()
                .map(|value| Cow::Owned(with_texts(value, &mut opened)))
                .collect();
            match compute(&Call { name, args: &args, named: &[] }) {
                Ok(Value::Text(text)) => Ok(text),
                Err(Failure::Wrong(message)) => Err(message),
                Ok(_) | Err(Failure::Unknown(_)) => Err(format!("`{name}` gives no text")),
            }
        });
        handle.map(Value::from).map_err(|message| error(self.expr, message))
    }
}

fn collect_texts<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::Text(text) => texts.push(text),
        Value::List(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Map(map) => map.values().for_each(|item| collect_texts(item, texts)),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => {}
    }
}

/// The value with its texts replaced, in the order of [`collect_texts`].
fn with_texts<'t>(value: &Value, opened: &mut impl Iterator<Item = &'t String>) -> Value {
    match value {
        Value::Text(_) => Value::Text(opened.next().cloned().unwrap_or_default()),
        Value::List(items) => {
            Value::List(items.iter().map(|item| with_texts(item, opened)).collect())
        }
        Value::Map(map) => Value::Map(
            map.iter().map(|(key, item)| (key.clone(), with_texts(item, opened))).collect(),
        ),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Unknown(_) => value.clone(),
    }
}
