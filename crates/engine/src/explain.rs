//! The page of every code: what is wrong, why it matters, what to write.

use crate::{check, parse, template};

/// Returns the page of a code such as `L08`.
pub fn page(code: &str) -> Option<&'static str> {
    pages().find(|(known, _)| *known == code).map(|(_, page)| page)
}

/// Returns all codes, sorted.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let mut codes: Vec<&str> = pages().map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes.into_iter()
}

fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = parse::pages::PAGES.iter().chain(check::pages::PAGES).chain(check::rules::PAGES);
    own.chain(template::pages::PAGES).copied()
}
