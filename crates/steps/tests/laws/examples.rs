//! Every example parses and is accepted without an error.

use std::sync::Arc;

use cutover_engine::check::check;
use cutover_engine::child::{Sources, gather};
use cutover_engine::parse::parse;
use cutover_engine::source::Source;
use cutover_engine::spec::Spec;
use cutover_engine::step::Registry;
use cutover_engine::workflow::Workflow;
use cutover_steps::registry;

use crate::world::step;

/// Returns what is wrong with a workflow, a finding a line.
fn findings(name: &str, text: &str) -> String {
    let source = Arc::new(Source::new(name, text));
    let (workflow, mut found) = parse(source.clone());
    if let Some(workflow) = workflow.filter(|_| !found.has_errors()) {
        // Beside each example lies that of `log`, for what runs another file.
        let read = |_: &str| Ok(step("log").spec().example.clone());
        let plugins = |_: &Workflow, _: &str, registry: &Registry| Ok(registry.clone());
        let sources = Sources { read: &read, plugins: &plugins };
        let registry = gather(&workflow, name, &registry(), sources);
        let (checked, more) = check(&Arc::new(workflow), &registry);
        assert_eq!(checked.is_none(), more.has_errors(), "{name}");
        found.extend(more);
    }
    found.to_lines(&source)
}

#[test]
fn a_program_is_written_out_and_its_arguments_need_not_be() {
    let text = |argv: &str| {
        format!(
            "version: 1\nname: a\ninputs: {{ x: {{ type: string }}, l: {{ type: list(string) }} }}\n\
             steps:\n  - id: p\n    uses: exec.run\n    with: {{ argv: {argv} }}\n"
        )
    };
    assert_eq!(findings("a.yaml", &text(r#"[uname, "{{ inputs.x }}"]"#)), "");
    for argv in [r#"["{{ inputs.x }}"]"#, r#""{{ inputs.l }}""#] {
        let found = findings("a.yaml", &text(argv));
        assert!(found.starts_with("P04 7:"), "{argv}: {found}");
    }
}

#[test]
fn every_example_is_accepted_without_a_finding() {
    let of = |spec: &Spec| findings(&spec.name, &spec.example);
    let found: String = registry()
        .iter()
        .map(|step| (step.spec().name.clone(), of(step.spec())))
        .filter(|(_, found)| !found.is_empty())
        .map(|(name, found)| format!("{name}\n{found}"))
        .collect();
    assert_eq!(found, "");
}
