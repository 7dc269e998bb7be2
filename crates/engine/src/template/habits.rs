//! Habits from other template languages, each with its own message.

use crate::diagnostic::Diagnostic;
use crate::template::Placement;
use crate::template::scan::{Tag, Token, TokenKind};

const COMPARISONS: [(&str, &str); 9] = [
    ("==", "eq"),
    ("===", "eq"),
    ("!=", "ne"),
    ("!==", "ne"),
    ("<>", "ne"),
    ("<", "lt"),
    ("<=", "lte"),
    (">", "gt"),
    (">=", "gte"),
];

/// Finds `${{ }}`.
pub(super) fn dollar(text: &str, tag: &Tag<'_>, at: Placement) -> Option<Diagnostic> {
    if !text[..tag.start].ends_with('$') {
        return None;
    }
    let place = at.of(tag.start - 1, tag.end);
    Some(
        Diagnostic::error("T20", place, "`${{ }}` is not how a value is put in here").help(
            "write `{{ }}`, without the dollar sign; for a real one: `{{ concat \"$\" .. }}`",
        ),
    )
}

/// Finds the first habit in the words of a tag or of a bare expression.
pub(super) fn find(tokens: &[Token<'_>], at: Placement) -> Option<Diagnostic> {
    (0..tokens.len()).find_map(|index| habit(tokens, index, at))
}

fn habit(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let token = &tokens[index];
    match token.kind {
        TokenKind::Sign => sign(tokens, index, at),
        TokenKind::Equals => assignment(tokens, index, at),
        TokenKind::Open => call(tokens, index, at),
        TokenKind::Word if matches!(token.text, "-" | "/") => Some(arithmetic(token, at)),
        TokenKind::Word if matches!(token.text, "and" | "or") && index > 0 => {
            infix_word(tokens, index, at)
        }
        TokenKind::Word if token.text.contains('[') => index_brackets(token, at),
        TokenKind::Word | TokenKind::Quoted | TokenKind::Close => None,
    }
}

fn sign(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let token = &tokens[index];
    let text = token.text;
    let operands = operands(tokens, index);
    if let Some((_, helper)) = COMPARISONS.iter().find(|(sign, _)| *sign == text) {
        return Some(instead("T21", token, at, "compares nothing here", helper, &operands));
    }
    match text {
        "&&" | "&" => Some(instead("T22", token, at, "joins nothing here", "and", &operands)),
        "||" => Some(instead("T22", token, at, "joins nothing here", "or", &operands)),
        _ if text.starts_with('!') => Some(negation(tokens, index, at)),
        "|" if tokens.iter().any(|token| token.is("as")) => None,
        "|" => Some(pipe(tokens, index, at)),
        "??" | "?:" => Some(instead("T24", token, at, "is not known here", "default", &operands)),
        _ if text.starts_with('?') => Some(question(tokens, index, at)),
        "+" | "*" | "%" | "**" | "++" => Some(arithmetic(token, at)),
        "," => Some(
            Diagnostic::error("T25", place(token, at), "arguments are not separated by commas")
                .help("write them one after the other: `concat a b c`"),
        ),
        _ => None,
    }
}

fn instead(
    code: &'static str,
    token: &Token<'_>,
    at: Placement,
    what: &str,
    helper: &str,
    operands: &Option<(String, String)>,
) -> Diagnostic {
    let example = match operands {
        Some((left, right)) => format!("write `{helper} {left} {right}`"),
        None => format!("write `{helper} A B`"),
    };
    Diagnostic::error(code, place(token, at), format!("`{}` {what}", token.text)).help(example)
}

/// The words beside a sign, where they are the only ones: then the way out can be spelled out.
fn operands(tokens: &[Token<'_>], index: usize) -> Option<(String, String)> {
    let simple = |token: &&Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
    let left = tokens.get(index.checked_sub(1)?).filter(simple)?;
    let right = tokens.get(index + 1).filter(simple)?;
    let is_block = matches!(tokens[0].text, "if" | "unless" | "each");
    (tokens.len() == 3 + usize::from(is_block))
        .then(|| (left.text.to_owned(), right.text.to_owned()))
}

fn negation(tokens: &[Token<'_>], index: usize, at: Placement) -> Diagnostic {
    let example = match tokens.get(index + 1) {
        Some(next) if next.kind == TokenKind::Word => format!("write `not {}`", next.text),
        _ => "write `not X`".to_owned(),
    };
    Diagnostic::error("T22", place(&tokens[index], at), "`!` is not known here").help(example)
}

fn pipe(tokens: &[Token<'_>], index: usize, at: Placement) -> Diagnostic {
    let example = match operands(tokens, index) {
        Some((value, filter)) => format!("write `{filter} {value}`"),
        None => "a helper stands before what it works on: `upper X`, `default X \"y\"`".to_owned(),
    };
    Diagnostic::error("T23", place(&tokens[index], at), "`|` pipes nothing here").help(example)
}

fn question(tokens: &[Token<'_>], index: usize, at: Placement) -> Diagnostic {
    let found = Diagnostic::error("T24", place(&tokens[index], at), "`?` is not known here");
    let is_dotted = tokens.get(index + 1).is_some_and(|next| next.text.starts_with('.'));
    if !is_dotted {
        found.help("write `{{#if X}}Y{{else}}Z{{/if}}`, or `default X Y` where X may be null")
    } else {
        found.help("write just a dot: a path through null is null")
    }
}

fn arithmetic(token: &Token<'_>, at: Placement) -> Diagnostic {
    Diagnostic::error("T28", place(token, at), format!("`{}` computes nothing here", token.text))
        .help(
            "`concat A B` joins text, `time_add` and `time_sub` move a time; nothing else computes",
        )
}

/// `a = b`, where no helper stands before it.
fn assignment(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let before = index.checked_sub(2).map(|at| tokens[at].kind);
    let is_named = matches!(before, Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Close));
    let operands = operands(tokens, index);
    (!is_named)
        .then(|| instead("T21", &tokens[index], at, "compares nothing here", "eq", &operands))
}

/// `a and b`.
fn infix_word(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let after_value = matches!(tokens[index - 1].kind, TokenKind::Word | TokenKind::Close);
    let token = &tokens[index];
    let operands = operands(tokens, index);
    let is_block = index == 1 && matches!(tokens[0].text, "if" | "unless" | "each" | "else");
    (after_value && !is_block && tokens.get(index + 1).is_some() && !tokens[index - 1].is("if"))
        .then(|| instead("T22", token, at, "stands before what it joins", token.text, &operands))
}

/// `len(x)`, `x.trim()`.
fn call(tokens: &[Token<'_>], index: usize, at: Placement) -> Option<Diagnostic> {
    let name = tokens.get(index.checked_sub(1)?)?;
    if name.kind != TokenKind::Word || name.end() != tokens[index].start {
        return None;
    }
    let message = format!("`{}(..)` calls nothing here", name.text);
    let end = tokens[index].end();
    let found = Diagnostic::error("T25", at.of(name.start, end), message);
    Some(match name.text.rsplit_once('.') {
        Some((value, method)) => found.help(format!("write `{method} {value}`")),
        None => found.help(format!(
            "write `{} X`, with a space; `({} X)` inside another",
            name.text, name.text
        )),
    })
}

/// `x[0]`, `x["key"]`.
fn index_brackets(token: &Token<'_>, at: Placement) -> Option<Diagnostic> {
    let (before, inside) = token.text.split_once('[')?;
    if before.is_empty() {
        return None;
    }
    let inside = inside.trim_end_matches(']').trim_matches(['"', '\'']);
    let before = before.trim_end_matches('.');
    let plain = inside.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let example = if plain && !inside.is_empty() {
        format!("write `{before}.{inside}`")
    } else {
        format!("write `lookup {before} KEY`")
    };
    let found = Diagnostic::error("T27", place(token, at), "brackets do not index anything here");
    Some(found.help(example))
}

fn place(token: &Token<'_>, at: Placement) -> crate::source::Span {
    at.of(token.start, token.end())
}
