//! Changes of the world: what is done at once, and what lands later.

use cutover_engine::time::Timestamp;

use crate::world::{DAEMON_FILE, Maker, Place, Reads, Token, World, value_of};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// A new token; `user` and its password are chosen by us.
    Create {
        account: String,
        text: String,
        expires_at: Option<Timestamp>,
        user: Option<(String, String)>,
        /// The old one dies in the same call.
        in_place: bool,
    },
    /// The end of a token.
    Revoke { account: String, id: String },
    /// A new value of a place; with `version` only over that one.
    Put { place: String, value: Option<String>, version: Option<u64>, lies: bool },
    /// Something by name is there, or is not.
    Hook { name: String, there: bool },
    /// The daemon reads its file.
    Reload,
    /// People are told something.
    Notify,
}

/// What a change gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// A token, by its number.
    Token(usize),
    /// The version that was written.
    Version(u64),
    /// Nothing to tell.
    Nothing,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum No {
    NotFound,
    Conflict,
    Exists,
}

impl Act {
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Create { account, text, user, .. } => {
                let user = user.as_ref().map(|(user, _)| format!(" as {user}"));
                format!("create in {account}{} ({text})", user.unwrap_or_default())
            }
            Self::Revoke { id, .. } => format!("revoke {id}"),
            Self::Put { place, value, .. } => {
                format!("put {} into {place}", value.as_deref().map_or("nothing", short))
            }
            Self::Hook { name, there } => format!("hook {name}: {there}"),
            Self::Reload => "reload the daemon".to_owned(),
            Self::Notify => "tell people".to_owned(),
        }
    }
}

/// Returns the part of a value that tells it apart.
pub(crate) fn short(value: &str) -> &str {
    value.get(..9).unwrap_or(value)
}

impl World {
    /// Carries a change out. What must not be is blamed by the caller, who knows the journals.
    pub(crate) fn carry_out(
        &mut self,
        act: &Act,
        by: Option<&Maker>,
        at: Timestamp,
    ) -> Result<Done, No> {
        match act {
            Act::Create { account, text, expires_at, user, in_place } => {
                self.create(account, text, *expires_at, user.as_ref(), *in_place, by, at)
            }
            Act::Revoke { account, id } => self.revoke(account, id, at),
            Act::Put { place, value, version, lies } => {
                self.put(place, value.as_deref(), *version, *lies)
            }
            Act::Hook { name, there } => {
                match (there, self.hooks.contains_key(name)) {
                    (true, false) => drop(self.hooks.insert(name.clone(), false)),
                    (false, true) => drop(self.hooks.remove(name)),
                    (false, false) => return Err(No::NotFound),
                    (true, true) => {}
                }
                Ok(Done::Nothing)
            }
            Act::Reload => {
                let held = self.held(DAEMON_FILE).map(str::to_owned);
                let daemon = self.places.entry("daemon".to_owned());
                let daemon = daemon.or_insert_with(|| Place::holding(None, Reads::Token));
                daemon.versions.push(held);
                Ok(Done::Nothing)
            }
            Act::Notify => {
                self.said += 1;
                Ok(Done::Nothing)
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of one act")]
    fn create(
        &mut self,
        account: &str,
        text: &str,
        expires_at: Option<Timestamp>,
        user: Option<&(String, String)>,
        in_place: bool,
        by: Option<&Maker>,
        at: Timestamp,
    ) -> Result<Done, No> {
        if let Some((name, password)) = user {
            let same = |token: &Token| token.id == *name && token.is_live(at);
            if let Some(number) = self.tokens.iter().position(same) {
                let again = self.tokens[number].value == *password;
                return if again { Ok(Done::Token(number)) } else { Err(No::Exists) };
            }
        }
        if in_place {
            let old = self.tokens.iter_mut().filter(|token| token.account == account);
            old.filter(|token| token.is_live(at)).for_each(|token| token.revoked_at = Some(at));
        }
        let number = self.tokens.len();
        let made = self.tokens.iter().filter(|token| token.maker.is_some()).count();
        let works_at = match self.nature.bad {
            Some(bad) if bad == made => Timestamp(i64::MAX),
            Some(_) | None if user.is_some() => at,
            Some(_) | None => at + self.nature.propagation,
        };
        let (id, value) = match user {
            Some((name, password)) => (name.clone(), password.clone()),
            None => (format!("id-{number}"), value_of(number)),
        };
        self.tokens.push(Token {
            account: account.to_owned(),
            id,
            value,
            text: text.to_owned(),
            made_at: at,
            shown_at: if user.is_some() { at } else { at + self.nature.lag },
            works_at,
            expires_at,
            revoked_at: None,
            maker: by.cloned(),
        });
        Ok(Done::Token(number))
    }

    fn revoke(&mut self, account: &str, id: &str, at: Timestamp) -> Result<Done, No> {
        let mut tokens = self.tokens.iter_mut();
        let token = tokens
            .find(|token| token.account == account && token.id == id && token.revoked_at.is_none());
        token.ok_or(No::NotFound)?.revoked_at = Some(at);
        Ok(Done::Nothing)
    }

    fn put(
        &mut self,
        place: &str,
        value: Option<&str>,
        version: Option<u64>,
        lies: bool,
    ) -> Result<Done, No> {
        let known = self.places.entry(place.to_owned());
        let known = known.or_insert_with(|| Place::holding(None, Reads::Nobody));
        if version.is_some_and(|version| version != known.version()) {
            return Err(No::Conflict);
        }
        if lies {
            self.disturbed = true;
            return Ok(Done::Version(known.version() + 1));
        }
        known.versions.push(value.map(str::to_owned));
        Ok(Done::Version(known.version()))
    }
}
