//! Rendering: from a compiled template and a scope to a value.

use std::borrow::Cow;

use crate::host::Secrets;
use crate::template::call::PreparedCall;
use crate::template::helpers::{self, Compute, InTurn, is_true, kind_of};
use crate::template::path::follow;
use crate::template::print::print;
use crate::template::spell::{Spelled, spell_value};
use crate::template::{Expr, Kind, NullInText, Part, Path, RenderError, Scope, Template};
use crate::types::Type;
use crate::value::{Unknown, Value};

/// What rendering gives.
pub(super) type Rendered<T> = Result<T, RenderError>;

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
        Ok(self.look(expr)?.into_owned())
    }

    /// Computes an expression; what is there already is not copied.
    fn look<'e>(self, expr: &'e Expr) -> Rendered<Cow<'e, Value>>
    where
        'a: 'e,
    {
        match &expr.kind {
            Kind::Literal(value) => Ok(Cow::Borrowed(value)),
            Kind::Path(path) => Ok(self.path(path)),
            Kind::Call { helper, args, named } => {
                self.call(expr, helper, args, named).map(Cow::Owned)
            }
        }
    }

    fn path(self, path: &Path) -> Cow<'a, Value> {
        match self.this {
            Some(item) if path.head == "this" => follow(item, &path.rest),
            Some(_) | None => self.scope.peek(path),
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
        let value = self.look(expr)?;
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
            let value = self.look(condition)?;
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
        let value = self.look(list)?;
        if is_secret_itself(&value) {
            return Err(error(list, format!("`each` would look into the secret `{list}`")));
        }
        match &*value {
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
        let values = args.iter().map(|arg| self.look(arg)).collect::<Rendered<Vec<_>>>()?;
        let named = named
            .iter()
            .map(|(key, value)| Ok((key.as_str(), self.expr(value)?)))
            .collect::<Rendered<Vec<_>>>()?;
        PreparedCall { expr, helper, exprs: args, values, named }.run(self, *compute)
    }

    fn condition(self, expr: &Expr, helper: &str) -> Rendered<Option<bool>> {
        let value = self.look(expr)?;
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

/// Says whether a value is a secret, rather than a list or a map with one in it.
pub(super) fn is_secret_itself(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_)) && value.is_secret()
}

/// Where an unknown value, or text with an unknown in it, comes from.
pub(super) fn unknown_from(value: &Value) -> Option<String> {
    match value {
        Value::Unknown(unknown) => Some(unknown.from.clone()),
        Value::Text(_) if value.is_unknown() => Some(spell_value(value)),
        _ => None,
    }
}

pub(super) fn error(at: &Expr, message: String) -> RenderError {
    RenderError { span: at.span, message }
}
