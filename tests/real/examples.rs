//! The examples of all steps, run: those of `influxdb1` against a real server, the others in the
//! sandbox.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use cutover_steps::registry;

use crate::cutover::Folder;
use crate::influxd::{Auth, Influxd};

/// Returns the examples of steps whose names begin so.
fn examples(is_wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let steps = registry();
    let named = steps.iter().map(|step| (step.spec().name.clone(), step.spec().example.clone()));
    named.filter(|(name, _)| is_wanted(name)).collect()
}

fn is_online(name: &str) -> bool {
    ["influxdb1.", "http.", "notify."].iter().any(|start| name.starts_with(start))
}

#[test]
fn every_example_runs_in_the_sandbox() {
    for (name, example) in examples(|name| !is_online(name)) {
        let folder = Folder::new();
        folder.write("example.yaml", &example);
        folder.write("old.txt", "old");
        folder.write("say-something.yaml", &examples(|name| name == "log")[0].1);
        let mut args = vec!["--sandbox", "run", "example.yaml", "--yes"];
        if name == "influxctl.management.revoke" {
            args.extend(["--input", "token_id=4f1c0e5e-0000-4000-8000-000000000000"]);
        }
        let said = folder.cutover(&args);
        // Nobody is here to be asked.
        let code = if name == "approval.wait" { 4 } else { 0 };
        assert_eq!(said.code, code, "the example of `{name}`: {said:?}");
    }
}

#[test]
fn every_example_for_a_server_runs_against_one() {
    let Some(server) = Influxd::start(Auth::On) else { return };
    let hook = webhook();
    for (name, example) in examples(is_online) {
        let folder = Folder::new();
        folder.write("example.yaml", &example);
        let url = match name.as_str() {
            "notify.webhook" => format!("hook={hook}"),
            _ => format!("url={}", server.url()),
        };
        let mut args = vec!["run", "example.yaml", "--yes", "--input", &url];
        if name == "influxdb1.user.drop" {
            args.extend(["--input", "user=svc_b"]);
        }
        let said = folder.cutover_with(&args, &[("INFLUXDB_PASSWORD", "fake-a-password")]);
        assert_eq!(said.code, 0, "the example of `{name}`: {said:?}");
        assert!(!said.stderr.contains("failed"), "the example of `{name}`: {said:?}");
    }
}

/// Answers one request with 204.
fn webhook() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody calls");
        let mut seen = vec![0; 4096];
        let length = stream.read(&mut seen).expect("it says something");
        let seen = String::from_utf8_lossy(&seen[..length]).into_owned();
        assert!(seen.starts_with("POST /hook"), "{seen}");
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n")
            .expect("it hears");
    });
    format!("http://127.0.0.1:{port}/hook")
}
