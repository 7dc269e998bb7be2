//! L12: the login of a create that kills the old value.

use crate::check::rules::testing::{accepted, before, keyed, moved, refused, with, without};

const VALUE: &str = r#"
steps:
  - { id: admin_works, uses: gitlab.token.get, with: { url: "https://git", admin_token: "{{ inputs.admin }}", token_id: "{{ inputs.id }}" } }
  - { id: rotate, uses: gitlab.token.rotate, with: { url: "https://git", admin_token: "{{ inputs.admin }}", token_id: "{{ inputs.id }}" } }
  - { id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.rotate.token }}" } }
"#;

const PLACE: &str = r#"
steps:
  - { id: admin_works, uses: gitlab.profile.get, with: { profile: admin } }
  - { id: rotate, uses: gitlab.profile.rotate, with: { profile: admin } }
  - { id: keep, uses: gitlab.profile.set, with: { profile: ci, token: "{{ steps.rotate.token }}" } }
"#;

#[test]
fn an_administrators_value_that_was_tried_is_fine() {
    accepted(VALUE);
}

#[test]
fn an_administrators_place_that_was_tried_is_fine() {
    accepted(PLACE);
}

#[test]
fn any_reading_step_by_the_same_login_tries_it() {
    let other = with(
        VALUE,
        "uses: gitlab.token.get, with: { url: \"https://git\", admin_token:",
        "uses: gitlab.token.self, with: { url: \"https://git\", token:",
    );
    accepted(&with(
        &other,
        ", token_id: \"{{ inputs.id }}\" } }\n  - { id: rotate",
        " } }\n  - { id: rotate",
    ));
}

#[test]
fn a_value_from_a_place_is_a_login_by_that_place() {
    let text =
        before(VALUE, "admin_works", "{ id: root, uses: file.read, with: { path: ~/root } }");
    let text = text.replace("{{ inputs.admin }}", "{{ steps.root.content }}");
    accepted(&text);
    let again = before(&text, "rotate", "{ id: again, uses: file.read, with: { path: ~/./root } }");
    accepted(&with(
        &again,
        "uses: gitlab.token.rotate, with: { url: \"https://git\", admin_token: \"{{ steps.root.content }}\"",
        "uses: gitlab.token.rotate, with: { url: \"https://git\", admin_token: \"{{ steps.again.content }}\"",
    ));
}

#[test]
fn a_login_that_nobody_tried_is_refused() {
    refused(
        &without(VALUE, "admin_works"),
        "L12",
        "id: rotate",
        "`rotate` kills the old value, and nothing has shown that `inputs.admin` can log in",
        "put a reading step without `when` that logs in by `inputs.admin`",
    );
}

#[test]
fn a_try_that_may_be_skipped_is_none() {
    refused(
        &keyed(VALUE, "admin_works", "when: inputs.environment"),
        "L12",
        "id: rotate",
        "nothing has shown that `inputs.admin` can log in",
        "without `when`",
    );
    refused(
        &keyed(VALUE, "admin_works", "for_each: inputs.ids"),
        "L12",
        "id: rotate",
        "nothing has shown",
        "without `when`",
    );
}

#[test]
fn a_try_below_is_too_late() {
    refused(
        &moved(VALUE, "admin_works", "keep"),
        "L12",
        "id: rotate",
        "nothing has shown",
        "above it",
    );
}

#[test]
fn the_place_that_holds_the_old_value_is_no_login() {
    refused(
        &with(PLACE, "with: { profile: ci, token", "with: { profile: admin, token"),
        "L12",
        "id: rotate",
        "`rotate` kills the old value and logs in by it: `profile admin`",
        "log in by another place",
    );
}

#[test]
fn what_was_read_from_the_place_that_holds_the_old_value_is_no_login() {
    let text = before(VALUE, "admin_works", "{ id: old, uses: file.read, with: { path: ~/x } }");
    refused(
        &text.replace("{{ inputs.admin }}", "{{ steps.old.content }}"),
        "L12",
        "id: rotate",
        "logs in by it: `file ~/x`",
        "such as an administrator's",
    );
}

#[test]
fn a_login_that_nobody_knows_is_refused() {
    let text = r#"
steps:
  - { id: rotate, uses: gitlab.anonymous.rotate, with: { url: "https://git" } }
  - { id: keep, uses: file.write, with: { path: ~/x, content: "{{ steps.rotate.token }}" } }
"#;
    refused(text, "L12", "id: rotate", "does not say what it logs in with", "whose login is known");
}
