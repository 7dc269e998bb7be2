//! An InfluxDB 1 of its own for each test: on loopback, in a folder that goes with it.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::cutover::free_port;
use crate::needs::are_left_out;

/// How long the server may take to answer its first request.
const START: Duration = Duration::from_secs(20);
/// How long after one look the next one comes.
const PAUSE: Duration = Duration::from_millis(20);
/// The password of `admin`.
pub(crate) const ADMIN: &str = "fake-admin-password";

/// Whether passwords count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    On,
    Off,
}

/// A running server with the user `admin`, the database `metrics`, and `svc_a` who may use it.
pub(crate) struct Influxd {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Influxd {
    /// Starts a server; none where the tests against real servers are left out.
    ///
    /// # Panics
    /// Where `influxd` cannot be started.
    pub(crate) fn start(auth: Auth) -> Option<Self> {
        if are_left_out(&["influxd"], "influxdb") {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (port, rpc_port) = (free_port(), free_port());
        let config = folder.path().join("influxdb.conf");
        fs::write(&config, text_of_config(folder.path(), port, rpc_port, auth))
            .expect("it can be written");
        let child = Command::new("influxd")
            .arg("-config")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`influxd` can be started");
        let mut server = Self { child, port, _folder: folder };
        server.wait();
        server.fill();
        Some(server)
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Says whether a user logs in with a password.
    pub(crate) fn logs_in(&self, user: &str, password: &str) -> bool {
        self.ask(user, password, "SHOW DATABASES").expect("it answers").0 == 200
    }

    /// Returns the databases that a user may use.
    pub(crate) fn databases(&self, user: &str, password: &str) -> Vec<String> {
        column(&self.ask(user, password, "SHOW DATABASES").expect("it answers").1)
    }

    /// Returns all users.
    pub(crate) fn users(&self) -> Vec<String> {
        column(&self.ask("admin", ADMIN, "SHOW USERS").expect("it answers").1)
    }

    /// Sends a statement as `admin`.
    pub(crate) fn tell(&self, statement: &str) {
        let (status, body) = self.ask("admin", ADMIN, statement).expect("it answers");
        assert!(status == 200 && !body.contains("error"), "{statement}: {status} {body}");
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while self.ask("admin", ADMIN, "SHOW DATABASES").is_err() {
            let ended = self.child.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "influxd ended at once: {ended:?}");
            assert!(start.elapsed() < START, "influxd does not answer");
            thread::sleep(PAUSE);
        }
    }

    fn fill(&self) {
        self.tell(&format!("CREATE USER \"admin\" WITH PASSWORD '{ADMIN}' WITH ALL PRIVILEGES"));
        self.tell("CREATE DATABASE \"metrics\"");
        self.tell("CREATE DATABASE \"logs\"");
        self.tell("CREATE USER \"svc_a\" WITH PASSWORD 'fake-a-password'");
        self.tell("GRANT ALL ON \"metrics\" TO \"svc_a\"");
    }

    fn ask(&self, user: &str, password: &str, statement: &str) -> io::Result<(u16, String)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        // Without a body: a refusal does not wait for one, and would cut the answer off.
        write!(
            stream,
            "POST /query?u={}&p={}&q={} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n",
            encoded(user),
            encoded(password),
            encoded(statement),
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no HTTP"))?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, body.to_owned()))
    }
}

impl Drop for Influxd {
    fn drop(&mut self) {
        // It is gone either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text_of_config(folder: &Path, port: u16, rpc_port: u16, auth: Auth) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{rpc_port}\"\n\
         [meta]\n  dir = {:?}\n[data]\n  dir = {:?}\n  wal-dir = {:?}\n\
         [http]\n  bind-address = \"127.0.0.1:{port}\"\n  auth-enabled = {}\n\
         [monitor]\n  store-enabled = false\n",
        path("meta"),
        path("data"),
        path("wal"),
        auth == Auth::On,
    )
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Returns the first column of an answer.
fn column(body: &str) -> Vec<String> {
    let start = body.find('{').unwrap_or_default();
    let end = body.rfind('}').map_or(body.len(), |at| at + 1);
    let json: Value = serde_json::from_str(&body[start..end]).expect("it is JSON");
    let rows = json["results"][0]["series"][0]["values"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row[0].as_str()).map(str::to_owned).collect()
}
