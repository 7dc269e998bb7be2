//! The pages hold: what they call refused is refused by that rule, what they call accepted is fine.

use super::PAGES;
use super::testing::{codes, findings};

/// Returns the workflows of a page, as text.
fn examples(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_rule_has_a_page_that_begins_with_its_code() {
    let expected: Vec<String> = (1..=16).map(|nth| format!("L{nth:02}")).collect();
    let listed: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
    assert_eq!(listed, expected);
    for (code, page) in PAGES {
        assert!(page.starts_with(&format!("{code}: ")), "{page}");
        assert!(page.lines().count() <= 50, "the page of {code} is too long");
    }
}

#[test]
fn what_a_page_calls_refused_is_refused_and_what_it_calls_accepted_is_fine() {
    // L09 is about two files, and L04 has its own tests.
    for (code, page) in PAGES.iter().filter(|(code, _)| !["L04", "L09"].contains(code)) {
        let examples = examples(page);
        let [wrong, right] = examples.as_slice() else { panic!("{code} has not two examples") };
        assert!(
            codes(wrong).contains(code),
            "{code} does not refuse\n{wrong}{:?}",
            findings(wrong).0
        );
        assert_eq!(codes(right), Vec::<&str>::new(), "{code}\n{right}{:?}", findings(right).0);
    }
}
