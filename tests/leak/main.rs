//! Canaries: no value of a token is anywhere but in the places that it was written to.
//!
//! The real binary runs in the sandbox with the second net switched off. The stand-in writes every
//! value that it makes into a witness file, so that the test knows what to look for: in standard
//! output and error, in the journal with its log, in every file below the working folder but the
//! places themselves, and on the command line of every process, which is polled meanwhile.

mod search;
mod server;
mod thief;
mod world;

use world::World;

/// What goes wrong in the cloud, so that each step that speaks to it fails once.
const FAULTS: [&str; 9] = [
    "list = [\"fail\"]",
    "list = [\"ok\", \"fail\"]",
    "list = [\"ok\", \"ok\", \"fail\"]",
    "list = [\"ok\", \"ok\", \"ok\", \"fail\"]",
    "create = [\"fail\"]",
    "create = [\"lost\"]",
    "create = [\"unauthorized\"]",
    "version = \"2.9.0\"",
    "version = \"2.10.4\"\ncreate = [\"late\"]",
];

#[test]
fn a_rotation_leaks_nothing() {
    for output in ["human", "json", "jsonl"] {
        let world = World::new("");
        let run = world.cutover(&["run", world.rotation(), "--yes", "--output", output]);
        run.succeeded();
        assert_eq!(world.canaries().len(), 3, "the admin's, the old and the new one");
        world.nothing_leaked(&run);
    }
}

#[test]
fn a_rotation_that_fails_at_any_step_leaks_nothing() {
    for faults in FAULTS {
        let world = World::new(faults);
        let run = world.cutover(&["run", &world.impatient_rotation(), "--yes", "-v"]);
        assert_ne!(run.code, 0, "nothing failed by {faults}\n{}", run.stderr);
        world.nothing_leaked(&run);
    }
}

#[test]
fn a_rotation_that_cannot_write_a_place_leaks_nothing() {
    for (step, place) in [("store", "ci.token"), ("publish", "config.toml")] {
        let world = World::new("");
        world.put_a_link_in_place_of(place);
        let run = world.cutover(&["run", &world.impatient_rotation(), "--yes"]);
        assert_ne!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains(&format!("{step} failed")), "{}", run.stderr);
        world.nothing_leaked(&run);
    }
}

#[test]
fn a_rotation_that_is_stopped_after_any_step_leaks_nothing() {
    for step in ["before", "create", "works", "store", "publish", "verify"] {
        let world = World::new("");
        let file = world.rotation_that_fails_after(step);
        let run = world.cutover(&["run", &file, "--yes", "--output", "json"]);
        assert_ne!(run.code, 0, "after `{step}`\n{}", run.stdout);
        world.nothing_leaked(&run);
        let shown = world.cutover(&["runs", "show", "--last", "--output", "json"]);
        world.nothing_leaked(&shown);
    }
}

#[test]
fn what_looks_back_leaks_nothing() {
    let world = World::new("");
    world.cutover(&["run", world.rotation(), "--yes"]).succeeded();
    let looks: [&[&str]; 6] = [
        &["runs"],
        &["runs", "show", "--last", "--output", "jsonl"],
        &["credentials", "--output", "json"],
        &["debts", "--output", "json"],
        &["plan", world.rotation(), "--refresh", "--output", "json"],
        &["plan", world.rotation(), "--out", "saved.plan"],
    ];
    for look in looks {
        let said = world.cutover(look);
        said.succeeded();
        world.nothing_leaked(&said);
    }
}

#[test]
fn the_search_finds_a_canary_that_is_planted() {
    let world = World::new("");
    let mut run = world.cutover(&["run", world.rotation(), "--yes"]);
    run.succeeded();
    let value = world.canaries().pop().expect("one was made");
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    run.stderr.push_str(&hex);
    assert!(!world.leaks(&run).is_empty(), "a planted canary went unseen");
    std::fs::write(world.folder().join("planted"), format!("x{value}")).expect("it can be written");
    run.stderr.clear();
    assert!(!world.leaks(&run).is_empty(), "a planted file went unseen");
}
