//! Tests of edits of TOML files.

use cutover_engine::host::Secrets as _;

use super::*;

const FILE: &str = "\
# who we are
[[profile]]
name = 'admin'   # the boss
product = \"dedicated\"
account_id = \"a1\"
mgmt_token = \"fake-admin\"

[[profile]]
  name = \"ci\"
  mgmt_token = \"fake-old\" # rotated
  host = { port = 1 }
";

fn edit(is: &str, value: &str, from: Option<&str>) -> TomlEdit {
    TomlEdit {
        base: None,
        array: "profile".to_owned(),
        key: "name".to_owned(),
        is: is.to_owned(),
        set: [("mgmt_token".to_owned(), value.to_owned())].into_iter().collect(),
        copy_from: from
            .map(|from| (from.to_owned(), vec!["product".to_owned(), "account_id".to_owned()])),
    }
}

fn applied(text: &str, edit: &TomlEdit) -> String {
    match apply(&Secrets::new(), text, edit) {
        Ok(text) => text.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn back(is: &str, was: &str, edit: &TomlEdit) -> Option<String> {
    take_back(&Secrets::new(), is, was, (edit, &Known::default()))
        .unwrap()
        .map(|text| text.to_string())
}

#[test]
fn only_the_named_key_changes() {
    let changed = applied(FILE, &edit("ci", "fake-new", None));
    assert_eq!(changed, FILE.replace("fake-old", "fake-new"));
}

#[test]
fn a_secret_is_opened_into_the_file() {
    let secrets = Secrets::new();
    let mark = secrets.seal("steps.create.token", "fake\"quoted".to_owned()).to_mark();
    let text = apply(&secrets, FILE, &edit("ci", &mark, None)).unwrap();
    assert!(text.contains("mgmt_token = 'fake\"quoted' # rotated"), "{}", *text);
}

#[test]
fn a_new_table_copies_only_the_keys_that_are_named() {
    let made = applied(FILE, &edit("new", "fake-new", Some("admin")));
    let table = "\n[[profile]]\nname = \"new\"\nproduct = \"dedicated\"\naccount_id = \"a1\"\nmgmt_token = \"fake-new\"\n";
    assert_eq!(made, format!("{FILE}{table}"));
}

#[test]
fn a_table_that_is_not_there_is_an_error_without_a_source() {
    assert_eq!(applied(FILE, &edit("new", "x", None)), "error: has no `profile` new");
    let error = "error: has no `profile` new, and none nobody to copy from";
    assert_eq!(applied(FILE, &edit("new", "x", Some("nobody"))), error);
}

#[test]
fn two_tables_of_one_name_are_an_error() {
    let twice = format!("{FILE}\n[[profile]]\nname = \"ci\"\n");
    assert_eq!(applied(&twice, &edit("ci", "x", None)), "error: has more than one `profile` ci");
}

#[test]
fn another_shape_of_the_array_is_an_error() {
    let error = "error: has a `profile` that is not written as [[profile]]";
    assert_eq!(applied("profile = 1\n", &edit("ci", "x", None)), error);
}

#[test]
fn taking_back_leaves_what_others_wrote_meanwhile() {
    let ours = edit("ci", "fake-new", None);
    let written = applied(FILE, &ours);
    let others = written.replace("account_id = \"a1\"", "account_id = \"a2\"");
    let expected = FILE.replace("account_id = \"a1\"", "account_id = \"a2\"");
    assert_eq!(back(&others, FILE, &ours), Some(expected));
}

#[test]
fn taking_back_refuses_a_value_that_is_not_ours() {
    let ours = edit("ci", "fake-new", None);
    let written = applied(FILE, &ours).replace("fake-new", "fake-other");
    assert_eq!(back(&written, FILE, &ours), None);
}

#[test]
fn taking_back_twice_is_fine() {
    let ours = edit("ci", "fake-new", None);
    assert_eq!(back(FILE, FILE, &ours).as_deref(), Some(FILE));
}

#[test]
fn taking_back_a_table_that_we_made_removes_it() {
    let ours = edit("new", "fake-new", Some("admin"));
    let written = applied(FILE, &ours);
    assert_eq!(back(&written, FILE, &ours).as_deref(), Some(FILE));
    assert_eq!(back(FILE, FILE, &ours).as_deref(), Some(FILE));
}

#[test]
fn taking_back_removes_a_key_that_was_not_there() {
    let was = "[[profile]]\nname = \"ci\"\n";
    let ours = edit("ci", "fake-new", None);
    assert_eq!(back(&applied(was, &ours), was, &ours).as_deref(), Some(was));
}
