//! `on_failure` and `finally`: when they run, what they see, and that they fail nobody.

use crate::event::Status;
use crate::execute::testing::*;

const HOOKED: &str = r#"
version: 1
name: some
steps:
  - { id: a, uses: test.write, with: { name: a } }
  - { id: b, uses: test.http, with: { name: b } }
on_failure:
  - { id: tell, uses: log, with: { message: "{{ error.step }}: {{ error.message }} ({{ error.code }}) {{ run.status }}" } }
  - { id: more, uses: log, with: { message: more } }
finally:
  - { id: last, uses: log, with: { message: "last {{ run.status }}" } }
"#;

fn said(host: &MemoryHost) -> Vec<String> {
    host.world().said.clone()
}

#[test]
fn after_a_success_only_finally_runs() {
    let host = MemoryHost::new();
    let outcome = run_text(HOOKED, &host);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(said(&host), ["last succeeded"]);
    assert_eq!(
        told(&outcome),
        "a succeeded, b succeeded, on_failure.tell pending, on_failure.more pending, finally.last succeeded"
    );
}

#[test]
fn after_a_failure_both_run_in_written_order_and_see_it() {
    let host = MemoryHost::new().fault("write", 2, Fault::Refused(500));
    let outcome = run_text(HOOKED, &host);
    assert_eq!(said(&host), ["b: write was refused with 500 (exit) undone", "more", "last undone"]);
    let undone = words(&host.history()).iter().position(|word| word == "undone a");
    let told = words(&host.history()).iter().position(|word| word == "started on_failure.tell 1");
    assert!(undone < told && undone.is_some(), "the undo comes before the hooks");
    assert_eq!((outcome.status, outcome.left.len()), (Status::Undone, 0));
}

#[test]
fn a_hook_that_fails_fails_nobody_and_is_reported() {
    let text = HOOKED.replace(
        "{ id: last, uses: log,",
        "{ id: broken, uses: test.write, with: { name: x } }\n  - { id: last, uses: log,",
    );
    let host = MemoryHost::new().fault("write", 3, Fault::Refused(500));
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.status, Status::Succeeded);
    assert!(told(&outcome).ends_with("finally.broken failed, finally.last succeeded"));
    assert_eq!(said(&host), ["last succeeded"]);
}

#[test]
fn what_was_lost_in_a_hook_is_not_left_by_the_run() {
    let text = HOOKED.replace(
        "{ id: more, uses: log, with: { message: more } }",
        "{ id: more, uses: test.write, with: { name: x } }",
    );
    let host =
        MemoryHost::new().fault("write", 1, Fault::Refused(500)).fault("write", 2, Fault::LostDone);
    let outcome = run_text(&text, &host);
    assert_eq!((outcome.status, outcome.left.len()), (Status::Failed, 0));
    assert_eq!(outcome.error.expect("it failed").step, "a");
}

#[test]
fn in_a_hook_null_is_empty_text_and_a_hook_above_is_seen() {
    let text = HOOKED.replace(
        "\"last {{ run.status }}\" } }",
        "\"[{{ error.step }}]\" } }\n  - { id: bare, uses: log, with: { message: \"{{ error.step }}\" } }\n  \
         - { id: look, uses: test.http, with: { name: look } }\n  \
         - { id: saw, uses: log, when: steps.look, with: { message: saw } }",
    );
    let host = MemoryHost::new();
    let outcome = run_text(&text, &host);
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(said(&host), ["[]", "", "saw"]);
}
