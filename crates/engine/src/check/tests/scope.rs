//! What may be referred to where, and what may be null.

use super::{one, told, told_of};

/// A reading step that may be skipped, and one that says something about it.
fn after_a_skipped(tell: &str) -> String {
    told(&format!(
        "
  - id: list
    uses: fake.list
    when: eq run.id \"z\"
  - id: which
    uses: fake.published
    when: eq run.workflow \"x\"
  - id: tell
    uses: log
    {tell}"
    ))
}

#[test]
fn an_unknown_step_comes_with_the_nearest_one() {
    let found = told(
        "
  - { id: create, uses: fake.published }
  - { id: tell, uses: log, with: { message: \"{{ steps.craete.prefix }}\" } }",
    );
    one(&found, &["T03 6:49 `steps.craete` is not a step here", "did you mean `create`?"]);
}

#[test]
fn an_unknown_output_comes_with_the_nearest_one_or_all_of_them() {
    let found = told(
        "
  - { id: which, uses: fake.published }
  - { id: tell, uses: log, when: steps.which.perfix, with: { message: x } }",
    );
    one(&found, &["T04", "`fake.published` has no output `perfix`", "did you mean `prefix`?"]);
    let found = told(
        "
  - { id: which, uses: fake.published }
  - { id: tell, uses: log, when: steps.which.owner, with: { message: x } }",
    );
    one(&found, &["T04", "there are `token`, `prefix`"]);
}

#[test]
fn an_output_that_is_not_kept_says_how_to_keep_it() {
    let ask = |with: &str| {
        told(&format!(
            "
  - {{ id: ask, uses: http.request, with: {{ method: GET, url: \"https://x.example\"{with} }} }}
  - {{ id: tell, uses: log, when: steps.ask.body, with: {{ message: x }} }}"
        ))
    };
    one(&ask(""), &["T04", "`steps.ask.body` is not kept", "write `output: text`"]);
    assert_eq!(ask(", output: json"), "");
}

#[test]
fn a_path_leads_into_lists_and_maps_as_far_as_their_type_is_known() {
    let found = |when: &str| {
        told(&format!(
            "
  - {{ id: list, uses: fake.list }}
  - {{ id: tell, uses: log, when: {when}, with: {{ message: x }} }}"
        ))
    };
    assert_eq!(found("steps.list.tokens.0.live"), "");
    one(&found("steps.list.tokens.0.lvie"), &["T04", "did you mean `live`?"]);
    one(&found("steps.list.tokens.live"), &["T04", "is a list and has no `live`", "`for_each`"]);
    one(&found("steps.list.tokens.0.id.x"), &["T04", "is a string and has no `x`"]);
}

#[test]
fn an_answer_of_any_shape_is_checked_no_further() {
    let found = told(
        "
  - id: ask
    uses: http.request
    with: { method: GET, url: \"https://x.example\", output: json }
  - { id: tell, uses: log, with: { message: \"{{ steps.ask.body.a.0.b }}\" } }",
    );
    assert_eq!(found, "");
}

#[test]
fn a_name_from_elsewhere_comes_with_what_was_surely_meant() {
    let found = |path: &str| {
        told_of(&format!(
            "version: 1\nname: test\ninputs: {{ who: {{ type: string, default: you }} }}\nsteps:
  - {{ id: first, uses: fake.published }}
  - {{ id: tell, uses: log, when: {path}, with: {{ message: x }} }}"
        ))
    };
    one(&found("who"), &["T05", "did you mean `inputs.who`?"]);
    one(&found("first.prefix"), &["T05", "did you mean `steps.first.prefix`?"]);
    one(&found("env.HOME"), &["T05", "templates see no environment"]);
    one(&found("now"), &["T05", "`run.started_at` is when the run began"]);
    one(&found("input.who"), &["T05", "did you mean `inputs`?"]);
    one(&found("inputs.whom"), &["T05", "`whom` is not an input", "did you mean `who`?"]);
    one(&found("credential.old"), &["T05", "this workflow has no `credential`"]);
    one(&found("run.startd_at"), &["T05", "did you mean `started_at`?"]);
}

#[test]
fn what_is_in_scope_elsewhere_says_where() {
    let found = |path: &str| {
        told(&format!("\n  - {{ id: a, uses: log, when: {path}, with: {{ message: x }} }}"))
    };
    one(&found("item.id"), &["T05", "in scope in a step with `for_each` only"]);
    one(&found("gt index 1"), &["T05", "in scope in a step with `for_each` only"]);
    one(&found("result.x"), &["T05", "in scope in `until` and `undo` only"]);
    one(&found("error.step"), &["T05", "in scope in `on_failure` and `finally` only"]);
    one(&found("run.status"), &["T05", "in scope in `on_failure` and `finally` only"]);
}

#[test]
fn item_and_result_and_error_are_known_where_they_belong() {
    let found = told_of(
        "version: 1\nname: test\nsteps:
  - id: list
    uses: fake.list
    until: gt (len result.tokens) 0
    retry: { max_attempts: 3, delay: 1s }
  - id: each
    uses: log
    for_each: steps.list.tokens
    when: item.live
    with: { message: \"{{ index }} {{ item.id }}\" }
  - id: change
    uses: exec.run
    with: { argv: [change] }
    undo: { uses: exec.run, with: { argv: [back, \"{{ json result.code }}\"] } }
on_failure:
  - { id: tell, uses: log, with: { message: \"{{ error.step }} {{ run.status }}\" } }
finally:
  - { id: end, uses: log, with: { message: \"{{ error.message }} {{ steps.list.tokens.0.id }}\" } }",
    );
    assert_eq!(found, "");
}

#[test]
fn an_item_has_the_type_of_what_the_list_holds() {
    let found = |list: &str, path: &str| {
        told(&format!(
            "
  - {{ id: list, uses: fake.list }}
  - {{ id: each, uses: log, for_each: {list}, when: {path}, with: {{ message: x }} }}"
        ))
    };
    one(&found("steps.list.tokens", "item.lvie"), &["T05", "`item` has no `lvie`", "`live`"]);
    one(&found("[{ a: 1 }, { a: 2, b: 3 }]", "item.c"), &["T05", "`item` has no `c`"]);
    assert_eq!(found("[{ a: 1 }, { a: 2, b: 3 }]", "item.b"), "");
    one(&found("[one, two]", "item.x"), &["T05", "is a string and has no `x`"]);
}

#[test]
fn a_step_that_may_be_skipped_may_be_null() {
    let found = after_a_skipped("with: { message: \"{{ steps.which.prefix }}\" }");
    one(&found, &["P06 13:26 `message` needs a value, and `steps.which.prefix` may be null"]);
    let found = after_a_skipped("with: { message: \"it is {{ steps.which.prefix }}\" }");
    one(&found, &["T09 13:32"]);
    let found =
        after_a_skipped("with: { message: \"{{ default steps.which.prefix \\\"-\\\" }}\" }");
    assert_eq!(found, "");
}

#[test]
fn a_when_that_tests_it_makes_it_sure() {
    for when in [
        "steps.which",
        "steps.which.prefix",
        "and run.id steps.which.prefix",
        "eq steps.which.prefix \"M.V1.\"",
        "not (eq steps.which.prefix null)",
        "or (eq steps.which.prefix \"a\") (eq steps.which.prefix \"b\")",
        "eq run.workflow \"x\"",
        "and (eq run.workflow \"x\") (eq run.id \"y\")",
    ] {
        let tell =
            format!("when: {when}\n    with: {{ message: \"{{{{ steps.which.prefix }}}}\" }}");
        assert_eq!(after_a_skipped(&tell), "", "{when}");
    }
}

#[test]
fn a_when_that_tests_something_else_does_not() {
    for when in [
        "steps.list",
        "not steps.which.prefix",
        "or steps.which.prefix steps.list",
        "eq run.workflow \"y\"",
        "or (eq run.workflow \"x\") (eq run.id \"y\")",
    ] {
        let tell =
            format!("when: {when}\n    with: {{ message: \"{{{{ steps.which.prefix }}}}\" }}");
        one(&after_a_skipped(&tell), &["P06"]);
    }
}

#[test]
fn what_ran_because_another_ran_is_sure_too() {
    let found = told(
        "
  - { id: a, uses: fake.published, when: eq run.workflow \"x\" }
  - { id: b, uses: fake.published, when: steps.a.prefix }
  - { id: c, uses: log, when: steps.b, with: { message: \"{{ steps.a.prefix }}\" } }",
    );
    assert_eq!(found, "");
}

#[test]
fn a_failure_that_is_let_pass_leaves_null() {
    let found = told(
        "
  - { id: a, uses: fake.published, on_error: continue }
  - { id: b, uses: log, with: { message: \"{{ steps.a.prefix }}\" } }",
    );
    one(&found, &["P06", "`steps.a.prefix` may be null"]);
}

#[test]
fn the_outputs_of_a_for_each_are_a_list() {
    let found = |when: &str| {
        told(&format!(
            "
  - {{ id: list, uses: fake.published, for_each: [a, b], with: {{ profile: \"{{{{ item }}}}\" }} }}
  - {{ id: tell, uses: log, when: {when}, with: {{ message: x }} }}"
        ))
    };
    assert_eq!(found("steps.list.0.prefix"), "");
    one(&found("steps.list.prefix"), &["T04", "`steps.list` is a list and has no `prefix`"]);
    assert_eq!(found("gt (len steps.list) 1"), "");
}

#[test]
fn a_found_entry_is_sure_where_the_same_search_is_the_condition() {
    let revoke = |when: &str| {
        told(&format!(
            "
  - {{ id: list, uses: fake.list }}
  - id: revoke
    uses: fake.revoke
    {when}
    with: {{ token_id: '{{{{ lookup (find steps.list.tokens description=\"x\") \"id\" }}}}' }}"
        ))
    };
    one(&revoke("name: x"), &["P06", "`token_id` needs a value, and this may be null"]);
    assert_eq!(revoke("when: find steps.list.tokens description=\"x\""), "");
}

#[test]
fn outputs_may_be_null_and_see_every_step_but_no_hook() {
    let found = told_of(
        "version: 1\nname: test\nsteps:
  - { id: a, uses: fake.published, when: eq run.workflow \"x\" }
finally:
  - { id: end, uses: log, with: { message: x } }
outputs: { prefix: \"{{ steps.a.prefix }}\", end: \"{{ steps.end }}\" }",
    );
    one(&found, &["T06 7:53", "run after all steps"]);
}

#[test]
fn the_name_of_a_credential_knows_inputs_alone() {
    let found = told_of(
        "version: 1\nname: test\ncredential: { name: \"ci-{{ run.id }}\", owner: \"{{ inputs.x }}\" }
steps:
  - { id: a, uses: log, with: { message: x } }",
    );
    assert!(found.contains("T05 3:28 `run.id` is not known here (only `inputs` are"), "{found}");
    assert!(found.contains("T05 3:51 `x` is not an input"), "{found}");
}

#[test]
fn the_list_of_a_for_each_says_nothing_of_the_when_of_its_items() {
    let found = told(
        "
  - { id: a, uses: fake.published, when: eq run.workflow \"x\" }
  - { id: b, uses: fake.published, for_each: [p], when: steps.a.prefix }
  - { id: c, uses: log, when: steps.b, with: { message: \"{{ steps.a.prefix }}\" } }",
    );
    assert!(found.contains("P06 7:") && found.contains("`steps.a.prefix` may be null"), "{found}");
}

#[test]
fn the_same_condition_is_not_enough_where_a_failure_is_let_pass() {
    let found = told(
        "
  - { id: a, uses: fake.published, when: eq run.id \"x\", on_error: continue }
  - { id: b, uses: log, when: eq run.id \"x\", with: { message: \"{{ steps.a.prefix }}\" } }",
    );
    one(&found, &["P06", "`steps.a.prefix` may be null"]);
}
