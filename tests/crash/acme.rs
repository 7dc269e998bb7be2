//! The Acme vault as far as its plugin knows it: tokens, entries with versions, and a judge that
//! sits inside and sees every request.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Who may do everything.
pub(crate) const ADMIN: &str = "root-token";
/// What the vault knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    tokens: BTreeMap<String, Token>,
    made: u64,
    entries: BTreeMap<String, Vec<(u64, String)>>,
    /// What was asked and is not done yet.
    pub(crate) held: Option<Request>,
    /// What no request may ever do, and one did.
    pub(crate) wrong: Vec<String>,
}

#[derive(Debug, Clone)]
struct Token {
    service: String,
    value: String,
    marker: String,
}

/// What somebody asks of it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// What it logs in with.
    pub(crate) login: String,
    pub(crate) body: Value,
}

type Answer = (u16, Value);

impl State {
    /// Returns the ids of the tokens that log in.
    pub(crate) fn live(&self) -> impl Iterator<Item = &String> {
        self.tokens.keys()
    }

    /// Returns each entry with the id of the token that it holds; an error where one does not log in.
    pub(crate) fn in_use(&self) -> Result<Vec<(String, String)>, String> {
        let held = |(path, versions): (&String, &Vec<(u64, String)>)| {
            let (_, value) = versions.last()?;
            let live = self.id_of(value).map(|id| (path.clone(), id.to_owned()));
            Some(live.ok_or_else(|| format!("who reads `{path}` is locked out")))
        };
        self.entries.iter().filter_map(held).collect()
    }

    /// Does what is asked.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix("/v1/").unwrap_or_default();
        if path == "whoami" {
            return self.whoami(&request.login);
        }
        if request.login != ADMIN {
            return (401, json!({ "error": "who are you" }));
        }
        let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
        match (request.method.as_str(), kind, rest) {
            ("GET", "tokens", "") => (200, self.list(query)),
            ("POST", "tokens", "") => self.issue(&request.body),
            ("GET", "tokens", id) => {
                self.tokens.get(id).map_or((404, Value::Null), |token| (200, token.to_json(id)))
            }
            ("DELETE", "tokens", id) => self.revoke(id),
            ("GET", "kv", path) => self.get(path),
            ("PUT", "kv", path) => self.put(path, &request.body),
            ("DELETE", "kv", path) => self.remove(path),
            _ => (405, Value::Null),
        }
    }

    fn whoami(&self, login: &str) -> Answer {
        let found = self.tokens.values().find(|token| token.value == login);
        found.map_or((401, Value::Null), |token| (200, json!({ "service": token.service })))
    }

    fn list(&self, query: &str) -> Value {
        let tag = query.strip_prefix("tag=");
        let asked = |token: &Token| tag.is_none_or(|tag| token.marker == tag);
        let items = self.tokens.iter().filter(|(_, token)| asked(token));
        let items: Vec<Value> = items.map(|(id, token)| token.to_json(id)).collect();
        json!({ "items": items })
    }

    fn issue(&mut self, body: &Value) -> Answer {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let (service, marker) = (text("service"), text("tag"));
        if marker.is_empty() {
            self.wrong.push("a token was asked for without a marker".to_owned());
        }
        if self.tokens.values().any(|token| token.marker == marker) {
            self.wrong.push(format!("two tokens carry the marker `{marker}`"));
        }
        self.made += 1;
        let id = format!("tok_{}", self.made);
        let value = format!("s3cr3t-of-the-acme-vault-{:04}", self.made);
        let token = Token { service, value, marker };
        let answer = token.to_json(&id);
        self.tokens.insert(id, token);
        (201, answer)
    }

    fn revoke(&mut self, id: &str) -> Answer {
        let Some(token) = self.tokens.remove(id) else { return (404, Value::Null) };
        let holds = |versions: &Vec<(u64, String)>| {
            versions.last().is_some_and(|(_, value)| *value == token.value)
        };
        if let Some((path, _)) = self.entries.iter().find(|(_, versions)| holds(versions)) {
            self.wrong.push(format!("{id} was revoked, and who reads `{path}` is locked out"));
        }
        (204, Value::Null)
    }

    fn get(&self, path: &str) -> Answer {
        let last = self.entries.get(path).and_then(|versions| versions.last());
        last.map_or((404, Value::Null), |(version, value)| {
            (200, json!({ "value": value, "version": version }))
        })
    }

    fn put(&mut self, path: &str, body: &Value) -> Answer {
        let value = body["value"].as_str().unwrap_or_default().to_owned();
        if self.id_of(&value).is_none() {
            self.wrong.push(format!("`{path}` was given what does not log in"));
        }
        let versions = self.entries.entry(path.to_owned()).or_default();
        let version = versions.last().map_or(1, |(last, _)| last + 1);
        versions.push((version, value));
        (200, json!({ "version": version }))
    }

    fn remove(&mut self, path: &str) -> Answer {
        let (path, version) = path.rsplit_once('/').unwrap_or((path, ""));
        let versions = self.entries.get_mut(path);
        let is_last = |versions: &&mut Vec<(u64, String)>| {
            versions.last().is_some_and(|(last, _)| last.to_string() == version)
        };
        let Some(versions) = versions.filter(is_last) else { return (404, Value::Null) };
        versions.pop();
        (204, Value::Null)
    }

    fn id_of(&self, value: &str) -> Option<&str> {
        let found = self.tokens.iter().find(|(_, token)| token.value == value);
        found.map(|(id, _)| id.as_str())
    }
}

impl Token {
    fn to_json(&self, id: &str) -> Value {
        json!({
            "id": id, "service": self.service, "token": self.value, "tag": self.marker,
            "expires_at": "2099-01-01T00:00:00Z",
        })
    }
}
