//! Crash points: the moments of a run at which its process may end, counted, and one of them chosen.

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The crash points of one process.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// The number, from 1, of the point at which the process ends.
    chosen: Option<usize>,
    passed: Mutex<Passed>,
    died: Notify,
}

#[derive(Debug, Default)]
struct Passed {
    count: usize,
    /// The words of the point that was reached, where it was the chosen one.
    reached: Option<String>,
}

impl Points {
    /// Makes points of which none is chosen, or one.
    pub(crate) fn new(chosen: Option<usize>) -> Self {
        Self { chosen, ..Self::default() }
    }

    /// Passes a point. At the chosen one, and ever after it, this never returns.
    pub(crate) async fn pass(&self, words: impl FnOnce() -> String) {
        let goes_on = {
            let mut passed = self.passed();
            passed.count += 1;
            if passed.reached.is_none() && self.chosen == Some(passed.count) {
                passed.reached = Some(words());
            }
            passed.reached.is_none()
        };
        if !goes_on {
            self.died.notify_one();
            pending::<()>().await;
        }
    }

    /// Waits until the chosen point is reached.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// Returns how many points were passed.
    pub(crate) fn count(&self) -> usize {
        self.passed().count
    }

    /// Returns the words of the chosen point, once it was reached.
    pub(crate) fn reached(&self) -> Option<String> {
        self.passed().reached.clone()
    }

    fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_goes_on_behind_the_chosen_point() {
        let points = Points::new(Some(2));
        points.pass(|| "first".to_owned()).await;
        assert_eq!(points.reached(), None);
        for words in ["second", "third"] {
            tokio::select! {
                biased;
                () = points.pass(|| words.to_owned()) => panic!("{words} went on"),
                () = points.died() => {}
            }
        }
        assert_eq!((points.count(), points.reached().as_deref()), (3, Some("second")));
    }
}
