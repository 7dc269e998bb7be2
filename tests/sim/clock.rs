//! A clock that moves only when everybody waits, and the executor that drives one process on it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use cutover_engine::time::{Duration, Timestamp};

/// When every history begins.
pub(crate) const BEGIN: Timestamp = Timestamp(1_700_000_000_000);
/// As often a process may be polled before it counts as one that never ends.
const POLLS: u32 = 60_000;
/// As long a process may take before it counts as one that never ends.
const LONGEST: Duration = Duration::seconds(5 * 24 * 3600);

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

/// What came of driving a process.
pub(crate) enum Drove<T> {
    /// It ended.
    Done(T),
    /// It was stopped from outside: it died, or it is paused.
    Stopped,
    /// It does neither end nor wait for a time.
    Endless(&'static str),
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
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(BEGIN.0 + self.lock().passed)
    }

    /// Lets time pass while no process is there.
    pub(crate) fn pass(&self, length: Duration) {
        self.lock().passed += i64::try_from(length.0).expect("a history is short");
    }

    pub(crate) fn sleep(&self, until: Timestamp) -> Sleep<'_> {
        let mut inner = self.lock();
        inner.sleeps += 1;
        Sleep { clock: self, key: (until, inner.sleeps) }
    }

    /// Drives a process until it ends or is stopped; whenever it waits, time jumps to the next wake.
    pub(crate) fn drive<T>(
        &self,
        mut process: Pin<&mut (impl Future<Output = T> + ?Sized)>,
        is_stopped: &dyn Fn() -> bool,
    ) -> Drove<T> {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        let last = self.now() + LONGEST;
        for _ in 0..POLLS {
            flag.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(done) = process.as_mut().poll(&mut context) {
                return Drove::Done(done);
            }
            if is_stopped() {
                return Drove::Stopped;
            }
            if !flag.0.load(Ordering::Relaxed) && !self.jump() {
                return Drove::Endless("it waits for nothing");
            }
            if self.now() > last {
                return Drove::Endless("it took more than five days");
            }
        }
        Drove::Endless("it goes round in circles")
    }

    fn jump(&self) -> bool {
        let mut inner = self.lock();
        let Some(((at, _), waker)) = inner.sleepers.pop_first() else { return false };
        inner.passed = inner.passed.max(at.0 - BEGIN.0);
        drop(inner);
        waker.wake();
        true
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.key.0 <= self.clock.now() {
            return Poll::Ready(());
        }
        self.clock.lock().sleepers.insert(self.key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.key);
    }
}
