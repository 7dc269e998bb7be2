//! A clock that moves only when everybody waits.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::BEGIN;
use crate::time::Timestamp;

/// The clock with those who wait for it.
#[derive(Default)]
pub(crate) struct Clock {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    passed: i64,
    sleeps: u64,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A wait; a dropped one is forgotten.
pub(crate) struct Sleep<'a> {
    clock: &'a Clock,
    key: (Timestamp, u64),
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(BEGIN.0 + self.inner.lock().unwrap().passed)
    }

    /// Returns how many milliseconds have passed since the beginning.
    pub(crate) fn passed(&self) -> i64 {
        self.inner.lock().unwrap().passed
    }

    pub(crate) fn sleep(&self, until: Timestamp) -> Sleep<'_> {
        let mut inner = self.inner.lock().unwrap();
        inner.sleeps += 1;
        Sleep { clock: self, key: (until, inner.sleeps) }
    }

    /// Drives a future; whenever it waits, time jumps to the next wake.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.block_on_or(future, &|| false).expect("nothing ends it")
    }

    /// Drives a future until it is done, or something ends it.
    pub(crate) fn block_on_or<T>(
        &self,
        future: impl Future<Output = T>,
        ends: &dyn Fn() -> bool,
    ) -> Option<T> {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            flag.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return Some(done);
            }
            if ends() {
                return None;
            }
            if !flag.0.load(Ordering::Relaxed) {
                self.jump();
            }
        }
    }

    fn jump(&self) {
        let mut inner = self.inner.lock().unwrap();
        let ((at, _), waker) = inner.sleepers.pop_first().expect("somebody waits for the clock");
        inner.passed = inner.passed.max(at.0 - BEGIN.0);
        drop(inner);
        waker.wake();
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.key.0 <= self.clock.now() {
            return Poll::Ready(());
        }
        let mut inner = self.clock.inner.lock().unwrap();
        inner.sleepers.insert(self.key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Ok(mut inner) = self.clock.inner.lock() {
            inner.sleepers.remove(&self.key);
        }
    }
}
