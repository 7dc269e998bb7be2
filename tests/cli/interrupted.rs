//! Output that nobody reads to its end, and panics.

use std::process::Stdio;

use crate::support::{Place, ROTATION};

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let mut child = place
        .command(&["schema"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_run_goes_on_where_nobody_reads_its_events() {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    let mut child = place
        .command(&["run", "w.yaml", "--sandbox", "--yes", "--output", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command can be started");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
