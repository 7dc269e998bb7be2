//! The items of a `for_each`: which are begun, how many run, which failed.

use crate::run::slot::{Over, Phase, State};
use crate::value::Value;

/// The items of one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Items {
    pub(crate) values: Vec<Value>,
    pub(crate) states: Vec<State>,
    /// The first item that may still be pending; every one before it is begun.
    pub(crate) next: usize,
    pub(crate) running: usize,
    open: usize,
    /// The first item that failed, by number.
    pub(crate) failed: Option<usize>,
    /// Whether an item's write got no answer.
    pub(crate) lost: bool,
}

impl Items {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        let open = values.len();
        let states = vec![State::default(); open];
        Self { values, states, next: 0, running: 0, open, failed: None, lost: false }
    }

    /// Says whether all of them are over.
    pub(crate) fn are_over(&self) -> bool {
        self.open == 0
    }

    /// Makes the items that failed pending again.
    pub(crate) fn redo(&mut self, failed: impl Fn(&State) -> bool) {
        let again = self.states.iter_mut().filter(|state| failed(state));
        self.open += again.map(State::open_again).count();
        (self.failed, self.lost, self.next) = (None, false, 0);
        self.advance();
    }

    /// Moves past items that are begun.
    pub(crate) fn advance(&mut self) {
        while self.states.get(self.next).is_some_and(|state| state.phase != Phase::Pending) {
            self.next += 1;
        }
    }

    /// Counts an item that is over.
    pub(crate) fn count(&mut self, item: usize, over: Over) {
        self.open -= 1;
        match over {
            Over::Failed | Over::NotHeld => {
                self.failed = Some(self.failed.map_or(item, |first| first.min(item)));
            }
            Over::Lost => {
                self.failed = Some(self.failed.map_or(item, |first| first.min(item)));
                self.lost = true;
            }
            Over::Succeeded | Over::Found | Over::Skipped | Over::Owed | Over::Undone => {}
        }
    }
}
