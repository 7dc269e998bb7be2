//! What the reader says where a text is no YAML, in words that help.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::value::clean;

/// What it says of tabs.
const TABS: [&str; 3] = ["tabs ", "a tab", "tab cannot"];

/// What tabs mean, and what to do.
const TAB: (&str, &str) = ("a tab stands where YAML wants spaces", "indent with spaces");

/// What the reader says, what it means, what to do. The first that fits counts.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "recursion limit",
        "brackets stand in brackets far too deep",
        "close those that were opened by mistake",
    ),
    ("unexpected character", "a value can't begin with this character", "put the value in quotes"),
    (
        "mapping values are not allowed",
        "a `: ` stands inside a value",
        "put the value in quotes, or check the indentation of this line",
    ),
    (
        "did not find expected key",
        "this line does not belong to the mapping above it",
        "check its indentation and the quotes and brackets of the line above",
    ),
    (
        "did not find expected '-' indicator",
        "this line does not belong to the list above it",
        "begin it with `- `, or check its indentation",
    ),
    ("could not find expected ':'", "a key has no colon behind it", "write `key: value`"),
    ("simple key", "a key has no colon behind it", "write `key: value` on one line"),
    ("unexpected end of stream", "the text ends inside quotes", "close the quotes that begin here"),
    (
        "',' or '}'",
        "a mapping in braces is not closed",
        "put a comma between its entries and a `}` at the end; quote values with braces in them",
    ),
    (
        "',' or ']'",
        "a list in brackets is not closed",
        "put a comma between its items and a `]` at the end; quote values with brackets in them",
    ),
    (
        "unknown escape",
        "this backslash means nothing in double quotes",
        "double it, or use single quotes, in which a backslash is just a backslash",
    ),
    ("indicator", "a value can't begin with this character", "put the value in quotes"),
    (
        "cannot start any token",
        "a value can't begin with this character",
        "put the value in quotes",
    ),
];

/// Makes the finding for a place where the reader gave up.
pub(super) fn explain(text: &str, byte: usize, why: &str) -> Diagnostic {
    let is_tab = TABS.iter().any(|words| why.contains(words));
    let byte = if is_tab { next_tab(text, byte) } else { byte };
    let start = text.floor_char_boundary(byte.min(text.len()));
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    let span = Span::new(start, start + length);
    let known = EXPLAINED.iter().find(|(part, _, _)| why.contains(part));
    let known = known.map(|(_, message, help)| (*message, *help)).filter(|_| !is_tab);
    let (message, help) = match known.or(is_tab.then_some(TAB)) {
        Some((message, help)) => (message.to_owned(), help),
        None => (format!("this is not YAML: {}", clean(why)), "check this line and the one above"),
    };
    Diagnostic::error("Y01", span, message)
        .label("reading stopped here")
        .help(format!("{help}; what follows was not read"))
}

/// The reader names the end of the line before, or what comes after the tab.
fn next_tab(text: &str, byte: usize) -> usize {
    if text.get(..byte).is_some_and(|before| before.ends_with('\t')) {
        return byte - 1;
    }
    text.get(byte..).and_then(|rest| rest.find('\t')).map_or(byte, |at| byte + at)
}
