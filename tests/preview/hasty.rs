//! Plugins that write first thing: a plan shows that write and does nothing, whichever door it goes
//! through, whatever it is wrapped in; in a `read` it is a mistake, with its place.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::calls;

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");

/// The doors, what goes through each, and how a plan calls that.
const WRITES: [(&str, &str, &str); 4] = [
    ("http", "ctx.http({ base = ctx.config.url }):post('/written', { json = { a = 1 } })", "http"),
    ("exec", "ctx.exec { argv = { 'scribe', ctx.config.folder .. '/written' } }", "exec"),
    ("file", "ctx.fs.write(ctx.config.folder .. '/written', 'x')", "write_file"),
    ("gone", "ctx.fs.remove(ctx.config.folder .. '/kept')", "remove_file"),
];
/// What it is wrapped in.
const WRAPS: [(&str, &str); 4] = [
    ("plain", "WRITE"),
    ("pcall", "for _ = 1, 3 do pcall(function() WRITE end) end"),
    ("xpcall", "xpcall(function() WRITE end, function() WRITE end)"),
    ("required", "require('lib.hand').HAND(ctx)"),
];
/// The roles of the steps that write.
const ROLES: [(&str, &str, &str); 3] = [
    ("store", "stores_at: kv(name)\n    read_back: none", "path: string"),
    ("create", "mints: marker\n    list: tokens\n    revoke: revoke_file_plain", "id: string"),
    ("revoke", "revokes: name", "id: string"),
];

struct Desk {
    folder: TempDir,
    server: TcpListener,
}

impl Desk {
    /// A folder with a plugin that has a step for each way to write, in its `run` or in its `read`,
    /// and a workflow that uses them all.
    fn new(writes_in: &str) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        server.set_nonblocking(true).unwrap();
        let desk = Self { folder: tempfile::tempdir().unwrap(), server };
        let (mut manifest, mut code) = (String::new(), String::new());
        let (mut hands, mut steps) = (String::new(), String::new());
        for (role, more, output) in
            ROLES.into_iter().filter(|(role, ..)| writes_in == "run" || *role != "create")
        {
            for (door, write, _) in WRITES {
                for (wrap, around) in WRAPS {
                    let name = format!("{role}_{door}_{wrap}");
                    let body = around.replace("WRITE", write).replace("HAND", door);
                    let out = output.split(':').next().unwrap();
                    let does = if writes_in == "run" { "[run]" } else { "[read, run]" };
                    manifest += &format!(
                        "  {name}:\n    role: {role}\n    does: {does}\n    {more}\n    summary: Writes\n    \
                         params: {{ name: string }}\n    outputs: {{ {output} }}\n"
                    );
                    code += &format!(
                        "steps.{name} = {{\n  {writes_in} = function(ctx, p)\n    {body}\n    return {{ {out} = 'x' }}\n  end,\n{}}}\n",
                        if writes_in == "run" {
                            String::new()
                        } else {
                            format!("  run = function() return {{ {out} = 'x' }} end,\n")
                        }
                    );
                    steps += &format!(
                        "  - id: {name}\n    uses: hasty.{name}\n    with: {{ name: \"{{{{ inputs.name }}}}-{name}\" }}\n"
                    );
                }
            }
        }
        for (door, write, _) in WRITES {
            hands += &format!("{door} = function(ctx) {write} end, ");
        }
        desk.write("hasty/plugin.yaml", &format!("{MANIFEST}{manifest}"));
        desk.write("hasty/init.lua", &format!("local steps = {{ tokens = {{ run = function() return {{ items = array() }} end }} }}\n{code}return steps\n"));
        desk.write("hasty/lib/hand.lua", &format!("return {{ {hands} }}\n"));
        desk.write("out/kept", "kept");
        let scribe = desk.write("bin/scribe", "#!/bin/sh\necho x > \"$1\"\n");
        fs::set_permissions(scribe, fs::Permissions::from_mode(0o755)).unwrap();
        let (url, out) = (desk.url(), desk.path("out"));
        let workflow = WORKFLOW.replace("URL", &url).replace("OUT", out.to_str().unwrap());
        desk.write("w.yaml", &(workflow + &steps));
        desk
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.local_addr().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn cutover(&self, words: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        self.clean(command.args(words)).output().unwrap()
    }

    fn clean<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        command.current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", path)
    }

    /// Plans under the eyes of `strace`: nothing happens.
    fn planned(&self, words: &[&str]) -> Output {
        let trace = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-y", "-s", "256", "-e", calls::WATCHED, "-o"]);
        command.arg(trace.path()).arg(BINARY).args(words);
        let output = self.clean(&mut command).output().unwrap();
        let seen = calls::forbidden(&fs::read_to_string(trace.path()).unwrap());
        assert!(seen.is_empty(), "{words:?}:\n{}", seen.join("\n"));
        self.nothing_happened(&output);
        output
    }

    #[track_caller]
    fn nothing_happened(&self, output: &Output) {
        let said = said(output);
        let nobody = self.server.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(nobody, Err(ErrorKind::WouldBlock), "somebody connected:\n{said}");
        assert!(!self.path("out/written").exists(), "it was written:\n{said}");
        assert!(self.path("out/kept").exists(), "it was removed:\n{said}");
    }
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

const MANIFEST: &str = "api: 1
name: hasty
version: 0.1.0
summary: Writes first thing
config: { url: url, folder: path }
needs: { http: [config.url], fs: [config.folder], exec: [scribe] }
steps:
  tokens:
    role: read
    does: [run]
    summary: Lists nothing
    outputs: { items: list(object) }
";
const WORKFLOW: &str = "version: 1
name: hasty
plugins:
  hasty:
    path: hasty
    config: { url: \"URL\", folder: \"OUT\" }
    allow: { http: [\"URL\"], fs: [\"OUT\"], exec: [scribe] }
inputs: { name: { type: string, default: x } }
steps:
";

#[test]
fn a_plugin_that_writes_first_thing_is_shown_writing_and_writes_nothing() {
    let desk = Desk::new("run");
    let words: [&[&str]; 4] = [
        &["plan", "w.yaml", "--output", "json"],
        &["plan", "w.yaml", "--refresh", "--output", "json"],
        &["run", "w.yaml", "--dry-run", "--output", "json"],
        &["run", "w.yaml", "--dry-run", "--refresh", "--output", "json"],
    ];
    for words in words {
        let output = desk.planned(words);
        assert!(output.status.success(), "{}", said(&output));
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let steps = plan["steps"].as_array().unwrap();
        assert_eq!(steps.len(), ROLES.len() * WRITES.len() * WRAPS.len());
        for step in steps {
            let door = step["id"].as_str().unwrap().split('_').nth(1).unwrap();
            let (.., kind) = WRITES.iter().find(|(name, ..)| *name == door).unwrap();
            let effects = step["effects"].as_array().unwrap();
            assert_eq!(effects.len(), 1, "{step:#}");
            assert_eq!(
                (&effects[0]["kind"], &effects[0]["access"]),
                (&Value::from(*kind), &"write".into()),
                "{step:#}"
            );
        }
    }
    let human = said(&desk.planned(&["plan", "w.yaml"]));
    for shown in ["out/written 1 characters", "out/kept"] {
        assert!(human.contains(shown), "{shown}\n{human}");
    }
}

#[test]
fn a_plugin_that_writes_when_it_is_asked_to_look_is_told_where() {
    let desk = Desk::new("read");
    let asked = WRITES.len() * WRAPS.len() * (ROLES.len() - 1);
    for words in [
        &["plan", "w.yaml", "--refresh", "--output", "json"][..],
        &["plan", "w.yaml", "--output", "json"],
    ] {
        let output = desk.planned(words);
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(plan["complete"], false);
        let steps = plan["steps"].as_array().unwrap();
        let is_told = |step: &&Value| {
            let note = step["note"].as_str().unwrap_or_default();
            note.contains("tried to write where it may only read, asked for at ")
                && note.contains(".lua:")
        };
        assert_eq!(steps.iter().filter(is_told).count(), asked, "{plan:#}");
    }
    let run = desk.cutover(&["run", "w.yaml", "--yes"]);
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    for words in ["may only\n    read", "sked for at init.lua:"] {
        assert!(said(&run).contains(words), "{}", said(&run));
    }
    desk.nothing_happened(&run);
}
