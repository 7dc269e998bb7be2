//! The provider and the places of the tests' world, and what can go wrong with them.

use std::collections::BTreeMap;

use super::secrets::Table;
use crate::effect::{Call, EffectError, Exec, Reply};
use crate::host::{HostError, Secrets};
use crate::time::Timestamp;
use crate::value::Value;

/// What can go wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The other side says no.
    Refused(i32),
    /// The other side says: later.
    Busy,
    /// No connection.
    NotSent,
    /// It was done, and no answer came.
    LostDone,
    /// It was done, and the other side says no.
    RefusedDone,
    /// It was not done, and no answer came.
    LostUndone,
    /// The edge failed.
    Edge,
    /// It takes this many milliseconds.
    Slow(u64),
    /// A place takes the write and holds something else.
    Garbled,
    /// A secret of the call died with the process that had it.
    Gone,
    /// The other side says that it was done, and it was not.
    Lies,
}

/// A token of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) marker: String,
    pub(crate) live: bool,
}

/// Everything outside.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) tokens: Vec<Token>,
    pub(crate) places: BTreeMap<String, String>,
    /// The verb, which call of it (from 1), what goes wrong.
    pub(crate) faults: Vec<(String, usize, Fault)>,
    /// Calls in order: `create`, `put profile ci`.
    pub(crate) calls: Vec<String>,
    pub(crate) said: Vec<String>,
    /// Ids that were revoked while a place held their value: lock-outs.
    pub(crate) locked_out: Vec<String>,
    /// When the writes had to have ended.
    pub(crate) deadlines: Vec<Timestamp>,
    pub(crate) counts: BTreeMap<String, usize>,
    /// What a list that lags still shows, one look after the other from the end.
    pub(crate) shown: Vec<&'static str>,
    /// What each place held before it was first written; the first copy wins.
    former: BTreeMap<String, Option<String>>,
}

impl World {
    pub(crate) fn issue(&mut self, id: &str, value: &str) {
        let (id, value) = (id.to_owned(), value.to_owned());
        self.tokens.push(Token { id, value, marker: String::new(), live: true });
    }

    /// Returns the ids of live tokens.
    pub(crate) fn live(&self) -> Vec<&str> {
        self.tokens.iter().filter(|token| token.live).map(|token| token.id.as_str()).collect()
    }

    pub(crate) fn next_fault(&mut self, verb: &str) -> Option<Fault> {
        let count = self.counts.entry(verb.to_owned()).or_default();
        *count += 1;
        let hit = |(of, nth, _): &&(String, usize, Fault)| of == verb && *nth == *count;
        self.faults.iter().find(hit).map(|(_, _, fault)| *fault)
    }

    pub(crate) fn exec(
        &mut self,
        call: &Call,
        exec: &Exec,
        fault: Option<Fault>,
        secrets: &Table,
        now: Timestamp,
    ) -> Result<Reply, EffectError> {
        self.calls.push(exec.argv.join(" "));
        if !exec.reads {
            self.deadlines.push(call.deadline);
        }
        let refused = |code, retryable| EffectError::Refused {
            message: format!("{} was refused with {code}", exec.argv[0]),
            code,
            retryable,
            retry_after: None,
            body: Value::Null,
            stderr: String::new(),
        };
        let lost = || EffectError::Lost { message: "no answer came".to_owned() };
        match fault {
            Some(Fault::Refused(code)) => return Err(refused(code, false)),
            Some(Fault::Busy) => return Err(refused(429, true)),
            Some(Fault::NotSent) => {
                let message = "no connection".to_owned();
                return Err(EffectError::NotSent { message, retryable: true });
            }
            Some(Fault::Gone) => {
                return Err(EffectError::Gone { message: "a secret is gone".to_owned() });
            }
            Some(Fault::LostUndone) => return Err(lost()),
            Some(Fault::Lies) => return Ok(Reply::Exec { code: 0, stdout: Value::Null }),
            Some(Fault::Edge) => {
                let message = "a sync failed".to_owned();
                return Err(EffectError::Edge(HostError::Sync { message }));
            }
            Some(Fault::LostDone | Fault::RefusedDone | Fault::Slow(_) | Fault::Garbled) | None => {
            }
        }
        let stdin = exec.stdin.as_deref().map(|text| secrets.open(text));
        if stdin == Some(None) && exec.argv[0] != "restore" {
            let message = "a secret is not here any more".to_owned();
            return Err(EffectError::Gone { message });
        }
        let stdin = stdin.flatten();
        let garbled = fault == Some(Fault::Garbled);
        let stdout = self.act(call, &exec.argv, stdin, garbled, secrets, now);
        let stdout = stdout.map_err(|code| refused(code, false))?;
        match fault {
            Some(Fault::LostDone) => Err(lost()),
            Some(Fault::RefusedDone) => Err(refused(500, false)),
            _ => Ok(Reply::Exec { code: 0, stdout }),
        }
    }

    fn act(
        &mut self,
        call: &Call,
        argv: &[String],
        stdin: Option<String>,
        garbled: bool,
        secrets: &Table,
        now: Timestamp,
    ) -> Result<Value, i32> {
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        match argv.as_slice() {
            ["create", _, marker] => Ok(self.create(call, marker, secrets)),
            ["put", place] => {
                let value =
                    if garbled { "something else".to_owned() } else { stdin.unwrap_or_default() };
                let before = self.places.insert((*place).to_owned(), value);
                self.former.entry((*place).to_owned()).or_insert(before);
                Ok(Value::Null)
            }
            ["restore", place] => self.restore(place, stdin.as_deref()),
            ["adopt", user] => {
                self.issue(user, &stdin.unwrap_or_default());
                Ok(Value::Null)
            }
            ["revoke_marked", marker] => {
                let ids = self.tokens.iter().filter(|token| token.marker == *marker && token.live);
                let ids: Vec<String> = ids.map(|token| token.id.clone()).collect();
                ids.iter().try_for_each(|id| self.revoke(id)).map(|()| Value::Null)
            }
            ["get", place] => match self.places.get(*place) {
                Some(value) => {
                    let origin = format!("steps.{}.token", call.step);
                    Ok(secrets.seal(&origin, value.clone()).into())
                }
                None => Err(404),
            },
            ["which", profile] => Ok(self.holder(profile).map(|token| token.id.as_str()).into()),
            ["list", profile] => {
                let value = stdin.or_else(|| self.places.get(*profile).cloned());
                let live =
                    self.tokens.iter().any(|of| Some(&of.value) == value.as_ref() && of.live);
                if live { Ok(Value::Null) } else { Err(401) }
            }
            ["revoke", id] => {
                self.revoke(id)?;
                Ok(now.into())
            }
            ["find", _] if !self.shown.is_empty() => Ok(self.shown.pop().into()),
            ["find", marker] => {
                let live = |token: &&Token| token.live && token.marker == *marker;
                let found = self.tokens.iter().find(live).map(|token| token.id.as_str());
                Ok(found.filter(|_| !marker.is_empty()).into())
            }
            ["count", _] => Ok(i64::try_from(self.counts["count"]).unwrap_or(0).into()),
            _ => Ok(Value::Null),
        }
    }

    /// Ends a token, and notes whether somebody was still using it.
    fn revoke(&mut self, id: &str) -> Result<(), i32> {
        let token = self.tokens.iter_mut().find(|token| token.id == *id).ok_or(404)?;
        token.live = false;
        if self.places.values().any(|held| *held == token.value) {
            self.locked_out.push(id.to_owned());
        }
        Ok(())
    }

    /// Puts back what a place held before it was written, while it holds what was written. Where
    /// nobody knows that any more, only a place that holds its former self is fine.
    fn restore(&mut self, place: &str, wrote: Option<&str>) -> Result<Value, i32> {
        let Some(former) = self.former.get(place).cloned() else { return Ok(Value::Null) };
        let holds = self.places.get(place);
        if holds == former.as_ref() {
            return Ok(Value::Null);
        }
        if wrote.is_none() || holds.map(String::as_str) != wrote {
            return Err(409);
        }
        match former {
            Some(value) => drop(self.places.insert(place.to_owned(), value)),
            None => drop(self.places.remove(place)),
        }
        Ok(Value::Null)
    }

    fn create(&mut self, call: &Call, marker: &str, secrets: &Table) -> Value {
        let number = self.tokens.len();
        let (id, value) = (format!("new-{number}"), format!("value-{number}-{}", "x".repeat(20)));
        let (id_text, marker) = (id.clone(), marker.to_owned());
        let origin = format!("steps.{}.token", call.step);
        let sealed = secrets.seal(&origin, value.clone());
        self.tokens.push(Token { id, value, marker, live: true });
        Value::map([("id", id_text.into()), ("token", sealed.into())])
    }

    fn holder(&self, place: &str) -> Option<&Token> {
        let value = self.places.get(place)?;
        self.tokens.iter().find(|token| token.value == *value)
    }
}
