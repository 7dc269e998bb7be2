//! Random and mutated documents: nothing shakes the parser, and no place is outside the text.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::mutate::mutated;
use super::parsed;

/// How many documents are tried in all. Debug builds read about four thousand a second.
const DOCUMENTS: u32 = 100_000;

/// How many of them are noise rather than a workflow gone wrong.
const NOISE: u32 = 10_000;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Parses a text and looks at everything that came of it.
fn survives(text: &str) -> Result<bool, TestCaseError> {
    let (workflow, found, source) = parsed(text);
    for finding in &found.list {
        let places = finding.related.iter().map(|(span, _)| *span).chain([finding.span]);
        for span in places {
            prop_assert!(text.get(span.range()).is_some(), "{:?} in {:?}", finding, text);
        }
        prop_assert!(
            !finding.message.is_empty() && !finding.message.ends_with('.'),
            "{:?}",
            finding
        );
    }
    prop_assert!(workflow.is_some() || found.has_errors(), "neither a workflow nor a mistake");
    let lines = found.to_lines(&source);
    prop_assert_eq!(lines.is_empty(), found.is_empty());
    Ok(found.is_empty())
}

#[test]
fn nothing_that_is_written_shakes_the_parser() {
    let right = Cell::new(0);
    let mut runner = TestRunner::new(config(DOCUMENTS - NOISE));
    let outcome = runner.run(&mutated(), |text| {
        right.set(right.get() + u32::from(survives(&text)?));
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    assert!(right.get() > 2000, "some of the documents are still right: {}", right.get());
}

#[test]
fn noise_does_not_shake_the_parser() {
    let noise = prop_oneof!["\\PC{0,80}", "[-:{}\\[\\],&*!|>'\"%@#? \n\tax1~<]{0,60}"];
    let outcome = TestRunner::new(config(NOISE)).run(&noise, |text| survives(&text).map(|_| ()));
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_value_that_is_missing_behind_a_wide_character_has_a_place() {
    for end in ["&p\u{f5c1}:", "[&\u{e9}", "\n- &\u{f5c1}\n"] {
        let text = format!("version: 1\nname: a\nsteps: {end}");
        survives(&text).unwrap_or_else(|error| panic!("{error}"));
    }
    survives("p\u{f5c1}:").unwrap_or_else(|error| panic!("{error}"));
}
