//! Every code has a page, and the examples of the page are what it says they are.

use std::collections::BTreeSet;

use super::{accepted, found};
use crate::parse::pages::PAGES;

/// Makes a whole workflow of an example: a list is its steps, and what every file needs is added.
fn whole(example: &str) -> String {
    let top =
        if example.starts_with("- ") { format!("steps:\n{example}") } else { example.to_owned() };
    let has = |key: &str| top.lines().any(|line| line.starts_with(key));
    let mut text = String::new();
    if !has("version:") {
        text.push_str("version: 1\n");
    }
    if !has("name:") {
        text.push_str("name: example\n");
    }
    if !has("steps:") {
        text.push_str("steps: [{id: hi, uses: log}]\n");
    }
    text + &top
}

/// Returns the examples of a page in order.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("```").next().expect("a block ends")).collect()
}

fn codes(text: &str) -> BTreeSet<String> {
    found(text).lines().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn the_wrong_example_of_each_page_has_its_mistake_and_no_other() {
    let mut seen = 0;
    for (code, page) in PAGES.iter().filter(|(code, _)| !["Y02", "Y10"].contains(code)) {
        let examples = examples(page);
        assert_eq!(examples.len(), 2, "{code} shows what is wrong and what is right");
        let text = whole(examples[0]);
        assert_eq!(
            codes(&text),
            BTreeSet::from([(*code).to_owned()]),
            "in\n{text}\n{}",
            found(&text)
        );
        seen += 1;
    }
    assert!(seen > 25);
}

#[test]
fn the_right_example_of_each_page_is_right() {
    for (_, page) in PAGES.iter().filter(|(code, _)| *code != "Y02") {
        accepted(&whole(examples(page)[1]));
    }
}

#[test]
fn a_page_begins_with_its_code_and_fits_a_terminal() {
    for (code, page) in PAGES {
        assert!(page.starts_with(&format!("{code}: ")), "{code}");
        assert!(
            page.ends_with('\n') && page.lines().all(|line| line.chars().count() <= 100),
            "{code}"
        );
    }
    assert!(PAGES.is_sorted());
}

#[test]
fn a_list_is_no_workflow() {
    let page = PAGES.iter().find(|(code, _)| *code == "Y10").expect("it has a page").1;
    assert_eq!(codes(examples(page)[0]), BTreeSet::from(["Y10".to_owned()]));
    assert_eq!(codes(""), BTreeSet::from(["Y10".to_owned()]));
    assert_eq!(codes("# nothing but a comment\n"), BTreeSet::from(["Y10".to_owned()]));
}
