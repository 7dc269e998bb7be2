//! The schema, tried on documents by a small reader of schemas.

mod validate;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::schema;
use crate::check::testing::registry;
use crate::parse::tests::{accepted, found, mutated};
use crate::step::Registry;
use validate::refusals;

/// Returns what the schema has against a document; nothing where it is fine. The mark of the byte
/// order that an editor may leave at the beginning is not of it.
fn refused(text: &str, registry: &Registry) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut data: serde_yaml::Value = serde_yaml::from_str(text).expect("it is YAML");
    data.apply_merge().expect("it merges");
    let data: Json = serde_json::to_value(&data).expect("its keys are text");
    refusals(&schema(registry), &data)
}

#[test]
fn a_mark_of_the_byte_order_at_the_beginning_is_fine() {
    let text = format!("\u{feff}{WHOLE}");
    accepted(&text);
    assert_eq!(refused(&text, &Registry::default()), Vec::<String>::new());
}

const WHOLE: &str = include_str!("tests/whole.yaml");

#[test]
fn a_workflow_with_every_key_is_accepted_by_both() {
    accepted(WHOLE);
    assert_eq!(refused(WHOLE, &Registry::default()), Vec::<String>::new());
}

#[test]
fn the_workflow_of_the_language_is_accepted_by_both() {
    let text = include_str!("tests/rotate.yaml");
    accepted(text);
    assert_eq!(refused(text, &Registry::default()), Vec::<String>::new());
}

/// Every key of every section stands in the workflow above: so the table, the parser and the
/// schema have the same keys.
#[test]
fn a_workflow_with_every_key_has_every_key() {
    for (_, section) in super::NAMED {
        for key in section.names() {
            let stands = WHOLE.contains(&format!("{key}:"));
            assert!(stands, "`{key}` of {} is not in it", section.name);
        }
    }
}

#[test]
fn what_the_language_refuses_in_shape_the_schema_refuses() {
    let base = "version: 1\nname: a\nsteps: [{id: a, uses: x.y}]\n";
    assert_eq!(refused(base, &Registry::default()), Vec::<String>::new());
    let fine =
        [format!("{base}max_parallel: 1\n"), base.replace("x.y", "x.y, needs: [], undo: again")];
    for text in fine {
        assert_eq!(found(&text), "");
        assert_eq!(refused(&text, &Registry::default()), Vec::<String>::new());
    }
    let wrong = [
        base.replace("version: 1", "version: 2"),
        base.replace("name: a", "name: A"),
        base.replace("name: a\n", ""),
        base.replace("uses: x.y", "uses: x.y, tiemout: 1s"),
        base.replace("uses: x.y", "uses: x.y, timeout: 1 s"),
        base.replace("uses: x.y", "uses: x.y, needs: b"),
        base.replace("uses: x.y", "uses: x.y, undo: agian"),
        base.replace("uses: x.y", "uses: x.y, on_error: ignore"),
        base.replace("id: a, ", ""),
        format!("{base}extra: 1\n"),
        format!("{base}max_parallel: 0\n"),
        format!("{base}inputs: {{a: {{type: strng}}}}\n"),
        format!("{base}inputs: {{a: {{default: 1}}}}\n"),
        format!("{base}credential: {{owner: me}}\n"),
    ];
    for text in wrong {
        assert_ne!(found(&text), "", "the parser refuses\n{text}");
        assert_ne!(refused(&text, &Registry::default()), Vec::<String>::new(), "in\n{text}");
    }
}

#[test]
fn each_step_has_its_own_parameters() {
    let with = |with: &str| {
        let step = format!("{{id: a, uses: exec.run, with: {with}}}");
        refused(&format!("version: 1\nname: a\nsteps: [{step}]\n"), &registry())
    };
    let fine = [
        "{argv: [ls], accept: [0, 1], output: json, reads: true}",
        "{argv: [ls], accept: \"{{ inputs.codes }}\", cwd: ~}",
        "{argv: \"{{ inputs.program }}\", env: {A: \"{{ inputs.a }}\"}}",
    ];
    for text in fine {
        assert_eq!(with(text), Vec::<String>::new(), "{text}");
    }
    let wrong = [
        "{}",
        "{argv: ls}",
        "{argv: [ls], accept: [ok]}",
        "{argv: [ls], output: xml}",
        "{argv: [ls], output: \"{{ inputs.output }}\"}",
        "{argv: [ls], shell: true}",
    ];
    for text in wrong {
        assert_ne!(with(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn every_key_is_described() {
    fn look(schema: &Json, path: &str) {
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return };
        for (name, of) in properties {
            let words = of.get("description").and_then(Json::as_str).unwrap_or_default();
            assert!(words.ends_with('.'), "{path}.{name}: {words}");
        }
    }
    let schema = schema(&Registry::default());
    look(&schema, "workflow");
    for (name, of) in schema["$defs"].as_object().expect("there are definitions") {
        look(of, name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_parser_accepts_the_schema_accepts(text in mutated()) {
        if found(&text).is_empty() {
            prop_assert_eq!(refused(&text, &Registry::default()), Vec::<String>::new(), "{}", text);
        }
    }
}
