//! `uses` and `with` against the step's spec.

use super::{one, told, told_of};

fn step(uses: &str, with: &str) -> String {
    told(&format!("\n  - {{ id: a, uses: {uses}, with: {{ {with} }} }}"))
}

#[test]
fn a_slip_in_uses_is_checked_as_the_step_that_was_meant() {
    let found = step("fake.reovke", "token_id: x, profle: y");
    assert_eq!(
        found,
        "P01 5:20 there is no step `fake.reovke` (did you mean `fake.revoke`?)\n\
         P02 5:54 `fake.revoke` has no parameter `profle` (did you mean `profile`?)\n"
    );
}

#[test]
fn an_unknown_provider_says_what_there_is() {
    one(&step("vault.write", "x: 1"), &["P01", "no provider is called `vault`"]);
    one(&step("fale.something", "x: 1"), &["P01", "did you mean `fake`?"]);
    one(&step("file.rotate", "x: 1"), &["P01", "`file` has `file.read`, `file.remove`"]);
    one(&step("echo", "x: 1"), &["P01", "a step is named `provider.verb`"]);
}

#[test]
fn a_step_that_is_not_known_makes_no_further_noise() {
    let found = told(
        "
  - { id: a, uses: vault.write, with: { x: 1 } }
  - { id: b, uses: log, with: { message: \"{{ steps.a.version }}\" } }
  - { id: c, uses: log, with: { message: \"{{ steps.b.x }}\" } }",
    );
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.contains("P01 5:") && found.contains("T04 7:"), "{found}");
}

#[test]
fn what_stands_in_an_unknown_parameter_is_looked_at_too() {
    let found = step("log", "message: x, colour: \"{{ steps.none.x }}\"");
    assert!(found.contains("P02") && found.contains("T03"), "{found}");
}

#[test]
fn a_missing_parameter_is_named_and_null_is_missing() {
    one(&step("log", "level: info"), &["P03 5:20 `log` needs the parameter `message`"]);
    one(&step("log", "message: ~"), &["P03"]);
    assert_eq!(step("log", "message: x, level: ~"), "");
}

#[test]
fn what_is_broken_is_not_missing_too() {
    for with in ["message: {{ x }}", "message: \"{{ steps.\""] {
        let found = step("log", with);
        assert!(!found.contains("P03") && !found.is_empty(), "{with}: {found}");
    }
    for with in ["[a]", "text", "{{ x }}"] {
        let found = told(&format!("\n  - id: a\n    uses: log\n    with: {with}"));
        assert!(!found.contains("P03") && !found.is_empty(), "{with}: {found}");
    }
    let found = told("\n  - id: a\n    uses: log\n    with:");
    assert!(found.contains("P03"), "{found}");
}

#[test]
fn a_number_where_a_duration_stands_shows_it_with_a_unit() {
    one(&step("wait", "for: 10"), &["P05", "a duration", "(write `10s`)"]);
}

#[test]
fn a_misspelt_parameter_is_not_missing_too() {
    one(&step("log", "mesage: x"), &["P02", "did you mean `message`?"]);
}

#[test]
fn a_parameter_that_decides_what_the_step_is_holds_no_template() {
    let found = step("http.request", "method: \"{{ run.workflow }}\", url: \"https://x.example\"");
    one(&found, &["P04 5:50 `method` is written out, without a template"]);
}

#[test]
fn a_literal_is_held_against_its_type_where_it_stands() {
    one(
        &step("fake.create", "description: 1e5"),
        &[
            "P05 5:54 `description`: the number 100000 stands where text is wanted",
            "quotes: \"1e5\"",
        ],
    );
    one(&step("wait", "for: 3 days"), &["P05", "`3 days` is not a duration", "`1d12h`"]);
    one(&step("log", "message: x, level: wran"), &["P05", "did you mean `warn`?"]);
    one(&step("assert", "that: \"true\""), &["P05", "write it without quotes: true"]);
    one(&step("exec.run", "argv: ls"), &["P05", "`argv`: the text `ls` stands where a list"]);
    one(&step("exec.run", "argv: [ls, 7]"), &["P05 5:49 `argv`: the number 7"]);
    one(&step("exec.run", "argv: [ls], env: { N: 7 }"), &["P05 5:60 `env`: the number 7"]);
    one(&step("log", "message: [a]"), &["P05", "a list stands where text is wanted"]);
}

#[test]
fn a_template_is_held_against_its_type_before_it_has_a_value() {
    let found = |with: &str| {
        told_of(&format!(
            "version: 1\nname: test
inputs:
  count: {{ type: integer, default: 3 }}
  when: {{ type: string, default: x }}
  names: {{ type: list(string), default: [a] }}
steps:
  - {{ id: list, uses: fake.list }}
  - {{ id: a, {with} }}"
        ))
    };
    let count = found("uses: log, with: { message: \"{{ inputs.count }}\" }");
    one(&count, &["P05", "`message`: a whole number stands where text is wanted", "`json`"]);
    assert_eq!(found("uses: log, with: { message: \"{{ inputs.count }} of them\" }"), "");
    assert_eq!(found("uses: log, with: { message: \"{{ json inputs.count }}\" }"), "");
    assert_eq!(found("uses: wait, with: { until: \"{{ inputs.when }}\" }"), "");
    one(&found("uses: wait, with: { for: \"{{ run.started_at }}\" }"), &["P05", "a duration"]);
    assert_eq!(found("uses: exec.run, with: { argv: \"{{ inputs.names }}\" }"), "");
    let list = found("uses: exec.run, with: { argv: \"{{ steps.list.tokens }}\" }");
    one(&list, &["P05", "`argv`: a list of {id: string"]);
    assert_eq!(found("uses: log, with: { message: x, fields: { n: \"{{ inputs.count }}\" } }"), "");
    assert_eq!(found("uses: assert, with: { that: \"{{ eq inputs.count 3 }}\" }"), "");
}

#[test]
fn an_entry_of_a_list_needs_a_value_and_an_optional_parameter_does_not() {
    let found = |with: &str| {
        told_of(&format!(
            "version: 1\nname: test\ninputs: {{ x: {{ type: string, required: false }} }}\nsteps:
  - {{ id: a, uses: exec.run, with: {{ {with} }} }}"
        ))
    };
    one(&found("argv: [ls, \"{{ inputs.x }}\"]"), &["P06", "`inputs.x` may be null"]);
    assert_eq!(found("argv: [ls], cwd: \"{{ inputs.x }}\""), "");
    one(&found("argv: [ls], env: { X: \"{{ inputs.x }}\" }"), &["P06"]);
    assert_eq!(found("argv: [ls, '{{ default inputs.x \"-l\" }}']"), "");
}

#[test]
fn the_step_of_an_undo_is_checked_like_a_step() {
    let found = told(
        "
  - id: a
    uses: exec.run
    with: { argv: [change] }
    undo: { uses: file.remvoe, with: { path: \"{{ result.nothing }}\", x: 1 } }",
    );
    assert!(found.contains("P01") && found.contains("did you mean `file.remove`?"), "{found}");
    assert!(found.contains("T04") && found.contains("no output `nothing`"), "{found}");
    assert!(found.contains("P02") && found.contains("no parameter `x`"), "{found}");
    assert_eq!(found.lines().count(), 3, "{found}");
}
