//! The pages of all codes, put together from where they are raised.

use cutover_engine::{check, parse};

/// Returns the page of a code.
pub(crate) fn page(code: &str) -> Option<&'static str> {
    all().find(|(name, _)| *name == code).map(|(_, page)| page)
}

/// Returns all codes.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    all().map(|(code, _)| code)
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    parse::pages::PAGES.iter().chain(check::pages::PAGES).copied()
}
