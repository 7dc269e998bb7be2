//! The cloud: the tokens of all accounts in one file, kept by hash, under one lock.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The file of the tokens in the cloud's folder.
pub(crate) const TOKENS: &str = "tokens.json";
const PREFIX_LENGTH: usize = 9;
const VALUE_BYTES: usize = 48;

/// All tokens, in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Cloud {
    folder: PathBuf,
    /// The tokens, revoked ones and ones that have not landed included.
    pub tokens: Vec<Token>,
}

/// A management token as its provider keeps it. Times are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    /// Its id, a UUID.
    pub id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Its description; not unique.
    pub description: String,
    /// The first characters of its value.
    pub prefix: String,
    /// SHA-256 of its value, in hex: the value itself is not kept.
    pub hash: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When it is there, where a request lands late.
    pub lands_at: i64,
    /// When it is let in.
    pub active_at: i64,
    /// When it is listed.
    pub listed_at: i64,
    /// When it dies by itself.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// How long after a token was asked for things happen, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delays {
    /// Until it is there at all.
    pub landing: i64,
    /// From there until it is let in.
    pub activation: i64,
    /// From there until it is listed.
    pub listing: i64,
}

/// Holds the cloud for one call.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock goes when the file is closed")] File);

/// Takes the cloud's lock; a second call waits.
///
/// # Errors
/// Where the lock file cannot be made.
pub(crate) fn lock(folder: &Path) -> io::Result<Lock> {
    let file = File::create(folder.join("lock"))?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(Lock(file))
}

impl Cloud {
    /// Makes a cloud without tokens; nothing is written yet.
    pub(crate) fn empty(folder: PathBuf) -> Self {
        Self { folder, tokens: Vec::new() }
    }

    /// Reads the cloud in a folder.
    ///
    /// # Errors
    /// Where there is none, or its file is damaged.
    pub(crate) fn load(folder: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(folder.join(TOKENS))?;
        Ok(Self { folder: folder.to_owned(), tokens: serde_json::from_str(&text)? })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn save(&self) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer_pretty(&mut file, &self.tokens)?;
        file.as_file().sync_all()?;
        file.persist(self.folder.join(TOKENS))?;
        Ok(())
    }

    /// Makes a token and returns its value, which is kept nowhere.
    ///
    /// # Errors
    /// Where the machine gives no random bytes.
    pub(crate) fn mint(
        &mut self,
        account: &str,
        description: &str,
        expires_at: Option<i64>,
        delays: Option<Delays>,
    ) -> io::Result<String> {
        let value = format!("M.V1.{}", STANDARD.encode(random::<VALUE_BYTES>()?));
        let delays = delays.unwrap_or_default();
        let created_at = now();
        let lands_at = created_at + delays.landing;
        self.tokens.push(Token {
            id: uuid()?,
            account_id: account.to_owned(),
            description: description.to_owned(),
            prefix: value[..PREFIX_LENGTH].to_owned(),
            hash: hash(&value),
            created_at,
            lands_at,
            active_at: lands_at + delays.activation,
            listed_at: lands_at + delays.listing,
            expires_at,
            revoked_at: None,
        });
        Ok(value)
    }

    /// Returns the account that a value may act for, if it is let in now.
    pub(crate) fn account_of(&self, value: &str) -> Option<&str> {
        let (hash, now) = (hash(value), now());
        self.tokens
            .iter()
            .find(|token| token.hash == hash && token.is_active(now))
            .map(|token| token.account_id.as_str())
    }
}

impl Token {
    /// Says whether it has landed and is not revoked.
    pub(crate) fn is_live(&self, now: i64) -> bool {
        self.lands_at <= now && self.revoked_at.is_none()
    }

    /// Says whether whoever shows it is let in.
    pub(crate) fn is_active(&self, now: i64) -> bool {
        self.is_live(now)
            && self.active_at <= now
            && self.expires_at.is_none_or(|expires| expires > now)
    }
}

/// Returns the machine's time, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Returns a moment as RFC 3339 in UTC, whole seconds.
pub(crate) fn rfc3339(at: i64) -> String {
    DateTime::from_timestamp_millis(at)
        .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .unwrap_or_default()
}

/// Returns what is kept of a value.
pub(crate) fn hash(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn uuid() -> io::Result<String> {
    let mut bytes = random::<16>()?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}
