//! The workflows that are measured, and the command line that runs them.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// The program that is measured.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_cutover");

/// A plugin that reads a file.
const MANIFEST: &str = "\
api: 1
name: looker
version: 1.0.0
summary: Looks at files
needs: { fs: [/] }
steps:
  look:
    role: read
    does: [run]
    summary: Read a file
    params: { path: path }
    outputs: { content: string }
";

const INIT: &str = "\
local look = {}

function look.run(ctx, p)
  return { content = ctx.fs.read(p.path) }
end

return { look = look }
";

/// A folder with workflows and a state of its own.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// Makes the folder where cargo keeps what it builds: on a disk, not in memory.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        Self { folder }
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Writes a workflow of steps in order.
    pub(crate) fn steps(&self, name: &str, count: usize, body: impl Fn(usize) -> String) -> String {
        let head = format!("version: 1\nname: {name}\nsteps:\n");
        self.write(name, &in_order(head, count, body))
    }

    /// Writes a workflow of steps of a plugin in order, each of which reads a file.
    pub(crate) fn plugin(&self, name: &str, count: usize) -> String {
        let folder = self.folder.path();
        let plugin = folder.join("looker");
        fs::create_dir_all(&plugin).expect("a folder can be made");
        fs::write(plugin.join("plugin.yaml"), MANIFEST).expect("a file can be written");
        fs::write(plugin.join("init.lua"), INIT).expect("a file can be written");
        let head = format!(
            "version: 1\nname: {name}\nplugins:\n  looker:\n    path: ../looker\n    allow: {{ fs: [{}] }}\nsteps:\n",
            folder.display()
        );
        let step = format!("uses: looker.look\n    with: {{ path: {} }}", self.looked_at());
        self.write(name, &in_order(head, count, |_| step.clone()))
    }

    /// Returns a file that is there.
    pub(crate) fn looked_at(&self) -> String {
        let path = self.folder.path().join("looked-at.txt");
        fs::write(&path, "0.5 KiB is more than most configurations need\n".repeat(10))
            .expect("a file can be written");
        path.display().to_string()
    }

    /// Writes a workflow of steps that wait for nothing.
    pub(crate) fn independent(&self, name: &str, count: usize, body: &str) -> String {
        let mut text = format!("version: 1\nname: {name}\nmax_parallel: {count}\nsteps:\n");
        for at in 0..count {
            write!(text, "  - id: s{at}\n    needs: []\n    {body}\n")
                .expect("a string takes everything");
        }
        self.write(name, &text)
    }

    /// Writes a workflow of one pure step with so many items.
    pub(crate) fn items(&self, name: &str, count: usize) -> String {
        let text = format!(
            "version: 1\nname: {name}\ninputs:\n  text: {{ type: string, default: \"{}\" }}\nsteps:\n  \
             - id: each\n    uses: assert\n    for_each: split inputs.text \",\"\n    with: {{ that: \
             \"{{{{ eq item \\\"x\\\" }}}}\" }}\n",
            vec!["x"; count].join(",")
        );
        self.write(name, &text)
    }

    /// Writes a workflow into a folder of its own: whoever checks a file reads its neighbours too.
    fn write(&self, name: &str, text: &str) -> String {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let path = folder.join(format!("{name}.yaml"));
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    }

    /// Returns a call of the program.
    pub(crate) fn cutover(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(words).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command
    }

    /// Returns a call that runs a workflow.
    pub(crate) fn run(&self, file: &str) -> Command {
        self.cutover(&["run", file, "--yes", "-q"])
    }
}

fn in_order(head: String, count: usize, body: impl Fn(usize) -> String) -> String {
    (0..count).fold(head, |mut text, at| {
        write!(text, "  - id: s{at}\n    {}\n", body(at)).expect("a string takes everything");
        text
    })
}
