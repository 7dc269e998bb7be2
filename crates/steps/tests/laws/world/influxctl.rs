//! A provider of management tokens, and the program `influxctl` in front of it.

use cutover_engine::effect::{EffectError, Exec, FileContent, Reply};
use cutover_engine::time::Timestamp;
use serde_json::{Value as Json, json};

use super::{ADMIN_TOKEN, OLD_TOKEN, World};

/// How `management create` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Before 2.11.0: the value alone.
    Alone,
    /// Since 2.11.0: a table before it.
    Table,
}

/// What becomes of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// It shows everything.
    All,
    /// It shows nothing.
    Nothing,
    /// It does not answer.
    NoAnswer,
}

/// A token of the provider.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

/// The provider.
pub(crate) struct Provider {
    pub(crate) tokens: Vec<Token>,
    pub(crate) version: String,
    pub(crate) style: Style,
    /// What `create` writes to standard output in place of its own.
    pub(crate) says: Option<String>,
    /// What becomes of a list.
    pub(crate) shows: Shows,
    /// How many times the list does not show a new token yet.
    pub(crate) late: u32,
    /// How many times the list still shows a revoked token as live.
    pub(crate) lag: u32,
}

/// Returns a configuration with a comment and two profiles.
pub(super) fn config() -> String {
    format!(
        "# ours\n[[profile]]\n  name = \"admin\"\n  product = \"dedicated\"\n  account_id = \"acc\"\n  \
         cluster_id = \"clu\"\n  mgmt_token = \"{ADMIN_TOKEN}\"\n\n[[profile]]\n  name = \"ci\" # CI\n  \
         product = \"dedicated\"\n  mgmt_token = \"{OLD_TOKEN}\"\n"
    )
}

impl Token {
    /// Makes a live token.
    pub(crate) fn live(id: &str, value: &str) -> Self {
        Self {
            id: id.to_owned(),
            value: value.to_owned(),
            description: format!("token {id}"),
            created_at: Timestamp::parse("2026-11-01T00:00:00.5Z").expect("it is a moment"),
            expires_at: None,
            revoked_at: None,
        }
    }

    fn to_json(&self, hides_revoked: bool) -> Json {
        let at = |at: Timestamp| json!({ "seconds": at.0.div_euclid(1000), "nanos": at.0.rem_euclid(1000) * 1_000_000 });
        let mut json = json!({
            "id": self.id, "account_id": "acc", "token_prefix": self.value[..9],
            "description": self.description, "created_at": at(self.created_at), "created_by": "me",
        });
        if let Some(expires) = self.expires_at {
            json["expires_at"] = at(expires);
        }
        if let Some(revoked) = self.revoked_at.filter(|_| !hides_revoked) {
            json["revoked_at"] = at(revoked);
        }
        json
    }
}

impl Provider {
    pub(super) fn new() -> Self {
        Self {
            tokens: vec![Token::live("id-admin", ADMIN_TOKEN), Token::live("id-old", OLD_TOKEN)],
            version: "influxctl version 2.12.0".to_owned(),
            style: Style::Table,
            says: None,
            shows: Shows::All,
            late: 0,
            lag: 0,
        }
    }

    /// Returns the ids of what works at a moment.
    pub(crate) fn live(&self, now: Timestamp) -> Vec<String> {
        let works = |token: &&Token| {
            token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now)
        };
        self.tokens.iter().filter(works).map(|token| token.id.clone()).collect()
    }
}

impl World {
    pub(super) fn influxctl(&self, exec: &Exec) -> Result<Reply, EffectError> {
        let words: Vec<&str> = exec.argv.iter().map(String::as_str).collect();
        if words == ["influxctl", "version"] {
            let version = self.state().provider.version.clone();
            return self.ended(exec, 0, &version, "");
        }
        let [
            "influxctl",
            "--config",
            config,
            "--profile",
            profile,
            "management",
            command,
            rest @ ..,
        ] = words.as_slice()
        else {
            return self.ended(exec, 1, "", "incorrect usage");
        };
        let Some(login) = self.token_of(exec, config, profile) else {
            return self.ended(exec, 1, "", "error: profile not found");
        };
        let (now, is_live) = {
            let state = self.state();
            let live = state.provider.live(state.now);
            let is_mine = |token: &&Token| token.value == login;
            let mine = state.provider.tokens.iter().find(is_mine).cloned();
            (state.now, mine.is_some_and(|token| live.contains(&token.id)))
        };
        if !is_live {
            let stderr = format!("error: rpc error: code = Unauthenticated desc = {login}");
            return self.ended(exec, 1, "", &stderr);
        }
        match (*command, rest) {
            ("create", flags) => self.create(exec, flags, now),
            ("list", ["--format", "json"]) => self.list(exec),
            ("revoke", ["--force", id]) => self.revoke(exec, id, now),
            _ => self.ended(exec, 1, "", "incorrect usage"),
        }
    }

    fn token_of(&self, exec: &Exec, config: &str, profile: &str) -> Option<String> {
        let text = match exec.files.get("config") {
            Some(FileContent::Toml(edit)) if config == "{config}" => self.edited(edit, "").ok()?,
            _ => self.state().files.get(config)?.clone(),
        };
        let document: toml_edit::DocumentMut = text.parse().expect("it is TOML");
        let tables = document["profile"].as_array_of_tables()?;
        let named = |table: &&toml_edit::Table| table["name"].as_str() == Some(profile);
        Some(tables.iter().find(named)?.get("mgmt_token")?.as_str()?.to_owned())
    }

    fn create(&self, exec: &Exec, flags: &[&str], now: Timestamp) -> Result<Reply, EffectError> {
        let flag = |name: &str| {
            flags.iter().position(|flag| *flag == name).and_then(|at| flags.get(at + 1)).copied()
        };
        let Some(description) = flag("--description").filter(|text| !text.is_empty()) else {
            return self.ended(exec, 1, "", "description must be a non-empty string");
        };
        let mut state = self.state();
        let number = state.provider.tokens.len();
        let token = Token {
            description: description.to_owned(),
            created_at: now,
            expires_at: flag("--expires-at").and_then(Timestamp::parse),
            ..Token::live(
                &format!("id-{number}"),
                &format!("M.V1.mk{number:02}fakefakefakefakefakefakefakefake"),
            )
        };
        state.provider.tokens.push(token.clone());
        let expires = token.expires_at.map(|at| at.to_string()).unwrap_or_default();
        let table = format!("| id | {} |\n| expires at | {expires} |\n", token.id);
        let stdout = match (state.provider.says.clone(), flag("--format"), state.provider.style) {
            (Some(says), ..) => says,
            (None, Some("json"), _) => {
                json!({ "made": { "id": token.id, "value": token.value } }).to_string()
            }
            (None, _, Style::Alone) => format!("{}\n", token.value),
            (None, _, Style::Table) => format!("{table}\n{}\n", token.value),
        };
        drop(state);
        self.ended(exec, 0, &stdout, "warn\tplease store this token\n")
    }

    fn list(&self, exec: &Exec) -> Result<Reply, EffectError> {
        match self.state().provider.shows {
            Shows::All => {}
            Shows::Nothing => return self.ended(exec, 0, "null", ""),
            Shows::NoAnswer => return self.ended(exec, 1, "", "rpc error: code = Unavailable"),
        }
        if self.state().provider.late > 0 {
            let mut state = self.state();
            state.provider.late -= 1;
            let shown = &state.provider.tokens[..2];
            let list: Vec<Json> = shown.iter().map(|token| token.to_json(false)).collect();
            drop(state);
            return self.ended(exec, 0, &Json::Array(list).to_string(), "");
        }
        let mut state = self.state();
        let hides = state.provider.lag > 0
            && state.provider.tokens.iter().any(|token| token.revoked_at.is_some());
        if hides {
            state.provider.lag -= 1;
        }
        let list: Vec<Json> =
            state.provider.tokens.iter().map(|token| token.to_json(hides)).collect();
        drop(state);
        let text = if list.is_empty() { "null".to_owned() } else { Json::Array(list).to_string() };
        self.ended(exec, 0, &text, "")
    }

    fn revoke(&self, exec: &Exec, id: &str, now: Timestamp) -> Result<Reply, EffectError> {
        let mut state = self.state();
        match state.provider.tokens.iter_mut().find(|token| token.id == id) {
            Some(token) if token.revoked_at.is_none() => {
                token.revoked_at = Some(now);
                drop(state);
                self.ended(exec, 0, "", "")
            }
            found => {
                let stderr = if found.is_some() { "already revoked" } else { "token not found" };
                drop(state);
                self.ended(exec, 1, "", stderr)
            }
        }
    }
}
