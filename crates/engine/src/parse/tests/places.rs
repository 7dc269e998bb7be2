//! Places: what a span covers, and that a place in a template is a place in the file.

use std::sync::Arc;

use super::{accepted, parsed, with_step};
use crate::source::{Source, Span};
use crate::template::{Path, Template};
use crate::workflow::Node;

/// Returns what stands in the file where the paths of a value are said to stand.
fn paths<'t>(text: &'t str, node: &Node) -> Vec<&'t str> {
    let mut spans: Vec<Span> = Vec::new();
    node.templates(&mut |template: &Template| {
        template.paths(&mut |_: &Path, span| spans.push(span));
    });
    spans.into_iter().map(|span| &text[span.range()]).collect()
}

#[test]
fn a_path_in_a_template_has_its_place_in_the_file() {
    let text = with_step(
        "with:\n    a: é {{ inputs.b }}\n    c: \"é {{ inputs.d }} and {{ inputs.e }}\"\n    f: 'x {{ inputs.g }}'\n    h: &anchor \"{{ inputs.i }}\"\n    j: {k: [\"{{ inputs.l }}\"]}",
    );
    let step = accepted(&text).steps.remove(0);
    let of = |key: &str| paths(&text, &step.with[key].node);
    assert_eq!(of("a"), ["inputs.b"]);
    assert_eq!(of("c"), ["inputs.d", "inputs.e"]);
    assert_eq!(of("f"), ["inputs.g"]);
    assert_eq!(of("h"), ["inputs.i"]);
    assert_eq!(of("j"), ["inputs.l"]);
}

#[test]
fn a_path_in_folded_or_escaped_text_has_the_place_of_the_whole() {
    let text = with_step(
        "with:\n    a: \"\\u00e9 {{ inputs.b }}\"\n    c: |\n      one\n      {{ inputs.d }}\n    e: 'it''s {{ inputs.f }}'",
    );
    let step = accepted(&text).steps.remove(0);
    let of = |key: &str| paths(&text, &step.with[key].node);
    assert_eq!(of("a"), ["\"\\u00e9 {{ inputs.b }}\""]);
    assert_eq!(of("e"), ["'it''s {{ inputs.f }}'"]);
    assert_eq!(of("c").len(), 1);
}

#[test]
fn a_template_without_quotes_has_its_place() {
    let text = with_step("with: {a: {{ inputs.b }}, c: é{{ inputs.d }}}");
    let (workflow, _, _) = parsed(&text);
    let step = workflow.expect("there is enough of it").steps.remove(0);
    assert_eq!(paths(&text, &step.with["a"].node), ["inputs.b"]);
    assert_eq!(paths(&text, &step.with["c"].node), ["inputs.d"]);
}

#[test]
fn an_expression_has_its_place() {
    let text = with_step("when: eq inputs.b 'c'\n  for_each: \"inputs.d\"");
    let step = accepted(&text).steps.remove(0);
    let mut spans = Vec::new();
    step.when.expect("it is written").paths(&mut |_, span| spans.push(span));
    assert_eq!(&text[spans[0].range()], "inputs.b");
}

#[test]
fn a_step_covers_its_whole_entry_and_no_more() {
    let text = "version: 1\nname: a\nsteps:\n  - id: a\n    uses: log\n    with:\n      m: hi   # why\n\n  # next\n  - {id: b, uses: log}\n";
    let workflow = accepted(text);
    assert_eq!(
        &text[workflow.steps[0].span.range()],
        "id: a\n    uses: log\n    with:\n      m: hi"
    );
    assert_eq!(&text[workflow.steps[1].span.range()], "{id: b, uses: log}");
    assert_eq!(&text[workflow.steps[1].id.span.range()], "b");
    assert_eq!(&text[workflow.name.span.range()], "a");
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let source = Arc::new(Source::new("a", "one\né two\r\n\nlast"));
    let place = |text: &str| {
        let at = source.position(source.text.find(text).expect("it is there"));
        (at.line, at.column)
    };
    assert_eq!(place("one"), (1, 1));
    assert_eq!(place("é"), (2, 1));
    assert_eq!(place("two"), (2, 3));
    assert_eq!(place("last"), (4, 1));
    let end = source.position(1000);
    assert_eq!((end.line, end.column), (4, 5));
    assert_eq!(
        (source.line(2), source.line(3), source.line(4), source.line(9)),
        ("é two", "", "last", "")
    );
}
