//! Many mistakes in one file, and all that the whole of `check` says about it.

use std::sync::Arc;

use super::parsed;
use crate::check::check;
use crate::check::testing::registry;

/// Parses and checks a text; returns every finding, one a line.
fn all_found(text: &str) -> String {
    let (workflow, mut found, source) = parsed(text);
    if let Some(workflow) = workflow {
        found.extend(check(&Arc::new(workflow), &registry()).1);
    }
    found.settle();
    found.to_lines(&source)
}

/// Says that a text has just these findings, each by code, place and the beginning of its message.
fn finds(text: &str, expected: &[&str]) {
    let lines = all_found(text);
    let found: Vec<&str> = lines.lines().collect();
    assert_eq!(found.len(), expected.len(), "in\n{lines}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nis not\n{expected}");
    }
}

#[test]
fn ten_mistakes_are_ten_findings() {
    let text = r#"version: 1
name: Ten Mistakes
inputs:
  who: { type: strng }
steps:
  - id: first
    uses: log
    with: { message: "{{ inputs.who", level: info }
    tiemout: 10s
  - id: first
    uses: log
    with: { message: {{ inputs.who }} }
  - id: third
    uses: log
    with: { message: hi }
    with: { message: 012 }
    retry: { max_attempts: 0, delay: 5 }
  - id: fourth
    uses: log
    needs: first
    with: { message: "{{ steps.third.x }}" }
    for_each: inputs.who == 3
"#;
    let expected = [
        "K06 2:7 `Ten Mistakes` is no name",
        "K16 4:16 `strng` is not a type",
        "T01 8:23 `{{` is never closed",
        "K01 9:5 `tiemout` is not a key of a step (did you mean `timeout`?)",
        "K12 10:9 the id `first` is taken",
        "Y09 12:22 a template needs quotes",
        "Y03 16:5 `with` is written twice",
        "K08 17:28 `max_attempts` is one or more",
        "K07 17:38 `delay` is a length of time",
        "K03 20:12 `needs` is a list",
        "T04 21:26 `log` has no output `x`",
        "T21 22:26 `==` compares nothing here",
    ];
    finds(text, &expected);
}

#[test]
fn what_stands_behind_broken_yaml_is_read_where_it_can_be() {
    let text = "version: 1\nname: a\nsteps:\n  - id: a\n    uses: log\n    timeout: 5\n    with:\n      \
                message: {{ inputs.a }} and {{ inputs.b }}\n  - id: b\n    uses: log\n    with: {message: b}\n    needs: *nope\n  \
                - id: c\n    uses: log\n    with: { message: a: b }\n    timeout: 7\n";
    let expected = [
        "K07 6:14 `timeout` is a length of time, and `5` is none",
        "Y09 8:16 a template needs quotes",
        "T05 8:19 `a` is not an input",
        "T05 8:38 `b` is not an input",
        "Y07 12:12 no anchor `&nope` stands above",
        "Y01 15:23 a mapping in braces is not closed",
    ];
    finds(text, &expected);
}

#[test]
fn what_could_not_be_read_makes_no_noise_further_on() {
    let steps = |steps: &str| {
        format!("version: 1\nname: a\ninputs: {{a: {{type: list(string)}}}}\nsteps:\n{steps}")
    };
    finds(
        &steps("  - {id: a, uses: log, with: {message: \"{{ inputs.a\"}}\n"),
        &["T01 5:41 `{{` is never closed"],
    );
    finds(
        &steps("  - {id: a, uses: log, for_each: {a: b}, with: {message: \"{{ item }}\"}}\n"),
        &["K03 5:34 `for_each` is a list"],
    );
    finds(
        &steps(
            "  - {id: a, usees: log, with: {message: hi}}\n  - {id: b, uses: log, with: {message: \"{{ steps.a.x }}\"}}\n",
        ),
        &["K01 5:13 `usees`", "T04 6:44"],
    );
    finds(&steps("  - {id: a, with: {message: hi}}\n"), &["K02 5:6 a step needs `uses`"]);
    finds(
        &steps(
            "  - {id: a, uses: file.read, until: result.content, retry: 3, with: {path: a, secret: false}}\n",
        ),
        &["K03"],
    );
    finds(
        "version: 1\nname: a\ninputs: {a: {type: nope}}\nsteps: [{id: a, uses: log, with: {message: \"{{ inputs.a }}\"}}]\n",
        &["K16"],
    );
    finds(
        "version: 1\nname: a\ncredential: {name: [a]}\nsteps: [{id: a, uses: log, with: {message: \"{{ credential.name }}\"}}]\n",
        &["L16", "L16", "K03 3:20"],
    );
}

#[test]
fn a_flood_of_mistakes_is_cut() {
    let text: String = (0..5000).map(|at| format!("key_{at}: 1\n")).collect();
    let lines = all_found(&text);
    assert_eq!(lines.lines().count(), 201);
    assert!(
        lines.contains("Y02 200:1 4803 more mistakes are not shown"),
        "{}",
        lines.lines().last().unwrap()
    );
}
