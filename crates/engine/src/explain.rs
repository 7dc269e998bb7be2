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

#[cfg(test)]
mod tests {
    use super::{codes, page};

    #[test]
    fn every_code_stands_once_and_in_order() {
        let all: Vec<&str> = codes().collect();
        assert!(all.is_sorted() && all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        for family in ["C", "G", "L", "P", "T"] {
            assert!(
                all.iter().any(|code| code.starts_with(family)),
                "no code begins with {family}"
            );
        }
    }

    #[test]
    fn every_page_begins_with_its_code() {
        for code in codes() {
            let page = page(code).expect("the code is in the list");
            let first = page.lines().next().unwrap_or("");
            assert!(first.contains(code), "{code}: {first}");
        }
        assert_eq!(page("no such code"), None);
    }
}
