//! Globals that nobody declared: found by the words of a file and the blocks around them.

use std::collections::HashSet;

use cutover_engine::diagnostic::nearest;

use super::Flaw;

/// What a plugin's code finds without declaring it.
const KNOWN: &[&str] = &[
    "_VERSION",
    "array",
    "assert",
    "base64",
    "bit32",
    "buffer",
    "crypto",
    "error",
    "fail",
    "getmetatable",
    "hex",
    "ipairs",
    "json",
    "math",
    "next",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "require",
    "select",
    "self",
    "setmetatable",
    "string",
    "table",
    "time",
    "tonumber",
    "toml",
    "tostring",
    "type",
    "url",
    "utf8",
    "xpcall",
    "yaml",
];
const KEYWORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];
/// What people from elsewhere reach for, with what there is instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("os", "the time is `ctx.now()`; a plugin has no other way to the machine"),
    ("io", "files are read and written through `ctx.fs`"),
    ("debug", "there is none; an error tells its file and line"),
    ("coroutine", "there is none; a call may just wait"),
    ("load", "code is only what stands in the plugin's files"),
    ("loadstring", "code is only what stands in the plugin's files"),
    ("package", "files of the plugin come by `require \"lib.x\"`"),
    ("http", "requests are made through `ctx.http`"),
    ("unpack", "it is called `table.unpack`"),
];

/// Returns each global that a file takes for granted, once a name.
pub(super) fn undeclared(file: &str, text: &str) -> Vec<Flaw> {
    let tokens = tokens(text);
    let mut walk = Walk { scopes: vec![HashSet::new()], nests: Vec::new(), pending: Vec::new() };
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = walk.step(&tokens, at, &mut found);
    }
    let mut told = HashSet::new();
    found.retain(|(name, _)| told.insert(name.clone()));
    let flaw = |(name, line): (String, usize)| {
        let other = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
        let locals = walk.scopes.iter().flatten().map(String::as_str);
        let near = nearest(&name, KNOWN.iter().copied().chain(locals));
        let help = match (other, near) {
            (Some((_, way)), _) => (*way).to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => format!("declare it: `local {name}`"),
        };
        let message = format!("`{name}` is declared nowhere");
        Flaw { file: file.to_owned(), line, message, help }
    };
    found.into_iter().map(flaw).collect()
}

#[derive(Debug, PartialEq)]
enum Token<'t> {
    Word(&'t str, usize),
    /// A sign, or a number or text, which are all the same here.
    Sign(&'t str),
}

impl<'t> Token<'t> {
    fn is(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(found) if *found == sign)
    }

    fn word(&self) -> Option<(&'t str, usize)> {
        match self {
            Self::Word(word, line) => Some((word, *line)),
            Self::Sign(_) => None,
        }
    }
}

/// Where a walk over a file is.
struct Walk {
    scopes: Vec<HashSet<String>>,
    /// Open brackets, and functions inside of them: a name before `=` is a key only right in `{`.
    nests: Vec<char>,
    /// Names of a `for`, which count from its `do` on.
    pending: Vec<String>,
}

impl Walk {
    /// Looks at a token and returns where the next one stands.
    fn step(&mut self, tokens: &[Token<'_>], at: usize, found: &mut Vec<(String, usize)>) -> usize {
        let Some((word, line)) = tokens[at].word() else {
            match &tokens[at] {
                Token::Sign("{") => self.nests.push('{'),
                Token::Sign("(" | "[") => self.nests.push('('),
                Token::Sign("}" | ")" | "]") => drop(self.nests.pop()),
                Token::Sign(_) | Token::Word(..) => {}
            }
            return at + 1;
        };
        match word {
            "local" => return self.local(tokens, at + 1),
            "for" => return self.names_of_for(tokens, at + 1),
            "function" => return self.function(tokens, at + 1, found),
            "do" => {
                let names: HashSet<String> = self.pending.drain(..).collect();
                self.open(names);
            }
            "then" | "repeat" => self.open(HashSet::new()),
            "else" => {
                self.close();
                self.open(HashSet::new());
            }
            "end" | "elseif" => drop(self.close()),
            // What a loop declares is known in its condition: it stays known.
            "until" => {
                let names = self.close();
                self.scopes.last_mut().expect("the file's own scope").extend(names);
            }
            _ if KEYWORDS.contains(&word) => {}
            _ => self.name(tokens, at, (word, line), found),
        }
        at + 1
    }

    fn open(&mut self, names: HashSet<String>) {
        self.scopes.push(names);
        self.nests.push('b');
    }

    fn close(&mut self) -> HashSet<String> {
        self.nests.pop();
        if self.scopes.len() > 1 { self.scopes.pop().unwrap_or_default() } else { HashSet::new() }
    }

    fn declare(&mut self, name: &str) {
        self.scopes.last_mut().expect("the file's own scope").insert(name.to_owned());
    }

    fn name(
        &self,
        tokens: &[Token<'_>],
        at: usize,
        (name, line): (&str, usize),
        found: &mut Vec<(String, usize)>,
    ) {
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let is_field = before.is_some_and(|token| token.is(".") || token.is(":") || token.is("::"));
        let is_key = self.nests.last() == Some(&'{')
            && tokens.get(at + 1).is_some_and(|next| next.is("="))
            && before.is_some_and(|token| token.is("{") || token.is(",") || token.is(";"));
        let known = KNOWN.contains(&name) || self.scopes.iter().any(|scope| scope.contains(name));
        if !(is_field || is_key || known) {
            found.push((name.to_owned(), line));
        }
    }

    /// `local a, b`, `local function f`: known from here on, which is near enough.
    fn local(&mut self, tokens: &[Token<'_>], mut at: usize) -> usize {
        if tokens.get(at).and_then(Token::word).is_some_and(|(word, _)| word == "function") {
            if let Some((name, _)) = tokens.get(at + 1).and_then(Token::word) {
                self.declare(name);
            }
            return self.parameters(tokens, at + 2);
        }
        while let Some((name, _)) = tokens.get(at).and_then(Token::word) {
            self.declare(name);
            at += 1;
            if !tokens.get(at).is_some_and(|next| next.is(",")) {
                break;
            }
            at += 1;
        }
        at
    }

    fn names_of_for(&mut self, tokens: &[Token<'_>], mut at: usize) -> usize {
        self.pending.clear();
        while let Some((name, _)) = tokens.get(at).and_then(Token::word) {
            self.pending.push(name.to_owned());
            at += 1;
            if !tokens.get(at).is_some_and(|next| next.is(",")) {
                break;
            }
            at += 1;
        }
        at
    }

    /// `function a.b:c(x)`: its first name has to be known, its parameters are its own.
    fn function(
        &mut self,
        tokens: &[Token<'_>],
        mut at: usize,
        found: &mut Vec<(String, usize)>,
    ) -> usize {
        if let Some(first) = tokens.get(at).and_then(Token::word) {
            self.name(tokens, at, first, found);
            while tokens.get(at).is_some_and(|token| !token.is("(")) {
                at += 1;
            }
        }
        self.parameters(tokens, at)
    }

    fn parameters(&mut self, tokens: &[Token<'_>], mut at: usize) -> usize {
        let mut names = HashSet::new();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                Token::Word(name, _) => drop(names.insert((*name).to_owned())),
                Token::Sign(")") => break,
                Token::Sign(_) => {}
            }
        }
        self.open(names);
        at
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = length_of(rest, first);
        let (part, after) = rest.split_at(length);
        let is_word = first.is_ascii_alphabetic() || first == '_';
        if is_word {
            tokens.push(Token::Word(part, line));
        } else if !first.is_whitespace() && !part.starts_with("--") {
            tokens.push(Token::Sign(part));
        }
        line += part.matches('\n').count();
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
        '"' | '\'' | '`' => quoted(rest, first),
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

fn quoted(text: &str, quote: char) -> usize {
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
