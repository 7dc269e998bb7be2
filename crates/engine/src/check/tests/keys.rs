//! Which key goes where, and what conditions and lists can be.

use super::{one, told, told_of};

fn hook(list: &str, step: &str) -> String {
    told_of(&format!(
        "version: 1\nname: test\nsteps:
  - {{ id: a, uses: log, with: {{ message: x }} }}
{list}:
  - {{ id: h, {step} }}"
    ))
}

#[test]
fn a_hook_neither_makes_nor_ends_anything() {
    for (step, role) in [
        ("uses: fake.create, with: { description: x }", "create"),
        ("uses: fake.revoke, with: { token_id: x }", "revoke"),
        ("uses: credential.promote", "promote"),
        ("uses: file.write, with: { path: x, content: y }", "publish"),
    ] {
        one(&hook("finally", step), &["C02", &format!("`h` is a {role}, which has no place in")]);
    }
    assert_eq!(hook("on_failure", "uses: exec.run, with: { argv: [tidy] }"), "");
}

#[test]
fn a_hook_asks_nobody() {
    let ask = "uses: approval.wait, with: { ask: may it }";
    for list in ["on_failure", "finally"] {
        let said = format!("`h` waits for a person, and `{list}` never waits");
        one(&hook(list, ask), &["C02", &said]);
    }
    assert_eq!(hook("finally", "uses: wait, with: { for: 1d }"), "");
}

#[test]
fn a_hook_has_neither_needs_nor_proofs_nor_undo() {
    one(&hook("finally", "uses: fake.list, needs: [a]"), &["C03", "`needs` has no place"]);
    one(&hook("on_failure", "uses: fake.list, verifies: a"), &["C03", "`verifies` has no place"]);
    let found = hook("finally", "uses: exec.run, with: { argv: [x] }, undo: again");
    one(&found, &["C03", "`undo` has no place in a step of `finally`"]);
}

#[test]
fn a_hook_sees_the_steps_and_the_hooks_above_it() {
    let found = told_of(
        "version: 1\nname: test\nsteps:
  - { id: a, uses: fake.published }
finally:
  - { id: h, uses: fake.published, when: steps.i.prefix }
  - { id: i, uses: log, with: { message: \"{{ steps.h.prefix }} {{ steps.a.prefix }}\" } }",
    );
    one(&found, &["T06 6:42", "a step of `finally` sees the steps and what stands above it"]);
}

#[test]
fn until_goes_on_a_step_that_reads() {
    let until = |step: &str| {
        told(&format!(
            "\n  - {{ id: a, {step}, until: true, retry: {{ max_attempts: 3, delay: 1s }} }}"
        ))
    };
    let written = until("uses: exec.run, with: { argv: [x] }");
    assert!(written.contains("C04 5:58 `until` goes on a step that only reads"), "{written}");
    let read = until("uses: exec.run, with: { argv: [x], reads: true }");
    assert!(!read.contains("C04"), "{read}");
}

#[test]
fn until_needs_more_than_one_try() {
    let found = told(
        "\n  - { id: a, uses: fake.login, with: { url: x, token: \"{{ run.id }}\" }, \
         until: result.ok, retry: { max_attempts: 1 } }",
    );
    one(&found, &["C05", "`retry` here allows one try"]);
}

#[test]
fn after_goes_on_a_revoke() {
    one(&told("\n  - { id: a, uses: fake.list, after: 1h }"), &["C06", "`a` is none"]);
    assert_eq!(told("\n  - { id: a, uses: fake.revoke, after: 1h, with: { token_id: x } }"), "");
}

#[test]
fn what_changes_nothing_has_nothing_to_undo() {
    let found = told("\n  - { id: a, uses: fake.list, undo: { none: it only looks } }");
    one(&found, &["C03", "`a` changes nothing"]);
    let found = told("\n  - { id: a, uses: exec.run, with: { argv: [x] }, undo: { none: why } }");
    assert_eq!(found, "");
}

#[test]
fn a_proof_names_a_write_that_is_done_before_it() {
    let proof = |verifies: &str| {
        told(&format!(
            "
  - {{ id: read, uses: fake.list }}
  - {{ id: write, uses: file.write, needs: [], with: {{ path: x, content: y }} }}
  - {{ id: change, uses: exec.run, needs: [], with: {{ argv: [x] }} }}
  - {{ id: proof, uses: fake.list, needs: [write], verifies: [{verifies}] }}"
        ))
    };
    assert_eq!(proof("write"), "");
    one(&proof("wirte"), &["C07", "which is not a step here", "did you mean `write`?"]);
    one(&proof("read"), &["C07", "there is nothing in it to prove"]);
    one(&proof("proof"), &["C07", "`proof` verifies itself"]);
    one(&proof("change"), &["C07", "add `change` to the `needs` of `proof`"]);
}

#[test]
fn a_proof_of_no_items_proves_nothing() {
    let found = told(
        "
  - { id: write, uses: file.write, with: { path: x, content: y } }
  - { id: proof, uses: fake.list, for_each: [], verifies: write }",
    );
    one(&found, &["C07", "`proof` has no items, so it proves nothing"]);
}

#[test]
fn a_condition_that_always_holds_is_a_warning() {
    let when = |when: &str| {
        told(&format!(
            "
  - {{ id: list, uses: fake.list }}
  - {{ id: a, uses: log, when: {when}, with: {{ message: x }} }}"
        ))
    };
    one(&when("len steps.list.tokens"), &["C08", "it gives a whole number, and never null"]);
    one(&when("steps.list.tokens"), &["C08", "it is a list of"]);
    one(&when("run.id"), &["C08"]);
    assert_eq!(when("gt (len steps.list.tokens) 0"), "");
    assert_eq!(when("first steps.list.tokens"), "");
    assert_eq!(when("steps.list.tokens.0.id"), "");
}

#[test]
fn for_each_goes_through_a_list() {
    let each = |list: &str| {
        told_of(&format!(
            "version: 1\nname: test\ninputs: {{ names: {{ type: string, default: \"a,b\" }} }}
steps:
  - {{ id: list, uses: fake.list }}
  - {{ id: a, uses: log, for_each: {list}, with: {{ message: x }} }}"
        ))
    };
    one(&each("steps.list"), &["C09", "this is a map", "name the list in it"]);
    one(&each("inputs.names"), &["C09", "this is text", "`split` makes a list"]);
    assert_eq!(each("'split inputs.names \",\"'"), "");
    assert_eq!(each("[1, 2]"), "");
    one(&each("[\"{{ steps.none.x }}\"]"), &["T03"]);
}

#[test]
fn a_default_retry_does_not_reach_a_create() {
    let checked = crate::check::testing::checked(
        "version: 1\nname: test\ndefaults: { timeout: 5s, retry: { max_attempts: 4 } }\nsteps:
  - { id: create, uses: fake.create, with: { description: x } }
  - { id: store, uses: fake.store, with: { path: x, value: \"{{ steps.create.token }}\" } }
  - { id: list, uses: fake.list, timeout: 9s, retry: { max_attempts: 2 } }",
    );
    let tries = |at: usize| {
        let node = &checked.nodes()[at];
        (node.retry.max_attempts, node.timeout.to_string())
    };
    assert_eq!(tries(0), (1, "5s".to_owned()));
    assert_eq!(tries(1), (4, "5s".to_owned()));
    assert_eq!(tries(2), (2, "9s".to_owned()));
}

#[test]
fn in_a_hook_null_is_empty_text_and_nothing_else() {
    let found = |with: &str| {
        told_of(&format!(
            "version: 1\nname: test\nsteps:\n  - {{ id: a, uses: fake.login, with: {{ url: x, \
             token: \"{{{{ run.id }}}}\" }} }}\nfinally:\n  - {{ id: h, {with} }}"
        ))
    };
    assert_eq!(found("uses: log, with: { message: \"{{ error.message }}\" }"), "");
    one(
        &found("uses: assert, with: { that: \"{{ steps.a.ok }}\" }"),
        &["P06", "`steps.a.ok` may be null"],
    );
}
