//! The order of the words in a tag, and how the blocks stand in each other.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::Placement;
use crate::template::refuse::{is_number, refused};
use crate::template::scan::{Tag, Token, TokenKind};

/// The order of the words in a tag.
pub(super) fn form(tag: &Tag<'_>, at: Placement) -> Option<Diagnostic> {
    let place = at.of(tag.start, tag.end);
    let Some(first) = tag.tokens.first() else {
        return (tag.sigil != Some('/')).then(|| {
            Diagnostic::error("T01", place, "nothing stands in the braces")
                .help("two braces that are just text are written `\\{{`")
        });
    };
    match tag.sigil {
        Some('#') => block_form(&tag.tokens, at),
        Some(_) => None,
        None if first.is("else") => else_form(&tag.tokens, at),
        None if tag.tokens.len() == 1 && first.kind == TokenKind::Quoted => {
            let place = at.of(first.start, first.end());
            let found = Diagnostic::error("T01", place, "text alone takes no braces");
            Some(found.help("write it without braces and quotes"))
        }
        None => expression_form(&tag.tokens, at),
    }
}

fn block_form(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let name = &tokens[0];
    let place = at.of(name.start, name.end());
    match name.text {
        "if" | "unless" | "each" => arguments(tokens, at),
        "with" => Some(refused(place, "`with` is", "write the paths out")),
        other => Some(
            Diagnostic::error("T07", place, format!("`#{other}` is no block"))
                .help("the blocks are `if`, `unless` and `each`; helpers stand without `#`"),
        ),
    }
}

fn else_form(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let next = tokens.get(1)?;
    if next.is("if") {
        return arguments(&tokens[1..], at);
    }
    let place = at.of(next.start, next.end());
    Some(refused(place, &format!("`else {}` is", next.text), "write `{{else}}` or `{{else if X}}`"))
}

/// A block takes one expression: `{{#if (eq A B)}}`.
fn arguments(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let name = &tokens[0];
    let place = at.of(name.start, tokens[tokens.len() - 1].end());
    match values(&tokens[1..]).len() {
        1 => None,
        0 => Some(
            Diagnostic::error("T08", place, format!("`#{}` says nothing to look at", name.text))
                .help(format!("write `{{{{#{} X}}}}`", name.text)),
        ),
        _ => {
            let words: Vec<&str> = tokens[1..].iter().map(|token| token.text).collect();
            let inner = words.join(" ").replace("( ", "(").replace(" )", ")").replace(" = ", "=");
            Some(
                Diagnostic::error("T08", place, format!("`#{}` takes one expression", name.text))
                    .help(format!("put it in parentheses: `{{{{#{} ({inner})}}}}`", name.text)),
            )
        }
    }
}

/// What goes for the order of words in a tag and in a bare expression.
pub(super) fn expression_form(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let first = &tokens[0];
    let place = at.of(first.start, first.end());
    if first.kind == TokenKind::Equals {
        return Some(Diagnostic::error("T01", place, "`=` has no name before it"));
    }
    if let Some(dangling) = dangling_equals(tokens) {
        let place = at.of(dangling.start, dangling.end());
        return Some(Diagnostic::error(
            "T01",
            place,
            "`=` needs a name before it and a value after",
        ));
    }
    starts(tokens).into_iter().find_map(|start| head_form(&tokens[start..], at))
}

fn head_form(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    let first = &tokens[0];
    let alone = tokens.get(1).is_none_or(|next| next.kind == TokenKind::Close);
    if alone || first.kind == TokenKind::Open {
        return None;
    }
    let place = at.of(first.start, first.end());
    let is_value = first.kind == TokenKind::Quoted || is_number(first.text);
    if !is_value && !first.text.contains('.') {
        return None;
    }
    let message = format!("`{}` is a value, and takes no arguments", first.text);
    let help = "a helper stands first: `HELPER A B`; text around values stands outside the braces";
    Some(Diagnostic::error("T01", place, message).help(help))
}

/// Where an expression begins: at the start, and after each parenthesis.
fn starts(tokens: &[Token<'_>]) -> Vec<usize> {
    let inner = tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Open);
    std::iter::once(0).chain(inner.map(|(index, _)| index + 1)).collect()
}

fn dangling_equals<'a, 't>(tokens: &'a [Token<'t>]) -> Option<&'a Token<'t>> {
    let is_value = |token: &Token<'_>| {
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Open)
    };
    tokens.iter().enumerate().find_map(|(index, token)| {
        let named = index.checked_sub(1).is_some_and(|at| tokens[at].kind == TokenKind::Word);
        let valued = tokens.get(index + 1).is_some_and(is_value);
        (token.kind == TokenKind::Equals && !(named && valued)).then_some(token)
    })
}

/// The values of a row of words: each parenthesis is one.
pub(super) fn values<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a Token<'t>> {
    let mut depth = 0usize;
    let mut found = Vec::new();
    for token in tokens {
        if depth == 0 && token.kind != TokenKind::Close {
            found.push(token);
        }
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word | TokenKind::Quoted | TokenKind::Equals | TokenKind::Sign => {}
        }
    }
    found
}

/// How the blocks stand in each other.
pub(super) fn blocks(tags: &[Tag<'_>], at: Placement) -> Vec<Diagnostic> {
    let mut open: Vec<(&Tag<'_>, bool)> = Vec::new();
    for tag in tags {
        let place = at.of(tag.start, tag.end);
        let name = tag.tokens.first().map_or("", |token| token.text);
        match tag.sigil {
            Some('#') => open.push((tag, false)),
            Some('/') => match open.pop() {
                Some((opened, _)) if opened.tokens[0].text == name => {}
                Some((opened, _)) => return vec![mismatch(opened, name, place, at)],
                None => {
                    let message = format!("`{{{{/{name}}}}}` closes nothing");
                    return vec![Diagnostic::error("T01", place, message)];
                }
            },
            Some(_) => {}
            None if name == "else" => {
                let message = match open.last_mut() {
                    None => "`else` stands outside of a block",
                    Some((_, true)) => "`else` stands after the last `else`",
                    Some((_, last)) => {
                        *last = tag.tokens.len() == 1;
                        continue;
                    }
                };
                return vec![Diagnostic::error("T01", place, message)];
            }
            None => {}
        }
    }
    open.last().map_or_else(Vec::new, |(tag, _)| {
        let name = tag.tokens[0].text;
        let message = format!("`{{{{#{name}}}}}` is never closed");
        vec![
            Diagnostic::error("T01", at.of(tag.start, tag.end), message)
                .help(format!("close it with `{{{{/{name}}}}}`")),
        ]
    })
}

fn mismatch(opened: &Tag<'_>, name: &str, place: Span, at: Placement) -> Diagnostic {
    let open = opened.tokens[0].text;
    Diagnostic::error("T01", place, format!("`{{{{/{name}}}}}` closes `{{{{#{open}}}}}`"))
        .help(format!("write `{{{{/{open}}}}}`"))
        .related(at.of(opened.start, opened.end), "opened here")
}
