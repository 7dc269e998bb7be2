//! The names that a plugin's code is given: of fields, and of options in the braces of a call.

use super::tokens::Token;

pub(super) const CONTEXT: &[&str] =
    &["attempt", "config", "exec", "fs", "http", "key", "log", "now", "random", "run_id", "sleep"];
pub(super) const FILES: &[&str] = &["read", "remove", "write"];
pub(super) const LOG: &[&str] = &["debug", "error", "info", "warn"];
pub(super) const SECRET: &[&str] = &["base64", "fingerprint", "json", "trim"];
pub(super) const ANSWER: &[&str] = &["headers", "json", "secret", "status", "text", "toml"];
pub(super) const ENDED: &[&str] = &["code", "json", "secret", "text", "toml"];
pub(super) const CLIENT: &[&str] = &["base", "basic", "headers"];
pub(super) const REQUEST: &[&str] =
    &["accept", "as", "basic", "body", "follow_up", "form", "headers", "json", "query", "seal"];
pub(super) const EXEC: &[&str] =
    &["accept", "argv", "as", "cwd", "env", "follow_up", "seal", "stdin"];
pub(super) const READ: &[&str] = &["as", "seal"];

/// Returns the names right in the first braces that a call's own parentheses hold, or that are its
/// only argument.
pub(super) fn keys<'a, 't>(arguments: &'a [Token<'t>]) -> Vec<&'a Token<'t>> {
    let own = usize::from(arguments.first().is_some_and(|token| token.is("(")));
    let (mut depth, mut found) = (0, Vec::new());
    for (at, token) in arguments.iter().enumerate() {
        match token.text {
            "(" | "{" | "[" => depth += 1,
            ")" | "}" | "]" => depth -= 1,
            _ => {}
        }
        let begins = at > 0 && ["{", ",", ";"].iter().any(|sign| arguments[at - 1].is(sign));
        let is_given = arguments.get(at + 1).is_some_and(|next| next.is("="));
        // Names with `=` stand in braces alone.
        if token.is_word && begins && is_given && depth == own + 1 {
            found.push(token);
        }
    }
    found
}

/// Returns names for people.
pub(super) fn ticked<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!("`{}`", names.join("`, `"))
}
