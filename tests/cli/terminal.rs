//! On a terminal: the question, the live picture, colours.

use crate::support::{Place, ROTATION};

const ASKS_NO: (&str, &str) = ("[y/N]", "n\n");

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place
}

#[test]
fn a_run_shows_its_plan_and_asks_and_no_is_no() {
    let place = place();
    let said = place.on_terminal(100, &["run", "w.yaml", "--sandbox", "--color", "never"], ASKS_NO);
    assert!(said.out.contains("Run it? [y/N]"), "{}", said.all());
    assert!(said.out.contains("+ create"), "{}", said.all());
    assert!(said.out.contains("nothing was done"), "{}", said.all());
    assert_eq!(place.runs().len(), 0);
}

#[test]
fn a_yes_runs_it_and_the_picture_moves() {
    let place = place();
    let said = place.on_terminal(100, &["run", "w.yaml", "--sandbox"], ("[y/N]", "y\n")).ends(0);
    assert!(said.out.contains("\u{1b}[J"), "the picture is drawn over: {}", said.all());
    assert!(said.out.contains("Rotated influx-ci"), "{}", said.all());
    assert_eq!(place.runs().len(), 1);
}

#[test]
fn no_line_is_longer_than_a_narrow_terminal() {
    let place = place();
    let args = ["run", "w.yaml", "--sandbox", "--yes", "--color", "never", "-v"];
    let said = place.on_terminal(40, &args, ("", "")).ends(0);
    let plain = without_moves(&said.raw);
    let picture = plain.lines().take_while(|line| !line.contains("Rotated"));
    let long: Vec<&str> = picture.filter(|line| line.chars().count() > 40).collect();
    assert_eq!(long, Vec::<&str>::new(), "{plain}");
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    let place = place();
    let said = place.cutover(&["steps"]);
    assert!(!said.out.contains('\u{1b}'));
    let said = place.cutover(&["steps", "--color", "always"]);
    assert!(said.out.contains("\u{1b}["));
    let said = place.on_terminal(80, &["steps", "--color", "never"], ("", ""));
    assert!(!said.out.contains("\u{1b}["), "{}", said.all());
}

/// Takes out what moves the cursor.
fn without_moves(text: &str) -> String {
    let pattern = regex_lite::Regex::new("\u{1b}\\[[0-9;]*[A-Za-z]").expect("it is right");
    pattern.replace_all(text, "").replace('\r', "\n")
}
