//! `from` of a secret input: the one place that it comes from.

use super::keys;
use super::reader::{Reader, listed};
use super::tree::{Kind, Pair, Yaml};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::workflow::From;

/// Reads it.
pub(super) fn from(reader: &mut Reader<'_>, pair: &Pair) -> Option<From> {
    let fields = reader.fields(&pair.value, &keys::FROM, false)?;
    let given: Vec<&'static str> =
        keys::FROM.names().filter(|key| fields.get(key).is_some()).collect();
    if given.len() != 1 {
        if fields.is_whole() {
            reader.push(one_source(pair.span, &given));
        }
        return None;
    }
    if let Some(pair) = fields.get("env") {
        return variable(reader, pair).map(From::Env);
    }
    if let Some(pair) = fields.get("file") {
        return filled(reader, pair).map(From::File);
    }
    fields.get("command").and_then(|pair| command(reader, pair)).map(From::Command)
}

fn one_source(span: Span, given: &[&str]) -> Diagnostic {
    let message = if given.is_empty() {
        "`from` does not say where the secret comes from".to_owned()
    } else {
        format!("a secret comes from one place, and this names {}", listed(given.iter().copied()))
    };
    Diagnostic::error("K20", span, message)
        .help("write one of `{env: NAME}`, `{file: PATH}`, `{command: [program, argument]}`")
}

fn variable(reader: &mut Reader<'_>, pair: &Pair) -> Option<String> {
    let name = filled(reader, pair)?;
    let bare = name.strip_prefix('$').unwrap_or(&name).trim_matches(['{', '}']);
    let fits = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if fits(&name) {
        return Some(name);
    }
    let message = format!("`{name}` is not the name of an environment variable");
    let found = Diagnostic::error("K20", pair.value.span, message);
    reader.push(if fits(bare) {
        found.help(format!("write the name alone: `{bare}`"))
    } else {
        found.help("letters, digits and underscores, a letter first")
    });
    None
}

fn filled(reader: &mut Reader<'_>, pair: &Pair) -> Option<String> {
    let words = reader.words_of(pair)?;
    if words.value.trim().is_empty() {
        let message = format!("`{}` is empty", pair.key);
        reader.push(Diagnostic::error("K20", words.span, message));
        return None;
    }
    Some(words.value)
}

fn command(reader: &mut Reader<'_>, pair: &Pair) -> Option<Vec<String>> {
    if let Some(scalar) = pair.value.as_scalar() {
        let argv: Vec<&str> = scalar.text.split_whitespace().collect();
        let message = "`command` is a list: a program and its arguments, no shell";
        let found = Diagnostic::error("K20", pair.value.span, message);
        reader.push(found.help(format!("write `command: [{}]`", argv.join(", "))));
        return None;
    }
    let argv = reader.texts(pair, "`command: [program, argument]`")?;
    let whole = matches!(&pair.value.kind, Kind::List(items) if items.len() == argv.len());
    if argv.first().is_none_or(|program| program.value.trim().is_empty()) {
        if whole {
            empty_command(reader, &pair.value);
        }
        return None;
    }
    whole.then(|| argv.into_iter().map(|word| word.value).collect())
}

fn empty_command(reader: &mut Reader<'_>, node: &Yaml) {
    let found = Diagnostic::error("K20", node.span, "`command` names no program");
    reader.push(found.help("write `command: [program, argument]`"));
}
