//! The seeded bugs of authors, and the two harmless edits: what the tests of a plugin find.

mod bugs;
mod programs;

use super::*;
use crate::plugin::Plugin;

/// The plugin to learn from, which is right, file by file.
const ACME: [(&str, &str); 4] = [
    ("plugin.yaml", include_str!("../../../../plugins/acme-vault/plugin.yaml")),
    ("init.lua", include_str!("../../../../plugins/acme-vault/init.lua")),
    ("tests/fake.lua", include_str!("../../../../plugins/acme-vault/tests/fake.lua")),
    ("tests/acme_test.lua", include_str!("../../../../plugins/acme-vault/tests/acme_test.lua")),
];

/// Runs the tests of the right plugin with some edits: a file, what stands there once, what stands
/// there instead.
fn tested(edits: &[(&str, &str, &str)]) -> Report {
    run(&edited(edits), "")
}

fn edited(edits: &[(&str, &str, &str)]) -> Arc<Plugin> {
    let texts = ACME.map(|(path, text)| {
        let of_it = edits.iter().filter(|(file, ..)| *file == path);
        let edited = of_it.fold(text.to_owned(), |text, (_, from, to)| {
            assert_eq!(text.matches(from).count(), 1, "`{from}` is there once");
            text.replace(from, to)
        });
        (path.to_owned(), edited)
    });
    Plugin::load(Files::new(texts)).expect("its manifest is right")
}

fn told(report: &Report) -> String {
    let failures = report.cases.iter().flat_map(|case| &case.failures).chain(&report.unread);
    let told = failures.map(|failure| {
        let (law, step) = (failure.law.as_str(), &failure.step);
        format!("{law} {step:?}: {} {:?}\n{:#?}\n", failure.message, failure.at, failure.trail)
    });
    told.collect()
}

#[test]
fn a_right_plugin_passes_and_every_step_of_it_is_tried_under_the_laws() {
    let report = tested(&[]);
    assert!(report.is_right(), "{}", told(&report));
    let runs = report.cases.iter().map(|case| (case.name.as_str(), case.runs));
    let expected = [
        ("issue makes one sealed token", 10),
        ("revoke removes it, twice is fine", 13),
        ("what is put is what get gives", 17),
    ];
    assert!(runs.eq(expected), "{:?}", report.cases);
}
