//! From the text of a scalar to our tree: scanned for what is refused, parsed, walked.

use handlebars::template::Parameter;
use handlebars::{Template as Parsed, TemplateError};

use crate::diagnostic::Diagnostic;
use crate::template::scan::{Tag, tags, tokens};
use crate::template::walk::{Walk, Words, push_text};
use crate::template::{Expr, Part, Placement, Template, refuse, shape};
use crate::value::clean;

/// Compiles the text of a scalar.
pub(super) fn template(text: &str, at: Placement) -> Result<Template, Vec<Diagnostic>> {
    if !text.contains("{{") {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(clean(text))] };
        return Ok(Template { span: at.span, parts });
    }
    let tags = tags(text, at).map_err(|found| vec![found])?;
    let found = refuse::check(text, &tags, at);
    if !found.is_empty() {
        return Err(found);
    }
    let is_plain = !text.contains(['\\', '!']) && tags.iter().all(|tag| tag.path().is_some());
    if is_plain { paths_only(text, &tags, at) } else { parsed(text, tags, at) }
}

/// Most templates are text with paths in it, and say what they are without the parser.
fn paths_only(text: &str, tags: &[Tag<'_>], at: Placement) -> Result<Template, Vec<Diagnostic>> {
    let mut walk = Walk::new(Vec::new(), at);
    let mut parts = Vec::new();
    let mut here = 0;
    for tag in tags {
        push_text(&mut parts, &text[here..tag.start]);
        parts.extend(tag.path().and_then(|token| walk.leaf(token)).map(Part::Expr));
        here = tag.end;
    }
    push_text(&mut parts, &text[here..]);
    if walk.found.is_empty() { Ok(Template { span: at.span, parts }) } else { Err(walk.found) }
}

pub(super) fn parsed(
    text: &str,
    tags: Vec<Tag<'_>>,
    at: Placement,
) -> Result<Template, Vec<Diagnostic>> {
    let parsed = Parsed::compile(text).map_err(|error| vec![unreadable(text, &error, at)])?;
    let mut walk = Walk::new(tags, at);
    let parts = walk.parts(&parsed);
    if walk.found.is_empty() { Ok(Template { span: at.span, parts }) } else { Err(walk.found) }
}

/// Compiles a bare expression.
pub(super) fn expression(text: &str, at: Placement) -> Result<Expr, Vec<Diagnostic>> {
    if let Some(found) = braces(text, at) {
        return Err(std::iter::once(found).chain(inside(text, at)).collect());
    }
    let words = tokens(text, at).map_err(|found| vec![found])?;
    if words.is_empty() {
        return Err(vec![Diagnostic::error("T01", at.span, "an expression is missing here")]);
    }
    let found = refuse::words(&words, at).or_else(|| shape::expression_form(&words, at));
    if let Some(found) = found {
        return Err(vec![found]);
    }
    if let [word] = words.as_slice()
        && word.is_path()
    {
        let mut walk = Walk::new(Vec::new(), at);
        return walk.leaf(word).ok_or(walk.found);
    }
    let is_single = shape::values(&words).len() == 1;
    let parsed = if is_single {
        Parameter::parse(text.trim())
    } else {
        Parameter::parse(&format!("({text})"))
    };
    let parsed = parsed.map_err(|_| vec![unreadable_expression(at)])?;
    let mut walk = Walk::new(Vec::new(), at);
    let mut words = Words::new(&words);
    let expr = if let (Parameter::Subexpression(inner), false) = (&parsed, is_single) {
        walk.element(inner.as_element(), &mut words)
    } else {
        walk.parameter(&parsed, &mut words)
    };
    match expr {
        Some(expr) if walk.found.is_empty() => Ok(expr),
        Some(_) | None => Err(walk.found),
    }
}

/// `when: "{{ x }}"`.
fn braces(text: &str, at: Placement) -> Option<Diagnostic> {
    let open = text.find("{{")?;
    let inner = text[open + 2..].split("}}").next().unwrap_or("").trim();
    let dollar = text[..open].ends_with('$');
    let place = at.of(open - usize::from(dollar), text.len());
    let found = if dollar {
        Diagnostic::error("T20", place, "`${{ }}` is not how a value is put in here")
    } else {
        Diagnostic::error("T26", place, "this is an expression already and takes no braces")
    };
    Some(found.help(format!("drop the braces: `{inner}`")))
}

/// What is wrong with the expression in the braces, where that is all there is.
fn inside(text: &str, at: Placement) -> Vec<Diagnostic> {
    let whole = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let Some(inner) = whole.filter(|inner| !inner.contains(['{', '}', '#', '!'])) else {
        return Vec::new();
    };
    let start = text.find("{{").map_or(0, |open| open + "{{".len());
    let verbatim = at.verbatim.map(|from| from + start);
    expression(inner, Placement { verbatim, ..at }).err().unwrap_or_default()
}

fn unreadable(text: &str, error: &TemplateError, at: Placement) -> Diagnostic {
    let place = error.pos().map_or(at.span, |(line, column)| {
        let start: usize =
            text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let column = text[start..].char_indices().nth(column.saturating_sub(1));
        let from = column.map_or(text.len(), |(offset, _)| start + offset);
        at.of(from, text[from..].chars().next().map_or(from, |c| from + c.len_utf8()))
    });
    Diagnostic::error("T01", place, "the template cannot be read from here on").help(GRAMMAR)
}

fn unreadable_expression(at: Placement) -> Diagnostic {
    Diagnostic::error("T01", at.span, "the expression cannot be read").help(GRAMMAR)
}

const GRAMMAR: &str = "an expression is a path, a literal, or a helper with its arguments, inner \
                       ones in parentheses: `eq (lower inputs.name) \"prod\"`";
