//! Everything outside: providers with their tokens, places, consumers, and what is still in flight.

pub(crate) mod act;
pub(crate) mod ask;
mod files;
mod http;
mod influxctl;
mod influxdb1;

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::time::{Duration, Timestamp};

use crate::world::act::Act;

pub(crate) use crate::world::http::SIM;
pub(crate) use crate::world::influxdb1::{ACCOUNT as USERS, ADMIN_PASSWORD};

/// Where `influxctl` has its configuration.
pub(crate) const CONFIG: &str = "~/.config/influxctl/config.toml";
/// The file that the daemon reads when it is reloaded.
pub(crate) const DAEMON_FILE: &str = "/etc/app.token";
/// The folder in which a program finds the user and the password that it logs in with.
pub(crate) const USER_FOLDER: &str = "/etc/metrics";

/// Everything outside.
pub(crate) struct World {
    pub(crate) tokens: Vec<Token>,
    pub(crate) places: BTreeMap<String, Place>,
    /// What is registered by name, and whether it was there before us.
    pub(crate) hooks: BTreeMap<String, bool>,
    pub(crate) nature: Nature,
    pub(crate) late: Vec<Late>,
    /// The first thing that must not be.
    pub(crate) blame: Option<String>,
    /// Markers that a create was sent with.
    pub(crate) sent: BTreeSet<String>,
    /// What happened, where somebody wants to read it.
    pub(crate) told: Option<Vec<String>>,
    /// Somebody else has changed a place, or a place has lied: a person may have to look.
    pub(crate) disturbed: bool,
    pub(crate) said: u64,
    /// A planted bug: every try keeps the former self of a place anew.
    pub(crate) keeps_anew: bool,
}

/// How the providers are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Nature {
    /// How long a list lags behind.
    pub(crate) lag: Duration,
    /// How long a new value is refused.
    pub(crate) propagation: Duration,
    /// How long an answer takes.
    pub(crate) flight: Duration,
    /// Which of the tokens that are made never works, from 0.
    pub(crate) bad: Option<usize>,
}

/// A credential at a provider.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) account: String,
    pub(crate) id: String,
    pub(crate) value: String,
    /// What the provider keeps of ours.
    pub(crate) text: String,
    pub(crate) made_at: Timestamp,
    pub(crate) shown_at: Timestamp,
    pub(crate) works_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
    /// The try that made it; none for one that was there or that somebody else made.
    pub(crate) maker: Option<Maker>,
}

/// A try of a run of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Maker {
    pub(crate) state: usize,
    pub(crate) run: String,
    pub(crate) step: String,
    pub(crate) attempt: u32,
    pub(crate) undo: bool,
}

/// Who reads a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// A consumer, that logs in with the token that it holds.
    Token,
    /// A consumer, that logs in with the user that it names and the password beside it.
    User,
    /// Nobody: what is written there is only kept.
    Nobody,
}

/// A place.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// All that it has held; the last is what it holds.
    pub(crate) versions: Vec<Option<String>>,
    /// What it held before a run, by the run; the first copy wins.
    pub(crate) former: BTreeMap<String, Option<String>>,
    pub(crate) reads: Reads,
}

/// A write that is under way.
#[derive(Debug, Clone)]
pub(crate) struct Late {
    pub(crate) at: Timestamp,
    pub(crate) act: Act,
    pub(crate) by: Maker,
}

impl Token {
    pub(crate) fn is_live(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none_or(|revoked| revoked > at)
            && self.expires_at.is_none_or(|expires| expires > at)
    }

    pub(crate) fn works(&self, at: Timestamp) -> bool {
        self.is_live(at) && self.works_at <= at
    }
}

impl Place {
    pub(crate) fn holding(value: Option<&str>, reads: Reads) -> Self {
        let versions = vec![value.map(str::to_owned)];
        Self { versions, former: BTreeMap::new(), reads }
    }

    pub(crate) fn held(&self) -> Option<&str> {
        self.versions.last().and_then(Option::as_deref)
    }

    pub(crate) fn version(&self) -> u64 {
        self.versions.len() as u64
    }
}

impl World {
    pub(crate) fn new(nature: Nature) -> Self {
        Self {
            tokens: Vec::new(),
            places: BTreeMap::new(),
            hooks: BTreeMap::new(),
            nature,
            late: Vec::new(),
            blame: None,
            sent: BTreeSet::new(),
            told: None,
            disturbed: false,
            said: 0,
            keeps_anew: false,
        }
    }

    pub(crate) fn tell(&mut self, at: Timestamp, words: impl FnOnce() -> String) {
        if let Some(told) = &mut self.told {
            let passed = Duration((at.0 - crate::clock::BEGIN.0).unsigned_abs());
            told.push(format!("{passed:>8} {}", words()));
        }
    }

    /// Notes what must not be; the first counts.
    pub(crate) fn blame(&mut self, at: Timestamp, words: String) {
        self.tell(at, || format!("!! {words}"));
        self.blame.get_or_insert(words);
    }

    /// Makes a token that nobody of us made.
    pub(crate) fn issue(&mut self, account: &str, at: Timestamp) -> String {
        let number = self.tokens.len();
        let value = value_of(number);
        self.tokens.push(Token {
            account: account.to_owned(),
            id: format!("id-{number}"),
            value: value.clone(),
            text: "by hand".to_owned(),
            made_at: at,
            shown_at: at,
            works_at: at,
            expires_at: None,
            revoked_at: None,
            maker: None,
        });
        value
    }

    /// Returns the token of a value.
    pub(crate) fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.value == value)
    }

    pub(crate) fn held(&self, place: &str) -> Option<&str> {
        self.places.get(place).and_then(Place::held)
    }

    /// Says whether a value logs in.
    pub(crate) fn logs_in(&self, value: &str, at: Timestamp) -> bool {
        self.token(value).is_some_and(|token| token.works(at))
    }

    /// Returns why a consumer cannot log in, where one cannot.
    pub(crate) fn locked_out(&self, at: Timestamp) -> Option<String> {
        let out = |(name, place): (&String, &Place)| {
            let was_empty = place.versions[0].is_none();
            match (place.reads, place.held()) {
                (Reads::Nobody, _) => None,
                (_, None) => (!was_empty).then(|| format!("{name} holds nothing")),
                (Reads::Token, Some(value)) => self.refusal(name, self.token(value), at),
                (Reads::User, Some(user)) => {
                    let password = self.held(&format!("{USER_FOLDER}/{user}.password"));
                    let of =
                        |token: &&Token| token.id == user && Some(token.value.as_str()) == password;
                    let mut tokens = self.tokens.iter();
                    // A name may have been given out more than once; what counts is what works.
                    let known = tokens.clone().filter(of).find(|token| token.works(at));
                    self.refusal(name, known.or(tokens.find(of)), at)
                }
            }
        };
        self.places.iter().find_map(out)
    }

    fn refusal(&self, place: &str, token: Option<&Token>, at: Timestamp) -> Option<String> {
        let Some(token) = token else {
            return Some(format!("{place} holds what no provider knows"));
        };
        let why = match token.revoked_at {
            Some(revoked) if revoked <= at => "is revoked",
            Some(_) | None if token.works(at) => return None,
            Some(_) | None => "does not work (yet)",
        };
        Some(format!("{place} holds {}, which {why}", token.id))
    }
}

/// Returns the value of the token with a number: its first nine characters tell it apart.
pub(crate) fn value_of(number: usize) -> String {
    format!("M.V1.{number:04}{}", "x".repeat(31))
}
