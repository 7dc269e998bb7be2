//! The clock of a call and what ends it: once it has ended, every step of its code raises.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mlua::debug::DebugSource;
use mlua::{Lua, VmState};

use crate::vm::{Frame, Refusal};

/// How often the clock is read while every call is short.
const STRIDE: u32 = 16;
/// Where so much lies between two looks, the next ones come at every chance.
const LONG: Duration = Duration::from_millis(4);
/// How deep a stack is looked into.
const DEEPEST: usize = 64;

/// Why a call was ended from outside. Its code can't keep it.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    /// It ran for longer than it may.
    TooLong,
    /// Nobody waits for it any more.
    Cancelled,
    /// It has to know what only a run can tell.
    Unknown(String),
    /// The door ended it.
    Refused(Box<Refusal>),
}

/// The clock of a call.
pub(crate) struct Watch {
    ticks: Cell<u32>,
    stride: Cell<u32>,
    looked: Cell<Instant>,
    left: Cell<Option<Duration>>,
    cancelled: RefCell<Arc<AtomicBool>>,
    stop: RefCell<Option<Stop>>,
    trail: RefCell<Vec<Frame>>,
}

/// Reads the clock of this machine, for how long code has run. It is in no result.
#[expect(clippy::disallowed_methods, reason = "code that does not end is ended by a real clock")]
fn now() -> Instant {
    Instant::now()
}

impl Watch {
    /// Makes one that does not run yet.
    pub(crate) fn new() -> Self {
        Self {
            ticks: Cell::new(0),
            stride: Cell::new(STRIDE),
            looked: Cell::new(now()),
            left: Cell::new(None),
            cancelled: RefCell::default(),
            stop: RefCell::default(),
            trail: RefCell::default(),
        }
    }

    /// Lets it run.
    pub(crate) fn arm(&self, running: Duration, cancelled: Arc<AtomicBool>) {
        self.left.set(Some(running));
        self.cancelled.replace(cancelled);
        self.looked.set(now());
    }

    /// Lets it run on after a wait at the door.
    pub(crate) fn resume(&self) {
        self.looked.set(now());
    }

    /// Ends the call; the first reason stays.
    pub(crate) fn end(&self, why: Stop) {
        self.stop.borrow_mut().get_or_insert(why);
    }

    /// Ends the call where its code stands.
    pub(crate) fn end_here(&self, lua: &Lua, why: Stop) {
        if self.stop.borrow().is_none() {
            self.trail.replace(frames(lua));
        }
        self.end(why);
    }

    /// Returns why the call was ended.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stop.borrow().clone()
    }

    /// Returns where it was then.
    pub(crate) fn trail(&self) -> Vec<Frame> {
        self.trail.borrow().clone()
    }

    /// Is asked at every call and at every turn of a loop.
    pub(crate) fn tick(&self, lua: &Lua) -> mlua::Result<VmState> {
        if self.stop.borrow().is_some() {
            return Err(over());
        }
        let ticks = self.ticks.get() + 1;
        self.ticks.set(ticks);
        if ticks < self.stride.get() {
            return Ok(VmState::Continue);
        }
        self.ticks.set(0);
        self.look();
        if self.stop.borrow().is_some() {
            self.trail.replace(frames(lua));
            return Err(over());
        }
        Ok(VmState::Continue)
    }

    /// Looks at the clock.
    pub(crate) fn look(&self) {
        let Some(left) = self.left.get() else { return };
        let at = now();
        let passed = at.duration_since(self.looked.replace(at));
        self.stride.set(if passed > LONG { 1 } else { STRIDE });
        self.left.set(Some(left.saturating_sub(passed)));
        if passed >= left {
            self.end(Stop::TooLong);
        } else if self.cancelled.borrow().load(Ordering::Relaxed) {
            self.end(Stop::Cancelled);
        }
    }
}

/// What is raised in a call that has ended.
pub(crate) fn over() -> mlua::Error {
    mlua::Error::runtime("the call has ended")
}

/// Returns the plugin's own lines on the stack, the innermost first.
fn frames(lua: &Lua) -> Vec<Frame> {
    (0..DEEPEST)
        .map_while(|level| {
            lua.inspect_stack(level, |at| {
                let DebugSource { short_src, what, .. } = at.source();
                let file = short_src.map(|file| file.into_owned()).unwrap_or_default();
                let function = at.names().name.map(|name| name.into_owned()).unwrap_or_default();
                let line = at.current_line().unwrap_or_default();
                (what != "C").then(|| Frame::new(&file, line, &function)).flatten()
            })
        })
        .flatten()
        .collect()
}
