//! `credentials adopt`: the state learns what is in use.

use insta::assert_snapshot;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

fn adopt<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["credentials", "adopt", "influx-ci", "--sandbox", "--id", id];
    [&words[..], more].concat()
}

/// Returns the id that the lists call current.
fn current(place: &Place) -> String {
    let said = place.command(&["credentials", "show", "influx-ci", "--sandbox"]).output();
    let said = String::from_utf8(said.expect("it runs").stdout).expect("it is text");
    let line = said.lines().find(|line| line.trim_start().starts_with("id ")).unwrap_or_default();
    line.split_whitespace().last().unwrap_or_default().to_owned()
}

#[test]
fn in_a_new_state_the_next_run_replaces_what_was_adopted() {
    let place = Place::with_faults("");
    place.write("w.yaml", &ROTATION.replace("  in_use: steps.before.id\n", ""));
    place.cutover(&RUN).ends(2);
    let tokens = place.read(".cutover/sandbox/cloud/tokens.json");
    let ids: Vec<&str> = tokens.split("\"id\": \"").skip(1).map(|rest| &rest[..36]).collect();
    assert_snapshot!(place.cutover(&adopt(ids[1], &["--prefix", "M.V1.ab"])).all(), @"
    exit 0
    --- err
    influx-ci: [ID]… is in use (nobody was asked)
      its triggers begin once its workflow has run: cutover run FILE --sandbox
    ");
    assert_snapshot!(place.cutover(&["credentials", "--sandbox"]).all(), @"
    exit 0
    --- out
    NAME       STATE          ID     PREFIX   EXPIRES  IN USE AT
    influx-ci  never-expires  [ID]…  M.V1.ab  never
    ");
    let said = place.cutover(&RUN).ends(0);
    assert!(said.err.contains("owed   revoke [ID]…"), "{}", said.all());
    assert_eq!(
        place.cutover(&["debts", "--sandbox", "--output", "json"]).raw.matches(ids[1]).count(),
        1
    );
}

#[test]
fn a_tick_starts_nothing_for_what_was_adopted_until_its_workflow_ran_once() {
    let place = Place::with_faults("");
    let triggers = "triggers: { expiry: { before: 7d } }\nsteps:\n";
    let text = ROTATION.replace("steps:\n", triggers);
    place.write("flows/w.yaml", &text);
    let tokens = place.read(".cutover/sandbox/cloud/tokens.json");
    let ids: Vec<&str> = tokens.split("\"id\": \"").skip(1).map(|rest| &rest[..36]).collect();
    assert_snapshot!(place.cutover(&adopt(ids[1], &["--expires", "2031-01-01"])).all(), @"
    exit 0
    --- err
    influx-ci: [ID]… is in use (nobody was asked)
      its triggers begin once its workflow has run: cutover run FILE --sandbox
    ");
    let tick = ["tick", "flows", "--sandbox"];
    assert_snapshot!(place.cutover(&tick).all(), @"
    exit 0
    --- err
    not started  rotate-ci  influx-ci  adopted: its triggers begin once it has run, and that is a person's: cutover run flows/w.yaml --sandbox
    ");
    place.write("flows/w.yaml", &text.replace("default: ci }", "enum: [ci, admin] }"));
    assert_snapshot!(place.cutover(&tick).all(), @"
    exit 0
    --- err
    not started  flows/w.yaml  no run of it is known here; the first is a person's: cutover run flows/w.yaml --sandbox
    ");
    place.write("flows/w.yaml", &text);
    assert_snapshot!(place.later(1830 * 86_400, &tick).all(), @"
    exit 1
    --- err
    not started  rotate-ci  influx-ci  due since [MINUTE], and adopted: its triggers begin once it has run, and that is a person's: cutover run flows/w.yaml --sandbox
    ");
    assert_eq!(place.runs().len(), 1, "{:?}", place.runs());
    place.cutover(&["run", "flows/w.yaml", "--sandbox", "--yes"]).ends(0);
    let said = place.later(24 * 86_400, &tick).ends(0);
    assert!(said.err.contains("before it expires"), "{}", said.all());
}

#[test]
fn what_is_in_use_is_replaced_only_by_its_id_and_by_what_its_provider_lists() {
    let place = Place::with_faults("");
    place.write("w.yaml", ROTATION);
    place.cutover(&RUN).ends(0);
    let first = current(&place);
    place.cutover(&RUN).ends(0);
    let second = current(&place);
    assert_snapshot!(place.cutover(&adopt(&first, &[])).all(), @"
    exit 2
    --- err
    error: the state holds [UUID] to be in use of influx-ci
      Where that is wrong:
      cutover credentials adopt influx-ci --id [UUID] --replace [UUID] --sandbox
    ");
    let said = place.cutover(&adopt("nonsense", &["--replace", &second])).ends(2);
    assert!(said.err.contains("the provider lists no live `nonsense`"), "{}", said.all());
    assert_snapshot!(place.cutover(&adopt(&first, &["--replace", &second])).all(), @"
    exit 0
    --- err
    influx-ci: [ID]… is in use (its provider lists it as live)
      [ID]… is not known any more: where it still lives, revoke it
    ");
    assert_eq!(current(&place), first);
    let page = place.cutover(&["credentials", "show", "influx-ci", "--sandbox"]);
    assert!(page.out.contains("M.V1.[PREFIX]"), "the provider told it: {}", page.all());
    let said = place.cutover(&adopt(&first, &["--expires", "soon", "--replace", &first])).ends(2);
    assert!(said.err.contains("`soon` is no moment"), "{}", said.all());
}
