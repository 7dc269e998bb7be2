//! `credentials burn`: what is in use is replaced, and nothing of it stays valid.

use insta::assert_snapshot;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];
const BURN: [&str; 5] = ["credentials", "burn", "influx-ci", "--sandbox", "--yes"];

/// Says how many tokens of the sandbox are revoked.
fn revoked(place: &Place) -> usize {
    let tokens = place.read(".cutover/sandbox/cloud/tokens.json");
    tokens.matches("\"revoked_at\": 1").count()
}

#[test]
fn what_is_in_use_and_all_that_is_owed_of_it_is_revoked_at_once() {
    let place = Place::with_faults("");
    place.write("w.yaml", ROTATION);
    place.cutover(&BURN).ends(2);
    place.cutover(&RUN).ends(0);
    assert_eq!(revoked(&place), 0);
    assert_snapshot!(place.cutover(&BURN[..4]).all(), @"
    exit 2
    --- err
    error: what is in use is revoked at once, and nobody says yes
      Say it beforehand: cutover credentials burn influx-ci --yes --sandbox
    ");
    assert_snapshot!(place.cutover(&BURN).all(), @"
    exit 0
    --- err
    rotate-ci   run [RUN2]   influx-ci

    before done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    create done [TIME] id=[ID]… prefix=M.V1.[PREFIX] expires_at=[MOMENT]
    works done [TIME] tokens=4
    publish done [TIME] prefix=M.V1.[PREFIX]
    verify done [TIME] tokens=4
    promote done [ID]… -> [ID]…
    revoke_old done [TIME] revoked_at=[MOMENT]

    Rotated influx-ci: [ID]… -> [ID]… in [TIME]. Nothing else to do now.
    paid      [RUN1].revoke_old  [ID]… of influx-ci is revoked
    ");
    assert_eq!(revoked(&place), 2, "the one before it, and the one that was in use");
    assert_eq!(place.cutover(&["debts", "--sandbox"]).out, "nothing is owed\n");
}

#[test]
fn a_workflow_that_is_not_the_same_any_more_burns_nothing() {
    let place = Place::with_faults("");
    place.write("w.yaml", ROTATION);
    place.cutover(&RUN).ends(0);
    place.write("w.yaml", &ROTATION.replace("influx-{{", "other-{{"));
    let said = place.cutover(&BURN).ends(2);
    assert!(said.err.contains("is not the workflow of influx-ci any more"), "{}", said.all());
    std::fs::remove_file(place.folder().join("w.yaml")).expect("it is there");
    place.cutover(&BURN).ends(2);
    assert_eq!((revoked(&place), place.runs().len()), (0, 1));
}
