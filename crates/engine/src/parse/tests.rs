//! Parsing, from text to workflow.

mod agree;
mod inputs;
mod limits;
mod mutate;
mod pages;
mod places;
mod random;
mod shapes;
mod steps;
mod together;
mod yaml;

use std::sync::Arc;

pub(crate) use mutate::mutated;

use super::parse;
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::workflow::Workflow;

/// Parses a text; the only place where the tests touch the interface.
fn parsed(text: &str) -> (Option<Workflow>, Diagnostics, Arc<Source>) {
    let source = Arc::new(Source::new("test.yaml", text));
    let (workflow, found) = parse(Arc::clone(&source));
    (workflow, found, source)
}

/// Returns what is found in a text, one finding a line.
pub(crate) fn found(text: &str) -> String {
    let (_, found, source) = parsed(text);
    found.to_lines(&source)
}

/// Parses a text in which nothing is wrong.
pub(crate) fn accepted(text: &str) -> Workflow {
    let (workflow, found, source) = parsed(text);
    assert_eq!(found.to_lines(&source), "", "in {text}");
    workflow.expect("a text without mistakes is a workflow")
}

const SMALL: &str =
    "version: 1\nname: small\nsteps:\n  - {id: a, uses: log, with: {message: hi}}\n";

#[test]
fn a_small_workflow_is_read_whole() {
    let workflow = accepted(SMALL);
    assert_eq!(workflow.name.value, "small");
    assert_eq!(workflow.max_parallel, 16);
    assert_eq!(workflow.steps[0].id.value, "a");
    assert_eq!(workflow.steps[0].with["message"].node.literal(), Some("hi".into()));
}

/// Puts some lines at the top of a workflow.
fn with_top(lines: &str) -> String {
    format!("version: 1\nname: a\n{lines}\nsteps: [{{id: z, uses: log}}]\n")
}

/// Makes a workflow of one step with some keys; they stand in line 6 and on.
fn with_step(keys: &str) -> String {
    format!("version: 1\nname: a\nsteps:\n- id: a\n  uses: log\n  {keys}\n")
}

/// Says that each text has one finding, which begins with some words.
fn each_finds(cases: &[(&str, &str)], whole: impl Fn(&str) -> String) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let lines = found(&whole(text));
        if lines.lines().count() != 1 || !lines.starts_with(expected) {
            wrong += &format!("{text}\n  gives {lines}  not   {expected}\n");
        }
    }
    assert_eq!(wrong, "");
}
