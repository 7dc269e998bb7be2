//! Who waits for whom, how many run at once, and the items of a `for_each`.

use crate::event::Status;
use crate::execute::testing::*;
use crate::run::Outcome;

fn steps(yaml: &str) -> String {
    format!("version: 1\nname: some\n{yaml}")
}

fn ran(yaml: &str) -> (MemoryHost, Outcome) {
    let host = MemoryHost::new();
    let outcome = run_text(&steps(yaml), &host);
    (host, outcome)
}

#[test]
fn a_step_without_needs_waits_for_all_above_and_one_with_needs_just_for_those() {
    let (host, _) = ran("steps:
  - { id: a, uses: test.write, with: { name: a } }
  - { id: b, uses: test.write, needs: [d], with: { name: b } }
  - { id: c, uses: test.write, needs: [], with: { name: c } }
  - { id: d, uses: test.write, needs: [c], with: { name: d } }
  - { id: e, uses: test.write, with: { name: e } }
");
    assert_eq!(host.world().calls, ["write a", "write c", "write d", "write b", "write e"]);
}

#[test]
fn a_thousand_waits_side_by_side_take_as_long_as_one() {
    let many: String = (0..1000)
        .map(|at| format!("  - {{ id: s{at}, uses: test.wait, needs: [], with: {{ ms: 10 }} }}\n"))
        .collect();
    let (host, outcome) = ran(&format!("max_parallel: 1000\nsteps:\n{many}"));
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(host.clock.passed(), 10);
    assert_eq!(host.journal().commits.len(), 2);
}

#[test]
fn no_more_run_at_once_than_the_workflow_and_the_step_allow() {
    let waits = |max: usize, own: &str| {
        let list = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]";
        let (host, outcome) = ran(&format!(
            "max_parallel: {max}\nsteps:\n  - {{ id: all, uses: test.wait, for_each: {list}, {own} with: {{ ms: 10 }} }}\n"
        ));
        assert_eq!(outcome.status, Status::Succeeded);
        host.clock.passed()
    };
    assert_eq!(waits(12, ""), 10);
    assert_eq!(waits(4, ""), 30);
    assert_eq!(waits(12, "max_parallel: 3,"), 40);
    assert_eq!(waits(2, "max_parallel: 3,"), 60);
}

#[test]
fn all_items_are_tried_and_then_the_step_fails_if_one_did() {
    let host = MemoryHost::new().fault("write", 2, Fault::Refused(500));
    let outcome = run_text(
        &steps(
            "max_parallel: 1
steps:
  - { id: all, uses: test.write, for_each: [a, b, c], with: { name: \"{{ item }}{{ index }}\" } }
  - { id: after, uses: test.write, with: { name: after } }
",
        ),
        &host,
    );
    assert_eq!(host.world().calls[..3], ["write a0", "write b1", "write c2"]);
    assert_eq!(host.world().calls[3..], ["unwrite c2", "unwrite a0"]);
    assert_eq!(
        told(&outcome),
        "all failed, all[0] undone, all[1] failed, all[2] undone, after pending"
    );
    let error = outcome.error.expect("it failed");
    assert_eq!((error.step.as_str(), error.code.as_str()), ("all[1]", "exit"));
}

#[test]
fn each_item_has_its_own_when_and_later_steps_see_the_list() {
    let (host, outcome) = ran("steps:
  - { id: all, uses: test.echo, for_each: [1, 2, 3], when: ne item 2, with: { value: \"{{ item }}\" } }
  - { id: whole, uses: test.echo, with: { value: \"{{ steps.all }}\" } }
  - { id: one, uses: test.write, with: { name: \"n{{ default steps.all.2.value \\\"none\\\" }}\" } }
");
    assert_eq!(
        told(&outcome),
        "all succeeded, all[0] succeeded, all[1] skipped, all[2] succeeded, whole succeeded, one succeeded"
    );
    assert_eq!(host.world().calls, ["write n3"]);
    let whole = crate::disk::to_json(&outcome.steps[4].outputs["value"]).to_string();
    assert_eq!(whole, r#"[{"value":1},null,{"value":3}]"#);
}

#[test]
fn nothing_to_do_is_done_but_nothing_to_verify_proves_nothing() {
    let (_, outcome) = ran("steps:
  - { id: none, uses: test.look, with: { name: n } }
  - { id: all, uses: test.write, for_each: steps.none.value, with: { name: n } }
");
    assert_eq!(told(&outcome), "none succeeded, all succeeded");
    let host = MemoryHost::new();
    let outcome = run_text(
        &steps(
            "steps:
  - { id: none, uses: test.look, with: { name: n } }
  - { id: write, uses: test.http, with: { name: n } }
  - { id: all, uses: test.look, verifies: write, for_each: steps.none.value, with: { name: n } }
",
        ),
        &host,
    );
    assert_eq!(told(&outcome), "none succeeded, write succeeded, all failed");
    assert_eq!(outcome.error.expect("it failed").code, "empty");
}

#[test]
fn a_false_when_skips_and_its_outputs_are_null() {
    let (host, outcome) = ran("steps:
  - { id: no, uses: test.look, when: \"false\", with: { name: n } }
  - { id: after, uses: test.write, when: not steps.no.value, with: { name: after } }
");
    assert_eq!(told(&outcome), "no skipped, after succeeded");
    assert_eq!(host.world().calls, ["write after"]);
}

#[test]
fn a_failure_that_may_be_passed_over_lets_the_rest_go_on() {
    let host = MemoryHost::new().fault("write", 1, Fault::Refused(500));
    let outcome = run_text(
        &steps(
            "steps:
  - { id: maybe, uses: test.write, on_error: continue, with: { name: a } }
  - { id: after, uses: test.write, with: { name: b } }
",
        ),
        &host,
    );
    assert_eq!(told(&outcome), "maybe failed, after succeeded");
    assert_eq!(outcome.status, Status::Succeeded);
}

#[test]
fn a_thousand_pure_items_are_one_commit() {
    let list: Vec<String> = (0..1000).map(|at| at.to_string()).collect();
    let (host, outcome) = ran(&format!(
        "steps:\n  - {{ id: all, uses: test.echo, for_each: [{}], with: {{ value: \"{{{{ item }}}}\" }} }}\n",
        list.join(", ")
    ));
    assert_eq!(outcome.status, Status::Succeeded);
    assert_eq!(host.journal().commits, [2003]);
}
