//! Parsing, from text to workflow.

mod agree;
mod mutate;

use std::sync::Arc;

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
fn found(text: &str) -> String {
    let (_, found, source) = parsed(text);
    found.to_lines(&source)
}

/// Parses a text in which nothing is wrong.
fn accepted(text: &str) -> Workflow {
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

#[test]
fn bench() {
    let lang = std::fs::read_to_string("/tmp/lang.yaml").unwrap();
    let big = |s: &str| s.repeat(250 * 1024 / s.len());
    let docs: Vec<(&str, String)> = vec![
        ("lang", lang.clone()),
        ("steps", format!("version: 1\nname: a\nsteps:\n{}", big("- {id: a, uses: log, with: {m: 1}}\n"))),
        ("list", big("- a\n")), ("flow", format!("[{}", big("a,"))), ("ints", format!("[{}", big("1,"))),
        ("open", big("[")), ("openb", big("{")), ("nest", big("- ")), ("line", big("a")), ("quote", format!("\"{}", big("a\\n"))),
        ("keys", big("a: 1\n")), ("ukeys", (0..25000).map(|i| format!("a{i}: 1\n")).collect()),
        ("bare", big("a: {{ x }} b\n")), ("bare2", big("a: {{ x }}\n")), ("colon", big("a: b: c\n")), ("anch", big("&a ")), ("alias", format!("a: &a b\nc: [{}", big("*a,"))),
        ("tags", big("- !x\n")), ("q", big("? ")), ("mlplain", format!("a: {}", big("b\n "))), ("block", format!("a: |\n{}", big(" x\n"))),
        ("utf", big("- \u{1F511}\n")), ("cr", big("\r")), ("nl", big("\n")), ("hash", big("#")), ("hidden", big("\u{85}a")), ("sp", big(" ")), ("merge", format!("a: &a {{{}}}\nb:\n{}", (0..5000).map(|i| format!("k{i}: 1,")).collect::<String>(), "- <<: *a\n".repeat(900))),
        ("bomb", (0..40).map(|i| if i == 0 { "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".into() } else { format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i-1); 10].join(",")) }).collect()),
        ("tmpl", big("{{ ")), ("dup", format!("version: 1\nname: a\nsteps:\n{}", big("- id: a\n  uses: b\n"))),
    ];
    for (n, d) in docs {
        let t = std::time::Instant::now();
        let (_, f, src) = parsed(&d);
        let t1 = t.elapsed();
        println!("{n:8} {:8} bytes {t1:?} {} {:?}", d.len(), f.list.len(), f.list.first().map(|d| d.message.chars().take(60).collect::<String>()));
    }
}
