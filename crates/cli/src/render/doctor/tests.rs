//! Tests of what `doctor` says.

use std::path::PathBuf;

use cutover_engine::time::{Duration, Timestamp};
use cutover_host::doctor::Whole;
use insta::assert_snapshot;

use super::*;

fn findings() -> Findings {
    let now = Timestamp::parse("2026-11-25T12:00:00Z").expect("a moment");
    let (kind, network) = ("ext4".to_owned(), false);
    Findings {
        state: true,
        disk: Disk { folder: PathBuf::from("/var/lib/cutover"), kind, network, fleeting: false },
        locks: Ok(()),
        syncs: Ok(()),
        room: (Some(12_000 * MIB), 16 * MIB),
        sqlite: ("3.54.1", Ok(())),
        core_dumps: Ok(()),
        death_signal: Ok(()),
        clock: Clock { now, newest: Some(now - Duration::seconds(60)) },
        open: Vec::new(),
        damage: Ok(Whole { runs: 14, events: 311, newest: None, damage: Vec::new() }),
        leftovers: Vec::new(),
    }
}

fn told(found: &Findings) -> (String, u8) {
    let typed = Typed::default();
    let shown = Shown { path: &|path| path.display().to_string(), typed: &typed };
    let facts = facts(found, &shown);
    let drawn = format!("{}{}\n", drawing(&facts, 90), summary(&facts));
    (anstream::adapter::strip_str(&drawn).to_string(), exit(&facts).code())
}

#[test]
fn where_all_is_right_each_promise_has_its_line() {
    let (drawn, code) = told(&findings());
    assert_snapshot!(drawn, @"
      ok    file system  /var/lib/cutover is on ext4
      ok    locks        one that is held keeps others out
      ok    syncs        a file and its name reach the disk
      ok    room         12000 MiB free, 16 MiB are needed
      ok    sqlite       3.54.1
      ok    core dumps   off, and nobody else reads this process
      ok    children     a program that writes dies with cutover
      ok    clock        2026-11-25 12:00 UTC
      ok    access       the state is this user's alone
      ok    events       14 runs, 311 events: none changed, none missing
      ok    leftovers    none
    Everything holds.
    ");
    assert_eq!(code, 0);
}

#[test]
fn what_is_not_right_says_what_to_do_and_ends_with_3() {
    let mut found = findings();
    let path = |name: &str| PathBuf::from(format!("/var/lib/cutover/{name}"));
    found.disk.network = true;
    found.disk.kind = "nfs".to_owned();
    found.locks = Err("one that is held keeps nobody out".to_owned());
    found.room.0 = Some(3 * MIB);
    found.clock.newest = Some(found.clock.now + Duration::seconds(7200));
    found.open = vec![
        Open { path: path("state.db"), mode: 0o644, wanted: 0o600 },
        Open { path: path(""), mode: 0o777, wanted: 0o700 },
        Open { path: path("state.db.head"), mode: 0o600, wanted: 0o600 },
    ];
    let why = "event 3 of run h22x was changed after it was written".to_owned();
    let damage = vec![
        Damage::Tail("the state is behind state.db.head: row 9 is gone".to_owned()),
        Damage::Run { run: "h22x".to_owned(), why },
    ];
    found.damage = Ok(Whole { damage, ..Whole::default() });
    found.leftovers = vec![
        Leftover::Former { run: "k3f9".to_owned(), path: PathBuf::from("/etc/.app.cutover-k3f9") },
        Leftover::Lock { path: path("state.db.locks/run-k3f9-00") },
        Leftover::Scratch { path: path("state.db.scratch/k3f9.00") },
    ];
    let (drawn, code) = told(&found);
    assert_snapshot!(drawn, @"
      bad   file system  /var/lib/cutover is on nfs, over a network
                         Locks and SQLite's memory do not hold there: put the state on a local
                         disk.
      bad   locks        one that is held keeps nobody out
                         Keep the state on a local disk of a system that gives this.
      ok    syncs        a file and its name reach the disk
      bad   room         3 MiB free, 16 MiB are needed
                         Nothing is created below that, since its result might not fit.
                         Make room on the disk of /var/lib/cutover.
      ok    sqlite       3.54.1
      ok    core dumps   off, and nobody else reads this process
      ok    children     a program that writes dies with cutover
      bad   clock        2026-11-25 12:00 UTC, 2 h behind the newest event
                         What is due is told by it: set it right, then look again.
      look  access       /var/lib/cutover/state.db is 0644, and should be 0600
                         chmod 600 /var/lib/cutover/state.db
      bad   access       /var/lib/cutover/ is 0777, and should be 0700: others can change it
                         chmod 700 /var/lib/cutover/
      bad   access       /var/lib/cutover/state.db.head belongs to another user
                         Run cutover as the user that owns its state, or use another state.
      bad   lost tail    the state is behind state.db.head: row 9 is gone
                         Nothing is created or revoked with this state.
                         Put a whole copy back if there is one; else look at what the
                         providers list, and then go on without what is lost:
                         cutover doctor --accept-lost-tail
      bad   events       event 3 of run h22x was changed after it was written
                         The others go on. Keep the file; run h22x is driven no more.
                         Look at its provider for what it made, and put a whole copy back if
                         there is one.
      look  leftovers    /etc/.app.cutover-k3f9 was kept by run k3f9, which is over
                         It may hold what was in use before.
                         rm /etc/.app.cutover-k3f9
      look  leftovers    /var/lib/cutover/state.db.locks/run-k3f9-00 is the lock of a killed
                         process
                         It holds nobody up. The next driver of that run removes it.
      look  leftovers    /var/lib/cutover/state.db.scratch/k3f9.00 was left by a killed
                         process
                         It may hold a secret. The next run removes it.
    8 things are not right; what to do stands below each.
    ");
    assert_eq!(code, 3);
}

#[test]
fn what_is_only_to_be_looked_at_is_no_failure() {
    let mut found = findings();
    found.disk.fleeting = true;
    found.disk.kind = "tmpfs".to_owned();
    let (drawn, code) = told(&found);
    assert!(drawn.contains("look  file system  /var/lib/cutover is on tmpfs"), "{drawn}");
    assert!(drawn.ends_with("Everything holds; 1 thing to look at.\n"), "{drawn}");
    assert_eq!(code, 0);
}
