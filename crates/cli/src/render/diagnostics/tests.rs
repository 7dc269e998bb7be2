//! Tests of the drawings.

use cutover_engine::diagnostic::Diagnostic;
use cutover_engine::source::{Source, Span};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{drawing, json, summary};

fn at(source: &Source, needle: &str) -> Span {
    let start = source.text.find(needle).expect("the needle is in the text");
    Span::new(start, start + needle.len())
}

fn drawn(found: &Diagnostic, source: &Source) -> String {
    anstream::adapter::strip_str(&drawing(found, source, 100)).to_string()
}

fn padded(lines: usize, text: &str) -> Source {
    Source::new("workflows/rotate.yaml", "\n".repeat(lines) + text)
}

#[test]
fn a_finding_shows_its_place_and_the_way_out() {
    let source = padded(30, "  - id: publish\n    uses: x\n");
    let span = Span::new(at(&source, "- id: publish").start, source.text.len());
    let found = Diagnostic::error("L08", span, "`publish` hands out the new token")
        .label("writes `profile ci-prod`")
        .help("put a step above it, for example\n  - id: works\n    verifies: create");
    assert_snapshot!(drawn(&found, &source), @r"
    error[L08]: `publish` hands out the new token
      --> workflows/rotate.yaml:31:3
       |
    31 |   - id: publish
       |   ^^^^^^^^^^^^^ writes `profile ci-prod`
       |
      help: put a step above it, for example
              - id: works
                verifies: create
    ");
}

#[test]
fn a_related_place_is_drawn_too() {
    let source = padded(1, "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\na: 2\n");
    let second = source.text.rfind('a').expect("it is there");
    let found = Diagnostic::error("Y03", Span::new(second, second + 1), "`a` is written twice")
        .related(at(&source, "a"), "first here");
    assert_snapshot!(drawn(&found, &source), @r"
    error[Y03]: `a` is written twice
     --> workflows/rotate.yaml:8:1
      |
    2 | a: 1
      | - first here
    ...
    8 | a: 2
      | ^
    ");
}

#[test]
fn the_caret_stands_under_its_word_after_tabs_and_wide_characters() {
    let source = padded(0, "x:\t日本 {{ steps.craete.id }}\n");
    let found = Diagnostic::warning("T03", at(&source, "steps.craete"), "not a step");
    let drawn = drawn(&found, &source);
    let lines: Vec<&str> = drawn.lines().collect();
    let word = lines[3].find("steps").map(|at| crate::text::width(&lines[3][..at]));
    let caret = lines[4].find('^').map(|at| crate::text::width(&lines[4][..at]));
    assert_eq!(word, caret, "{drawn}");
    assert!(lines[0].starts_with("warning[T03]: "), "{drawn}");
}

#[test]
fn the_summary_counts_by_file_and_names_a_code_to_read_about() {
    let span = Span::default();
    let one = [Diagnostic::error("L08", span, "a"), Diagnostic::error("T03", span, "b")];
    let two = [Diagnostic::error("T01", span, "a"), Diagnostic::warning("L06", span, "b")];
    let line = summary(&[("a.yaml", &one), ("b.yaml", &two), ("c.yaml", &[])]);
    assert_eq!(
        line,
        "2 errors in a.yaml, 1 error and 1 warning in b.yaml; `cutover explain L08` tells more"
    );
    assert_eq!(summary(&[("a.yaml", &[])]), "");
}

#[test]
fn json_has_every_key_always() {
    let source = padded(1, "name: x\n");
    let found = [Diagnostic::error("Y01", at(&source, "x"), "too short")];
    assert_eq!(
        json(&[(&source, &found)]).to_string(),
        r#"{"diagnostics":[{"code":"Y01","severity":"error","file":"workflows/rotate.yaml","line":2,"column":7,"message":"too short","help":null}]}"#
    );
}

proptest! {
    #[test]
    fn no_text_and_no_span_makes_it_fall(text in "[a-z é日\t\r\n:]{0,80}", start in 0usize..120, length in 0usize..60, other in 0usize..120) {
        let source = Source::new("f.yaml", text);
        let found = Diagnostic::error("X01", Span::new(start, start + length), "m")
            .label("l").related(Span::new(other, other + length), "r").help("h");
        let drawn = drawn(&found, &source);
        prop_assert!(drawn.contains("error[X01]: m"));
    }
}
