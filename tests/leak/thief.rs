//! A plugin that tries every way to get text out of the secrets that it is given, and to leave it
//! wherever text goes. The ways are in `thief/ways.lua`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cutover_sandbox::canary::{files, forms, holds};
use tempfile::TempDir;

use crate::search::Watcher;
use crate::server::{PIN, SEALED, Server};

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/leak/thief");
/// What comes in as a parameter, in the configuration, from a program and from a file.
const GIVEN: &str = "M.V1.g1ven+as/a=parameter-0000000002";
const CONFIGURED: &str = "M.V1.c0nfigured+in/the=flow-00000003";
const PRINTED: &str = "M.V1.pr1nted+by/a=program-0000000004";
const KEPT: &str = "M.V1.k3pt+in/a=file-\\and\"quoted-0005";
/// All of them.
const CANARIES: [&str; 6] = [GIVEN, CONFIGURED, PRINTED, KEPT, SEALED, PIN];

/// A program that keeps a secret, and gives back those that it is given.
const KEEPER: &str = r#"#!/bin/sh
case $1 in
  print) printf '%s\n' 'PRINTED' ;;
  cat) cat ;;
  env) printf '%s\n' "$KEEPER_TOKEN" ;;
  *) cat >&2; exit 3 ;;
esac
"#;

/// How it ends.
const EXITS: [&str; 7] = ["raise", "raise secret", "fail", "refused", "address", "nil", "none"];

struct Den {
    folder: TempDir,
    /// Where secrets belong.
    outside: TempDir,
    server: Server,
}

struct Said {
    code: i32,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    command_lines: BTreeSet<Vec<u8>>,
}

impl Den {
    fn new(exit: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let outside = tempfile::tempdir().expect("a folder can be made");
        let den = Self { folder, outside, server: Server::start() };
        fs::create_dir_all(den.path("thief")).expect("it can be made");
        fs::create_dir_all(den.path("out")).expect("it can be made");
        for name in ["plugin.yaml", "init.lua", "ways.lua", "exits.lua"] {
            let from = Path::new(PLUGIN).join(name);
            fs::copy(from, den.path("thief").join(name)).expect("it can be copied");
        }
        den.hide("admin", CONFIGURED);
        den.hide("key", KEPT);
        let keeper = KEEPER.replace("PRINTED", PRINTED);
        let keeper = den.hide("keeper", &keeper);
        fs::set_permissions(keeper, fs::Permissions::from_mode(0o755)).expect("it is ours");
        fs::write(den.path("w.yaml"), den.workflow(exit)).expect("it can be written");
        den
    }

    fn workflow(&self, exit: &str) -> String {
        let (url, keys) = (self.server.url(), self.outside.path().display());
        let out = self.path("out");
        let out = out.display();
        let look = if exit == "none" { "none" } else { "quiet" };
        format!(
            "version: 1
name: robbed
inputs:
  given: {{ type: secret, from: {{ env: GIVEN }} }}
  admin: {{ type: secret, from: {{ file: {keys}/admin }} }}
plugins:
  thief:
    path: thief
    config: {{ url: \"{url}\", folder: \"{out}\", keys: \"{keys}\", admin_token: \"{{{{ inputs.admin }}}}\" }}
    allow:
      http: [\"{url}\"]
      fs: [\"{out}\", \"{keys}\"]
      exec: [keeper]
      env: [KEEPER_TOKEN]
      reads: [POST /echo, POST /refused, POST /broken, POST /elsewhere, keeper print, keeper cat, keeper env, keeper fail]
steps:
  - id: look
    uses: thief.look
    with: {{ given: \"{{{{ inputs.given }}}}\", exit: {look} }}
  - id: take
    uses: thief.take
    with: {{ given: \"{{{{ inputs.given }}}}\", exit: {exit} }}
  - id: broken
    uses: assert
    with: {{ that: false, message: broken on purpose }}
outputs:
  loot: \"{{{{ steps.take.loot }}}}\"
"
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn hide(&self, name: &str, text: &str) -> PathBuf {
        let path = self.outside.path().join(name);
        fs::write(&path, text).expect("it can be written");
        path
    }

    /// Calls the binary, with or without its second net.
    fn cutover(&self, net: &str, words: &[&str]) -> Said {
        let watcher = Watcher::start();
        let output = Command::new(env!("CARGO_BIN_EXE_cutover"))
            .arg("--state")
            .arg(self.path("state.db"))
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", format!("/usr/bin:/bin:{}", self.outside.path().display()))
            .env("CUTOVER_SECOND_NET", net)
            .env("GIVEN", GIVEN)
            .output()
            .expect("the binary runs");
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: output.stderr,
            command_lines: watcher.seen(),
        }
    }

    /// Returns where a canary is that should not be there.
    fn leaks(&self, said: &Said) -> Vec<String> {
        let mut texts = vec![
            ("standard output".to_owned(), said.stdout.clone()),
            ("standard error".to_owned(), said.stderr.clone()),
            ("a request in the clear".to_owned(), self.server.asked().into_bytes()),
        ];
        texts.extend(
            said.command_lines.iter().map(|line| ("a command line".to_owned(), line.clone())),
        );
        texts.extend(files(self.folder.path()).into_iter().map(|path| {
            let bytes = fs::read(&path).unwrap_or_default();
            (path.display().to_string(), [path.as_os_str().as_encoded_bytes(), &bytes].concat())
        }));
        let mut found = BTreeSet::new();
        for canary in CANARIES {
            for (name, form) in forms(canary) {
                for (place, _) in texts.iter().filter(|(_, text)| holds(text, &form)) {
                    found.insert(format!("{place}: {canary}: {name}"));
                }
            }
        }
        found.into_iter().collect()
    }

    #[track_caller]
    fn nothing_leaked(&self, said: &Said) {
        let found = self.leaks(said);
        assert!(found.is_empty(), "leaked:\n  {}\n{}", found.join("\n  "), said.shown());
    }
}

impl Said {
    fn shown(&self) -> String {
        let texts = [&self.stdout, &self.stderr].map(|text| String::from_utf8_lossy(text));
        texts.concat().chars().take(4000).collect()
    }
}

#[test]
fn a_plugin_that_tries_every_way_gets_no_text_of_its_secrets() {
    for exit in EXITS {
        let den = Den::new(exit);
        let run = den.cutover("off", &["run", "w.yaml", "--yes", "-v", "--output", "json"]);
        assert_ne!(run.code, 0, "{}", run.shown());
        den.nothing_leaked(&run);
        den.nothing_leaked(&den.cutover("off", &["runs", "show", "--last", "--output", "jsonl"]));
        if exit == "none" {
            every_way_was_tried(&run);
        }
    }
}

/// The thief got as far as it can: it was shown each secret, and nothing ended it early.
#[track_caller]
fn every_way_was_tried(said: &Said) {
    let shown: serde_json::Value = serde_json::from_slice(&said.stdout).expect("it is JSON");
    let ways = shown["steps"][0]["outputs"]["ways"].as_u64();
    assert!(ways.is_some_and(|ways| ways > 1000), "{}", said.shown());
}

#[test]
fn a_preview_tells_a_thief_nothing() {
    let den = Den::new("quiet");
    let plans: [&[&str]; 4] = [
        &["plan", "w.yaml"],
        &["plan", "w.yaml", "--refresh", "-v", "--output", "json"],
        &["plan", "w.yaml", "--refresh", "--out", "saved.plan"],
        &["run", "w.yaml", "--dry-run", "--refresh"],
    ];
    for words in plans {
        den.nothing_leaked(&den.cutover("off", words));
    }
    assert!(!den.path("out/loot").exists());
}

#[test]
fn what_a_program_complains_of_is_caught_by_the_second_net() {
    let den = Den::new("stderr");
    for output in ["human", "json", "jsonl"] {
        let run = den.cutover("on", &["run", "w.yaml", "--yes", "-v", "--output", output]);
        assert_ne!(run.code, 0, "{}", run.shown());
        den.nothing_leaked(&run);
    }
}

#[test]
fn a_thief_that_gets_something_is_found() {
    let den = Den::new("none");
    // What no secret was taken out of is plain, and only this plugin's author knows.
    let ways = den.path("thief/ways.lua");
    let text = fs::read_to_string(&ways).expect("it is there");
    let open = "try(function() return client:get(\"/sealed\").json.token:reverse() end)";
    fs::write(&ways, text.replace("-- as text\n", &format!("{open}\n"))).expect("it is ours");
    let init = den.path("thief/init.lua");
    let text = fs::read_to_string(&init).expect("it is there");
    let unsealed =
        text.replace("client:get(\"/sealed\", { seal = { \"token\" } }).json.token", "p.given");
    fs::write(&init, unsealed).expect("it is ours");
    let run = den.cutover("off", &["run", "w.yaml", "--yes", "-v", "--output", "json"]);
    let found = den.leaks(&run);
    for place in ["standard output", "standard error", "state.db", "loot"] {
        assert!(
            found.iter().any(|at| at.contains(place) && at.ends_with("reversed")),
            "{place}: {found:#?}"
        );
    }
}
