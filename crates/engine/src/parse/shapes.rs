//! Single values: text, names, lengths of time, numbers, words to choose from.

use super::reader::{Reader, listed};
use super::tree::{Pair, Scalar, Style, Yaml};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Span, Spanned};
use crate::time::Duration;
use crate::value::Value;

/// What to write for a length of time.
const DURATION_FORM: &str =
    "write whole numbers with units, largest first: `90s`, `15m`, `24h`, `30d`, `1d12h`";

impl Reader<'_> {
    /// Reads text that may hold templates; a number or boolean is shown how to become text.
    pub fn text<'y>(&mut self, node: &'y Yaml, what: &str) -> Option<&'y Scalar> {
        let Some(scalar) = node.as_scalar() else {
            self.wrong_kind(node, what, "text", "one value");
            return None;
        };
        if let Value::Text(_) = scalar.value {
            return Some(scalar);
        }
        if scalar.value.is_null() {
            self.wrong_kind(node, what, "text", "a text");
            return None;
        }
        self.push(unquoted(what, scalar, node.span));
        None
    }

    /// Reads text without templates.
    pub fn words(&mut self, node: &Yaml, what: &str) -> Option<Spanned<String>> {
        let scalar = self.text(node, what)?;
        if scalar.style != Style::Bare && !scalar.text.contains("{{") {
            return Some(Spanned::new(scalar.text.clone(), node.span));
        }
        if scalar.style != Style::Bare {
            self.push(literal_only(what, node.span));
        }
        None
    }

    /// Reads the text of a key.
    pub fn words_of(&mut self, pair: &Pair) -> Option<Spanned<String>> {
        self.words(&pair.value, &format!("`{}`", pair.key))
    }

    /// Reads a list of texts.
    pub fn texts(&mut self, pair: &Pair, form: &str) -> Option<Vec<Spanned<String>>> {
        let one = pair.value.as_scalar().map(|scalar| format!("`{}: [{}]`", pair.key, scalar.text));
        let items = self.list(pair, one.as_deref().unwrap_or(form))?;
        let what = format!("an item of `{}`", pair.key);
        Some(items.iter().filter_map(|item| self.words(item, &what)).collect())
    }

    /// Reads a length of time.
    pub fn duration(&mut self, pair: &Pair) -> Option<Spanned<Duration>> {
        let what = format!("`{}`", pair.key);
        let Some(scalar) = pair.value.as_scalar() else {
            self.wrong_kind(&pair.value, &what, "a length of time", "`30s`");
            return None;
        };
        if scalar.style == Style::Bare {
            return None;
        }
        if scalar.text.contains("{{") {
            self.push(literal_only(&what, pair.value.span));
            return None;
        }
        if let Some(length) = Duration::parse(&scalar.text) {
            return Some(Spanned::new(length, pair.value.span));
        }
        let message = format!("{what} is a length of time, and `{}` is none", scalar.text);
        let help = match (&scalar.value, guess_duration(&scalar.text)) {
            (Value::Int(number), _) => {
                format!(
                    "a number needs a unit: `{number}s`, `{number}m`, `{number}h` or `{number}d`"
                )
            }
            (_, Some(meant)) => format!("did you mean `{meant}`?"),
            (_, None) => DURATION_FORM.to_owned(),
        };
        self.push(Diagnostic::error("K07", pair.value.span, message).help(help));
        None
    }

    /// Reads a length of time that is not zero.
    pub fn some_time(&mut self, pair: &Pair) -> Option<Spanned<Duration>> {
        let length = self.duration(pair)?;
        if length.value.0 > 0 {
            return Some(length);
        }
        let message = format!("`{}` is zero", pair.key);
        self.push(Diagnostic::error("K08", length.span, message).help("give it some time: `30s`"));
        None
    }

    /// Reads a whole number, one or more.
    pub fn count(&mut self, pair: &Pair) -> Option<Spanned<u32>> {
        let span = pair.value.span;
        let number = match pair.value.as_scalar().map(|scalar| &scalar.value) {
            Some(Value::Int(number)) => *number,
            Some(_) | None => {
                let what = format!("`{}`", pair.key);
                self.wrong_kind(
                    &pair.value,
                    &what,
                    "a whole number",
                    "it without quotes, such as `4`",
                );
                return None;
            }
        };
        match u32::try_from(number) {
            Ok(count) if count > 0 => Some(Spanned::new(count, span)),
            Ok(_) | Err(_) => {
                let message = format!("`{}` is one or more, and this is {number}", pair.key);
                self.push(Diagnostic::error("K08", span, message).help("write a number from 1 on"));
                None
            }
        }
    }

    /// Reads `true` or `false`.
    pub fn flag(&mut self, pair: &Pair) -> Option<bool> {
        match pair.value.as_scalar().map(|scalar| &scalar.value) {
            Some(Value::Bool(truth)) => Some(*truth),
            Some(_) | None => {
                let what = format!("`{}`", pair.key);
                self.wrong_kind(
                    &pair.value,
                    &what,
                    "a boolean",
                    "`true` or `false`, without quotes",
                );
                None
            }
        }
    }

    /// Reads one of some words; returns its number.
    pub fn choice(&mut self, pair: &Pair, words: &[&str]) -> Option<Spanned<usize>> {
        let written = self.words_of(pair)?;
        if let Some(at) = words.iter().position(|word| *word == written.value) {
            return Some(Spanned::new(at, written.span));
        }
        let message = format!("`{}` can't be `{}`", pair.key, written.value);
        let help = match nearest(&written.value, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of {}", listed(words.iter().copied())),
        };
        self.push(Diagnostic::error("K09", written.span, message).help(help));
        None
    }
}

/// Says that a number or boolean stands where text is wanted, and how it becomes text.
pub(super) fn unquoted(what: &str, scalar: &Scalar, span: Span) -> Diagnostic {
    let reads = match &scalar.value {
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Int(number) if number.to_string() != scalar.text => format!("the number {number}"),
        Value::Float(number) if number.to_string() != scalar.text => format!("the number {number}"),
        _ => "a number".to_owned(),
    };
    let message = format!("{what} is text, and `{}` without quotes is {reads}", scalar.text);
    Diagnostic::error("K04", span, message).help(format!("quote it: \"{}\"", scalar.text))
}

/// Says that no template may stand here.
pub(super) fn literal_only(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("K10", span, format!("{what} is literal: no template may stand in it"))
        .help("write the value itself")
}

/// Guesses the length of time that is meant by another way to write one.
fn guess_duration(text: &str) -> Option<String> {
    const UNITS: &[(&str, u64, &str)] = &[
        ("s", 1, "s"),
        ("sec", 1, "s"),
        ("secs", 1, "s"),
        ("second", 1, "s"),
        ("seconds", 1, "s"),
        ("min", 1, "m"),
        ("mins", 1, "m"),
        ("minute", 1, "m"),
        ("minutes", 1, "m"),
        ("hr", 1, "h"),
        ("hrs", 1, "h"),
        ("hour", 1, "h"),
        ("hours", 1, "h"),
        ("H", 1, "h"),
        ("day", 1, "d"),
        ("days", 1, "d"),
        ("D", 1, "d"),
        ("d", 1, "d"),
        ("h", 1, "h"),
        ("m", 1, "m"),
        ("w", 7, "d"),
        ("wk", 7, "d"),
        ("week", 7, "d"),
        ("weeks", 7, "d"),
    ];
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let count: u64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim();
    let (_, times, short) = UNITS.iter().find(|(name, _, _)| *name == unit)?;
    Some(format!("{}{short}", count.checked_mul(*times)?))
}
