//! What Luau lets pass in silence, found by what is declared: a name that nobody has, a secret that
//! is compared with a text, a field of what is text.

use std::collections::{HashMap, HashSet};

use cutover_engine::diagnostic::nearest;
use cutover_engine::types::Type;

use super::Flaw;
use super::names::{
    ANSWER, CLIENT, CONTEXT, ENDED, EXEC, FILES, LOG, READ, REQUEST, SECRET, keys, ticked,
};
use super::tokens::{Token, after, below, quoted, shown};
use crate::manifest::{CONFIG, StepDecl};
use crate::plugin::Plugin;

/// What is known of a name or of what a name leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning<'p> {
    Other,
    Context,
    Config,
    Params(&'p StepDecl),
    Outputs(&'p StepDecl),
    Files,
    Log,
    Http,
    Exec,
    ReadFile,
    Client,
    Answer,
    Ended,
    /// JSON, and the way into it from its top.
    Json(String),
    Secret,
    Text,
    Choice(&'p [String]),
}

/// What is found in one file.
pub(super) struct Traps<'p> {
    plugin: &'p Plugin,
    file: &'p str,
    /// Which local holds the functions of which step.
    steps: HashMap<String, &'p StepDecl>,
    /// The ways to what is taken out of answers.
    sealed: HashSet<String>,
    /// What is used of the context that the manifest does not need.
    unneeded: HashSet<&'static str>,
    pub(super) flaws: Vec<Flaw>,
}

impl<'p> Traps<'p> {
    pub(super) fn new(plugin: &'p Plugin, file: &'p str, tokens: &[Token<'_>]) -> Self {
        Self {
            plugin,
            file,
            steps: steps(plugin, tokens),
            sealed: sealed(tokens),
            unneeded: HashSet::new(),
            flaws: Vec::new(),
        }
    }

    /// Returns what a parameter of a function is: of a step's function by its place, else by the
    /// name that everybody gives it.
    pub(super) fn parameter(&self, of: Option<&str>, at: usize, name: &str) -> Meaning<'p> {
        match (of.and_then(|local| self.steps.get(local)), at) {
            (Some(_), 0) => Meaning::Context,
            (Some(step), 1) => Meaning::Params(step),
            (Some(step), 2) => Meaning::Outputs(step),
            _ if name == "ctx" => Meaning::Context,
            _ => Meaning::Other,
        }
    }

    /// Looks at a name and at what stands around it.
    pub(super) fn look(&mut self, tokens: &[Token<'_>], at: usize, meaning: Meaning<'p>) {
        let (meaning, end) = self.follow(tokens, at, meaning);
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        let is_equality = |token: &&Token<'_>| token.is("==") || token.is("~=");
        let (left, right) = (before(1), tokens.get(end));
        let other = match (left.filter(is_equality), right.filter(is_equality)) {
            (_, Some(_)) => tokens.get(end + 1),
            (Some(_), None) => before(2),
            (None, None) => None,
        };
        let shown = || shown(&tokens[at..end]);
        match &meaning {
            Meaning::Secret if left.is_some_and(|token| token.is("#")) => {
                let message = format!("`{}` is a secret: its length is not told", shown());
                self.flaw(&tokens[at..end], message, "give its limits in plugin.yaml".to_owned());
            }
            Meaning::Secret if other.is_some_and(|other| other.text != "nil") => {
                let message = format!("`{}` is a secret: it equals no text, ever", shown());
                let help = "`crypto.equal(one, other)` compares two secrets; nothing compares one \
                            with a text";
                self.flaw(&tokens[at..end], message, help.to_owned());
            }
            Meaning::Choice(words) => {
                let Some(text) = other.and_then(quoted) else { return };
                if words.iter().any(|word| word == text) {
                    return;
                }
                let message = format!("`{}` is never `{text}`", shown());
                let near = nearest(text, words.iter().map(String::as_str));
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| format!("it is one of {}", ticked(words)));
                self.flaw(&tokens[at..end], message, help);
            }
            _ => {}
        }
    }

    /// Returns what the value is that a `local` is given; other where it is more than a name with
    /// what is in it.
    pub(super) fn value(
        &mut self,
        tokens: &[Token<'_>],
        at: usize,
        meaning: Meaning<'p>,
    ) -> Meaning<'p> {
        let told = self.flaws.len();
        let (meaning, end) = self.follow(tokens, at, meaning);
        // It is looked at once more, and told, when the walk comes to it.
        self.flaws.truncate(told);
        let ends = tokens.get(end).is_none_or(|next| match next.word() {
            Some(word) => word != "and" && word != "or",
            None => next.is(";") || next.is(","),
        });
        if ends { meaning } else { Meaning::Other }
    }

    /// Follows a name into its fields and calls; returns what that is and where it ends.
    fn follow(
        &mut self,
        tokens: &[Token<'_>],
        at: usize,
        mut meaning: Meaning<'p>,
    ) -> (Meaning<'p>, usize) {
        let mut end = at + 1;
        while let Some(token) = tokens.get(end) {
            let next = tokens.get(end + 1).filter(|next| next.is_word);
            match (token, next) {
                (token, Some(name)) if token.is(".") => {
                    meaning = self.field(&meaning, name);
                    end += 2;
                }
                (token, Some(name)) if token.is(":") => {
                    let closes = after(tokens, end + 2);
                    if meaning == Meaning::Client {
                        self.options(&tokens[end + 2..closes], REQUEST, "a request");
                    }
                    meaning = self.method(&meaning, name);
                    end = closes;
                }
                (token, _) if token.is("(") || token.is("{") || token.is_text() => {
                    let closes = after(tokens, end);
                    self.given(&meaning, &tokens[end..closes]);
                    meaning = called(&meaning, &tokens[end..closes]);
                    end = closes;
                }
                (token, _) if token.is("[") => {
                    meaning = match meaning {
                        Meaning::Json(way) => Meaning::Json(below(&way, "*")),
                        _ => Meaning::Other,
                    };
                    end = after(tokens, end);
                }
                _ => break,
            }
        }
        (meaning, end)
    }

    /// Looks at the options of a call.
    fn given(&mut self, of: &Meaning<'p>, arguments: &[Token<'_>]) {
        match of {
            Meaning::Http => self.options(arguments, CLIENT, "`ctx.http`"),
            Meaning::Exec => self.options(arguments, EXEC, "`ctx.exec`"),
            Meaning::ReadFile => self.options(arguments, READ, "`ctx.fs.read`"),
            _ => {}
        }
    }

    fn options(&mut self, arguments: &[Token<'_>], names: &[&str], what: &str) {
        for name in keys(arguments) {
            self.listed(name, names, what);
        }
    }

    fn field(&mut self, of: &Meaning<'p>, name: &Token<'_>) -> Meaning<'p> {
        let is = name.text;
        match of {
            Meaning::Context => self.of_context(name),
            Meaning::Config => {
                let plugin = self.plugin;
                let all = plugin.manifest.config.iter();
                let all = all.map(|of| (of.name.trim_start_matches(CONFIG), &of.ty));
                self.declared(name, all.collect(), "`config:`")
            }
            Meaning::Params(step) => {
                let all = step.spec.written().map(|of| (of.name.as_str(), &of.ty));
                self.declared(name, all.collect(), "the parameters of this step")
            }
            Meaning::Outputs(step) => {
                let all = step.spec.outputs.iter().map(|of| (of.name.as_str(), &of.ty));
                self.declared(name, all.collect(), "the outputs of this step")
            }
            Meaning::Files => {
                self.listed(name, FILES, "`ctx.fs`");
                if is == "read" { Meaning::ReadFile } else { Meaning::Other }
            }
            Meaning::Log => {
                self.listed(name, LOG, "`ctx.log`");
                Meaning::Other
            }
            Meaning::Answer | Meaning::Ended => {
                let is_http = *of == Meaning::Answer;
                let (names, what) = match is_http {
                    true => (ANSWER, "an answer of `ctx.http`"),
                    false => (ENDED, "what `ctx.exec` gives"),
                };
                self.listed(name, names, what);
                answered(is)
            }
            Meaning::Text => {
                let message = format!("`{is}` is taken of a text, which has no such field");
                let help = "it is the text itself; `json.decode` or `as = \"json\"` looks into it";
                self.flaw(&[*name], message, help.to_owned());
                Meaning::Other
            }
            Meaning::Secret => {
                self.listed(name, SECRET, "a secret: nothing in it can be read");
                Meaning::Other
            }
            Meaning::Json(way) => self.inside(&below(way, is)),
            // What a helper of the plugin's own gave is an answer as likely as not.
            Meaning::Other if is == "json" => Meaning::Json(String::new()),
            Meaning::Other
            | Meaning::Http
            | Meaning::Exec
            | Meaning::ReadFile
            | Meaning::Client
            | Meaning::Choice(_) => Meaning::Other,
        }
    }

    fn inside(&self, way: &str) -> Meaning<'p> {
        if self.sealed.contains(way) { Meaning::Secret } else { Meaning::Json(way.to_owned()) }
    }

    fn method(&mut self, of: &Meaning<'p>, name: &Token<'_>) -> Meaning<'p> {
        match of {
            Meaning::Secret => {
                self.listed(name, SECRET, "a secret: nothing in it can be read");
                if name.text == "fingerprint" { Meaning::Text } else { Meaning::Secret }
            }
            Meaning::Client => Meaning::Answer,
            _ => Meaning::Other,
        }
    }

    fn of_context(&mut self, name: &Token<'_>) -> Meaning<'p> {
        self.listed(name, CONTEXT, "`ctx`");
        let needs = &self.plugin.manifest.needs;
        let needed = match name.text {
            "http" => Some(("http", needs.http.is_empty(), Type::Url, "\"https://HOST\"")),
            "exec" => Some(("exec", needs.exec.is_empty(), Type::Any, "PROGRAM")),
            "fs" => Some(("fs", needs.fs.is_empty(), Type::Path, "/FOLDER")),
            _ => None,
        };
        if let Some((door, true, ty, example)) = needed
            && self.unneeded.insert(door)
        {
            let own = self.plugin.manifest.config.iter().find(|param| param.ty == ty);
            let own = own.map_or(example.to_owned(), |param| format!("{CONFIG}{}", param.name));
            let message =
                format!("`ctx.{door}` is used, and plugin.yaml needs nothing of `{door}`");
            let help = format!("add `needs: {{ {door}: [{own}] }}`: everything else is refused");
            self.flaw(&[*name], message, help);
        }
        match name.text {
            "config" => Meaning::Config,
            "http" => Meaning::Http,
            "exec" => Meaning::Exec,
            "fs" => Meaning::Files,
            "log" => Meaning::Log,
            "key" | "run_id" => Meaning::Text,
            _ => Meaning::Other,
        }
    }

    fn declared(
        &mut self,
        name: &Token<'_>,
        all: Vec<(&str, &'p Type)>,
        what: &str,
    ) -> Meaning<'p> {
        if let Some((_, ty)) = all.iter().find(|(known, _)| *known == name.text) {
            return match ty {
                Type::Secret => Meaning::Secret,
                Type::String | Type::Path | Type::Url | Type::Timestamp => Meaning::Text,
                Type::Enum(words) => Meaning::Choice(words),
                Type::Any
                | Type::Integer
                | Type::Number
                | Type::Boolean
                | Type::Duration
                | Type::List(_)
                | Type::Map(_)
                | Type::Object(_) => Meaning::Other,
            };
        }
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        self.listed(name, &names, what);
        Meaning::Other
    }

    /// Says so where a name is none of those that there are.
    fn listed(&mut self, name: &Token<'_>, names: &[&str], what: &str) {
        if names.contains(&name.text) {
            return;
        }
        let help = match nearest(name.text, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there is nothing in it: declare it first".to_owned(),
            None => format!("there are {}", ticked(names)),
        };
        self.flaw(&[*name], format!("`{}` is not in {what}", name.text), help);
    }

    fn flaw(&mut self, tokens: &[Token<'_>], message: String, help: String) {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let width = match first.line == last.line {
            true => last.column + last.text.chars().count() - first.column,
            false => first.text.chars().count(),
        };
        let file = self.file.to_owned();
        let at = Some((first.column, width));
        self.flaws.push(Flaw { file, line: first.line, at, message, help });
    }
}

fn answered<'p>(field: &str) -> Meaning<'p> {
    match field {
        "json" | "toml" => Meaning::Json(String::new()),
        "secret" => Meaning::Secret,
        "text" => Meaning::Text,
        _ => Meaning::Other,
    }
}

/// Returns what a call gives, by what stands in its parentheses.
fn called<'p>(of: &Meaning<'p>, arguments: &[Token<'_>]) -> Meaning<'p> {
    match of {
        Meaning::Http => Meaning::Client,
        Meaning::Exec => Meaning::Ended,
        Meaning::ReadFile => {
            let form = arguments.windows(3).find(|of| of[0].text == "as" && of[1].is("="));
            match form.map(|of| quoted(&of[2])) {
                None | Some(Some("text")) => Meaning::Text,
                Some(Some("secret")) => Meaning::Secret,
                Some(Some("json" | "toml")) => Meaning::Json(String::new()),
                Some(_) => Meaning::Other,
            }
        }
        _ => Meaning::Other,
    }
}

/// Returns what `return { put = put }` says: which local holds which step.
fn steps<'p>(plugin: &'p Plugin, tokens: &[Token<'_>]) -> HashMap<String, &'p StepDecl> {
    let last = tokens.iter().rposition(|token| token.word() == Some("return"));
    let returned = last.map(|at| &tokens[at..]).unwrap_or_default();
    let mut found = HashMap::new();
    for pair in returned.windows(3).filter(|pair| pair[1].is("=")) {
        if let (Some(name), Some(local)) = (pair[0].word(), pair[2].word())
            && let Some(step) = plugin.manifest.steps.get(name)
        {
            found.insert(local.to_owned(), step);
        }
    }
    found
}

/// Returns the ways in each `seal = { .. }`.
fn sealed(tokens: &[Token<'_>]) -> HashSet<String> {
    let mut found = HashSet::new();
    for at in 0..tokens.len().saturating_sub(2) {
        if tokens[at].word() == Some("seal") && tokens[at + 1].is("=") && tokens[at + 2].is("{") {
            let list = &tokens[at + 2..after(tokens, at + 2)];
            found.extend(list.iter().filter_map(quoted).map(str::to_owned));
        }
    }
    found
}
