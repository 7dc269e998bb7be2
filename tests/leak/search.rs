//! Where to look: texts, files below a folder, the command lines of all processes.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Looks at the command line of every process, again and again, until it is asked what it saw.
pub(crate) struct Watcher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<Vec<u8>>>,
}

impl Watcher {
    /// Begins to look.
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !flag.load(Ordering::Relaxed) {
                look(&mut seen);
            }
            seen
        });
        Self { stop, thread }
    }

    /// Stops and returns every command line that it saw.
    pub(crate) fn seen(self) -> BTreeSet<Vec<u8>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("looking does not fail")
    }
}

fn look(seen: &mut BTreeSet<Vec<u8>>) {
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        if let Ok(line) = fs::read(process.path().join("cmdline"))
            && !line.is_empty()
        {
            seen.insert(line);
        }
    }
}
