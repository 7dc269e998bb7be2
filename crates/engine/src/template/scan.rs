//! Tags and their words with their places: what the parser's tree does not keep.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::Placement;

/// What the parser takes for white space.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// One `{{ }}`. Comments are left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tag<'t> {
    /// Where its first brace stands in the text.
    pub(super) start: usize,
    /// One past its last brace.
    pub(super) end: usize,
    /// What stands right after the braces: one of `#/^&>*~{`.
    pub(super) sigil: Option<char>,
    /// Its words.
    pub(super) tokens: Vec<Token<'t>>,
}

/// A word of a tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'t> {
    /// What it is.
    pub(super) kind: TokenKind,
    /// How it is written.
    pub(super) text: &'t str,
    /// Where it starts in the text.
    pub(super) start: usize,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A path, a number, a helper.
    Word,
    /// Text in quotes.
    Quoted,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `=`.
    Equals,
    /// A run of any other signs.
    Sign,
}

impl<'t> Tag<'t> {
    /// Returns its one word, where that is all that stands in it.
    pub(super) fn path(&self) -> Option<&Token<'t>> {
        match self.tokens.as_slice() {
            [token] if self.sigil.is_none() && token.is_path() => Some(token),
            _ => None,
        }
    }
}

impl Token<'_> {
    /// Says whether it is a word that means nothing to the parser.
    pub(super) fn is_path(&self) -> bool {
        self.kind == TokenKind::Word && !matches!(self.text, "else" | "as")
    }

    /// One past its last byte in the text.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Says whether it is a certain word.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }
}

impl Placement {
    /// Returns the place of a piece of the text, the whole scalar where the source spells it
    /// differently.
    pub(super) fn of(self, start: usize, end: usize) -> Span {
        self.verbatim.map_or(self.span, |base| Span::new(base + start, base + end))
    }
}

/// Finds the tags of a text, and what is so wrong that no tag can be found.
pub(super) fn tags(text: &str, at: Placement) -> Result<Vec<Tag<'_>>, Diagnostic> {
    let mut found = Vec::new();
    let mut here = 0;
    while let Some(offset) = text[here..].find("{{") {
        let open = here + offset;
        let backslashes = text[here..open].len() - text[here..open].trim_end_matches('\\').len();
        if backslashes == 1 {
            here = open + 2;
            here += if text[here..].starts_with("{{") { 2 } else { 0 };
            continue;
        }
        let rest = &text[open..];
        here = if rest.starts_with("{{!--") {
            let end = rest.find("--}}").ok_or_else(|| unclosed_comment(open, at))?;
            open + end + 4
        } else {
            let tag = tag(text, open, at)?;
            let end = tag.end;
            found.push(tag);
            end
        };
    }
    Ok(found)
}

/// Splits a bare expression into words.
pub(super) fn tokens(text: &str, at: Placement) -> Result<Vec<Token<'_>>, Diagnostic> {
    let mut found = Vec::new();
    let mut here = 0;
    while let Some(token) = next_token(text, here, at)? {
        here = token.end();
        found.push(token);
    }
    Ok(found)
}

fn tag(text: &str, open: usize, at: Placement) -> Result<Tag<'_>, Diagnostic> {
    let mut here = open + 2;
    here += text[here..].len() - text[here..].trim_start_matches(SPACES).len();
    let sigil = text[here..].chars().next().filter(|sign| "#/^&>*~{!".contains(*sign));
    here += sigil.map_or(0, char::len_utf8);
    let mut tokens = Vec::new();
    loop {
        let rest = text[here..].trim_start_matches(SPACES);
        if rest.starts_with("}}") {
            let end = text.len() - rest.len() + 2;
            let end = end + usize::from(sigil == Some('{') && text[end..].starts_with('}'));
            return Ok(Tag { start: open, end, sigil, tokens });
        }
        let token = match sigil {
            Some('!') => skip_comment(text, here),
            _ => next_token(text, here, at)?,
        };
        let Some(token) = token else { return Err(unclosed_tag(text, open, at)) };
        here = token.end();
        tokens.push(token);
    }
}

/// The inside of `{{! }}`, which is refused later, is one word.
fn skip_comment(text: &str, here: usize) -> Option<Token<'_>> {
    let end = here + text[here..].find("}}")?;
    Some(Token { kind: TokenKind::Sign, text: &text[here..end], start: here })
}

fn next_token(text: &str, from: usize, at: Placement) -> Result<Option<Token<'_>>, Diagnostic> {
    let rest = text[from..].trim_start();
    let start = text.len() - rest.len();
    if let Some(offset) = text[from..start].find(|c| !SPACES.contains(&c)) {
        let place = at.of(from + offset, start);
        return Err(Diagnostic::error("T01", place, "a space here is not an ordinary space")
            .help("it may come from a web page or a word processor: type it anew"));
    }
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let (kind, length) = match first {
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        '"' | '\'' => (TokenKind::Quoted, quoted(rest, first, start, at)?),
        _ if is_word(first) => (TokenKind::Word, word(rest)),
        _ => {
            let length = signs(rest);
            (if &rest[..length] == "=" { TokenKind::Equals } else { TokenKind::Sign }, length)
        }
    };
    Ok(Some(Token { kind, text: &rest[..length], start }))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_$:./@[]\\".contains(c) || !c.is_ascii()
}

fn word(rest: &str) -> usize {
    let mut bracket = false;
    for (at, c) in rest.char_indices() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            _ if bracket && c != '}' => {}
            _ if !is_word(c) || c.is_whitespace() => return at,
            _ => {}
        }
    }
    rest.len()
}

fn signs(rest: &str) -> usize {
    let is_sign = |c: char| c.is_ascii_punctuation() && !is_word(c) && !"()\"'".contains(c);
    let run = rest.find(|c| !is_sign(c)).unwrap_or(rest.len());
    // Braces end a tag, so they never join a run of other signs.
    let run = rest[..run].find('}').map_or(run, |brace| brace.max(1));
    run.max(rest.chars().next().map_or(0, char::len_utf8))
}

fn quoted(rest: &str, quote: char, start: usize, at: Placement) -> Result<usize, Diagnostic> {
    let mut escaped = false;
    for (offset, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Ok(offset + 1),
            _ => {}
        }
    }
    let place = at.of(start, start + 1);
    Err(Diagnostic::error("T01", place, format!("the text that begins with {quote} has no end"))
        .help("close it with the same quote; a quote inside is written with a backslash before it"))
}

fn unclosed_tag(text: &str, open: usize, at: Placement) -> Diagnostic {
    let end = text.len().min(open + 2);
    Diagnostic::error("T01", at.of(open, end), "`{{` is never closed")
        .help("close it with `}}`; two braces that are just text are written `\\{{`")
}

fn unclosed_comment(open: usize, at: Placement) -> Diagnostic {
    Diagnostic::error("T01", at.of(open, open + 5), "the comment is never closed")
        .help("a comment ends with `--}}`")
}
