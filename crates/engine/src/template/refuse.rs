//! What Handlebars has and the language has not, and what is wrong with a tag on its own.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::Placement;
use crate::template::habits;
use crate::template::scan::{Tag, Token, TokenKind};
use crate::template::shape::{blocks, form};

const SCOPES: [&str; 5] = ["steps", "inputs", "run", "credential", "error"];

/// Checks all tags of a text, each by itself and then how the blocks stand in each other.
pub(super) fn check(text: &str, tags: &[Tag<'_>], at: Placement) -> Vec<Diagnostic> {
    let found: Vec<Diagnostic> = tags.iter().filter_map(|tag| tag_alone(text, tag, at)).collect();
    if found.is_empty() { blocks(tags, at) } else { found }
}

fn tag_alone(text: &str, tag: &Tag<'_>, at: Placement) -> Option<Diagnostic> {
    habits::dollar(text, tag, at)
        .or_else(|| sigil(text, tag, at))
        .or_else(|| words(&tag.tokens, at))
        .or_else(|| form(tag, at))
}

/// What goes for the words of a tag and of a bare expression alike.
pub(super) fn words(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    habits::find(tokens, at)
        .or_else(|| tokens.iter().find_map(|token| sign(token, at)))
        .or_else(|| block_params(tokens, at))
        .or_else(|| tokens.iter().enumerate().find_map(|(index, _)| word(tokens, index, at)))
        .or_else(|| parentheses(tokens, at))
}

pub(super) fn refused(place: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error("T02", place, format!("{what} not part of the language")).help(help)
}

fn sigil(text: &str, tag: &Tag<'_>, at: Placement) -> Option<Diagnostic> {
    let place = at.of(tag.start, tag.end);
    if text[tag.start..].starts_with("{{{{") {
        return Some(refused(place, "raw blocks are", "two braces as text are written `\\{{`"));
    }
    let second = tag.tokens.first().filter(|token| token.start == tag.start + 3);
    Some(match tag.sigil? {
        '{' => refused(place, "`{{{ }}}` is", "write `{{ }}`: nothing is ever escaped here"),
        '&' => refused(place, "`{{& }}` is", "write `{{ }}`: nothing is ever escaped here"),
        '~' => refused(place, "`~` is", "write the text without the white space"),
        '^' => refused(place, "`{{^}}` is", "write `{{else}}` or `{{#unless X}}`"),
        '>' => refused(place, "a partial is", "write out what it would hold"),
        '*' => refused(place, "a decorator is", "leave it out"),
        '!' => refused(
            place,
            "`{{! }}` is",
            "a comment is written `{{!-- --}}`, a negation `{{ not X }}`",
        ),
        '#' if second.is_some_and(|token| token.text.starts_with('>')) => {
            refused(place, "a partial is", "write out what it would hold")
        }
        '#' if second.is_some_and(|token| token.text.starts_with('*')) => {
            refused(place, "a decorator is", "leave it out")
        }
        _ => return None,
    })
}

/// Signs that no habit explains.
fn sign(token: &Token<'_>, at: Placement) -> Option<Diagnostic> {
    let place = at.of(token.start, token.end());
    match (token.kind, token.text) {
        (TokenKind::Sign, "|") => None,
        (TokenKind::Sign, "~") => {
            Some(refused(place, "`~` is", "write the text without the white space"))
        }
        (TokenKind::Sign, text) if text.starts_with('{') => Some(
            Diagnostic::error("T01", place, "a brace stands inside the braces")
                .help("inner expressions are put in parentheses: `{{ lower (trim X) }}`"),
        ),
        (TokenKind::Sign, text) => {
            Some(Diagnostic::error("T01", place, format!("`{text}` means nothing here")))
        }
        (TokenKind::Word, text) if text.starts_with('[') => Some(refused(
            place,
            "a list written in a template is",
            "write it in YAML, or name an output that holds one",
        )),
        _ => None,
    }
}

fn block_params(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let bar = tokens.iter().find(|token| token.kind == TokenKind::Sign && token.text == "|")?;
    let place = at.of(bar.start, bar.end());
    Some(refused(place, "`as |name|` is", "the item of an `each` is `this`"))
}

fn word(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let token = &tokens[index];
    if token.kind != TokenKind::Word || is_number(token.text) {
        return None;
    }
    let place = at.of(token.start, token.end());
    let text = token.text;
    let is_key = tokens.get(index + 1).is_some_and(|next| next.kind == TokenKind::Equals);
    if text.starts_with('@') {
        let help = if text.starts_with("@root") {
            "the names of the scope are in reach everywhere: leave `@root.` out"
        } else {
            "the item of an `each` is `this`; a step with `for_each` has `index`"
        };
        return Some(refused(place, &format!("`{text}` is"), help));
    }
    if text.starts_with("../") || text == ".." {
        let help = "the names of the scope keep their meaning inside `each`: leave `../` out";
        return Some(refused(place, "`../` is", help));
    }
    if text.starts_with("./") || text == "." {
        return Some(refused(place, "`.` is", "the item of an `each` is `this`"));
    }
    if text.contains('/') {
        let help = format!("write it with dots: `{}`", text.replace('/', "."));
        return Some(refused(place, "a path with slashes is", &help));
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Some(
            Diagnostic::error("T01", place, format!("`{text}` is neither a number nor a path"))
                .help(format!("text is written in quotes: `\"{text}\"`")),
        );
    }
    let odd = text.chars().find(|c| "$:\\@[]".contains(*c));
    let broken = text.split('.').any(str::is_empty);
    if odd.is_some() || broken || (is_key && text.contains('.')) {
        let help = "a path is names with dots between them: `steps.create.id`; text is quoted";
        return Some(Diagnostic::error("T01", place, format!("`{text}` is not a path")).help(help));
    }
    (SCOPES.contains(&text) && !is_key).then(|| scope_alone(text, place))
}

fn scope_alone(text: &str, place: Span) -> Diagnostic {
    Diagnostic::error("T02", place, format!("`{text}` stands alone, and is not a value"))
        .help(format!("write out which one: `{text}.NAME`"))
}

fn parentheses(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let mut open: Vec<&Token<'_>> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => open.push(token),
            TokenKind::Close if open.pop().is_none() => {
                let place = at.of(token.start, token.end());
                return Some(Diagnostic::error("T01", place, "`)` closes nothing"));
            }
            TokenKind::Close if tokens[index - 1].kind == TokenKind::Open => {
                let place = at.of(tokens[index - 1].start, token.end());
                return Some(Diagnostic::error("T01", place, "nothing stands in the parentheses"));
            }
            TokenKind::Close
            | TokenKind::Word
            | TokenKind::Quoted
            | TokenKind::Equals
            | TokenKind::Sign => {}
        }
    }
    let open = open.pop()?;
    Some(Diagnostic::error("T01", at.of(open.start, open.end()), "`(` is never closed"))
}

/// Says whether a word is a number that Handlebars takes for one.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.parse::<f64>().is_ok_and(f64::is_finite)
        && !digits.ends_with('.')
}
