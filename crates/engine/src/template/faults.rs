//! What is told where types are wrong.

use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;
use crate::template::Expr;
use crate::template::helpers::{Helper, Wrong, class_of};
use crate::template::spell::Spelled;
use crate::types::Type;

pub(super) fn misuse(expr: &Expr, helper: &Helper, args: &[Expr], wrong: Wrong) -> Diagnostic {
    let span = wrong.arg.and_then(|at| args.get(at)).map_or(expr.span, |arg| arg.span);
    let code = if wrong.is_secret { "T10" } else { "T08" };
    let help = wrong.help.unwrap_or_else(|| format!("write `{}`", helper.usage));
    Diagnostic::error(code, span, wrong.message).help(help)
}

pub(super) fn secret_refused(expr: &Expr, user: &str) -> Diagnostic {
    let message = format!("`{user}` would look into the secret `{expr}`");
    Diagnostic::error("T10", expr.span, message).help(
        "a secret is opened only where it is used; these alone work on one: base64_encode \
         url_encode sha256 hmac_sha256 concat trim lower upper replace substr join json default",
    )
}

pub(super) fn may_be_null(expr: &Expr) -> Diagnostic {
    let spelled = Spelled(&expr.to_string()).to_string();
    Diagnostic::error("T09", expr.span, format!("`{expr}` may be null, and stands in text")).help(
        format!(
            "give what stands in its place: `{{{{ default {spelled} \"none\" }}}}`, put it in \
         `{{{{#if {spelled}}}}}`, or test it in the step's `when`"
        ),
    )
}

pub(super) fn null_given(arg: &Expr, helper: &Helper) -> Diagnostic {
    let spelled = Spelled(&arg.to_string()).to_string();
    Diagnostic::error(
        "T09",
        arg.span,
        format!("`{arg}` may be null, which `{}` cannot take", helper.name),
    )
    .help(format!(
        "give what stands in its place: `(default {spelled} ..)`, put it in \
             `{{{{#if {spelled}}}}}`, or test it in the step's `when`"
    ))
}

pub(super) fn no_field(of: &str, ty: &Type, key: &str, span: Span) -> Diagnostic {
    let found = Diagnostic::error("T04", span, format!("`{of}` has no `{key}`"));
    let Type::Object(fields) = ty else {
        return found.help(format!("it is {}", kind_words(ty)));
    };
    match nearest(key, fields.keys().map(String::as_str)) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")),
        None => {
            let listed: Vec<&str> = fields.keys().map(String::as_str).collect();
            found.help(format!("it has `{}`", listed.join("`, `")))
        }
    }
}

pub(super) fn container(ty: &Type) -> &'static str {
    if matches!(ty, Type::List(_)) { "list" } else { "map" }
}

pub(super) fn kind_words(ty: &Type) -> &'static str {
    class_of(ty).map_or("anything", |class| class.words())
}
