//! Templates that were written without quotes, which YAML takes for mappings in mappings.

use std::rc::Rc;

use super::tree::{Kind, Scalar, Style, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::value::{Value, clean};

/// Says whether a map is really `{{ x }}` without quotes: a map whose one key is a map that begins
/// right behind its own brace.
pub(super) fn is_template(span: Span, nodes: &[Rc<Yaml>], text: &str) -> bool {
    let [key, value] = nodes else { return false };
    matches!(key.kind, Kind::Map(_))
        && key.span.start == span.start + 1
        && value.is_null()
        && text[span.start..].starts_with("{{")
}

/// Reads it as if it had quotes.
pub(super) fn template(text: &str, span: Span) -> Yaml {
    let written = clean(text.get(span.range()).unwrap_or(""));
    let scalar = Scalar {
        value: Value::Text(written.clone()),
        text: written,
        style: Style::Bare,
        verbatim: Some(span.start),
    };
    Yaml::leaf(span, Kind::Scalar(scalar))
}

/// Says that a template has no quotes.
pub(super) fn finding(text: &str, span: Span) -> Diagnostic {
    let written = clean(text.get(span.range()).unwrap_or(""));
    let written = written.trim_start_matches('$');
    let quote = if written.contains('"') { '\'' } else { '"' };
    Diagnostic::error("Y09", span, "a template needs quotes: YAML reads the braces as a mapping")
        .help(format!("write {quote}{written}{quote}"))
}
