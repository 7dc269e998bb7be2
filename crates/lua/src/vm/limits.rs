//! What a call may use: memory, time of its own, and the size of what goes in and out.

use std::time::Duration;

/// What a call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long its own code may run; what it waits for at the door does not count.
    pub running: Duration,
    /// How many bytes its VM may take.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { running: Duration::from_secs(5), memory: 64 << 20 }
    }
}

/// The stack of a VM's thread: its C recursion needs it.
pub(crate) const STACK: usize = 8 << 20;
/// The largest source file: the compiler has no limits of its own.
pub(crate) const LARGEST_SOURCE: usize = 256 << 10;
/// The largest answer.
pub(crate) const LARGEST_REPLY: usize = 4 << 20;
/// How much text may live in secrets of one VM, which its own limit does not see.
pub(crate) const OPAQUE_TEXT: usize = 4 << 20;
/// The longest text with a secret in it.
pub(crate) const LONGEST_OPAQUE: usize = 256 << 10;
/// The longest message of an error.
pub(crate) const LONGEST_MESSAGE: usize = 4 << 10;
/// The longest text that is searched for another one: nothing stops that.
pub(crate) const LONGEST_SEARCHED: usize = 8 << 20;
/// The longest text that is encoded: nothing stops that either.
pub(crate) const LONGEST_ENCODED: usize = 1 << 20;
/// The longest YAML that is read.
pub(crate) const LONGEST_YAML: usize = 256 << 10;
/// How deep YAML and TOML may be: their readers take longer the deeper they are.
pub(crate) const DEEPEST_TEXT: usize = 128;
/// How much a call may ask for.
pub(crate) const MOST_ASKS: usize = 10_000;
/// How many lines a call may log.
pub(crate) const MOST_LOG_LINES: usize = 1000;
/// How much it may log.
pub(crate) const MOST_LOG_TEXT: usize = 64 << 10;

/// How large a value from Lua may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Text may say that a secret stands there: only a log line may.
    pub(crate) stars: bool,
    pub(crate) nodes: usize,
    pub(crate) depth: usize,
    pub(crate) text: usize,
}

/// What goes out, and what a function gives back.
pub(crate) const OUTGOING: Bounds =
    Bounds { stars: false, nodes: 100_000, depth: 32, text: 1 << 20 };
/// What goes into the log.
pub(crate) const LOGGED: Bounds = Bounds { stars: true, ..OUTGOING };
