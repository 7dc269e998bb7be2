//! `needs`, the order rule, circles.

use std::fmt::Write as _;

use super::{one, told};
use crate::check::testing::checked;

fn steps(list: &[(&str, Option<&str>)]) -> String {
    let mut text = "version: 1\nname: test\nsteps:\n".to_owned();
    for (id, needs) in list {
        let needs = needs.map(|needs| format!(", needs: [{needs}]")).unwrap_or_default();
        let _ = writeln!(text, "  - {{ id: {id}, uses: log, with: {{ message: x }}{needs} }}");
    }
    text
}

/// Returns `id: needs | before` of each step.
fn order(list: &[(&str, Option<&str>)]) -> Vec<String> {
    let checked = checked(&steps(list));
    let names = |at: &mut dyn Iterator<Item = usize>| {
        at.map(|at| checked.nodes()[at].id()).collect::<Vec<_>>().join(" ")
    };
    let line = |node: &crate::check::Node| {
        let needs = names(&mut node.needs.iter().copied());
        format!("{}: {needs} | {}", node.id(), names(&mut node.before.iter()))
    };
    checked.nodes().iter().map(line).collect()
}

fn circle(list: &[(&str, Option<&str>)]) -> String {
    let text = steps(list);
    told(text.split_once("steps:\n").expect("it has steps").1)
}

#[test]
fn a_step_without_needs_waits_for_all_above_and_with_it_for_just_those() {
    let order = order(&[
        ("a", None),
        ("b", Some("")),
        ("c", Some("a")),
        ("d", None),
        ("e", Some("b")),
        ("f", None),
    ]);
    assert_eq!(
        order,
        ["a:  | ", "b:  | ", "c: a | a", "d: b c | a b c", "e: b | b", "f: d e | a b c d e"]
    );
}

#[test]
fn needs_may_name_what_stands_below() {
    let order = order(&[("a", Some("c")), ("b", Some("")), ("c", Some("b"))]);
    assert_eq!(order, ["a: c | b c", "b:  | ", "c: b | b"]);
}

#[test]
fn a_circle_is_shown_with_the_step_that_waits_for_more_than_it_has_to() {
    let found = circle(&[("a", Some("c")), ("b", Some("")), ("c", None)]);
    one(&found, &["G02 4:11 steps wait for each other: `a` waits for `c` waits for `a`"]);
    one(&found, &["`c` has no `needs`, so it waits for every step above it"]);
}

#[test]
fn every_circle_is_told_once() {
    let found = circle(&[
        ("a", Some("b")),
        ("b", Some("a")),
        ("c", Some("d")),
        ("d", Some("e")),
        ("e", Some("c, d")),
        ("f", Some("f")),
    ]);
    assert!(found.contains("`a` waits for `b` waits for `a`"), "{found}");
    assert!(found.contains("`c` waits for `d` waits for `e` waits for `c`"), "{found}");
    assert!(found.contains("`f` needs itself"), "{found}");
    assert_eq!(found.lines().filter(|line| line.starts_with("G02")).count(), 3, "{found}");
}

#[test]
fn a_circle_hides_no_other_mistake_and_makes_none() {
    let found = told(
        "
  - { id: a, uses: fake.published, needs: [b] }
  - { id: b, uses: log, needs: [a], with: { message: \"{{ steps.a.prefix }}\", colour: x } }",
    );
    assert!(found.contains("G02") && found.contains("P02"), "{found}");
    assert_eq!(found.lines().count(), 2, "{found}");
}

#[test]
fn a_need_that_is_no_step_comes_with_the_nearest_one() {
    let found = circle(&[("build", None), ("test", Some("bild"))]);
    one(&found, &["G01 5:58 `test` needs `bild`, which is not a step here", "`build`?"]);
}

#[test]
fn a_reference_waits_for_what_it_refers_to() {
    let tell = |needs: &str| {
        told(&format!(
            "
  - {{ id: a, uses: fake.published }}
  - {{ id: b, uses: log, needs: [a], with: {{ message: x }} }}
  - {{ id: c, uses: log{needs}, with: {{ message: \"{{{{ steps.a.prefix }}}}\" }} }}"
        ))
    };
    assert_eq!(tell(""), "");
    assert_eq!(tell(", needs: [b]"), "");
    one(
        &tell(", needs: []"),
        &["T06", "`steps.a` is not surely finished before `c`", "add `a` to the `needs` of `c`"],
    );
    let found = told(
        "
  - { id: c, uses: log, with: { message: \"{{ steps.a.prefix }}\" } }
  - { id: a, uses: fake.published }",
    );
    one(&found, &["T06", "`a` waits for `c`, so it cannot come first"]);
    let found = told("\n  - { id: a, uses: log, with: { message: \"{{ steps.a.x }}\" } }");
    one(&found, &["T06", "`a` refers to its own outputs", "`result`"]);
}

#[test]
fn thousands_of_steps_have_an_order() {
    let ids: Vec<String> = (0..3000).map(|at| format!("s{at}")).collect();
    let list: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
    let checked = checked(&steps(&list));
    let last = &checked.nodes()[2999];
    assert_eq!((last.needs.as_slice(), last.before.len()), ([2998].as_slice(), 2999));
    assert_eq!(crate::plan::order(&checked), (0..3000).collect::<Vec<_>>());
}
