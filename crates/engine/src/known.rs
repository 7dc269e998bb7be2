//! What is still known of secrets that died with another process: enough to tell one where it
//! stands, not to use it.

use indexmap::IndexMap;

use crate::disk::GONE;
use crate::host::Secrets;
use crate::value::{Handle, Piece, Value, pieces};

/// Of what is shorter there is no check: it is not sealed only to be compared.
const SHORTEST: usize = 20;

/// The checks of secrets that are gone, by where each came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    salt: String,
    checks: IndexMap<String, String>,
}

/// How a text begins and ends around the one secret in it that is gone, and what tells that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'a> {
    /// What stands before it; may hold secrets.
    pub before: String,
    /// The salt of its check.
    pub salt: &'a str,
    /// Its check.
    pub check: &'a str,
    /// What stands after it; may hold secrets.
    pub after: String,
}

impl Known {
    /// Makes it of checks under one salt.
    pub fn new(salt: impl Into<String>, checks: IndexMap<String, String>) -> Self {
        Self { salt: salt.into(), checks }
    }

    /// Returns the check of a secret, by where it came from.
    pub fn check(&self, origin: &str) -> Option<&str> {
        self.checks.get(origin).map(String::as_str)
    }

    /// Returns how a text can be told from another one; none where nothing in it is gone, or where
    /// it can't be told any more: of two secrets nobody knows where one ends.
    pub fn told(&self, text: &str) -> Option<Told<'_>> {
        let (mut before, mut after, mut found) = (String::new(), String::new(), None);
        for piece in pieces(text) {
            let part = match piece {
                Piece::Secret(Handle { id: GONE, origin }) => match found {
                    None => {
                        found = Some(self.checks.get(&origin)?);
                        continue;
                    }
                    Some(_) => return None,
                },
                Piece::Plain(plain) => plain.to_owned(),
                Piece::Secret(handle) => handle.to_mark(),
                Piece::Unknown { .. } => return None,
            };
            if found.is_none() { &mut before } else { &mut after }.push_str(&part);
        }
        Some(Told { before, salt: &self.salt, check: found?, after })
    }

    /// Says whether every text of a value in which a secret is gone can be told.
    pub fn tells(&self, value: &Value) -> bool {
        let mut tells = true;
        value.visit(&mut |value| {
            let text = value.as_text().filter(|text| is_gone(text));
            tells &= text.is_none_or(|text| self.told(text).is_some());
        });
        tells
    }

    /// Says whether two texts are the same once opened, where one has a secret that is gone.
    pub fn same(&self, secrets: &dyn Secrets, a: &str, b: &str) -> bool {
        match (is_gone(a), is_gone(b)) {
            (true, true) => a == b && self.told(a).is_some(),
            (true, false) => self.told(a).is_some_and(|told| told.is(secrets, b)),
            (false, true) => self.told(b).is_some_and(|told| told.is(secrets, a)),
            (false, false) => false,
        }
    }
}

impl Told<'_> {
    /// Says whether a text whose secrets are all there is this one.
    fn is(&self, secrets: &dyn Secrets, text: &str) -> bool {
        let is = |text: &str| secrets.check(self.salt, text).as_deref() == Some(self.check);
        if self.before.is_empty() && self.after.is_empty() {
            return is(text);
        }
        let between = secrets.derive("between", &[text, &self.before, &self.after], &|opened| {
            let [text, before, after] = opened else { return Err(String::new()) };
            let rest = text.strip_prefix(before.as_str());
            let between = rest.and_then(|rest| rest.strip_suffix(after.as_str()));
            let long = between.filter(|between| between.len() >= SHORTEST);
            long.map(str::to_owned).ok_or_else(String::new)
        });
        between.is_ok_and(|between| is(&between.to_mark()))
    }
}

/// Says whether a secret of a text is gone.
fn is_gone(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Secret(Handle { id: GONE, .. })))
}

/// A table of secrets that also compares what is gone, by what is still known of it.
pub(crate) struct Telling<'a> {
    table: &'a dyn Secrets,
    known: Known,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(table: &'a dyn Secrets, known: Known) -> Self {
        Self { table, known }
    }
}

impl Secrets for Telling<'_> {
    fn seal(&self, origin: &str, plain: String) -> Handle {
        self.table.seal(origin, plain)
    }

    fn derive(
        &self,
        origin: &str,
        texts: &[&str],
        compute: &dyn Fn(&[String]) -> Result<String, String>,
    ) -> Result<Handle, String> {
        self.table.derive(origin, texts, compute)
    }

    fn same(&self, a: &str, b: &str) -> bool {
        self.table.same(a, b) || self.known.same(self.table, a, b)
    }

    fn check(&self, salt: &str, text: &str) -> Option<String> {
        self.table.check(salt, text)
    }

    fn prefix(&self, text: &str, characters: usize) -> Option<String> {
        self.table.prefix(text, characters)
    }

    fn find(&self, text: &str) -> Option<String> {
        self.table.find(text)
    }
}

#[cfg(test)]
mod tests;
