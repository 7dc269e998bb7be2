//! Tests of the table of secrets.

use super::*;

#[test]
fn a_sealed_value_opens_inside_text() {
    let table = Table::new();
    let mark = table.seal("inputs.password", "fake".to_owned()).to_mark();
    assert_eq!(*table.open(&format!("a {mark} b")).unwrap(), "a fake b");
}

#[test]
fn a_handle_that_was_never_made_does_not_open() {
    let table = Table::new();
    let forged = Handle { id: 7, origin: "steps.create.token".to_owned() };
    let error = table.open(&forged.to_mark()).unwrap_err();
    assert_eq!(error.to_string(), "the secret `steps.create.token` is not there any more");
}

#[test]
fn an_unknown_does_not_open() {
    let unknown = cutover_engine::value::Unknown {
        from: "steps.create.id".to_owned(),
        ty: cutover_engine::types::Type::String,
    };
    let error = Table::new().open(&unknown.to_mark()).unwrap_err();
    assert_eq!(error.to_string(), "`steps.create.id` is not known yet");
}

#[test]
fn a_derived_value_is_a_secret_too() {
    let table = Table::new();
    let mark = table.seal("inputs.password", "fake".to_owned()).to_mark();
    let derived = table.derive("concat", &[&mark, "-x"], &|texts| Ok(texts.concat())).unwrap();
    assert_eq!(*table.open(&derived.to_mark()).unwrap(), "fake-x");
    let error = table.derive("concat", &[&mark], &|_| Err("no".to_owned()));
    assert_eq!(error.unwrap_err(), "no");
}

#[test]
fn the_same_value_from_the_same_place_has_one_handle() {
    let table = Table::new();
    let one = table.seal("a", "fake".to_owned());
    assert_eq!(one, table.seal("a", "fake".to_owned()));
    assert_ne!(one.id, table.seal("b", "fake".to_owned()).id);
    assert_ne!(one.id, table.seal("a", "other".to_owned()).id);
}

#[test]
fn comparison_opens_both_sides() {
    let table = Table::new();
    let a = table.seal("a", "fake".to_owned()).to_mark();
    let b = table.seal("b", "fake".to_owned()).to_mark();
    assert!(table.same(&a, &b));
    assert!(table.same(&a, "fake"));
    assert!(!table.same(&a, "Fake"));
    let gone = Handle { id: GONE, origin: "c".to_owned() }.to_mark();
    assert!(!table.same(&gone, &gone));
}

#[test]
fn a_check_is_kept_of_long_values_only_and_depends_on_the_salt() {
    let table = Table::new();
    let long = table.seal("a", "fakefakefakefakefake".to_owned()).to_mark();
    let check = table.check("00ff", &long).unwrap();
    assert_eq!(check.len(), 16);
    assert_eq!(table.check("00ff", "fakefakefakefakefake"), Some(check.clone()));
    assert_ne!(table.check("00fe", &long), Some(check));
    assert_eq!(table.check("00ff", "fakefakefakefakefak"), None);
}

#[test]
fn a_prefix_is_at_most_a_quarter() {
    let table = Table::new();
    let mark = table.seal("a", "M.V1.fakefakefakefakefakefake".to_owned()).to_mark();
    assert_eq!(table.prefix(&mark, 5).as_deref(), Some("M.V1."));
    assert_eq!(table.prefix(&mark, 20).as_deref(), Some("M.V1.fa"));
    assert_eq!(table.prefix("short", 2), None);
}

#[test]
fn nothing_of_it_shows_in_debug_output() {
    let table = Table::new();
    let handle = table.seal("a", "fakefakefake".to_owned());
    assert!(!format!("{table:?} {handle:?}").contains("fakefake"));
}
