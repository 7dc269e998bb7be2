//! A small Acme vault on this machine: tokens of some accounts, and one store that all of them see.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use cutover_engine::time::Timestamp;
use serde_json::{Value as Json, json};

/// The vault; it is asked for as long as the test runs.
pub(crate) struct Vault {
    pub(crate) url: String,
    held: Arc<Mutex<Held>>,
}

/// What it holds.
#[derive(Default)]
struct Held {
    /// The tokens of each account, by the token that logs in to it.
    accounts: BTreeMap<String, Vec<Json>>,
    made: usize,
    kv: BTreeMap<String, Vec<Json>>,
    /// What it was asked, with the login: `GET /v1/tokens as root`.
    asked: Vec<String>,
    /// What is done and gets no answer, such as `POST /v1/tokens`.
    silent: String,
}

impl Vault {
    /// A vault with accounts, each by the token that logs in to it.
    pub(crate) fn new(accounts: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let accounts = accounts.iter().map(|login| ((*login).to_owned(), Vec::new())).collect();
        let held = Arc::new(Mutex::new(Held { accounts, ..Held::default() }));
        let shared = Arc::clone(&held);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let held = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &held));
            }
        });
        Self { url, held }
    }

    /// Returns the ids of the tokens of an account.
    pub(crate) fn ids(&self, account: &str) -> Vec<String> {
        let held = lock(&self.held);
        held.accounts[account]
            .iter()
            .filter_map(|token| Some(token["id"].as_str()?.to_owned()))
            .collect()
    }

    /// Returns what it was asked so far, with the login.
    pub(crate) fn asked(&self) -> Vec<String> {
        lock(&self.held).asked.clone()
    }

    /// Makes it give no answer to something that it does.
    pub(crate) fn silence(&self, what: &str) {
        what.clone_into(&mut lock(&self.held).silent);
    }

    /// Makes a token that is nobody's of ours.
    pub(crate) fn issue(&self, account: &str, id: &str) {
        let token =
            json!({ "id": id, "service": "x", "tag": "by hand", "expires_at": in_thirty_days() });
        lock(&self.held).accounts.get_mut(account).expect("it is there").push(token);
    }
}

fn serve(mut stream: TcpStream, held: &Mutex<Held>) {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while !is_whole(&text) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return };
    let is_silent = {
        let held = lock(held);
        !held.silent.is_empty() && head.starts_with(&held.silent)
    };
    let (status, answer) = lock(held).answer(head, body);
    if is_silent {
        // Until the other side has gone.
        drop(stream.read(&mut buffer));
        return;
    }
    let body = answer.to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
    // Who asked may have been killed.
    drop(stream.write_all(answer.as_bytes()));
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("it is a number"))
}

impl Held {
    fn answer(&mut self, head: &str, body: &str) -> (u16, Json) {
        let mut words = head.split([' ', '\r']);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let login = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": Bearer ")?;
            name.eq_ignore_ascii_case("authorization").then_some(value)
        });
        let login = login.unwrap_or_default();
        self.asked.push(format!("{method} {path} as {login}"));
        let body: Json = serde_json::from_str(body).unwrap_or_default();
        if path == "/v1/whoami" {
            let mut all = self.accounts.values().flatten();
            return match all.any(|token| token["token"] == login) {
                true => (200, json!({ "service": "billing" })),
                false => (401, json!({})),
            };
        }
        if !self.accounts.contains_key(login) {
            return (401, json!({ "error": "who are you" }));
        }
        match path.strip_prefix("/v1/kv/") {
            Some(path) => self.store(method, path, &body),
            None => self.tokens(login, method, (path, query), &body),
        }
    }

    fn tokens(
        &mut self,
        login: &str,
        method: &str,
        (path, query): (&str, &str),
        body: &Json,
    ) -> (u16, Json) {
        let number = self.made + 1;
        let tokens = self.accounts.get_mut(login).expect("it is there");
        let id = path.strip_prefix("/v1/tokens/").unwrap_or_default();
        let found = tokens.iter().position(|token| token["id"] == id);
        match (method, found) {
            ("POST", _) => {
                self.made = number;
                let token = json!({
                    "id": format!("tok_{number}"),
                    "token": format!("made-by-the-acme-vault-number-{number}"),
                    "tag": body["tag"],
                    "service": body["service"],
                    "expires_at": in_thirty_days(),
                });
                tokens.push(token.clone());
                (201, token)
            }
            ("GET", _) if id.is_empty() => {
                let tag = query.strip_prefix("tag=");
                let of = |token: &&Json| tag.is_none_or(|tag| token["tag"] == tag);
                let items: Vec<&Json> = tokens.iter().filter(of).collect();
                (200, json!({ "items": items }))
            }
            ("GET", Some(at)) => (200, tokens[at].clone()),
            ("DELETE", Some(at)) => {
                tokens.remove(at);
                (200, json!({}))
            }
            _ => (404, json!({})),
        }
    }

    fn store(&mut self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let (name, version) = path.split_once('/').unwrap_or((path, ""));
        let versions = self.kv.entry(name.to_owned()).or_default();
        match (method, versions.last()) {
            ("PUT", last) => {
                let version =
                    last.and_then(|last| last["version"].as_u64()).unwrap_or_default() + 1;
                versions.push(json!({ "value": body["value"], "version": version }));
                (200, json!({ "version": version }))
            }
            ("GET", Some(last)) => (200, last.clone()),
            ("DELETE", Some(last))
                if version.parse().is_ok_and(|version: u64| last["version"] == version) =>
            {
                versions.pop();
                (200, json!({}))
            }
            _ => (404, json!({})),
        }
    }
}

fn in_thirty_days() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after that");
    let seconds = i64::try_from(now.as_secs()).expect("it is before that");
    Timestamp((seconds + 30 * 86_400 + 3600) * 1000).to_string()
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().expect("it does not panic while it answers")
}
