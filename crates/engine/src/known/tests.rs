//! Tests of what is still known of secrets that are gone.

use indexmap::IndexMap;

use super::{Known, Telling};
use crate::disk::GONE;
use crate::execute::testing::secrets::Table;
use crate::host::Secrets as _;
use crate::value::{Handle, Value};

const SALT: &str = "salt";
const LONG: &str = "a-value-of-twenty-characters-and-more";

fn gone(origin: &str) -> String {
    Handle { id: GONE, origin: origin.to_owned() }.to_mark()
}

/// A table, and what is known in it of `steps.a.token`.
fn known() -> (Table, Known) {
    let table = Table::default();
    let mark = table.seal("here", LONG.to_owned()).to_mark();
    let check = table.check(SALT, &mark).expect("it is long");
    (table, Known::new(SALT, IndexMap::from([("steps.a.token".to_owned(), check)])))
}

/// Says whether a text in which a secret is gone is the same as a plain one.
fn is(written: &str, plain: &str) -> bool {
    let (table, known) = known();
    let held = table.seal("held", plain.to_owned()).to_mark();
    let telling = Telling::new(&table, known);
    assert_eq!(telling.same(written, &held), telling.same(&held, written));
    telling.same(written, &held)
}

#[test]
fn what_is_gone_is_told_by_its_check_and_by_what_stands_around_it() {
    let dead = gone("steps.a.token");
    assert!(is(&dead, LONG));
    assert!(!is(&dead, &format!("{LONG}!")));
    assert!(is(&format!("key={dead}\n"), &format!("key={LONG}\n")));
    assert!(!is(&format!("key={dead}\n"), LONG));
    assert!(!is(&format!("key={dead}\n"), &format!("key={LONG}")));
    assert!(!is(&format!("key={dead}"), &format!("kee={LONG}")));
}

#[test]
fn of_what_nobody_knows_nothing_is_told() {
    let (dead, other) = (gone("steps.a.token"), gone("steps.b.token"));
    assert!(!is(&other, LONG));
    assert!(!is(&format!("{dead}{dead}"), &format!("{LONG}{LONG}")), "where does one end");
    let (_, known) = known();
    for (text, tells) in [
        (dead.clone(), true),
        (format!("key={dead}\n"), true),
        (other.clone(), false),
        (format!("{dead}:{dead}"), false),
        (format!("{dead}:{other}"), false),
        ("plain".to_owned(), true),
    ] {
        let value = Value::List(vec![Value::Null, Value::map([("in", text.as_str().into())])]);
        assert_eq!(known.tells(&value), tells, "{text}");
    }
}

#[test]
fn what_is_gone_is_the_same_as_itself_where_it_can_be_told() {
    let (table, known) = known();
    let (dead, other) = (gone("steps.a.token"), gone("steps.b.token"));
    let telling = Telling::new(&table, known);
    assert!(telling.same(&dead, &dead));
    assert!(!telling.same(&other, &other));
    assert!(!telling.same(&dead, &other));
    let here = table.seal("steps.c.token", LONG.to_owned()).to_mark();
    assert!(telling.same(&here, LONG) && !telling.same(&here, "another"));
}
