//! A password store of its own for each test: `pass` and GnuPG with a key that asks nobody.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::needs::are_left_out;

const KEY: &str = "cutover@example.invalid";

/// A store without entries.
pub(crate) struct PasswordStore {
    folder: TempDir,
}

impl PasswordStore {
    /// Makes a key without a passphrase and a store for it; none where the tests against real
    /// servers are left out.
    ///
    /// # Panics
    /// Where `gpg` or `pass` cannot be started.
    pub(crate) fn make() -> Option<Self> {
        if are_left_out(&["gpg", "pass"], "pass gnupg") {
            return None;
        }
        let made = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        let mut private = DirBuilder::new();
        private.mode(0o700).create(made.gnupg()).expect("it can be made");
        made.succeeds(&[
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            KEY,
            "future-default",
            "default",
            "never",
        ]);
        made.succeeds(&["pass", "init", KEY]);
        Some(made)
    }

    /// Returns its folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Returns the folder of its key.
    pub(crate) fn gnupg(&self) -> PathBuf {
        self.folder.path().join("gnupg")
    }

    /// Returns the first line of an entry, which has no other; none where there is no entry.
    pub(crate) fn show(&self, name: &str) -> Option<String> {
        let output = self.call(&["pass", "show", name]);
        if output.status.code() == Some(1) {
            return None;
        }
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("it is text");
        let line = text.strip_suffix('\n').expect("it is a line").to_owned();
        assert!(!line.is_empty() && !line.contains('\n'), "`{name}` holds more than a line");
        Some(line)
    }

    fn succeeds(&self, argv: &[&str]) {
        let output = self.call(argv);
        assert!(output.status.success(), "{argv:?}: {output:?}");
    }

    fn call(&self, argv: &[&str]) -> Output {
        let mut command = Command::new(argv[0]);
        command.args(&argv[1..]).env("HOME", self.folder.path());
        command.env("GNUPGHOME", self.gnupg()).env("PASSWORD_STORE_DIR", self.store());
        command.output().unwrap_or_else(|error| panic!("`{}` cannot be started: {error}", argv[0]))
    }
}

impl Drop for PasswordStore {
    fn drop(&mut self) {
        // The agent of this key; it would go by itself once its folder is gone.
        let mut command = Command::new("gpgconf");
        let _ = command.args(["--kill", "all"]).env("GNUPGHOME", self.gnupg()).output();
    }
}
