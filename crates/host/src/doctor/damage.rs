//! What the journal says of itself: a lost tail, a changed row, a run that cannot be read.

use std::path::Path;

use cutover_engine::host::HostError;
use cutover_engine::time::Timestamp;

use crate::journal::{Journal, Scan};

/// A state that could be opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Whole {
    /// How many runs it has.
    pub runs: usize,
    /// How many events.
    pub events: u64,
    /// Its newest event.
    pub newest: Option<Timestamp>,
    /// What is wrong with it.
    pub damage: Vec<Damage>,
}

/// Something that is wrong with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// It is behind what `head` remembers: nothing is created or revoked with it.
    Tail(String),
    /// All of it is gone, but for what `head` remembers: nothing is created or revoked with it.
    Gone(String),
    /// A run cannot be read whole.
    Run {
        /// The run.
        run: String,
        /// Why.
        why: String,
    },
    /// Every event can be read, but the tables are not what follows from them.
    Tables {
        /// The rows, as `table key`.
        rows: Vec<String>,
    },
}

/// Looks at every event of a state; an empty one is whole.
pub(super) fn look(state: &Path) -> Result<Whole, HostError> {
    let Some(journal) = Journal::open_read_only(state)? else {
        let gone = crate::journal::without_database(state)?.map(Damage::Gone);
        return Ok(Whole { damage: gone.into_iter().collect(), ..Whole::default() });
    };
    let Scan { runs, events, newest, broken, rows } = journal.scan()?;
    let lost = if runs == 0 { Damage::Gone } else { Damage::Tail };
    let tail = journal.damage().map(|why| lost(why.to_owned()));
    let broken = broken.into_iter().map(|(run, why)| Damage::Run { run, why });
    let tables = (!rows.is_empty()).then_some(Damage::Tables { rows });
    let damage = tail.into_iter().chain(broken).chain(tables).collect();
    Ok(Whole { runs, events, newest, damage })
}
