//! Types before a run: every path is resolved, every helper's arguments are checked.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::faults::{
    container, kind_words, may_be_null, misuse, no_field, null_given, secret_refused,
};
use crate::template::helpers::{self, Compute, Given, Helper, InTurn, OnSecret, Want};
use crate::template::spell::Spelled;
use crate::template::{Expr, Kind, NullInText, Part, Path, Template, Typed, Types};
use crate::types::Type;

/// What types are inferred in, and what was found wrong.
pub(super) struct Infer<'a> {
    types: &'a dyn Types,
    /// The items of the `each`s around, innermost last.
    items: Vec<Typed>,
    /// What the conditions around say is not null.
    known: Vec<&'a Path>,
    found: Vec<Diagnostic>,
}

impl<'a> Infer<'a> {
    pub(super) fn new(types: &'a dyn Types) -> Self {
        Self { types, items: Vec::new(), known: Vec::new(), found: Vec::new() }
    }

    pub(super) fn finish(self, typed: Typed) -> Result<Typed, Vec<Diagnostic>> {
        if self.found.is_empty() { Ok(typed) } else { Err(self.found) }
    }

    pub(super) fn template(&mut self, template: &'a Template) -> Typed {
        if let Some(expr) = template.sole_expr() {
            return self.expr(expr);
        }
        let secret = self.parts(&template.parts);
        Typed { ty: if secret { Type::Secret } else { Type::String }, nullable: false, secret }
    }

    /// Says whether a secret is in the text.
    fn parts(&mut self, parts: &'a [Part]) -> bool {
        let mut secret = false;
        for part in parts {
            secret |= match part {
                Part::Text(_) => false,
                Part::Expr(expr) => self.printed(expr),
                Part::If { arms, otherwise } => self.if_block(arms, otherwise),
                Part::Each { list, body, otherwise } => self.each_block(list, body, otherwise),
            };
        }
        secret
    }

    fn printed(&mut self, expr: &'a Expr) -> bool {
        let typed = self.expr(expr);
        if !Want::Printable.accepts_type(&typed.ty) {
            let message =
                format!("`{expr}` is a {}, and cannot stand in text", container(&typed.ty));
            let found = Diagnostic::error("T11", expr.span, message);
            self.found.push(found.help(format!(
                "`json {}` writes it as JSON, `join` and `{{{{#each}}}}` go through a list",
                Spelled(&expr.to_string())
            )));
        } else if typed.nullable && self.types.null_in_text() == NullInText::Error {
            self.found.push(may_be_null(expr));
        }
        typed.secret
    }

    fn if_block(&mut self, arms: &'a [(Expr, Vec<Part>)], otherwise: &'a [Part]) -> bool {
        let mark = self.known.len();
        let mut secret = false;
        for (condition, body) in arms {
            self.condition(condition, "if");
            let before = self.known.len();
            condition.not_null_if_true(&mut |path| self.known.push(path));
            secret |= self.parts(body);
            self.known.truncate(before);
            condition.not_null_if_false(&mut |path| self.known.push(path));
        }
        secret |= self.parts(otherwise);
        self.known.truncate(mark);
        secret
    }

    fn condition(&mut self, condition: &'a Expr, user: &str) {
        let typed = self.expr(condition);
        if typed.is_secret_itself() {
            self.found.push(secret_refused(condition, user));
        }
    }

    fn each_block(&mut self, list: &'a Expr, body: &'a [Part], otherwise: &'a [Part]) -> bool {
        let typed = self.expr(list);
        if typed.is_secret_itself() {
            self.found.push(secret_refused(list, "each"));
        } else if !Want::List.accepts_type(&typed.ty) {
            let kind = kind_words(&typed.ty);
            let message = format!("`each` is given {kind} where a list is wanted");
            self.found.push(Diagnostic::error("T08", list.span, message));
        }
        self.items.push(typed.at("0").map(|item| item.known()).unwrap_or_default());
        let secret = self.parts(body);
        self.items.pop();
        self.parts(otherwise) || secret
    }

    /// Tells the type of an expression; after a mistake it is anything.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Typed {
        match &expr.kind {
            Kind::Literal(value) => Typed::of(value),
            Kind::Path(path) => self.path(path, expr.span),
            Kind::Call { helper, args, named } => {
                let helper = helpers::find(helper).expect("a compiled call names a helper");
                self.call(expr, helper, args, named)
            }
        }
    }

    fn path(&mut self, path: &'a Path, span: Span) -> Typed {
        let resolved =
            if path.head == "this" { self.item(path) } else { self.types.path(path, span) };
        match resolved {
            Ok(typed) if self.is_known(path) => typed.known(),
            Ok(typed) => typed,
            Err(found) => {
                self.found.push(found);
                Typed::default()
            }
        }
    }

    fn is_known(&self, path: &Path) -> bool {
        self.known.iter().any(|known| known.starts_with(path))
    }

    fn item(&self, path: &Path) -> Result<Typed, Diagnostic> {
        let mut typed = self.items.last().cloned().unwrap_or_default();
        let mut spelled = "this".to_owned();
        for (key, span) in &path.rest {
            typed = typed.at(key).ok_or_else(|| no_field(&spelled, &typed.ty, key, *span))?;
            spelled = format!("{spelled}.{key}");
        }
        Ok(typed)
    }

    fn call(
        &mut self,
        expr: &'a Expr,
        helper: &'static Helper,
        args: &'a [Expr],
        named: &'a [(String, Expr)],
    ) -> Typed {
        let before = self.found.len();
        let types = self.arguments(helper, args);
        let named: Vec<(&str, Typed)> =
            named.iter().map(|(key, value)| (key.as_str(), self.named(helper, value))).collect();
        for (at, (arg, typed)) in args.iter().zip(&types).enumerate() {
            self.argument(helper, at, arg, typed);
        }
        if self.found.len() > before {
            return Typed::default();
        }
        let given = Given { args: &types, exprs: args, named: &named };
        match (helper.gives)(&given) {
            Ok(typed) => with_secrecy(helper, &types, typed),
            Err(wrong) => {
                self.found.push(misuse(expr, helper, args, wrong));
                Typed::default()
            }
        }
    }

    /// The arguments of `and` and `or` are computed in turn, so each may count on those before it.
    fn arguments(&mut self, helper: &Helper, args: &'a [Expr]) -> Vec<Typed> {
        let mark = self.known.len();
        let types = args
            .iter()
            .map(|arg| {
                let typed = self.expr(arg);
                match &helper.compute {
                    Compute::InTurn(InTurn::And) => {
                        arg.not_null_if_true(&mut |path| self.known.push(path));
                    }
                    Compute::InTurn(InTurn::Or) => {
                        arg.not_null_if_false(&mut |path| self.known.push(path));
                    }
                    Compute::InTurn(InTurn::Default) | Compute::All(_) => {}
                }
                typed
            })
            .collect();
        self.known.truncate(mark);
        types
    }

    fn named(&mut self, helper: &Helper, value: &'a Expr) -> Typed {
        let typed = self.expr(value);
        if typed.secret {
            self.found.push(secret_refused(value, helper.name));
        }
        typed
    }

    fn argument(&mut self, helper: &Helper, at: usize, arg: &Expr, typed: &Typed) {
        let want = helper.want(at);
        let refused = match helper.secrets {
            OnSecret::Refuse => typed.secret,
            OnSecret::Inside => typed.is_secret_itself(),
            OnSecret::Open | OnSecret::Keep => false,
        };
        if refused {
            self.found.push(secret_refused(arg, helper.name));
            return;
        }
        if !want.accepts_type(&typed.ty) {
            let (name, kind, words) = (helper.name, kind_words(&typed.ty), want.words());
            let message = format!("`{name}` is given {kind} where {words} is wanted");
            let found = Diagnostic::error("T08", arg.span, message);
            self.found.push(found.help(format!("write `{}`", helper.usage)));
            return;
        }
        if let Kind::Literal(value) = &arg.kind
            && let Err(message) = want.check_literal(value)
        {
            self.found.push(Diagnostic::error("T08", arg.span, message));
        }
        let is_empty = want.is_text() && self.types.null_in_text() == NullInText::Empty;
        if typed.nullable && !want.takes_null() && !is_empty {
            self.found.push(null_given(arg, helper));
        }
    }
}

/// Whether what a helper gives is a secret.
fn with_secrecy(helper: &Helper, args: &[Typed], given: Typed) -> Typed {
    let any = args.iter().any(|arg| arg.secret);
    let inside = given.ty.any(&|ty| *ty == Type::Secret);
    match helper.secrets {
        OnSecret::Open | OnSecret::Keep if any => {
            let ty = if given.ty.is_textual() { Type::Secret } else { given.ty };
            Typed { ty, secret: true, ..given }
        }
        OnSecret::Inside => {
            let untyped =
                args.iter().any(|arg| arg.secret && !arg.ty.any(&|ty| *ty == Type::Secret));
            let plain = matches!(given.ty, Type::Boolean | Type::Integer);
            Typed { secret: inside || (untyped && !plain), ..given }
        }
        OnSecret::Open | OnSecret::Keep | OnSecret::Refuse => given,
    }
}
