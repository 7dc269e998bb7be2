//! The page of every code: the engine's, and those of plugins.

use cutover_engine::explain as engine;

use crate::manifest::pages::PAGES;

/// Returns the page of a code such as `M06`.
pub fn page(code: &str) -> Option<&'static str> {
    let own = PAGES.iter().find(|(known, _)| *known == code);
    own.map(|(_, page)| *page).or_else(|| engine::page(code))
}

/// Returns all codes, sorted.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let mut codes: Vec<&str> = engine::codes().chain(PAGES.iter().map(|(code, _)| *code)).collect();
    codes.sort_unstable();
    codes.into_iter()
}
