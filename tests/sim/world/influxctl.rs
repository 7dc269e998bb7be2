//! `influxctl` in front of a provider of management tokens.

use cutover_engine::effect::{EffectError, Exec, FileContent, Reply};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Value;

use crate::secrets::Table;
use crate::world::act::Act;
use crate::world::ask::{Asked, Form, refused};
use crate::world::http::gone;
use crate::world::{Token, World};

/// The account in which its tokens are.
const ACCOUNT: &str = "influx";

impl World {
    /// Understands a program.
    pub(super) fn exec(&mut self, exec: &Exec, table: &Table, at: Timestamp) -> Asked {
        let words: Vec<&str> = exec.argv.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["reload"] => Asked::Change(Act::Reload, Form::Program),
            ["influxctl", "version"] => {
                Asked::Look(Ok(Reply::Exec { code: 0, stdout: "influxctl version 2.12.0".into() }))
            }
            [
                "influxctl",
                "--config",
                _,
                "--profile",
                profile,
                "management",
                command,
                rest @ ..,
            ] => match self.profile_login(exec, profile, table) {
                Ok(login) if self.logs_in(&login, at) => self.management(command, rest, at),
                Ok(_) => Asked::Look(Err(refused(1, "code = Unauthenticated"))),
                Err(error) => Asked::Look(Err(error)),
            },
            _ => Asked::Look(Err(refused(1, "no such program"))),
        }
    }

    fn profile_login(
        &self,
        exec: &Exec,
        profile: &str,
        table: &Table,
    ) -> Result<String, EffectError> {
        if let Some(FileContent::Toml(edit)) = exec.files.get("config") {
            let value = edit.set.get("mgmt_token").map(String::as_str).unwrap_or_default();
            return table.open(value).map_err(|origin| gone(&origin));
        }
        let held = self.held(&format!("profile {profile}"));
        held.map(str::to_owned).ok_or_else(|| refused(1, "error: profile not found"))
    }

    fn management(&self, command: &str, rest: &[&str], at: Timestamp) -> Asked {
        match (command, rest) {
            ("create", ["--description", text, flags @ ..]) => {
                let expires_at = match flags {
                    ["--expires-at", at] => Timestamp::parse(at),
                    _ => None,
                };
                let (account, text) = (ACCOUNT.to_owned(), (*text).to_owned());
                let act = Act::Create { account, text, expires_at, user: None, in_place: false };
                Asked::Change(act, Form::Influxctl)
            }
            ("revoke", ["--force", id]) => {
                let act = Act::Revoke { account: ACCOUNT.to_owned(), id: (*id).to_owned() };
                Asked::Change(act, Form::Influxctl)
            }
            ("list", _) => {
                Asked::Look(Ok(Reply::Exec { code: 0, stdout: self.management_list(at) }))
            }
            _ => Asked::Look(Err(refused(1, "incorrect usage"))),
        }
    }

    fn management_list(&self, at: Timestamp) -> Value {
        let lag = self.nature.lag;
        let shown = |token: &&Token| token.account == ACCOUNT && token.shown_at <= at;
        let entry = |token: &Token| {
            let revoked = token.revoked_at.filter(|revoked| *revoked + lag <= at);
            Value::map([
                ("id", token.id.as_str().into()),
                ("token_prefix", token.value[..9].into()),
                ("description", token.text.as_str().into()),
                ("created_at", token.made_at.into()),
                ("expires_at", token.expires_at.into()),
                ("revoked_at", revoked.into()),
            ])
        };
        Value::List(self.tokens.iter().filter(shown).map(entry).collect())
    }
}
