//! The words and signs of a Lua file, each with its place.

/// A word, a sign, a number or a text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// As it is written.
    pub(super) text: &'t str,
    /// The line, from 1.
    pub(super) line: usize,
    /// The column, from 1.
    pub(super) column: usize,
    /// It is a name or a keyword.
    pub(super) is_word: bool,
}

impl<'t> Token<'t> {
    /// Says whether it is this sign.
    pub(super) fn is(&self, sign: &str) -> bool {
        !self.is_word && self.text == sign
    }

    /// Returns it where it is a name or a keyword.
    pub(super) fn word(&self) -> Option<&'t str> {
        self.is_word.then_some(self.text)
    }

    /// Says whether it is a text in quotes.
    pub(super) fn is_text(&self) -> bool {
        self.text.starts_with(['"', '\'', '`']) || self.text.starts_with("[[")
    }
}

/// Returns all of a file; comments are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line, mut start) = (text, 1, 0);
    while let Some(first) = rest.chars().next() {
        let length = length_of(rest, first);
        let (part, after) = rest.split_at(length);
        let at = text.len() - rest.len();
        let is_word = first.is_ascii_alphabetic() || first == '_';
        if is_word || !first.is_whitespace() && !part.starts_with("--") {
            let column = text[start..at].chars().count() + 1;
            tokens.push(Token { text: part, line, column, is_word });
        }
        line += part.matches('\n').count();
        if let Some(last) = part.rfind('\n') {
            start = at + last + 1;
        }
        rest = after;
    }
    tokens
}

/// Returns how long the token is that a text begins with.
fn length_of(rest: &str, first: char) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let until = |end: Option<usize>| end.unwrap_or(rest.len());
    if let Some(comment) = rest.strip_prefix("--") {
        return match long(comment) {
            Some(length) => 2 + length,
            None => until(rest.find('\n')),
        };
    }
    if let Some(length) = long(rest) {
        return length;
    }
    match first {
        '"' | '\'' | '`' => in_quotes(rest, first),
        c if is_word(c) => {
            until(rest.find(|c| !(is_word(c) || first.is_ascii_digit() && c == '.')))
        }
        ':' if rest.starts_with("::") => 2,
        '=' if rest.starts_with("==") => 2,
        '~' | '<' | '>' if rest[1..].starts_with('=') => 2,
        '.' => until(rest.find(|c| c != '.')),
        c => c.len_utf8(),
    }
}

/// Returns the length of `[[..]]` or `[=[..]=]` at the beginning of a text.
fn long(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.len() - inner.trim_start_matches('=').len();
    inner[level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    Some(text.find(&close).map_or(text.len(), |at| at + close.len()))
}

fn in_quotes(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns where a call's parentheses, braces or text end, or an index' brackets.
pub(super) fn after(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0;
    for (end, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return end + 1;
        }
    }
    tokens.len()
}

/// Returns what a text in quotes says.
pub(super) fn quoted<'t>(token: &Token<'t>) -> Option<&'t str> {
    let inner = token.text.strip_prefix(['"', '\''])?;
    inner.strip_suffix(['"', '\''])
}

/// Returns some of them as one text; what stands in parentheses is left out.
pub(super) fn shown(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.is("(") || token.is("{") || token.is_text() {
            return text + "(..)";
        }
        text.push_str(token.text);
    }
    text
}

/// Returns a way into an answer, one name longer.
pub(super) fn below(way: &str, name: &str) -> String {
    if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") }
}
