//! A person's interrupt: asked for at a point of a process, heard a while after it.

use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use cutover_engine::execute::Stop;
use cutover_engine::step::BoxFuture;
use cutover_engine::time::Timestamp;

use crate::host::Shared;

/// An interrupt that may come.
pub(crate) struct Interrupt {
    shared: Arc<Shared>,
    /// Whether it will come at all: most processes wait for none.
    may_come: bool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// When it is heard.
    at: Option<Timestamp>,
    wakers: Vec<Waker>,
}

impl Interrupt {
    pub(crate) fn new(shared: &Arc<Shared>, may_come: bool) -> Self {
        Self { shared: Arc::clone(shared), may_come, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person asks for it, and it is heard at a time.
    pub(crate) fn ask(&self, at: Timestamp) {
        let mut inner = self.lock();
        inner.at = Some(at);
        let wakers = std::mem::take(&mut inner.wakers);
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    async fn heard(&self) {
        let asked = poll_fn(|cx| {
            let mut inner = self.lock();
            if let Some(at) = inner.at {
                return Poll::Ready(at);
            }
            if !inner.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                inner.wakers.push(cx.waker().clone());
            }
            Poll::Pending
        });
        let at = asked.await;
        self.shared.clock.sleep(at).await;
    }
}

impl Stop for Interrupt {
    fn requested(&self) -> bool {
        self.lock().at.is_some_and(|at| at <= self.shared.clock.now())
    }

    fn wait(&self) -> BoxFuture<'_, ()> {
        if self.may_come { Box::pin(self.heard()) } else { Box::pin(pending()) }
    }
}
