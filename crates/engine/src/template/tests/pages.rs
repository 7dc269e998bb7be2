//! Every page's examples: what it calls wrong raises its code and no other, what it calls right
//! nothing.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::template::pages::PAGES;
use crate::template::tests::world::{World, placed};
use crate::template::{Expr, Template};

const BARE: [&str; 3] = ["when", "until", "for_each"];

/// The codes that a line of an example raises.
fn codes(key: &str, text: &str) -> Vec<&'static str> {
    let world = World::new();
    let found = if BARE.contains(&key) {
        Expr::parse(text, placed(text)).and_then(|expr| expr.infer(&world))
    } else {
        Template::parse(text, placed(text)).and_then(|template| template.infer(&world))
    };
    let mut codes: Vec<&str> =
        found.err().unwrap_or_default().iter().map(|found: &Diagnostic| found.code).collect();
    codes.dedup();
    codes
}

fn example(page: &str, heading: &str) -> IndexMap<String, String> {
    let after = page.split(&format!("\n{heading}:\n\n```yaml\n")).nth(1);
    let block = after.and_then(|after| after.split("```").next());
    let block = block.unwrap_or_else(|| panic!("`{heading}` is missing in\n{page}"));
    serde_yaml::from_str(block).unwrap_or_else(|error| panic!("{error} in\n{block}"))
}

#[test]
fn what_a_page_calls_wrong_raises_its_code_and_what_it_calls_right_none() {
    for (code, page) in PAGES {
        assert!(page.starts_with(&format!("{code}: ")), "{page}");
        for (key, text) in example(page, "Wrong") {
            assert_eq!(codes(&key, &text), [*code], "wrong: {key}: {text}");
        }
        for (key, text) in example(page, "Right") {
            assert_eq!(codes(&key, &text), [""; 0], "{code}, right: {key}: {text}");
        }
    }
}

#[test]
fn the_page_of_helpers_lists_all_of_them() {
    let (_, page) = PAGES.iter().find(|(code, _)| *code == "T07").unwrap();
    let listed: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("    "))
        .flat_map(str::split_whitespace)
        .collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    let table: Vec<&str> = crate::template::helpers::names().collect();
    assert_eq!(sorted, table);
    assert!(table.is_sorted());
}
