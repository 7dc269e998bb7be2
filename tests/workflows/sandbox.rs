//! A sandbox of its own for each test, and questions to its little cloud.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cutover_sandbox::World;
use serde_json::Value;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_cutover");
const WORKFLOWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows");

/// A sandbox in a folder that goes with the test.
pub(crate) struct Sandbox {
    folder: TempDir,
    world: World,
}

impl Sandbox {
    /// Makes one: profiles `admin` and `ci`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::at(&folder.path().join(".cutover/sandbox"));
        world.make(Path::new(BINARY)).unwrap();
        Self { folder, world }
    }

    /// Runs a shipped workflow and returns what `--output json` said.
    pub(crate) fn run(&self, workflow: &str, inputs: &[&str]) -> Value {
        let mut command = Command::new(BINARY);
        command.args(["--sandbox", "--output", "json", "run", "--yes"]);
        command.arg(Path::new(WORKFLOWS).join(workflow));
        command.args(inputs.iter().flat_map(|input| ["--input", input]));
        command.current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        let output = command.env("HOME", self.folder.path()).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Returns the token that a profile holds.
    pub(crate) fn token_of(&self, profile: &str) -> String {
        let text = fs::read_to_string(self.world.config()).unwrap();
        let (_, after) = text.split_once(&format!("name = \"{profile}\"")).unwrap();
        let (_, token) = after.split_once("mgmt_token = \"").unwrap();
        token.split('"').next().unwrap().to_owned()
    }

    /// Puts a token into a profile.
    pub(crate) fn give(&self, profile: &str, token: &str) {
        let text = fs::read_to_string(self.world.config()).unwrap();
        fs::write(self.world.config(), text.replace(&self.token_of(profile), token)).unwrap();
    }

    /// Says whether a profile logs in.
    pub(crate) fn logs_in(&self, profile: &str) -> bool {
        self.influxctl(&["--profile", profile, "management", "list"]).status.success()
    }

    /// Returns how many tokens are not revoked.
    pub(crate) fn live(&self) -> usize {
        let words = ["--profile", "admin", "management", "list", "--format", "json"];
        let rows: Vec<Value> = serde_json::from_slice(&self.influxctl(&words).stdout).unwrap();
        rows.iter().filter(|row| row.get("revoked_at").is_none()).count()
    }

    fn influxctl(&self, words: &[&str]) -> Output {
        let mut command = Command::new(self.world.bin().join("influxctl"));
        command.args(words).env_clear().env("HOME", self.world.home()).output().unwrap()
    }

    /// Returns the text of a file beside the configuration.
    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Returns the mode of a file beside the configuration.
    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.home().join(".config/influxctl").join(name)
    }
}
