//! Bits flipped and tails cut, hundreds of times: what is read is what was written, or it is told
//! that it is not. Nothing panics, and what lost its end creates and revokes nothing.

use std::path::{Path, PathBuf};

use cutover_engine::event::{Debt, DebtState, Event, Identity, Status};
use cutover_engine::host::{Host, HostError, Key};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use rusqlite::Connection;

use super::support::{Driven, begin, host_in, started, succeeded};
use crate::LocalHost;
use crate::journal::{DebtFilter, Journal};

/// How often each kind of damage is done.
const TIMES: u64 = 500;
const CREDENTIALS: [&str; 4] = ["ci", "other", "third", "nobody"];
const RUNS: [&str; 4] = ["run1", "run2", "run3", "run4"];
const LISTS: [&str; 3] = ["runs", "credentials", "debts"];
const FILES: [&str; 3] = ["state.db", "state.db-wal", "state.db.head"];
/// Where a sync costs nothing.
const MEMORY: &str = "/dev/shm";

/// A state with runs of every kind, as it was after each record.
struct Original {
    folder: tempfile::TempDir,
    /// What could be read after each record, and whether `head` knew of it.
    pasts: Vec<Content>,
    /// The first past that has all that `head` remembers.
    remembered: usize,
}

/// What can be read: each part by its name, or why it cannot.
type Content = Vec<(String, Result<String, HostError>)>;

#[derive(Clone, Copy)]
enum Where {
    Database,
    Wal,
}

#[derive(Clone, Copy)]
enum Harm {
    Flip,
    Cut,
}

impl Original {
    async fn new(place: Where) -> Self {
        let folder = folder();
        let host = host_in(folder.path(), |options| options);
        let mut original = Self { folder, pasts: Vec::new(), remembered: 0 };
        // Before the first record there is a state without anything in it.
        drop(host.claim("run1", &[]).await.unwrap());
        original.keep().await;
        original.fill(&host).await;
        if matches!(place, Where::Database) {
            drop(host);
            let database = Connection::open(original.file("state.db")).unwrap();
            database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            drop(database);
        } else {
            // It stays open: what was written is in the WAL alone.
            std::mem::forget(host);
        }
        original
    }

    async fn fill(&mut self, host: &LocalHost) {
        for (run, credential) in [("run1", "ci"), ("run3", "third"), ("run4", "ci")] {
            let mut driven = begin(host, run, Some(credential)).await.unwrap();
            self.keep().await;
            self.step(&mut driven, vec![started("create", Role::Create, true)]).await;
            self.remember();
            self.step(&mut driven, vec![succeeded("create", &[("id", run)])]).await;
            if credential == "ci" {
                self.step(&mut driven, vec![promoted(run)]).await;
                self.remember();
                self.step(&mut driven, vec![owed(run)]).await;
            }
            let end = if credential == "ci" { Status::Succeeded } else { Status::Abandoned };
            self.step(&mut driven, vec![super::support::ended(end)]).await;
        }
        let mut driven = begin(host, "run2", Some("other")).await.unwrap();
        self.keep().await;
        self.step(&mut driven, vec![started("store", Role::Store, true)]).await;
    }

    async fn step(&mut self, run: &mut Driven<'_>, events: Vec<Event>) {
        run.record(events).await.unwrap();
        self.keep().await;
    }

    async fn keep(&mut self) {
        let copy = self.copy();
        self.pasts.push(read(copy.path()).await);
    }

    fn remember(&mut self) {
        self.remembered = self.pasts.len() - 1;
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    fn copy(&self) -> tempfile::TempDir {
        let copy = folder();
        std::fs::create_dir(copy.path().join("state")).unwrap();
        for name in FILES.iter().filter(|name| self.file(name).exists()) {
            std::fs::copy(self.file(name), copy.path().join("state").join(name)).unwrap();
        }
        copy
    }

    /// Damages a copy and says what is wrong about what is read of it.
    async fn damaged(&self, place: Where, harm: Harm, chance: &mut Chance) -> Result<(), String> {
        let copy = self.copy();
        let name = match place {
            Where::Database => "state.db",
            Where::Wal => "state.db-wal",
        };
        let path = copy.path().join("state").join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
        let bit = chance.below(8);
        match harm {
            Harm::Flip => bytes[at] ^= 1 << bit,
            Harm::Cut => bytes.truncate(at),
        }
        std::fs::write(&path, bytes).unwrap();
        let mut content = read(copy.path()).await;
        if differences(&self.pasts[self.pasts.len() - 1], &content).is_empty() {
            return Ok(());
        }
        if is_named_by_doctor(copy.path()) {
            // Lists show what stands there. Nothing is done on their word.
            content.retain(|(part, _)| !LISTS.contains(&part.as_str()));
        }
        let fits = |past: &Content| differences(past, &content).is_empty();
        let newest = self.pasts.len() - 1;
        let from = match place {
            // A database without a WAL has no past: all of it is there, or it is damaged.
            Where::Database => newest,
            Where::Wal => 0,
        };
        let Some(past) = (from..=newest).rev().find(|past| fits(&self.pasts[*past])) else {
            let found = differences(&self.pasts[newest], &content);
            return Err(format!("{name}, byte {at}, bit {bit}: {found:#?}"));
        };
        let claims = content.iter().filter(|(part, _)| part.starts_with("claim"));
        let free = claims.filter(|(_, result)| result.is_ok()).count();
        if past < self.remembered && free > 0 {
            return Err(format!("{name}, byte {at}: {free} claims after a lost tail"));
        }
        Ok(())
    }
}

/// Reads all that can be read of a state.
async fn read(folder: &Path) -> Content {
    let mut content = Content::new();
    let host = host_in(folder, |options| options);
    for credential in CREDENTIALS {
        let keys = [Key::Credential(credential.to_owned())];
        let claim = match host.claim(&format!("of-{credential}"), &keys).await {
            Ok(claim) => Ok(format!("{claim:?}")),
            Err(taken @ HostError::Taken { .. }) => Ok(format!("{taken:?}")),
            Err(error) => Err(error),
        };
        content.push((format!("claim {credential}"), claim));
    }
    drop(host);
    let journal = match Journal::open_read_only(&folder.join("state/state.db")) {
        Ok(Some(journal)) => journal,
        Ok(None) => return content,
        Err(error) => {
            content.push(("open".to_owned(), Err(error)));
            return content;
        }
    };
    for run in RUNS {
        let events = journal.events(run).map(|events| format!("{events:?}"));
        content.push((format!("events {run}"), events));
    }
    content.push(("runs".to_owned(), journal.runs().map(|runs| format!("{runs:?}"))));
    let known = journal.credentials().map(|known| format!("{known:?}"));
    content.push(("credentials".to_owned(), known));
    let debts = journal.debts(DebtFilter { credential: None, settled: true });
    content.push(("debts".to_owned(), debts.map(|debts| format!("{debts:?}"))));
    content
}

/// Says whether `doctor` finds that a table is not what the events say.
fn is_named_by_doctor(folder: &Path) -> bool {
    let journal = Journal::open_read_only(&folder.join("state/state.db")).ok().flatten();
    let scan = journal.map(|journal| journal.scan());
    scan.is_none_or(|scan| {
        scan.is_err() || scan.is_ok_and(|scan| !scan.rows.is_empty() || !scan.broken.is_empty())
    })
}

/// Returns what differs and does not say so.
fn differences(past: &Content, content: &Content) -> Vec<String> {
    let mut found = Vec::new();
    for (part, result) in content {
        let was = past.iter().find(|(name, _)| name == part).map(|(_, result)| result);
        match (result, was) {
            (Err(HostError::State { message }), _) if message.contains("has stopped") => {
                found.push(format!("{part}: the journal's thread panicked"));
            }
            (Err(_), _) => {}
            (Ok(text), Some(Ok(was))) if text == was => {}
            (Ok(text), was) => found.push(format!("{part}: {text}\n    was {was:?}")),
        }
    }
    found
}

async fn damage_is_told(place: Where, harm: Harm) {
    let original = Original::new(place).await;
    let whole = read(original.copy().path()).await;
    assert_eq!(differences(original.pasts.last().unwrap(), &whole), [""; 0]);
    assert!(whole.iter().all(|(_, result)| result.is_ok()), "{whole:#?}");
    let mut chance = Chance(11);
    let mut wrong = Vec::new();
    for _ in 0..TIMES {
        wrong.extend(original.damaged(place, harm, &mut chance).await.err());
    }
    assert!(wrong.is_empty(), "{} of {TIMES}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_flipped_bit_in_the_database_is_told_or_changes_nothing() {
    damage_is_told(Where::Database, Harm::Flip).await;
}

#[tokio::test]
async fn a_cut_tail_of_the_database_is_told() {
    damage_is_told(Where::Database, Harm::Cut).await;
}

#[tokio::test]
async fn a_flipped_bit_in_the_wal_leaves_a_whole_past_and_creates_nothing_with_an_old_one() {
    damage_is_told(Where::Wal, Harm::Flip).await;
}

#[tokio::test]
async fn a_cut_tail_of_the_wal_leaves_a_whole_past_and_creates_nothing_with_an_old_one() {
    damage_is_told(Where::Wal, Harm::Cut).await;
}

fn folder() -> tempfile::TempDir {
    let memory = Path::new(MEMORY);
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

/// Numbers that look like chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

fn promoted(run: &str) -> Event {
    let to = Identity {
        id: run.to_owned(),
        prefix: Some("M.V1.abcd".to_owned()),
        expires_at: Some(Timestamp(1_790_002_000_000)),
        run: Some(run.to_owned()),
        places: vec!["profile ci".to_owned()],
        ..Identity::default()
    };
    let debt = Debt {
        id: format!("{run}.revoke"),
        credential: "ci".to_owned(),
        run: run.to_owned(),
        step: "revoke".to_owned(),
        uses: "acme.revoke".to_owned(),
        with: Map::new(),
        target: format!("before-{run}"),
        after: Duration::seconds(3600),
        due: None,
        state: DebtState::Held,
        proofs: Vec::new(),
        reason: String::new(),
    };
    Event::Promoted { step: "promote".to_owned(), from: None, to, debts: vec![debt] }
}

fn owed(run: &str) -> Event {
    Event::DebtChanged {
        debt: format!("{run}.revoke"),
        state: DebtState::Owed,
        due: Some(Timestamp(1_790_000_100_000)),
        reason: String::new(),
    }
}
