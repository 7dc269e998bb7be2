//! Where a secret may go, and where none may be missing.

use crate::check::testing::findings_where;

const HEAD: &str = "version: 1
name: test
inputs:
  password: { type: secret, from: { env: PASSWORD } }
  user: { type: string, default: ci }
";

fn told(rest: &str) -> String {
    findings_where(&format!("{HEAD}{rest}"), |code| code == "L04")
}

fn step(step: &str) -> String {
    told(&format!("steps:\n  - {{ id: get, uses: fake.get, with: {{ path: a }} }}\n  - {step}"))
}

#[track_caller]
fn refused(found: &str, words: &str) {
    assert!(found.contains(words) && found.matches("L04").count() == 1, "{words:?}: {found}");
}

#[test]
fn a_secret_goes_where_one_is_wanted() {
    for with in [
        "uses: fake.store, with: { path: a, value: \"{{ inputs.password }}\" }",
        "uses: fake.store, with: { path: a, value: \"{{ steps.get.value }}\" }",
        "uses: fake.store, with: { path: a, value: \"{{ inputs.user }}:{{ inputs.password }}\" }",
        "uses: fake.store, with: { path: a, value: '{{ base64_encode inputs.password }}' }",
        "uses: fake.list, with: { token: \"{{ steps.get.value }}\" }",
    ] {
        assert_eq!(step(&format!("{{ id: a, {with} }}")), "", "{with}");
    }
}

#[test]
fn a_secret_goes_where_one_may() {
    for with in [
        "uses: exec.run, with: { argv: [x], stdin: \"{{ inputs.password }}\" }",
        "uses: exec.run, with: { argv: [x], env: { P: \"{{ steps.get.value }}\", Q: plain } }",
        "uses: http.request, with: { method: POST, url: \"https://x.example\", \
         headers: { authorization: \"Token {{ inputs.password }}\" } }",
        "uses: http.request, with: { method: POST, url: \"https://x.example\", \
         json: { deep: [{ p: \"{{ inputs.password }}\" }] } }",
        "uses: file.write, with: { path: a, content: \"{{ inputs.user }}\" }",
        "uses: notify.webhook, with: { url: \"{{ inputs.password }}\", text: done }",
    ] {
        assert_eq!(step(&format!("{{ id: a, {with} }}")), "", "{with}");
    }
}

#[test]
fn a_secret_goes_nowhere_else() {
    for (with, words) in [
        ("uses: log, with: { message: \"{{ inputs.password }}\" }", "`message` of `log` takes no"),
        ("uses: log, with: { message: \"it is {{ inputs.password }}\" }", "and `inputs.password`"),
        ("uses: log, with: { message: x, fields: { a: \"{{ steps.get.value }}\" } }", "`fields`"),
        ("uses: exec.run, with: { argv: [x, \"{{ inputs.password }}\"] }", "`argv` of `exec.run`"),
        ("uses: exec.run, with: { argv: [x], cwd: \"/{{ inputs.password }}\" }", "`cwd`"),
        (
            "uses: http.request, with: { method: GET, url: \"https://x.example/{{ inputs.password }}\" }",
            "`url` of `http.request`",
        ),
        (
            "uses: notify.webhook, with: { url: \"https://x\", text: \"{{ steps.get.value }}\" }",
            "`text`",
        ),
        (
            "uses: fake.store, with: { path: \"{{ steps.get.value }}\", value: \"{{ steps.get.value }}\" }",
            "`path`",
        ),
    ] {
        refused(&step(&format!("{{ id: a, {with} }}")), words);
    }
}

#[test]
fn what_is_made_of_a_secret_is_one_too() {
    for made in ["sha256 inputs.password", "substr inputs.password 0 4", "json inputs.password"] {
        let found =
            step(&format!("{{ id: a, uses: log, with: {{ message: '{{{{ {made} }}}}' }} }}"));
        refused(&found, "its hash included");
    }
}

#[test]
fn a_secret_decides_nothing() {
    for key in [
        "when: inputs.password",
        "for_each: [\"{{ inputs.password }}\"]",
        "for_each: [{ p: \"{{ inputs.password }}\" }]",
        "for_each: steps.get.value",
    ] {
        let found = step(&format!("{{ id: a, uses: log, {key}, with: {{ message: x }} }}"));
        refused(&found, "takes no secret");
    }
    let until = "{ id: a, uses: fake.get, with: { path: b }, until: result.value, \
                 retry: { max_attempts: 3, delay: 1s } }";
    refused(&step(until), "`until` takes no secret, and `result.value` is one");
}

#[test]
fn an_output_and_a_credentials_name_are_in_the_open() {
    let steps = "steps:\n  - { id: get, uses: fake.get, with: { path: a } }\n";
    let found = told(&format!("{steps}outputs: {{ token: \"{{{{ steps.get.value }}}}\" }}"));
    refused(&found, "the output `token` takes no secret");
    let found = told(&format!("{steps}outputs: {{ all: \"{{{{ steps.get }}}}\" }}"));
    refused(&found, "the output `all` takes no secret");
    let found = told(&format!("credential: {{ name: \"ci-{{{{ inputs.password }}}}\" }}\n{steps}"));
    refused(&found, "the credential's `name` takes no secret");
    let found = told(&format!("{steps}outputs: {{ user: \"{{{{ inputs.user }}}}\" }}"));
    assert_eq!(found, "");
}

#[test]
fn a_plain_value_is_no_secret() {
    let store = |value: &str| {
        step(&format!("{{ id: a, uses: fake.store, with: {{ path: a, value: {value} }} }}"))
    };
    refused(&store("\"{{ inputs.user }}\""), "`value` takes a secret, and this is a plain value");
    refused(&store("\"{{ run.id }}-x\""), "`value` takes a secret");
    let asked = |ask: &str, value: &str| {
        told(&format!(
            "steps:
  - {{ id: ask, uses: http.request, with: {{ method: GET, url: \"https://x.example\", {ask} }} }}
  - {{ id: a, uses: fake.store, with: {{ path: a, value: \"{{{{ steps.ask.{value} }}}}\" }} }}"
        ))
    };
    refused(&asked("output: json", "body.token"), "`value` takes a secret");
    refused(&asked("output: json", "body.token"), "`seal: [/pointer]`");
    assert_eq!(asked("output: json, seal: [/token]", "body.token"), "");
    assert_eq!(asked("output: json, seal: [\"/items/*/token\"]", "body.items.0.token"), "");
    assert_eq!(asked("output: secret", "secret"), "");
    refused(&asked("output: json, seal: [/other]", "body.token"), "`value` takes a secret");
}

#[test]
fn what_is_sealed_in_an_answer_stays_sealed() {
    let tell = |path: &str| {
        told(&format!(
            "steps:
  - id: ask
    uses: http.request
    with: {{ method: GET, url: \"https://x.example\", output: json, seal: [/data/token] }}
  - {{ id: a, uses: log, with: {{ message: \"{{{{ json steps.ask.{path} }}}}\" }} }}"
        ))
    };
    refused(&tell("body.data.token"), "`steps.ask.body.data.token` is one");
    refused(&tell("body"), "`steps.ask.body` is one");
    refused(&tell("body.data"), "`steps.ask.body.data` is one");
    assert_eq!(tell("body.data.id"), "");
}

#[test]
fn an_undo_and_a_hook_are_held_to_it_too() {
    let found = step(
        "{ id: a, uses: exec.run, with: { argv: [x] }, \
         undo: { uses: exec.run, with: { argv: [y, \"{{ inputs.password }}\"] } } }",
    );
    refused(&found, "`argv` of `exec.run` takes no secret");
    let found = step(
        "{ id: a, uses: fake.list }
finally:
  - { id: end, uses: log, with: { message: \"{{ steps.get.value }}\" } }",
    );
    refused(&found, "`message` of `log` takes no secret");
}

#[test]
fn another_mistake_in_the_same_text_hides_no_secret() {
    let found = step(
        "{ id: a, uses: log, with: { message: \"{{ steps.none.x }} {{ inputs.password }}\" } }",
    );
    refused(&found, "`inputs.password` is one");
}

#[test]
fn an_item_that_holds_a_secret_is_followed() {
    let found = told(
        "steps:
  - { id: get, uses: fake.get, for_each: [a, b], with: { path: \"{{ item }}\" } }
  - { id: a, uses: log, with: { message: '{{ json steps.get }}' } }
  - { id: b, uses: fake.store, with: { path: b, value: \"{{ steps.get.0.value }}\" } }",
    );
    refused(&found, "`steps.get` is one");
}
