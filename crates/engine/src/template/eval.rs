//! Rendering: from a compiled template and a scope to a value.

use crate::host::Secrets;
use crate::template::helpers::{
    self, Call, Compute, Failure, Given, Helper, InTurn, OnSecret, is_true, kind_of,
};
use crate::template::path::follow;
use crate::template::print::print;
use crate::template::spell::{Spelled, spell};
use crate::template::{Expr, Kind, NullInText, Part, Path, RenderError, Scope, Template, Typed};
use crate::types::Type;
use crate::value::{Unknown, Value};

type Rendered<T> = Result<T, RenderError>;

/// What an expression is computed in.
#[derive(Clone, Copy)]
pub(super) struct Eval<'a> {
    /// The values of paths.
    pub(super) scope: &'a dyn Scope,
    /// The table of secrets.
    pub(super) secrets: &'a dyn Secrets,
    /// The item of the innermost `each`.
    pub(super) this: Option<&'a Value>,
}

impl<'a> Eval<'a> {
    /// Renders a template.
    pub(super) fn template(self, template: &Template) -> Rendered<Value> {
        if let Some(expr) = template.sole_expr() {
            return self.expr(expr);
        }
        let mut text = String::new();
        self.parts(&template.parts, &mut text)?;
        Ok(Value::Text(text))
    }

    /// Computes an expression.
    pub(super) fn expr(self, expr: &Expr) -> Rendered<Value> {
        match &expr.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Path(path) => Ok(self.path(path)),
            Kind::Call { helper, args, named } => self.call(expr, helper, args, named),
        }
    }

    fn path(self, path: &Path) -> Value {
        match self.this {
            Some(item) if path.head == "this" => follow(item, &path.rest),
            Some(_) | None => self.scope.path(path),
        }
    }

    fn parts(self, parts: &[Part], text: &mut String) -> Rendered<()> {
        parts.iter().try_for_each(|part| match part {
            Part::Text(plain) => {
                text.push_str(plain);
                Ok(())
            }
            Part::Expr(expr) => self.print(expr, text),
            Part::If { arms, otherwise } => self.if_block(arms, otherwise, text),
            Part::Each { list, body, otherwise } => self.each_block(list, body, otherwise, text),
        })
    }

    fn print(self, expr: &Expr, text: &mut String) -> Rendered<()> {
        let value = self.expr(expr)?;
        if value.is_null() && self.scope.null_in_text() == NullInText::Empty {
            return Ok(());
        }
        print(&value, text).map_err(|what| error(expr, format!("`{expr}` {what}")))
    }

    fn if_block(
        self,
        arms: &[(Expr, Vec<Part>)],
        otherwise: &[Part],
        text: &mut String,
    ) -> Rendered<()> {
        for (index, (condition, body)) in arms.iter().enumerate() {
            let value = self.expr(condition)?;
            if is_secret_itself(&value) {
                return Err(error(
                    condition,
                    format!("`if` would look into the secret `{condition}`"),
                ));
            }
            if let Some(from) = unknown_from(&value) {
                let mut bodies: Vec<&[Part]> =
                    arms[index..].iter().map(|(_, body)| body.as_slice()).collect();
                bodies.push(otherwise);
                return self.unknown_text(format!("if {}", Spelled(&from)), &bodies, text);
            }
            if is_true(&value) {
                return self.parts(body, text);
            }
        }
        self.parts(otherwise, text)
    }

    fn each_block(
        self,
        list: &Expr,
        body: &[Part],
        otherwise: &[Part],
        text: &mut String,
    ) -> Rendered<()> {
        let value = self.expr(list)?;
        if is_secret_itself(&value) {
            return Err(error(list, format!("`each` would look into the secret `{list}`")));
        }
        match &value {
            Value::List(items) if !items.is_empty() => items
                .iter()
                .try_for_each(|item| Eval { this: Some(item), ..self }.parts(body, text)),
            Value::List(_) | Value::Null => self.parts(otherwise, text),
            Value::Unknown(unknown) => {
                let item = Value::Unknown(Unknown {
                    from: format!("{}.0", unknown.from),
                    ty: unknown.ty.at("0").unwrap_or_default(),
                });
                let from = format!("each {}", Spelled(&unknown.from));
                Eval { this: Some(&item), ..self }.unknown_text(from, &[body, otherwise], text)
            }
            other => {
                let kind = kind_of(other);
                Err(error(list, format!("`each` is given {kind} where a list is wanted")))
            }
        }
    }

    /// Text that depends on an unknown: a mark, of a secret where one may be in it.
    fn unknown_text(self, from: String, bodies: &[&[Part]], text: &mut String) -> Rendered<()> {
        let mut scratch = String::new();
        for body in bodies {
            self.parts(body, &mut scratch)?;
        }
        let secret = Value::Text(scratch).is_secret();
        let ty = if secret { Type::Secret } else { Type::String };
        text.push_str(&Unknown { from, ty }.to_mark());
        Ok(())
    }

    fn call(
        self,
        expr: &Expr,
        name: &'static str,
        args: &[Expr],
        named: &[(String, Expr)],
    ) -> Rendered<Value> {
        let helper = helpers::find(name).expect("a compiled call names a helper of the table");
        let compute = match &helper.compute {
            Compute::InTurn(InTurn::And) => return self.junction(expr, args, true),
            Compute::InTurn(InTurn::Or) => return self.junction(expr, args, false),
            Compute::InTurn(InTurn::Default) => return self.first_known(args),
            Compute::All(compute) => compute,
        };
        let values = args.iter().map(|arg| self.expr(arg)).collect::<Rendered<Vec<_>>>()?;
        let named = named
            .iter()
            .map(|(key, value)| Ok((key.as_str(), self.expr(value)?)))
            .collect::<Rendered<Vec<_>>>()?;
        let call = PreparedCall { expr, helper, exprs: args, values, named };
        call.run(self, *compute)
    }

    fn condition(self, expr: &Expr, helper: &str) -> Rendered<Option<bool>> {
        let value = self.expr(expr)?;
        if is_secret_itself(&value) {
            return Err(error(expr, format!("`{helper}` would look into the secret `{expr}`")));
        }
        Ok(if unknown_from(&value).is_some() { None } else { Some(is_true(&value)) })
    }

    /// `and` and `or`: the first argument that settles it is the last that is computed.
    fn junction(self, expr: &Expr, args: &[Expr], all: bool) -> Rendered<Value> {
        let name = if all { "and" } else { "or" };
        let mut unknown = false;
        for arg in args {
            match self.condition(arg, name)? {
                Some(truth) if truth != all => return Ok(Value::Bool(truth)),
                Some(_) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown {
            Value::Unknown(Unknown { from: expr.to_string(), ty: Type::Boolean })
        } else {
            Value::Bool(all)
        })
    }

    fn first_known(self, args: &[Expr]) -> Rendered<Value> {
        for arg in args {
            let value = self.expr(arg)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }
}

/// A call with its arguments computed.
struct PreparedCall<'a> {
    expr: &'a Expr,
    helper: &'static Helper,
    exprs: &'a [Expr],
    values: Vec<Value>,
    named: Vec<(&'a str, Value)>,
}

impl PreparedCall<'_> {
    fn run(
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
                    self.values[at] = Value::Text(String::new());
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
        !can_print && self.values.iter().any(test)
    }

    fn unknown(&self, ty: Option<Type>, secret: bool) -> Value {
        let from = spell(self.helper.name, self.exprs, &self.values, &self.named);
        let ty = if secret { Type::Secret } else { ty.unwrap_or_else(|| self.result_type()) };
        Value::Unknown(Unknown { from, ty })
    }

    fn result_type(&self) -> Type {
        let args: Vec<Typed> = self.values.iter().map(typed).collect();
        let named: Vec<(&str, Typed)> =
            self.named.iter().map(|(key, value)| (*key, typed(value))).collect();
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
            let args: Vec<Value> =
                self.values.iter().map(|value| with_texts(value, &mut opened)).collect();
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

/// Says whether a value is a secret, rather than a list or a map with one in it.
fn is_secret_itself(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_)) && value.is_secret()
}

/// Where an unknown value, or text with an unknown in it, comes from.
fn unknown_from(value: &Value) -> Option<String> {
    match value {
        Value::Unknown(unknown) => Some(unknown.from.clone()),
        Value::Text(_) if value.is_unknown() => Some(crate::template::spell::spell_value(value)),
        _ => None,
    }
}

fn typed(value: &Value) -> Typed {
    Typed::of(value)
}

fn error(at: &Expr, message: String) -> RenderError {
    RenderError { span: at.span, message }
}
