//! What ended and killed runs left beside the state and beside files.

use std::path::{Path, PathBuf};

use crate::journal::Journal;
use crate::lock;
use crate::perform::exec::scratch;
use crate::perform::file::former;

/// Something that nobody needs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// A former self of a file: it may hold what was in use once.
    Former {
        /// The run that kept it.
        run: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The file of a lock that nobody holds.
    Lock {
        /// Where it lies.
        path: PathBuf,
    },
    /// A folder with the files of a program that is gone: it may hold a secret.
    Scratch {
        /// Where it lies.
        path: PathBuf,
    },
}

/// Finds all of it. What belongs to a run that is not over is none.
pub(super) fn all(state: &Path) -> Vec<Leftover> {
    let journal = Journal::open_read_only(state).ok().flatten();
    let is_over = |run: &str| match journal.as_ref().map(|journal| journal.run(run)) {
        Some(Ok(Some(row))) => !row.is_unfinished(),
        // Of a run that the state does not know nobody can say that it is over.
        Some(Ok(None) | Err(_)) | None => false,
    };
    let former = former::left(state).into_iter().filter(|(run, _)| is_over(run));
    let former = former.map(|(run, path)| Leftover::Former { run, path });
    let locks = lock::unheld(state).into_iter().map(|path| Leftover::Lock { path });
    let scratch = scratch::left(state, &|run| lock::is_alive(state, run));
    former.chain(locks).chain(scratch.into_iter().map(|path| Leftover::Scratch { path })).collect()
}
