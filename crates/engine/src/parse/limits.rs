//! How large a document may be, and why.

/// Bytes of a file. Five thousand lines fit; a file beyond that was made by a program, which should
/// use `for_each` instead, and an editor that checks at each key must stay quick.
pub(super) const FILE_BYTES: usize = 256 * 1024;

/// Lists and maps inside each other. Every walk over a document is recursive, so this bounds the
/// stack; people write six levels.
pub(super) const DEPTH: u32 = 48;

/// Scalars, lists and maps, each alias and merge counted with all that it brings in. A few hundred
/// bytes of aliases can stand for billions of nodes.
pub(super) const NODES: usize = 50_000;

/// Aliases in a file.
pub(super) const ALIASES: usize = 1000;

/// Findings that are shown. Someone who made more will look at the first ones only.
pub(super) const FINDINGS: usize = 200;

/// Findings that are put into words. The first ones by place are shown, so more are collected than
/// shown; finding the nearest word for each key of a file that is no workflow at all would take
/// long.
pub(super) const WORDED: usize = 2000;

/// Unquoted templates that are put right for the reader so that what stands behind them is read
/// too: each costs a reading of the whole file.
pub(super) const MENDED: usize = 24;
