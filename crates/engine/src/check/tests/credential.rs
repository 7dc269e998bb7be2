//! `credential`: what is in use, what is owed, what is known of the old one.

use super::{ROTATION, one, told_of};
use crate::check::Checked;
use crate::check::testing::checked;

/// Returns the rotation of the manual with a part replaced.
fn with(from: &str, to: &str) -> String {
    assert!(ROTATION.contains(from), "the rotation has no {from:?}");
    ROTATION.replacen(from, to, 1)
}

fn debt(checked: &Checked, id: &str) -> Option<String> {
    let at = checked.index(id).expect("the step is there");
    checked.nodes()[at].debt.map(|debt| debt.to_string())
}

#[test]
fn a_revoke_of_the_old_one_waits_for_the_overlap_unless_it_says_otherwise() {
    assert_eq!(debt(&checked(ROTATION), "revoke_old").as_deref(), Some("1d"));
    let sooner = with("when: credential.old", "when: credential.old\n    after: 10m");
    assert_eq!(debt(&checked(&sooner), "revoke_old").as_deref(), Some("10m"));
    let at_once = with("  overlap: 24h\n", "");
    assert_eq!(debt(&checked(&at_once), "revoke_old").as_deref(), Some("0s"));
}

#[test]
fn a_revoke_that_is_owed_goes_through_no_list() {
    let each = with("when: credential.old", "when: credential.old\n    for_each: [a, b]");
    let told = told_of(&each);
    assert!(told.contains("C10"), "{told}");
    assert!(told.contains("`revoke_old` is owed, and a debt is one revocation"), "{told}");
    let now = "version: 1\nname: test\ninputs: { ids: { type: list(string) } }\nsteps:
  - id: now
    uses: fake.revoke
    undo: { none: it is meant }
    for_each: inputs.ids
    with: { token_id: \"{{ item }}\" }";
    assert_eq!(debt(&checked(now), "now"), None);
    let later = now.replace("for_each", "after: 2h\n    for_each");
    one(&told_of(&later), &["C10", "drop `after`"]);
}

#[test]
fn a_revoke_of_something_else_is_done_where_it_stands() {
    let checked = checked(
        "version: 1\nname: test\ninputs: { token: { type: string } }\nsteps:
  - id: now
    uses: fake.revoke
    undo: { none: it is meant }
    with: { token_id: \"{{ inputs.token }}\" }
  - id: later
    uses: fake.revoke
    after: 2h
    undo: { none: it is meant }
    with: { token_id: \"{{ inputs.token }}\" }",
    );
    assert_eq!(debt(&checked, "now"), None);
    assert_eq!(debt(&checked, "later").as_deref(), Some("2h"));
}

#[test]
fn every_create_and_every_use_of_the_old_one_waits_for_what_finds_it() {
    let text = with("    uses: fake.create\n", "    uses: fake.create\n    needs: []\n");
    let checked = checked(&text);
    let at = |id: &str| checked.index(id).expect("the step is there");
    assert!(checked.is_before(at("before"), at("create")));
    assert_eq!(checked.nodes()[at("create")].needs, [at("before")]);
    assert!(checked.is_before(at("before"), at("revoke_old")));
}

#[test]
fn in_use_is_one_output_of_a_reading_step() {
    let found = |in_use: &str| told_of(&with("steps.before.id", in_use));
    one(&found("steps.before"), &["C01", "`in_use` is one output of a reading step"]);
    one(&found("lower steps.before.id"), &["C01", "write `steps.<id>.<output>`"]);
    one(&found("steps.bfeore.id"), &["T03", "did you mean `before`?"]);
    one(&found("steps.before.di"), &["T04", "did you mean `id`?"]);
    one(&found("steps.verify.tokens"), &["C01", "this is a list"]);
}

#[test]
fn in_use_is_found_before_anything_is_made() {
    let found = told_of(&with("steps.before.id", "steps.publish.prefix"));
    assert!(found.contains("C01 12:11 `in_use` names `publish`, which does more"), "{found}");
    assert!(found.contains("waits for `create`, and that does more than read"), "{found}");
}

#[test]
fn what_finds_it_runs_in_every_run() {
    let key =
        |key: &str| told_of(&with("uses: fake.which\n", &format!("uses: fake.which\n    {key}\n")));
    assert!(
        key("when: eq run.id \"x\"")
            .contains("C01 12:11 `in_use` names `before`, which has `when`")
    );
    assert!(key("on_error: continue").contains("which has `on_error: continue`"));
    assert!(key("for_each: [a]").contains("C01"), "{}", key("for_each: [a]"));
}

#[test]
fn what_finds_it_does_not_use_it() {
    let found = told_of(&with(
        "login: \"admin-{{ inputs.environment }}\"",
        "login: '{{ default credential.old.prefix \"x\" }}'",
    ));
    one(&found, &["C01", "`before` uses `credential.old`, which `in_use` is to find"]);
}

#[test]
fn the_old_one_may_be_none_unless_the_step_tests_it() {
    let found = told_of(&with("    when: credential.old\n", ""));
    one(&found, &["P06", "`credential.old.id` may be null", "when: credential.old.id"]);
    let tested = with("when: credential.old\n", "when: credential.old.id\n");
    assert_eq!(told_of(&tested), "");
}

#[test]
fn where_it_is_found_by_hand_only_the_id_is_sure() {
    let tell = "  - id: say
    uses: log
    when: credential.old
    with: { message: \"{{ credential.old.id }} {{ credential.old.prefix }}\" }
on_failure:
";
    let found = told_of(&with("on_failure:\n", tell));
    one(&found, &["T09", "`credential.old.prefix` may be null"]);
    let kept = with("on_failure:\n", tell).replacen("  in_use: steps.before.id\n", "", 1);
    assert_eq!(told_of(&kept), "");
}

#[test]
fn the_rules_are_told_what_is_above_promote() {
    let checked = checked(ROTATION);
    let above: Vec<&str> = (0..checked.nodes().len())
        .filter(|at| checked.is_above_promote(*at))
        .map(|at| checked.nodes()[at].id())
        .collect();
    assert_eq!(above, ["before", "create", "works", "store", "publish", "verify"]);
    let writes: Vec<&str> = (0..checked.nodes().len())
        .filter(|at| checked.writes(*at))
        .map(|at| checked.nodes()[at].id())
        .collect();
    assert_eq!(writes, ["create", "store", "publish", "revoke_old"]);
    assert_eq!(checked.secret_outputs(checked.create().expect("there is one")), ["token"]);
    let default = checked.param_node(7, "profile").and_then(|node| node.literal());
    assert_eq!(default, None, "it is a template");
}
