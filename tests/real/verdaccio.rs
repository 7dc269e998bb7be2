//! An npm registry of its own for each test: Verdaccio, on loopback, in a folder that goes with it.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cutover::free_port;
use crate::needs::are_left_out;

const VERSION: &str = "6.8.0";
/// How long the registry may take to answer its first request.
const START: Duration = Duration::from_secs(60);
/// How long after one look the next one comes.
const PAUSE: Duration = Duration::from_millis(50);
/// The password of `ci`.
pub(crate) const PASSWORD: &str = "fake-npm-password";

/// A running registry with the user `ci`.
pub(crate) struct Verdaccio {
    child: Child,
    port: u16,
    /// What `ci` logs in with to ask; it is none of the tokens that are listed.
    session: String,
    folder: TempDir,
}

impl Verdaccio {
    /// Starts a registry; none where the tests against real servers are left out.
    ///
    /// # Panics
    /// Where `node` or `npm` cannot be started.
    pub(crate) fn start() -> Option<Self> {
        if are_left_out(&["node", "npm"], "nodejs npm") {
            return None;
        }
        let program = installed();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let config = folder.path().join("config.yaml");
        fs::write(&config, text_of_config(folder.path())).expect("it can be written");
        let port = free_port();
        let log = fs::File::create(folder.path().join("log")).expect("it can be made");
        let mut command = Command::new("node");
        command.arg(program).arg("--config").arg(&config);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null());
        let child = command.spawn().expect("`node` can be started");
        let mut registry = Self { child, port, session: String::new(), folder };
        registry.wait();
        registry.add_user();
        Some(registry)
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Returns its host and port.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Asks whose a token is: the status of the answer, and the user.
    pub(crate) fn whoami(&self, token: &str) -> (u16, Option<String>) {
        let (status, answer) = self.ask("GET", "/-/whoami", token, "").expect("it answers");
        (status, answer["username"].as_str().map(str::to_owned))
    }

    /// Returns the keys of the tokens of `ci`.
    pub(crate) fn keys(&self) -> Vec<String> {
        let asked = self.ask("GET", "/-/npm/v1/tokens", &self.session, "").expect("it answers");
        assert_eq!(asked.0, 200, "{asked:?}");
        let objects = asked.1["objects"].as_array().cloned().unwrap_or_default();
        objects.iter().filter_map(|object| object["key"].as_str()).map(str::to_owned).collect()
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while self.ask("GET", "/-/ping", "", "").is_err() {
            let ended = self.child.try_wait().expect("it can be asked");
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none(), "verdaccio ended at once: {ended:?} {}", log());
            assert!(start.elapsed() < START, "verdaccio does not answer: {}", log());
            thread::sleep(PAUSE);
        }
    }

    fn add_user(&mut self) {
        let body = json!({ "name": "ci", "password": PASSWORD }).to_string();
        let path = "/-/user/org.couchdb.user:ci";
        let (status, answer) = self.ask("PUT", path, "", &body).expect("it answers");
        assert_eq!(status, 201, "{answer}");
        answer["token"].as_str().expect("it gives one").clone_into(&mut self.session);
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> io::Result<(u16, Value)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let login = match token {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let about = match body.len() {
            0 => String::new(),
            length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
        };
        let host = self.host();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{login}{about}\r\n{body}",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no HTTP"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, serde_json::from_str(body)?))
    }
}

impl Drop for Verdaccio {
    fn drop(&mut self) {
        // It is gone either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the program, installed below the target folder unless it is there.
fn installed() -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folders = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = folders.join(format!("verdaccio-{VERSION}"));
    if !folder.exists() {
        let fresh = tempfile::tempdir_in(folders).expect("a folder can be made");
        install(fresh.path());
        // Another run may have been faster.
        if let Err(error) = fs::rename(fresh.path(), &folder) {
            assert!(folder.exists(), "{error}");
        }
    }
    folder.join("node_modules/verdaccio/bin/verdaccio")
}

fn install(folder: &Path) {
    let package = json!({
        "name": "registry",
        "private": true,
        "dependencies": { "verdaccio": VERSION },
        "overrides": { "node-fetch": "2.7.0" },
    });
    fs::write(folder.join("package.json"), package.to_string()).expect("it can be written");
    let words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    let output = Command::new("npm").args(words).current_dir(folder).output();
    let output = output.expect("`npm` can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "npm cannot install verdaccio {VERSION}: {said}");
}

fn text_of_config(folder: &Path) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "storage: {:?}\nauth: {{ htpasswd: {{ file: {:?}, max_users: 10 }} }}\n\
         packages: {{ '**': {{ access: $authenticated, publish: $authenticated }} }}\n\
         flags: {{ token: true }}\nlog: {{ type: stdout, format: pretty, level: warn }}\n",
        path("storage"),
        path("htpasswd"),
    )
}
