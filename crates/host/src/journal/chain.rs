//! The hash of a row: over the hash of the run's row before it and all that the row holds.

use sha2::{Digest, Sha256};

/// The hash of a row.
pub(crate) type Hash = [u8; 32];

/// What stands in for the row before a run's first one.
pub(crate) const START: Hash = [0; 32];

/// Returns the hash of a row. Each part is preceded by its length, so that no two rows are alike.
pub(crate) fn hash(before: &Hash, run: &str, seq: u64, at: i64, epoch: u64, body: &str) -> Hash {
    let mut all = Sha256::new();
    all.update(before);
    all.update((run.len() as u64).to_le_bytes());
    all.update(run.as_bytes());
    all.update(seq.to_le_bytes());
    all.update(at.to_le_bytes());
    all.update(epoch.to_le_bytes());
    all.update((body.len() as u64).to_le_bytes());
    all.update(body.as_bytes());
    all.finalize().into()
}
