//! Globals that nobody declared, and traps: found by the words of a file and the blocks around them.

use std::collections::{HashMap, HashSet};

use cutover_engine::diagnostic::nearest;

use super::Flaw;
use super::tokens::{Token, tokens};
use super::traps::{Meaning, Traps};
use crate::plugin::Plugin;

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

/// Returns each global that a file takes for granted, once a name, and each trap in it.
pub(super) fn walk(plugin: &Plugin, file: &str, text: &str) -> Vec<Flaw> {
    let tokens = tokens(text);
    let traps = Traps::new(plugin, file, &tokens);
    let mut walk = Walk {
        scopes: vec![HashMap::new()],
        nests: Vec::new(),
        pending: Vec::new(),
        unknown: Vec::new(),
        traps,
    };
    let mut at = 0;
    while at < tokens.len() {
        at = walk.step(&tokens, at);
    }
    let mut told = HashSet::new();
    walk.unknown.retain(|token| told.insert(token.text));
    let flaw = |token: &Token<'_>| {
        let name = token.text;
        let other = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
        let locals = walk.scopes.iter().flat_map(HashMap::keys).copied();
        let near = nearest(name, KNOWN.iter().copied().chain(locals));
        let help = match (other, near) {
            (Some((_, way)), _) => (*way).to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => format!("declare it: `local {name}`"),
        };
        let message = format!("`{name}` is declared nowhere");
        let at = Some((token.column, name.len()));
        Flaw { file: file.to_owned(), line: token.line, at, message, help }
    };
    let mut flaws: Vec<Flaw> = walk.unknown.iter().map(flaw).collect();
    flaws.append(&mut walk.traps.flaws);
    flaws.sort_by_key(|flaw| (flaw.line, flaw.at));
    flaws
}

/// Where a walk over a file is.
struct Walk<'p, 't> {
    scopes: Vec<HashMap<&'t str, Meaning<'p>>>,
    /// Open brackets, and functions inside of them: a name before `=` is a key only right in `{`.
    nests: Vec<char>,
    /// Names of a `for`, which count from its `do` on.
    pending: Vec<&'t str>,
    /// What nobody has declared.
    unknown: Vec<Token<'t>>,
    traps: Traps<'p>,
}

/// Names of which nothing is known but that they are there.
fn plain<'p, 't>(names: impl IntoIterator<Item = &'t str>) -> HashMap<&'t str, Meaning<'p>> {
    names.into_iter().map(|name| (name, Meaning::Other)).collect()
}

impl<'p, 't> Walk<'p, 't> {
    /// Looks at a token and returns where the next one stands.
    fn step(&mut self, tokens: &[Token<'t>], at: usize) -> usize {
        let Some(word) = tokens[at].word() else {
            match tokens[at].text {
                "{" => self.nests.push('{'),
                "(" | "[" => self.nests.push('('),
                "}" | ")" | "]" => drop(self.nests.pop()),
                _ => {}
            }
            return at + 1;
        };
        match word {
            "local" => return self.local(tokens, at + 1),
            "for" => return self.names_of_for(tokens, at + 1),
            "function" => return self.function(tokens, at + 1),
            "do" => {
                let names = plain(self.pending.drain(..));
                self.open(names);
            }
            "then" | "repeat" => self.open(HashMap::new()),
            "else" => {
                self.close();
                self.open(HashMap::new());
            }
            "end" | "elseif" => drop(self.close()),
            // What a loop declares is known in its condition: it stays known.
            "until" => {
                let names = self.close();
                self.scopes.last_mut().expect("the file's own scope").extend(names);
            }
            _ if KEYWORDS.contains(&word) => {}
            _ => self.name(tokens, at),
        }
        at + 1
    }

    fn open(&mut self, names: HashMap<&'t str, Meaning<'p>>) {
        self.scopes.push(names);
        self.nests.push('b');
    }

    fn close(&mut self) -> HashMap<&'t str, Meaning<'p>> {
        self.nests.pop();
        if self.scopes.len() > 1 { self.scopes.pop().unwrap_or_default() } else { HashMap::new() }
    }

    fn declare(&mut self, name: &'t str, meaning: Meaning<'p>) {
        self.scopes.last_mut().expect("the file's own scope").insert(name, meaning);
    }

    fn meaning(&self, name: &str) -> Option<&Meaning<'p>> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    fn name(&mut self, tokens: &[Token<'t>], at: usize) {
        let name = tokens[at].text;
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let is_field = before.is_some_and(|token| token.is(".") || token.is(":") || token.is("::"));
        let is_key = self.nests.last() == Some(&'{')
            && tokens.get(at + 1).is_some_and(|next| next.is("="))
            && before.is_some_and(|token| token.is("{") || token.is(",") || token.is(";"));
        if is_field || is_key {
            return;
        }
        match self.meaning(name).cloned() {
            Some(meaning) => self.traps.look(tokens, at, meaning),
            None if KNOWN.contains(&name) => {}
            None => self.unknown.push(tokens[at]),
        }
    }

    /// `local a, b`, `local function f`: known from here on, which is near enough.
    fn local(&mut self, tokens: &[Token<'t>], mut at: usize) -> usize {
        if tokens.get(at).and_then(Token::word).is_some_and(|word| word == "function") {
            if let Some(name) = tokens.get(at + 1).and_then(Token::word) {
                self.declare(name, Meaning::Other);
            }
            return self.parameters(tokens, at + 2, None);
        }
        let first = at;
        while let Some(name) = tokens.get(at).and_then(Token::word) {
            let meaning = match at == first {
                true => self.given(tokens, at + 1),
                false => Meaning::Other,
            };
            self.declare(name, meaning);
            at += 1;
            if !tokens.get(at).is_some_and(|next| next.is(",")) {
                break;
            }
            at += 1;
        }
        at
    }

    /// Returns what a name is given with `= a.b.c`, where that is known.
    fn given(&mut self, tokens: &[Token<'t>], at: usize) -> Meaning<'p> {
        let value = tokens.get(at + 1).filter(|_| tokens[at].is("=")).and_then(Token::word);
        match value.and_then(|name| self.meaning(name).cloned()) {
            Some(meaning) => self.traps.value(tokens, at + 1, meaning),
            None => Meaning::Other,
        }
    }

    fn names_of_for(&mut self, tokens: &[Token<'t>], mut at: usize) -> usize {
        self.pending.clear();
        while let Some(name) = tokens.get(at).and_then(Token::word) {
            self.pending.push(name);
            at += 1;
            if !tokens.get(at).is_some_and(|next| next.is(",")) {
                break;
            }
            at += 1;
        }
        at
    }

    /// `function a.b:c(x)`: its first name has to be known, its parameters are its own.
    fn function(&mut self, tokens: &[Token<'t>], mut at: usize) -> usize {
        // `put.run = function(..)`
        let mut of = match at.checked_sub(5).map(|from| &tokens[from..at - 1]) {
            Some([table, dot, _, is]) if dot.is(".") && is.is("=") => table.word(),
            _ => None,
        };
        if tokens.get(at).is_some_and(|token| token.is_word) {
            self.name(tokens, at);
            let is_dot = tokens.get(at + 1).is_some_and(|next| next.is("."));
            of = tokens[at].word().filter(|_| is_dot);
            while tokens.get(at).is_some_and(|token| !token.is("(")) {
                at += 1;
            }
        }
        self.parameters(tokens, at, of)
    }

    fn parameters(&mut self, tokens: &[Token<'t>], mut at: usize, of: Option<&str>) -> usize {
        let mut names = HashMap::new();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.word() {
                Some(name) => {
                    let meaning = self.traps.parameter(of, names.len(), name);
                    names.insert(name, meaning);
                }
                None if token.is(")") => break,
                None => {}
            }
        }
        self.open(names);
        at
    }
}
