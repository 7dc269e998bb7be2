//! What can be put right for the reader where the text is no YAML, so that reading goes on.
//!
//! A template without quotes and an alias without an anchor end the reading of a file; whatever
//! stands behind them would stay unseen. Each is reported, hidden from the reader by as many
//! letters, and the file is read again.

use super::bare;
use super::limits;
use super::mapping::Prefer;
use super::read::{Reading, read};
use super::syntax;
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;
use crate::value::clean;

/// How many bytes may be read again in all. It keeps a large file full of mistakes quick.
const BYTES_AGAIN: usize = 1024 * 1024;

/// How many lines above the place where the reader gave up a template may stand.
const LINES_ABOVE: usize = 2;

/// A part of the text that is hidden from the reader.
pub(super) struct Patch {
    /// Which part.
    pub(super) span: Span,
    /// What it is.
    pub(super) mend: Mend,
}

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mend {
    /// A template without quotes; it counts as if it had them.
    Template,
    /// An alias without an anchor.
    Alias,
}

impl Patch {
    /// Says whether a place is in it.
    pub(super) fn covers(&self, byte: usize) -> bool {
        self.span.range().contains(&byte)
    }
}

/// Reads a text, mending what can be mended.
pub(super) fn read_mended(text: &str, prefer: Prefer) -> Reading {
    let rounds = limits::MENDED.min(BYTES_AGAIN / text.len().max(1));
    let mut patched = text.to_owned();
    let mut patches: Vec<Patch> = Vec::new();
    let mut found = Vec::new();
    loop {
        let mut reading = read(text, &patched, &patches, prefer);
        let Some((byte, why)) = reading.stopped.take() else {
            reading.found.extend(found);
            return reading;
        };
        let patch = (patches.len() < rounds).then(|| find(text, byte, &why, &patches)).flatten();
        let Some((patch, finding)) = patch else {
            reading.found.push(syntax::explain(text, byte, &why));
            reading.found.extend(found);
            return reading;
        };
        found.push(finding);
        patched = hide(&patched, text, patch.span);
        patches.push(patch);
    }
}

/// Puts as many letters in place of a part. Characters keep their number, not their bytes; places
/// are counted in characters there.
fn hide(patched: &str, text: &str, span: Span) -> String {
    let first = text[..span.start].chars().count();
    let length = text[span.range()].chars().count();
    let hidden = |(at, c)| if (first..first + length).contains(&at) { 'x' } else { c };
    patched.chars().enumerate().map(hidden).collect()
}

fn find(text: &str, byte: usize, why: &str, patches: &[Patch]) -> Option<(Patch, Diagnostic)> {
    if why.contains("unknown anchor") {
        let span = alias_at(text, byte)?;
        return Some((Patch { span, mend: Mend::Alias }, unknown_anchor(text, span)));
    }
    let span = template_near(text, byte, patches)?;
    Some((Patch { span, mend: Mend::Template }, bare::finding(text, span)))
}

fn alias_at(text: &str, byte: usize) -> Option<Span> {
    let rest = text.get(byte..)?.strip_prefix('*')?;
    let length =
        rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len());
    Some(Span::new(byte, byte + 1 + length))
}

fn unknown_anchor(text: &str, span: Span) -> Diagnostic {
    let name = clean(&text[span.start + 1..span.end]);
    let message = format!("no anchor `&{name}` stands above this alias");
    let found = Diagnostic::error("Y07", span, message);
    let names = text[..span.start]
        .split('&')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next());
    match nearest(&name, names) {
        Some(near) => found.help(format!("did you mean `*{near}`?")),
        None => found.help("an anchor is set with `&name` before the value; a text that begins with `*` needs quotes"),
    }
}

/// Looks for a template without quotes in the line where the reader gave up, and just above.
fn template_near(text: &str, byte: usize, patches: &[Patch]) -> Option<Span> {
    let mut end = text[byte.min(text.len())..].find('\n').map_or(text.len(), |at| byte + at);
    for _ in 0..=LINES_ABOVE {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let free = |span: &Span| !patches.iter().any(|patch| patch.covers(span.start));
        if let Some(span) = templates_of(text, Span::new(start, end)).into_iter().find(free) {
            return Some(span);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// Finds the values of a line that are templates without quotes, or hold one inside a flow.
fn templates_of(text: &str, line: Span) -> Vec<Span> {
    let mut walk = Walk { token: line.start, depth: 0, quote: None };
    let mut found: Vec<Span> = Vec::new();
    for (at, c) in text[line.range()].char_indices().map(|(at, c)| (line.start + at, c)) {
        if found.last().is_some_and(|span| at < span.end) {
            continue;
        }
        let breaks = walk.depth > 0 || text[walk.token..at].chars().all(|c| c == '$');
        if walk.quote.is_none() && text[at..line.end].starts_with("{{") && breaks {
            // Without a close this is no template, and nor is anything behind it.
            let Some(end) = end_of(text, at, line.end, walk.depth > 0) else { break };
            found.push(Span::new(walk.token, end));
            walk.token = end;
            continue;
        }
        walk.step(text, at, c);
    }
    found
}

/// Where a walk along a line is: inside quotes, inside how many brackets, since where in one value.
struct Walk {
    token: usize,
    depth: usize,
    quote: Option<char>,
}

impl Walk {
    fn step(&mut self, text: &str, at: usize, c: char) {
        let next = at + c.len_utf8();
        match self.quote {
            Some(quote) if c == quote => self.quote = None,
            Some(_) => {}
            None if (c == '"' || c == '\'') && at == self.token => self.quote = Some(c),
            None if c == ' ' => {
                let before = text[..at].chars().next_back();
                if at == self.token || matches!(before, Some(':' | '-' | ',')) {
                    self.token = next;
                }
            }
            None if "[{".contains(c) => {
                self.depth += 1;
                self.token = next;
            }
            None if "]}".contains(c) => {
                self.depth = self.depth.saturating_sub(1);
                self.token = next;
            }
            None if c == ',' && self.depth > 0 => self.token = next,
            None => {}
        }
    }
}

/// Returns where the value with a template ends: before the next comma or bracket inside a flow,
/// else with the line, less what is a comment.
fn end_of(text: &str, at: usize, line_end: usize, in_flow: bool) -> Option<usize> {
    let close = at + text[at..line_end].find("}}")? + 2;
    let rest = &text[close..line_end];
    let end = if in_flow { rest.find([',', '}', ']']) } else { rest.find(" #") };
    let value = rest[..end.unwrap_or(rest.len())].trim_end();
    Some(close + value.len())
}
