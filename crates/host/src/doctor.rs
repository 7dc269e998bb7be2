//! Which promises hold on this machine, what of the state is damaged, what is left over. Only facts;
//! what they mean for a person is the caller's to say.
//!
//! It changes nothing but for a probe of its own beside the state, which goes again at once.

mod access;
mod damage;
mod disk;
mod leftovers;
mod process;

use std::path::PathBuf;

use cutover_engine::host::HostError;
use cutover_engine::time::{Duration, Timestamp};

pub use damage::{Damage, Whole};
pub use leftovers::Leftover;

use crate::LocalHost;
use crate::journal;

/// What was found, each part by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// Whether there is a state at all.
    pub state: bool,
    /// What the state's folder lies on.
    pub disk: Disk,
    /// Whether a lock that is held keeps a second one out.
    pub locks: Result<(), String>,
    /// Whether a file and its name can be synced to the disk.
    pub syncs: Result<(), String>,
    /// How much room is free, where that can be told, and how much a write needs.
    pub room: (Option<u64>, u64),
    /// The version of SQLite, and what is wrong with it.
    pub sqlite: (&'static str, Result<(), String>),
    /// Whether this process leaves no core dump.
    pub core_dumps: Result<(), String>,
    /// Whether a program that writes dies with us.
    pub death_signal: Result<(), String>,
    /// What the clock says.
    pub clock: Clock,
    /// What others can read, with the mode that it has and the one that it should have.
    pub open: Vec<Open>,
    /// What the journal says of itself.
    pub damage: Result<Whole, HostError>,
    /// What ended and killed runs left.
    pub leftovers: Vec<Leftover>,
}

/// What a folder lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The folder that was looked at: that of the state, or the nearest one above it.
    pub folder: PathBuf,
    /// The kind of file system, such as `ext4`.
    pub kind: String,
    /// Whether it is reached over a network, where locks and SQLite's memory cannot be trusted.
    pub network: bool,
    /// Whether it is gone when the machine restarts.
    pub fleeting: bool,
}

/// What the clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// The newest event of the state.
    pub newest: Option<Timestamp>,
}

/// Something that others can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// What.
    pub path: PathBuf,
    /// Its mode.
    pub mode: u32,
    /// The mode that it should have; the same where it belongs to another user.
    pub wanted: u32,
}

/// How far a clock may be behind what it said before: machines are set right by so much.
const BEHIND: Duration = Duration::seconds(5 * 60);
/// Before this no clock was right: the format of the events is younger.
const YOUNGEST: Timestamp = Timestamp(1_767_225_600_000);

impl Clock {
    /// Returns how far the clock is behind the newest event, where that is more than a machine is
    /// set right by.
    pub fn behind(&self) -> Option<Duration> {
        self.newest.map(|newest| newest.since(self.now)).filter(|behind| *behind > BEHIND)
    }

    /// Says whether it can be right at all.
    pub fn is_sane(&self) -> bool {
        self.now >= YOUNGEST && self.behind().is_none()
    }
}

/// Looks at everything.
pub fn examine(host: &LocalHost) -> Findings {
    let options = host.options();
    let state = &options.state;
    let folder = disk::nearest(state);
    let damage = damage::look(state);
    let newest = damage.as_ref().ok().and_then(|whole| whole.newest);
    Findings {
        state: state.exists(),
        locks: disk::locks(&folder),
        syncs: disk::syncs(&folder),
        room: (disk::free(&folder), options.floor),
        disk: disk::look(folder),
        sqlite: (journal::sqlite_version(), journal::check_version().map_err(|it| it.to_string())),
        core_dumps: process::core_dumps(),
        death_signal: process::death_signal(),
        clock: Clock { now: crate::clock::now(), newest },
        open: access::open(state),
        leftovers: leftovers::all(state),
        damage,
    }
}

/// Makes the tables anew from the events, where every run can be read. Runs that go on meanwhile
/// wait for it.
///
/// # Errors
/// Where a run cannot be read: what follows from it is not known.
pub fn rebuild_tables(host: &LocalHost) -> Result<(), HostError> {
    let state = &host.options().state;
    let scan =
        journal::Journal::open_read_only(state)?.map(|journal| journal.scan()).transpose()?;
    if let Some((_, why)) = scan.and_then(|scan| scan.broken.into_iter().next()) {
        return Err(HostError::Damaged { message: why });
    }
    journal::rebuild_tables(state)
}

/// Lets creates and revokes go on with a state that has lost its tail: what it holds now is all
/// there is. To be called only when a person has seen what the providers list.
pub fn accept_lost_tail(host: &LocalHost) -> Result<(), HostError> {
    journal::accept_lost_tail(&host.options().state)
}
