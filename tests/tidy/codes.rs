//! Every code has a page and a test; every step has a manual, an example and a test.

use std::collections::BTreeSet;

use crate::{none, rust_files};

#[test]
fn every_code_that_is_raised_has_a_page_and_a_test() {
    let pages: BTreeSet<&str> = cutover_lua::explain::codes().collect();
    let raised = codes_in(|path, _| !is_test(path));
    let tested = codes_in(|path, text| is_test(path) || text.contains("#[cfg(test)]"));
    assert!(raised.len() > 40, "the scan found only {} codes", raised.len());
    none("no page", &missing(&raised, |code| pages.contains(code)));
    none("no test", &missing(&raised, |code| tested.contains(code)));
    let pages: BTreeSet<String> = pages.iter().map(|code| (*code).to_owned()).collect();
    none("a page for what is never raised", &missing(&pages, |code| raised.contains(code)));
}

#[test]
fn every_page_says_what_is_wrong_and_what_to_write() {
    let thin: Vec<String> = cutover_lua::explain::codes()
        .filter(|code| {
            let page = cutover_lua::explain::page(code).unwrap_or("");
            page.lines().count() < 4 || !page.contains("```")
        })
        .map(str::to_owned)
        .collect();
    none("a page without an example", &thin);
}

#[test]
fn every_step_has_a_manual_and_is_named_by_a_test() {
    let tests: String = rust_files()
        .into_iter()
        .filter(|file| is_test(&file.path) || file.text.contains("#[cfg(test)]"))
        .map(|file| file.text)
        .collect();
    let registry = cutover_steps::registry();
    let mut thin = Vec::new();
    for step in registry.iter() {
        let spec = step.spec();
        let words = [&spec.summary, &spec.effect, &spec.recovery, &spec.example];
        let silent = spec.params.iter().any(|param| param.summary.is_empty())
            || spec.outputs.iter().any(|output| output.summary.is_empty());
        if words.iter().any(|text| text.trim().is_empty()) || silent {
            thin.push(format!("{}: its manual has a gap", spec.name));
        }
        if !tests.contains(&spec.name) {
            thin.push(format!("{}: named by no test", spec.name));
        }
    }
    none("steps", &thin);
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("tests.rs")
}

fn missing(codes: &BTreeSet<String>, has: impl Fn(&str) -> bool) -> Vec<String> {
    codes.iter().filter(|code| !has(code)).cloned().collect()
}

/// Returns every word that looks like a code (`"L08"`) in the files that are asked for.
fn codes_in(wanted: impl Fn(&str, &str) -> bool) -> BTreeSet<String> {
    rust_files()
        .iter()
        .filter(|file| {
            let raises = ["crates/engine", "crates/lua"];
            raises.iter().any(|crate_| file.path.starts_with(crate_))
        })
        .filter(|file| wanted(&file.path, &file.text))
        .flat_map(|file| {
            file.text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| is_code(word))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3 && b"CGKLMPTY".contains(&bytes[0]) && bytes[1..].iter().all(u8::is_ascii_digit)
}
