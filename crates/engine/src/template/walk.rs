//! The walk over the parser's tree; the words beside it give the places and the order.

use std::vec::IntoIter;

use handlebars::Template as Parsed;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;
use crate::template::helpers::{self, Helper, Named};
use crate::template::scan::{Tag, Token, TokenKind};
use crate::template::{Expr, Kind, Part, Path, Placement, refuse};
use crate::value::{Value, clean};

/// The words of one tag, read from left to right.
pub(super) struct Words<'w, 't> {
    tokens: &'w [Token<'t>],
    next: usize,
}

impl<'w, 't> Words<'w, 't> {
    pub(super) fn new(tokens: &'w [Token<'t>]) -> Self {
        Self { tokens, next: 0 }
    }

    fn peek(&self, ahead: usize) -> Option<&Token<'t>> {
        self.tokens.get(self.next + ahead)
    }

    fn take(&mut self) -> Option<Token<'t>> {
        let token = self.tokens.get(self.next).copied();
        self.next += 1;
        token
    }

    fn is_at_end(&self) -> bool {
        self.peek(0).is_none_or(|token| token.kind == TokenKind::Close)
    }
}

/// The walk, and what it finds wrong.
pub(super) struct Walk<'t> {
    at: Placement,
    tags: IntoIter<Tag<'t>>,
    pub(super) found: Vec<Diagnostic>,
    /// How many `each` stand around.
    depth: usize,
}

impl<'t> Walk<'t> {
    pub(super) fn new(tags: Vec<Tag<'t>>, at: Placement) -> Self {
        Self { at, tags: tags.into_iter(), found: Vec::new(), depth: 0 }
    }

    pub(super) fn parts(&mut self, parsed: &Parsed) -> Vec<Part> {
        let mut parts = Vec::new();
        for element in &parsed.elements {
            match element {
                TemplateElement::RawString(text) => push_text(&mut parts, text),
                TemplateElement::Comment(_) => {}
                TemplateElement::Expression(_) => {
                    let tag = self.next_tag();
                    let mut words = Words::new(&tag.tokens);
                    parts.extend(self.element(element, &mut words).map(Part::Expr));
                }
                TemplateElement::HelperBlock(block) => {
                    let tag = self.next_tag();
                    parts.extend(self.block(block, &tag));
                    self.next_tag();
                }
                _ => self.refuse_element(),
            }
        }
        parts
    }

    fn next_tag(&mut self) -> Tag<'t> {
        self.tags.next().expect("the parser finds no tag that the scan has not found")
    }

    /// What the scan refuses before the parser sees it: the second of two nets.
    fn refuse_element(&mut self) {
        self.next_tag();
        let message = "this construct is not part of the language";
        self.found.push(Diagnostic::error("T02", self.at.span, message));
    }

    fn block(&mut self, block: &HelperTemplate, tag: &Tag<'t>) -> Option<Part> {
        let name = block.name.as_name().unwrap_or("");
        let skip = tag.tokens.iter().position(|token| token.is(name)).map_or(0, |at| at + 1);
        let mut words = Words { tokens: &tag.tokens, next: skip };
        let subject = block.params.first().and_then(|param| self.parameter(param, &mut words));
        let depth = usize::from(name == "each");
        self.depth += depth;
        let body = block.template.as_ref().map_or_else(Vec::new, |inner| self.parts(inner));
        self.depth -= depth;
        let otherwise = self.otherwise(block.inverse.as_ref());
        let subject = subject?;
        Some(match name {
            "each" => Part::Each { list: subject, body, otherwise },
            "unless" => if_part(negated(subject), body, otherwise),
            _ => if_part(subject, body, otherwise),
        })
    }

    fn otherwise(&mut self, inverse: Option<&Parsed>) -> Vec<Part> {
        let Some(inverse) = inverse else { return Vec::new() };
        let tag = self.next_tag();
        let is_chained = tag.tokens.len() > 1;
        match inverse.elements.as_slice() {
            [TemplateElement::HelperBlock(chained)] if is_chained => {
                self.block(chained, &tag).into_iter().collect()
            }
            _ => self.parts(inverse),
        }
    }

    pub(super) fn element(
        &mut self,
        element: &TemplateElement,
        words: &mut Words<'_, 't>,
    ) -> Option<Expr> {
        let TemplateElement::Expression(inner) = element else {
            self.refuse_element();
            return None;
        };
        if inner.params.is_empty() && inner.hash.is_empty() {
            return self.parameter(&inner.name, words);
        }
        let name = words.take()?;
        let before = self.found.len();
        let (args, named) = self.arguments(inner, words);
        let start = name.start;
        let end = words.tokens[words.next - 1].end();
        let span = self.at.of(start, end);
        let place = self.at.of(start, name.end());
        let Some(helper) = helpers::find(name.text) else {
            self.found.push(unknown_helper(name.text, place));
            return None;
        };
        if self.found.len() > before {
            return None;
        }
        if let Some(found) = misuse(helper, &args, &named, span) {
            self.found.push(found);
            return None;
        }
        Some(Expr { span, kind: Kind::Call { helper: helper.name, args, named } })
    }

    fn arguments(
        &mut self,
        inner: &HelperTemplate,
        words: &mut Words<'_, 't>,
    ) -> (Vec<Expr>, Vec<(String, Expr)>) {
        let mut args = Vec::new();
        let mut named: Vec<(String, Expr)> = Vec::new();
        let mut params = inner.params.iter();
        while !words.is_at_end() {
            let is_named = words.peek(1).is_some_and(|next| next.kind == TokenKind::Equals);
            if !is_named {
                let Some(param) = params.next() else { break };
                args.extend(self.parameter(param, words));
                continue;
            }
            let Some(key) = words.take() else { break };
            words.take();
            let value = inner.hash.get(key.text).and_then(|value| self.parameter(value, words));
            let Some(value) = value else { break };
            if named.iter().any(|(name, _)| name == key.text) {
                let place = self.at.of(key.start, key.end());
                let message = format!("`{}` is given twice", key.text);
                self.found.push(Diagnostic::error("T08", place, message));
            }
            named.push((key.text.to_owned(), value));
        }
        (args, named)
    }

    pub(super) fn parameter(
        &mut self,
        parameter: &Parameter,
        words: &mut Words<'_, 't>,
    ) -> Option<Expr> {
        if let Parameter::Subexpression(inner) = parameter {
            words.take();
            let expr = self.element(inner.as_element(), words);
            words.take();
            return expr;
        }
        let token = words.take()?;
        let span = self.at.of(token.start, token.end());
        let kind = match parameter {
            Parameter::Literal(json) => self.literal(json, token.text, span)?,
            _ => self.word(&token, span)?,
        };
        Some(Expr { span, kind })
    }

    /// A word that stands alone.
    pub(super) fn leaf(&mut self, token: &Token<'t>) -> Option<Expr> {
        let span = self.at.of(token.start, token.end());
        Some(Expr { span, kind: self.word(token, span)? })
    }

    fn literal(&mut self, json: &Json, written: &str, span: Span) -> Option<Kind> {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Int(whole),
                (None, Some(float)) if written.contains(['.', 'E']) => Value::Float(float),
                _ => {
                    let message = "the number is too large";
                    self.found.push(Diagnostic::error("T01", span, message));
                    return None;
                }
            },
            Json::String(text) => Value::Text(clean(text)),
            Json::Array(_) | Json::Object(_) => {
                let message = "a list or map written in a template is not part of the language";
                self.found.push(Diagnostic::error("T02", span, message));
                return None;
            }
        };
        Some(Kind::Literal(value))
    }

    fn word(&mut self, token: &Token<'t>, span: Span) -> Option<Kind> {
        let text = token.text;
        if matches!(text, "true" | "false" | "null") || refuse::is_number(text) {
            let json: Json = serde_json::from_str(text).ok()?;
            return self.literal(&json, text, span);
        }
        let mut segments = text.split('.');
        let head = segments.next().unwrap_or("").to_owned();
        if head == "this" && self.depth == 0 {
            let found = Diagnostic::error("T02", span, "`this` stands outside of an `each`")
                .help("in a step with `for_each` the item is `item`");
            self.found.push(found);
            return None;
        }
        if !text.contains('.')
            && let Some(helper) = helpers::find(text)
        {
            let message = format!("`{text}` is a helper, and is given nothing to work on");
            let found = Diagnostic::error("T08", span, message);
            self.found.push(found.help(format!("write `{}`", helper.usage)));
            return None;
        }
        let mut start = token.start + head.len();
        let rest = segments
            .map(|segment| {
                let from = start + 1;
                start = from + segment.len();
                (segment.to_owned(), self.at.of(from, start))
            })
            .collect();
        Some(Kind::Path(Path { head, rest }))
    }
}

/// Adds text to what stands before.
pub(super) fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(&clean(text)),
        _ => parts.push(Part::Text(clean(text))),
    }
}

/// An `if` that is all that stands in the `else` of another is one more arm of it.
fn if_part(condition: Expr, body: Vec<Part>, mut otherwise: Vec<Part>) -> Part {
    let mut arms = vec![(condition, body)];
    if let [Part::If { .. }] = otherwise.as_slice()
        && let Some(Part::If { arms: more, otherwise: last }) = otherwise.pop()
    {
        arms.extend(more);
        otherwise = last;
    }
    Part::If { arms, otherwise }
}

fn negated(expr: Expr) -> Expr {
    let kind = Kind::Call { helper: "not", args: vec![expr.clone()], named: Vec::new() };
    Expr { span: expr.span, kind }
}

fn unknown_helper(name: &str, place: Span) -> Diagnostic {
    let found = Diagnostic::error("T07", place, format!("`{name}` is no helper"));
    let meant = helpers::elsewhere(name).or_else(|| nearest(name, helpers::names()));
    match meant {
        Some(meant) => found.label(format!("did you mean `{meant}`?")),
        None => found.help(format!("the helpers are {}", helpers::listed())),
    }
}

/// The number of arguments, and `key=value` where there may be none.
fn misuse(
    helper: &Helper,
    args: &[Expr],
    named: &[(String, Expr)],
    span: Span,
) -> Option<Diagnostic> {
    let message = match helper.named {
        Named::None if !named.is_empty() => {
            format!("`{}` takes no `{}=`", helper.name, named[0].0)
        }
        _ if helper.fits_count(args.len(), named.len()) => return None,
        Named::None | Named::Some | Named::OrValue => {
            format!("`{}` is given {}", helper.name, counted(args.len(), named.len()))
        }
    };
    Some(Diagnostic::error("T08", span, message).help(format!("write `{}`", helper.usage)))
}

fn counted(args: usize, named: usize) -> String {
    let values = match args {
        0 => "no value".to_owned(),
        1 => "one value".to_owned(),
        more => format!("{more} values"),
    };
    match named {
        0 => values,
        _ => format!("{values} and {named} `key=value`"),
    }
}
