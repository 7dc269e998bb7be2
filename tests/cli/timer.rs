//! `init --timer`: what calls `tick` again and again.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{BINARY, Place};

const SYSTEMD: [&str; 5] = ["init", "--timer", "systemd", "--folder", "flows"];

fn place() -> Place {
    let place = Place::new();
    place.write("flows/w.yaml", "");
    place
}

fn without_binary(text: &str) -> String {
    text.replace(BINARY, "[CUTOVER]")
}

#[test]
fn a_service_and_its_timer_are_written_once_and_say_what_to_do_with_them() {
    let place = place();
    assert_snapshot!(place.cutover(&SYSTEMD).all(), @"
    exit 0
    --- err
    wrote cutover-tick.service and cutover-tick.timer
      Put them where systemd looks: cp cutover-tick.service cutover-tick.timer ~/.config/systemd/user/
      Begin:                        systemctl --user enable --now cutover-tick.timer
      Also while nobody is here:    loginctl enable-linger
      What it did:                  journalctl --user -u cutover-tick
    ");
    let service = place.read("cutover-tick.service");
    let folder = place.folder().display().to_string();
    let lines: Vec<String> = service
        .lines()
        .filter(|line| line.contains(&folder))
        .map(|line| without_binary(line).replace(&folder, "[FOLDER]"))
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    Description=Cutover: everything that is due in [FOLDER]/flows
    ExecStart="[CUTOVER]" "tick" "[FOLDER]/flows" "--state" "[FOLDER]/.local/state/cutover/state.db"
    WorkingDirectory=[FOLDER]
    "#);
    assert!(place.read("cutover-tick.timer").contains("\nPersistent=true\n"));
    fs::remove_file(place.folder().join("cutover-tick.service")).expect("it is there");
    let said = place.cutover(&SYSTEMD).ends(2);
    assert!(said.err.contains("`cutover-tick.timer` is there already"), "{}", said.all());
    assert!(!place.folder().join("cutover-tick.service").exists(), "half a pair is none");
}

#[test]
fn printed_units_and_cron_lines_write_nothing_and_mean_the_state_that_was_given() {
    let place = place();
    let printed = place.cutover(&[&SYSTEMD[..], &["--print", "--state", "my.db"]].concat()).ends(0);
    assert!(printed.raw.contains(&format!("\"--state\" \"{}/my.db\"", place.folder().display())));
    let cron = ["init", "--timer", "cron", "--folder", "flows", "--sandbox"];
    assert_snapshot!(without_binary(&place.cutover(&cron).all()), @"
    exit 0
    --- out
    */5 * * * * cd [FOLDER] && PATH=/usr/bin:/bin [CUTOVER] tick [FOLDER]/flows --sandbox --quiet
    --- err
      Put it into your crontab: crontab -e
    ");
    let names = fs::read_dir(place.folder()).expect("it is there").count();
    assert_eq!(names, 1, "only the folder of the workflows");
    let said = place.cutover(&["init", "--timer", "cron", "--folder", "none"]).ends(2);
    assert!(said.err.contains("`none` cannot be found"), "{}", said.all());
    place.cutover(&["init", "--print"]).ends(2);
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let place = place();
    place.cutover(&SYSTEMD).ends(0);
    let units = ["service", "timer"].map(|end| place.folder().join(format!("cutover-tick.{end}")));
    // Where there is no systemd, nothing can be asked.
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").args(&units).output() else {
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let wrong: Vec<&str> = said.lines().filter(|line| line.contains("cutover-tick")).collect();
    assert!(wrong.is_empty(), "{said}");
}
