//! Whole rotations of the user of InfluxDB 1 by the workflow that ships.

use std::fs;

use crate::cutover::{Folder, Said, shipped};
use crate::influxd::{Auth, Influxd};

const WORKFLOW: &str = "rotate-influxdb1-user.yaml";

/// Makes the folder of a program that logs in as `svc_a`.
fn consumer() -> Folder {
    let folder = Folder::new();
    folder.write("consumer/user", "svc_a\n");
    folder.write("consumer/svc_a.password", "fake-a-password\n");
    folder
}

fn rotate(folder: &Folder, server: &Influxd, file: &str, more: &[&str]) -> Said {
    let (url, consumer) = (format!("url={}", server.url()), folder.path("consumer"));
    let consumer = format!("folder={}", consumer.display());
    let mut args = vec!["run", file, "--yes", "--output", "json"];
    args.extend(["--input", &url, "--input", &consumer]);
    args.extend(more);
    folder.cutover(&args)
}

/// Logs in as the program does, and returns the user.
fn as_the_program(folder: &Folder, server: &Influxd) -> (String, String) {
    let read = |name: &str| {
        let text = folder.read(&format!("consumer/{name}"));
        text.unwrap_or_else(|| panic!("no {name}")).trim_end().to_owned()
    };
    let user = read("user");
    let password = read(&format!("{user}.password"));
    assert!(server.logs_in(&user, &password), "`{user}` does not log in");
    assert_eq!(server.databases(&user, &password), ["metrics"]);
    (user, password)
}

#[test]
fn two_names_take_turns_and_the_old_one_is_refused() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let folder = consumer();
    let mut last = as_the_program(&folder, &server);
    for user in ["svc_b", "svc_a", "svc_b"] {
        let said = rotate(&folder, &server, &shipped(WORKFLOW), &[]);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(said.json()["outputs"]["user"], user);
        let now = as_the_program(&folder, &server);
        assert_eq!(now.0, user);
        assert!(!server.logs_in(&last.0, &last.1), "`{}` still logs in", last.0);
        assert_eq!(server.users(), ["admin", user]);
        assert!(!said.stdout.contains(&now.1) && !said.stderr.contains(&now.1));
        last = now;
    }
    let left = folder.names("consumer");
    assert_eq!(left, ["svc_a.password", "svc_b.password", "user"], "nothing else is left");
}

#[test]
fn a_wrong_password_of_the_admin_changes_nothing() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let folder = consumer();
    let (url, path) = (format!("url={}", server.url()), folder.path("consumer"));
    let path = format!("folder={}", path.display());
    let file = shipped(WORKFLOW);
    let args = ["run", &file, "--yes", "--input", &url, "--input", &path];
    let said = folder.cutover_with(&args, &[("INFLUXDB_ADMIN_PASSWORD", "fake-wrong-password")]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("refused the login of `admin`"), "{said:?}");
    assert!(said.stderr.contains("everything was taken back"), "{said:?}");
    assert_eq!(as_the_program(&folder, &server).0, "svc_a");
    assert_eq!(folder.names("consumer"), ["svc_a.password", "user"]);
    assert_eq!(server.users(), ["admin", "svc_a"]);
}

#[test]
fn a_failure_before_the_promotion_is_taken_back_and_the_next_run_rotates() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let folder = consumer();
    let text = fs::read_to_string(shipped(WORKFLOW)).expect("it ships");
    let broken =
        "  - id: broken\n    uses: assert\n    with: { that: false, message: on purpose }\n\n";
    let text = text.replace("  - id: promote\n", &format!("{broken}  - id: promote\n"));
    let file = folder.write("broken.yaml", &text).display().to_string();
    let said = rotate(&folder, &server, &file, &[]);
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    let before = ("svc_a".to_owned(), "fake-a-password".to_owned());
    assert_eq!(as_the_program(&folder, &server), before);
    assert_eq!(folder.names("consumer"), ["svc_a.password", "user"]);
    assert_eq!(server.users(), ["admin", "svc_a"]);
    let said = rotate(&folder, &server, &shipped(WORKFLOW), &[]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(as_the_program(&folder, &server).0, "svc_b");
}

#[test]
fn a_server_that_takes_any_password_is_not_rotated() {
    let Some(server) = Influxd::start(Auth::Off) else { return };
    let folder = consumer();
    let said = rotate(&folder, &server, &shipped(WORKFLOW), &[]);
    assert_ne!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("authentication is off"), "{said:?}");
    assert_eq!(folder.read("consumer/user").as_deref(), Some("svc_a\n"));
}

#[test]
fn a_plan_sends_nothing_and_changes_nothing() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let folder = consumer();
    let (url, path) = (format!("url={}", server.url()), folder.path("consumer"));
    let path = format!("folder={}", path.display());
    let file = shipped(WORKFLOW);
    for more in [&[][..], &["--refresh"][..]] {
        let mut args = vec!["plan", file.as_str(), "--input", &url, "--input", &path];
        args.extend(more);
        let said = folder.cutover(&args);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(server.users(), ["admin", "svc_a"]);
        assert_eq!(folder.names("consumer"), ["svc_a.password", "user"]);
    }
}
