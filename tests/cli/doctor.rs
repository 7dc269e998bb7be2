//! `doctor`: on a machine without a state, on a whole state, on damaged ones.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use cutover_host::journal::rebuild_tables;
use insta::assert_snapshot;
use regex_lite::Regex;
use rusqlite::Connection;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION, Said};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

fn rotated() -> Place {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place.cutover(&RUN).ends(0);
    place
}

/// Takes out what differs from one machine to the next.
fn of_any_machine(said: Said) -> String {
    let mut text = said.all();
    for (pattern, with) in [
        (r"\d+ MiB free", "[ROOM] MiB free"),
        (r"is on \w+", "is on [DISK]"),
        (r"sqlite       [\d.]+", "sqlite       [VERSION]"),
        (r"(look|ok)  (  )?file system.*\n(?: {19,}.*\n)*", "ok    file system  [DISK]\n"),
    ] {
        text = Regex::new(pattern).expect("it is right").replace_all(&text, with).into_owned();
    }
    text.replace("Everything holds; 1 thing to look at.", "Everything holds.")
}

fn with_state(place: &Place, sql: &str) {
    let state = Connection::open(place.world().state()).expect("it is there");
    state.execute_batch(sql).expect("it can be changed");
}

#[test]
fn without_a_state_the_machine_alone_is_looked_at_and_nothing_is_made() {
    let place = Place::new();
    assert_snapshot!(of_any_machine(place.cutover(&["doctor"])), @"
    exit 0
    --- out
    state   .local/state/cutover/state.db   (not there yet: a run makes it)

      ok    file system  [DISK]
      ok    locks        one that is held keeps others out
      ok    syncs        a file and its name reach the disk
      ok    room         [ROOM] MiB free, 16 MiB are needed
      ok    sqlite       [VERSION]
      ok    core dumps   off, and nobody else reads this process
      ok    children     a program that writes dies with cutover
      ok    clock        [MINUTE]
      ok    leftovers    none

    Everything holds.
    ");
    assert_eq!(fs::read_dir(place.folder()).expect("it is there").count(), 0);
}

#[test]
fn on_a_whole_state_everything_holds() {
    let place = rotated();
    assert_snapshot!(of_any_machine(place.cutover(&["doctor", "--sandbox"])), @"
    exit 0
    --- out
    state   .cutover/sandbox/state.db

      ok    file system  [DISK]
      ok    locks        one that is held keeps others out
      ok    syncs        a file and its name reach the disk
      ok    room         [ROOM] MiB free, 16 MiB are needed
      ok    sqlite       [VERSION]
      ok    core dumps   off, and nobody else reads this process
      ok    children     a program that writes dies with cutover
      ok    clock        [MINUTE]
      ok    access       the state is this user's alone
      ok    events       1 run, 16 events: none changed, none missing
      ok    leftovers    none

    Everything holds.
    ");
    let said = place.cutover(&["doctor", "--sandbox", "--output", "json"]).ends(0);
    let told: Json = serde_json::from_str(&said.out).expect("it is JSON");
    let about: Vec<&str> = told["facts"]
        .as_array()
        .expect("facts")
        .iter()
        .filter_map(|it| it["about"].as_str())
        .collect();
    assert_eq!(about.len(), 11, "{about:?}");
    assert_eq!(told["there"], true);
    let said = place.cutover(&["doctor", "--accept-lost-tail", "--yes", "--sandbox"]).ends(2);
    assert!(said.err.contains("this state has lost no tail"), "{}", said.all());
}

#[test]
fn a_lost_tail_stops_creates_until_the_providers_were_seen_and_it_is_accepted() {
    let place = rotated();
    place.cutover(&RUN).ends(0);
    let second = place.runs()[0].run.clone();
    with_state(&place, &format!("DELETE FROM event WHERE run = '{second}'"));
    rebuild_tables(&place.world().state()).expect("the tables follow from the events");
    place.cutover(&RUN).ends(3);
    let said = place.cutover(&["doctor", "--sandbox"]);
    let told = of_any_machine(said).replace(&second, "[LOST]");
    assert_snapshot!(told, @"
    exit 3
    --- out
    state   .cutover/sandbox/state.db

      ok    file system  [DISK]
      ok    locks        one that is held keeps others out
      ok    syncs        a file and its name reach the disk
      ok    room         [ROOM] MiB free, 16 MiB are needed
      ok    sqlite       [VERSION]
      ok    core dumps   off, and nobody else reads this process
      ok    children     a program that writes dies with cutover
      ok    clock        [MINUTE]
      ok    access       the state is this user's alone
      bad   lost tail    the state is behind [FOLDER]/.cutover/sandbox/state.db.head: row 31 is
                         gone, and with it all that came after
                         Nothing is created or revoked with this state.
                         Put a whole copy back if there is one; else look at what the providers list,
                         and then go on without what is lost:
                         cutover doctor --accept-lost-tail --sandbox
      ok    leftovers    none

    1 thing is not right; what to do stands below each.
    --- err

    What the providers list as live
      influx-ci    live  [ID]…  M.V1.[PREFIX]  [DAY] (30 d)
      (owed)       live  [ID]…  M.V1.[PREFIX]  never              revoked by [RUN1].revoke_old
      (orphan)     live  [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  marked by run [LOST], unknown to this st…
      (unmanaged)  live  [ID]…  M.V1.[PREFIX]  never              no marker of ours
    ");
    let refused = place.cutover(&["doctor", "--accept-lost-tail", "--sandbox"]).ends(2);
    assert!(refused.err.contains("nobody is here to say yes"), "{}", refused.all());
    let accepted = place.cutover(&["doctor", "--accept-lost-tail", "--yes", "--sandbox"]).ends(0);
    assert!(accepted.err.contains("accepted: creates and revokes go on"), "{}", accepted.all());
    place.cutover(&["doctor", "--sandbox"]).ends(0);
}

#[test]
fn a_state_that_is_gone_says_what_can_be_known_before_it_is_accepted() {
    let place = rotated();
    for end in ["", "-wal", "-shm"] {
        let file = place.world().state().with_file_name(format!("state.db{end}"));
        drop(fs::remove_file(file));
    }
    place.cutover(&RUN).ends(3);
    let said = place.cutover(&["doctor", "--sandbox"]).ends(3);
    let (_, told) = said.out.split_once("clock").expect("it looks at the clock");
    assert_snapshot!(told, @"
            [MINUTE]
      ok    access       the state is this user's alone
      bad   lost state   the state is behind [FOLDER]/.cutover/sandbox/state.db.head: row 16 is
                         gone, and with it all that came after
                         Nothing is created or revoked with this state.
                         Which credentials and providers it knew, and what it owed, stood nowhere else:
                         put a whole copy back if there is one.
                         Else look at each provider yourself: what a run made there is marked
                         `cutover-..`. Then go on with an empty state:
                         cutover doctor --accept-lost-tail --sandbox
      ok    leftovers    none

    1 thing is not right; what to do stands below each.
    ");
    assert_snapshot!(said.err, @"");
    let refused = place.cutover(&["doctor", "--accept-lost-tail", "--sandbox"]).ends(2);
    assert!(refused.err.contains("nobody is here to say yes"), "{}", refused.all());
    let accepted = place.cutover(&["doctor", "--accept-lost-tail", "--yes", "--sandbox"]).ends(0);
    assert_snapshot!(accepted.err, @"
    accepted: creates and revokes go on with what the state holds now
      What is in use and is not known any more: cutover credentials adopt NAME --id ID --sandbox
    ");
    place.cutover(&RUN).ends(0);
}

#[test]
fn a_changed_row_and_a_state_that_others_can_read_are_named() {
    let place = rotated();
    with_state(&place, "UPDATE event SET body = replace(body, 'works', 'wrong') WHERE seq = 8");
    fs::set_permissions(place.world().state(), Permissions::from_mode(0o644)).expect("it is ours");
    let said = place.cutover(&["doctor", "--sandbox"]).ends(3);
    let lines: Vec<&str> = said
        .out
        .lines()
        .filter(|line| line.contains("access") || line.contains("events"))
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    look  access       .cutover/sandbox/state.db is 0644, and should be 0600
    look  access       .cutover/sandbox/state.db-wal is 0644, and should be 0600
    look  access       .cutover/sandbox/state.db-shm is 0644, and should be 0600
    bad   events       event 8 of run [RUN1] was changed after it was written
    ");
}
