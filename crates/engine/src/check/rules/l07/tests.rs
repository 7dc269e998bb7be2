//! L07: what runs once, and what may not fail unseen.

use crate::check::rules::testing::{ROTATION, accepted, before, keyed, refused, with};

#[test]
fn retries_are_fine_everywhere() {
    let retry = "retry: { max_attempts: 3, delay: 1s }";
    let text = ["create", "store", "publish", "verify", "revoke"]
        .iter()
        .fold(ROTATION.to_owned(), |text, id| keyed(&text, id, retry));
    accepted(&text);
}

#[test]
fn what_proves_nothing_may_fail() {
    accepted(&keyed(
        &before(
            ROTATION,
            "create",
            r#"{ id: tell, uses: notify.webhook, with: { url: "https://hooks", text: hi } }"#,
        ),
        "tell",
        "on_error: continue",
    ));
    let reload =
        r#"{ id: reload, uses: exec.run, undo: again, on_error: continue, with: { argv: [x] } }"#;
    accepted(&before(ROTATION, "promote", reload));
}

#[test]
fn failing_is_what_steps_do_anyway() {
    accepted(&keyed(ROTATION, "publish", "on_error: fail"));
}

#[test]
fn lists_of_places_and_waits_on_reads_are_fine() {
    let more = r#"{ id: more, uses: vault.kv.put, for_each: inputs.ids, with: { path: "{{ item }}", data: { t: "{{ steps.create.token }}" } } }"#;
    let until = r#"{ id: ready, uses: kubernetes.rollout.status, until: result.ready, retry: { max_attempts: 9, delay: 1s }, with: { deployment: x } }"#;
    accepted(&before(&before(ROTATION, "promote", more), "promote", until));
}

#[test]
fn a_create_does_not_run_once_per_item() {
    refused(
        &keyed(ROTATION, "create", "for_each: inputs.ids"),
        "L07",
        "inputs.ids",
        "`create` makes a credential, and `for_each` makes many",
        "`uses: workflow.run` and `for_each`",
    );
}

#[test]
fn an_answer_that_is_kept_does_not_run_once_per_item() {
    let made = r#"{ id: made, uses: exec.run, for_each: inputs.ids, with: { argv: [make], output: secret, repeat: safe } }"#;
    let kept = r#"{ id: keep, uses: file.write, with: { path: x, content: "{{ steps.made.0.secret }}" } }"#;
    let text = format!("steps:\n  - {made}\n  - {kept}\n");
    refused(&text, "L07", "inputs.ids", "`made` makes a credential", "a workflow of its own");
}

#[test]
fn each_of_these_may_not_fail_unseen() {
    for (id, what) in [
        ("create", "makes a credential"),
        ("store", "keeps a credential"),
        ("publish", "hands out a credential"),
        ("promote", "makes a credential current"),
        ("revoke", "ends a credential"),
        ("works", "proves that a credential works"),
        ("verify", "proves that a credential works"),
    ] {
        refused(
            &keyed(ROTATION, id, "on_error: continue"),
            "L07",
            "continue",
            &format!("`{id}` {what}, and the run would go on after its failure"),
            "drop `on_error: continue`",
        );
    }
}

#[test]
fn a_program_that_is_verified_may_not_fail_unseen() {
    let push = r#"{ id: push, uses: exec.run, undo: again, on_error: continue, with: { argv: [push], stdin: "{{ steps.create.token }}" } }"#;
    let test =
        r#"{ id: test, uses: exec.run, verifies: push, with: { argv: [test], reads: true } }"#;
    let text = before(&before(ROTATION, "promote", push), "promote", test);
    refused(&text, "L07", "continue", "`push` puts a credential into place", "`retry`");
    accepted(&with(&text, "on_error: continue, ", ""));
}

#[test]
fn a_create_does_not_run_until() {
    refused(
        &keyed(ROTATION, "create", "until: result.id, retry: { max_attempts: 2, delay: 1s }"),
        "L07",
        "result.id",
        "`create` makes a credential, and each try of `until` makes another",
        "put the `until` on a step that reads, below `create`",
    );
}
