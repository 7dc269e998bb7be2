//! The end of a process in the midst of a run: what it had asked for was done, or was not, and no
//! answer comes any more.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the last thing that a process asked for was still done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    Undone,
    Done,
}

/// When a process ends.
#[derive(Default)]
pub(crate) struct Death {
    left: Mutex<Option<(usize, Last)>>,
    came: AtomicBool,
}

impl Death {
    /// Lets a process end at its call of that number, from 0.
    pub(crate) fn at(&self, call: usize, last: Last) {
        *self.left.lock().unwrap() = Some((call, last));
        self.came.store(false, Ordering::Relaxed);
    }

    /// Another process begins.
    pub(crate) fn none(&self) {
        *self.left.lock().unwrap() = None;
        self.came.store(false, Ordering::Relaxed);
    }

    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// Counts a call, and says whether it is the last.
    pub(crate) fn count(&self) -> Option<Last> {
        let mut left = self.left.lock().unwrap();
        let (calls, last) = left.as_mut()?;
        if *calls == 0 {
            return Some(*last);
        }
        *calls -= 1;
        None
    }

    /// Ends the process here.
    pub(crate) async fn die<T>(&self) -> T {
        self.came.store(true, Ordering::Relaxed);
        std::future::pending().await
    }
}
