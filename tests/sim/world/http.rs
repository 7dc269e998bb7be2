//! The made-up provider behind HTTP: tokens, places, hooks.

use cutover_engine::effect::{Body, EffectError, Http, Reply};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Value;

use crate::secrets::Table;
use crate::world::act::Act;
use crate::world::ask::{Asked, Form, Seal, json, not_sent, refused};
use crate::world::{Token, World};

/// Where the made-up provider is.
pub(crate) const SIM: &str = "https://sim.test/";

impl World {
    /// Understands a request.
    pub(super) fn http(
        &mut self,
        http: &Http,
        table: &Table,
        seal: Seal<'_>,
        at: Timestamp,
    ) -> Asked {
        let Some(path) = http.url.strip_prefix(SIM) else { return self.influxdb1(http, table, at) };
        let field = |name: &str| -> Result<Option<String>, EffectError> {
            let Body::Json(body) = &http.body else { return Ok(None) };
            let Some(text) = body.get(name).as_text() else { return Ok(None) };
            table.open(text).map(Some).map_err(|origin| gone(&origin))
        };
        let value = match field("value") {
            Ok(value) => value,
            Err(error) => return Asked::Look(Err(error)),
        };
        let words: Vec<&str> = path.split('/').collect();
        match (http.method.as_str(), words.as_slice()) {
            ("POST", [account, "tokens"]) => {
                let Body::Json(body) = &http.body else {
                    return Asked::Look(Err(refused(400, "")));
                };
                let expires_at = match body.get("expires_at") {
                    Value::Timestamp(at) => Some(*at),
                    _ => None,
                };
                let in_place = body.get("in_place") == &Value::Bool(true);
                let text = field("text").ok().flatten().unwrap_or_default();
                let account = (*account).to_owned();
                let act = Act::Create { account, text, expires_at, user: None, in_place };
                Asked::Change(act, Form::Http)
            }
            ("DELETE", [account, "tokens", id]) => {
                let (account, id) = ((*account).to_owned(), (*id).to_owned());
                Asked::Change(Act::Revoke { account, id }, Form::Http)
            }
            ("PUT", [kind @ ("vault" | "remote"), name]) => {
                let Body::Json(body) = &http.body else {
                    return Asked::Look(Err(refused(400, "")));
                };
                let version = match body.get("version") {
                    Value::Int(version) => Some(version.unsigned_abs()),
                    _ => None,
                };
                let place = format!("{kind} {name}");
                if let Some(run) = body.get("run").as_text() {
                    self.keep_former(&place, run);
                }
                Asked::Change(Act::Put { place, value, version, lies: false }, Form::Http)
            }
            ("PUT" | "DELETE", ["hooks", name]) => {
                let there = http.method == "PUT";
                Asked::Change(Act::Hook { name: (*name).to_owned(), there }, Form::Http)
            }
            ("POST", ["notify"]) => Asked::Change(Act::Notify, Form::Http),
            ("GET", words) => Asked::Look(self.look(words, http, table, seal, at)),
            _ => Asked::Look(Err(refused(404, "no such address"))),
        }
    }

    fn look(
        &self,
        words: &[&str],
        http: &Http,
        table: &Table,
        seal: Seal<'_>,
        at: Timestamp,
    ) -> Result<Reply, EffectError> {
        match words {
            [account, "tokens"] => Ok(json([("tokens", self.listed(account, at))])),
            ["login"] => {
                let value = http.headers.get("authorization").map(String::as_str);
                let value = table.open(value.unwrap_or_default()).map_err(|of| gone(&of))?;
                let token = self.token(&value).filter(|token| token.works(at));
                let token = token.ok_or_else(|| refused(401, "denied"))?;
                Ok(json([("id", token.id.as_str().into())]))
            }
            ["hooks", name] if self.hooks.contains_key(*name) => Ok(json([])),
            [kind @ ("vault" | "remote"), name] => self.get(&format!("{kind} {name}"), None, seal),
            [kind, name, "login"] => {
                let held = self.held(&format!("{kind} {name}"));
                let works = held.is_some_and(|value| self.logs_in(value, at));
                if works { Ok(json([])) } else { Err(refused(401, "denied")) }
            }
            [kind, name, "version", version] => {
                self.get(&format!("{kind} {name}"), version.parse().ok(), seal)
            }
            [kind, name, "former", run] => {
                let place = self.places.get(&format!("{kind} {name}"));
                let former = place.and_then(|place| place.former.get(*run));
                let former = former.ok_or_else(|| refused(404, "no former self"))?;
                let value = former.as_deref().map_or(Value::Null, |value| seal("value", value));
                Ok(json([("value", value)]))
            }
            _ => Err(refused(404, "no such thing")),
        }
    }

    fn get(&self, place: &str, version: Option<u64>, seal: Seal<'_>) -> Result<Reply, EffectError> {
        let place = self.places.get(place).ok_or_else(|| refused(404, "no such place"))?;
        let version = version.unwrap_or(place.version());
        let at = usize::try_from(version).unwrap_or(0).wrapping_sub(1);
        let held = place.versions.get(at).ok_or_else(|| refused(404, "no such version"))?;
        let held = held.as_deref();
        let id = held.and_then(|value| self.token(value)).map(|token| token.id.as_str());
        Ok(json([
            ("value", held.map_or(Value::Null, |value| seal("value", value))),
            ("version", i64::try_from(version).unwrap_or(0).into()),
            ("id", id.into()),
        ]))
    }

    /// Returns what a list shows: it lags.
    fn listed(&self, account: &str, at: Timestamp) -> Value {
        let lag = self.nature.lag;
        let shown = |token: &&Token| token.account == account && token.shown_at <= at;
        let entry = |token: &Token| {
            let gone = token.revoked_at.is_some_and(|revoked| revoked + lag <= at);
            Value::map([
                ("id", token.id.as_str().into()),
                ("text", token.text.as_str().into()),
                ("made_at", token.made_at.into()),
                ("live", (!gone).into()),
            ])
        };
        Value::List(self.tokens.iter().filter(shown).map(entry).collect())
    }

    /// Keeps what a place holds before a run's first write; the first copy wins.
    pub(super) fn keep_former(&mut self, place: &str, run: &str) {
        let Some(place) = self.places.get_mut(place) else { return };
        let held = place.held().map(str::to_owned);
        if self.keeps_anew {
            place.former.insert(run.to_owned(), held);
        } else {
            place.former.entry(run.to_owned()).or_insert(held);
        }
    }
}

/// A secret is not there any more: nothing was sent.
pub(super) fn gone(origin: &str) -> EffectError {
    not_sent(&format!("the secret `{origin}` is not there any more"), false)
}
