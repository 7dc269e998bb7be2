//! `check` and what comes before every run: every mistake, with its place.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

/// Ten different mistakes, each with the line and column where it stands and a word of its message.
const TEN: [(usize, usize, &str); 10] = [
    (2, 7, "`Rotate`"),
    (3, 1, "`descripton`"),
    (5, 24, "`strng`"),
    (9, 19, "`argv`"),
    (9, 25, "`outptu`"),
    (10, 27, "`==`"),
    (12, 11, "`exec.rn`"),
    (15, 13, "`bild`"),
    (16, 26, "`nope`"),
    (18, 14, "`90`"),
];

const TEN_MISTAKES: &str = r#"version: 1
name: Rotate
descripton: x
inputs:
  environment: { type: strng }
steps:
  - id: a
    uses: exec.run
    with: { argv: "ls", outptu: text }
    when: steps.craete.id == "x"
  - id: b
    uses: exec.rn
  - id: c
    uses: log
    needs: [bild]
    with: { message: "{{ steps.a.nope }}" }
  - id: d
    timeout: 90
    uses: assert
    with: { that: true }
"#;

#[test]
fn ten_different_mistakes_are_all_named_with_their_place() {
    let place = Place::new();
    place.write("ten.yaml", TEN_MISTAKES);
    let said = place.cutover(&["check", "ten.yaml", "--output", "json"]).ends(2);
    let found: Json = serde_json::from_str(&said.out).expect("it is JSON");
    let found = found["diagnostics"].as_array().expect("a list");
    for (line, column, word) in TEN {
        let is_it = |one: &&Json| {
            one["line"] == line
                && one["column"] == column
                && one["message"].as_str().is_some_and(|message| message.contains(word))
        };
        assert!(found.iter().any(|one| is_it(&one)), "{line}:{column} {word}: {found:#?}");
    }
    for one in found {
        let keys: Vec<&String> = one.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["code", "severity", "file", "line", "column", "message", "help"]);
    }
}

#[test]
fn a_mistake_is_drawn_with_its_line_a_caret_and_the_way_out() {
    let place = Place::new();
    place.write("w.yaml", &ROTATION.replace("steps.create.id", "steps.craete.id"));
    assert_snapshot!(place.cutover(&["check", "w.yaml"]).all(), @r#"
    exit 2
    --- err
    error[T03]: `steps.craete` is not a step here
      --> w.yaml:44:17
       |
    44 |   token_id: "{{ steps.craete.id }}"
       |                 ^^^^^^^^^^^^ did you mean `create`?

    1 error in w.yaml; `cutover explain T03` tells more
    "#);
}

#[test]
fn several_files_are_checked_and_a_right_one_says_so() {
    let place = Place::new();
    place.write("a/one.yaml", ROTATION);
    place.write("b/two.yaml", "version: 1\nname: two\nsteps: []\n");
    assert_snapshot!(place.cutover(&["check", "a/one.yaml"]).all(), @"
    exit 0
    --- err
    1 file: no mistake found; rules L01-L16 hold
    ");
    let both = place.cutover(&["check", "a/one.yaml", "b/two.yaml"]);
    assert_snapshot!(both.all(), @"
    exit 2
    --- err
    error[K05]: `steps` holds nothing
     --> b/two.yaml:3:1
      |
    3 | steps: []
      | ^^^^^
      |
      help: a workflow has at least one step

    1 error in b/two.yaml; `cutover explain K05` tells more
    ");
}

#[test]
fn two_workflows_of_a_folder_that_promote_one_credential_are_both_told() {
    let place = Place::new();
    place.write("one.yaml", ROTATION);
    place.write("two.yaml", &ROTATION.replace("name: rotate-ci", "name: rotate-too"));
    let said = place.cutover(&["check", "one.yaml"]).ends(2);
    assert!(said.err.contains("error[L09]"), "{}", said.all());
    place.cutover(&["check", "one.yaml", "two.yaml"]).ends(2);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new();
    assert_snapshot!(place.cutover(&["check", "nope.yaml"]).all(), @"
    exit 2
    --- err
    error: the workflow file `nope.yaml` cannot be read: No such file or directory (os error 2)
    ");
    place.write("folder/x", "");
    assert_snapshot!(place.cutover(&["check", "folder"]).all(), @"
    exit 2
    --- err
    error: the workflow file `folder` cannot be read: it is a folder
    ");
}

#[test]
fn a_file_that_cannot_be_read_hides_nothing_of_the_others() {
    let place = Place::new();
    place.write("w.yaml", &ROTATION.replace("    verifies: create\n", ""));
    let said = place.cutover(&["check", "nope.yaml", "w.yaml"]).ends(2);
    assert!(said.err.contains("error[L08]"), "{}", said.all());
    assert!(said.err.contains("`nope.yaml` cannot be read"), "{}", said.all());
    let said = place.cutover(&["check", "nope.yaml", "w.yaml", "--output", "json"]).ends(2);
    let told: serde_json::Value = serde_json::from_str(&said.raw).expect("it is JSON");
    let codes: Vec<_> = told["diagnostics"].as_array().expect("a list").iter().collect();
    assert!(codes.iter().any(|one| one["code"] == "L08" && one["file"] == "w.yaml"), "{told}");
    assert!(codes.iter().any(|one| one["code"].is_null() && one["file"] == "nope.yaml"), "{told}");
}

#[test]
fn nothing_runs_where_the_document_is_wrong() {
    let place = Place::new();
    place.write("w.yaml", &ROTATION.replace("    verifies: create\n", ""));
    let said = place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(2);
    assert!(said.err.contains("error[L08]"), "{}", said.all());
    assert!(said.err.contains("nothing ran"), "{}", said.all());
    assert!(!place.world().exists());
}
