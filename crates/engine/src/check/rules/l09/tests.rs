//! L09: two workflows and one name.

use crate::check::rules::testing::{ROTATION, folder, with};

fn named(name: &str) -> String {
    with(ROTATION, "name: \"ci-{{ inputs.environment }}\"", &format!("name: {name}"))
}

#[test]
fn names_of_their_own_are_fine() {
    assert_eq!(folder(&[&named("a"), &named("b"), &named("'a-{{ inputs.id }}'")]), []);
}

#[test]
fn a_workflow_alone_is_fine() {
    assert_eq!(folder(&[ROTATION]), []);
    assert_eq!(folder(&[]), []);
}

#[test]
fn workflows_without_a_credential_share_nothing() {
    let plain = "steps:\n  - { id: x, uses: log, with: { message: hi } }\n";
    assert_eq!(folder(&[plain, plain]), []);
}

#[test]
fn other_inputs_make_other_names() {
    assert_eq!(folder(&[&named("'{{ inputs.id }}'"), &named("'{{ inputs.user }}'")]), []);
}

#[test]
fn both_of_two_are_told() {
    let told = folder(&[&named("a"), &named("b"), &named("a")]);
    assert_eq!(
        told,
        [
            (0, "L09 a: the credential `a` is also what `2.yaml` promotes".to_owned()),
            (2, "L09 a: the credential `a` is also what `0.yaml` promotes".to_owned()),
        ]
    );
}

#[test]
fn three_are_told_of_the_two_others() {
    let told = folder(&[&named("a"), &named("a"), &named("\"a\"")]);
    assert_eq!(told.len(), 3);
    assert_eq!(told[1].1, "L09 a: the credential `a` is also what `0.yaml` and `2.yaml` promote");
}

#[test]
fn the_same_template_is_the_same_text() {
    let told = folder(&[&named("\"x-{{ inputs.id }}\""), &named("'x-{{inputs.id}}'")]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].1.contains("the credential `x-{{ inputs.id }}`"), "{told:?}");
}

#[test]
fn a_literal_is_not_the_template_that_looks_like_it() {
    assert_eq!(folder(&[&named("'x-\\{{ inputs.id }}'"), &named("'x-{{ inputs.id }}'")]).len(), 0);
}
