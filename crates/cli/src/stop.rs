//! Ctrl-C and SIGTERM: once to stop in good order, twice to end at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use cutover_engine::execute::Stop;
use cutover_engine::step::BoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// Whether a stop was asked for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    asked: AtomicBool,
    told: Notify,
}

/// The signals that ask for a stop.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Request {
    /// Asks for a stop, and says whether that was the first time.
    pub(crate) fn ask(&self) -> bool {
        let first = !self.asked.swap(true, Ordering::SeqCst);
        self.told.notify_waiters();
        first
    }
}

impl Stop for Request {
    fn requested(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    fn wait(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let told = self.told.notified();
            tokio::pin!(told);
            // Listening begins before the look, so that no request falls between the two.
            told.as_mut().enable();
            if !self.requested() {
                told.await;
            }
        })
    }
}

impl Signals {
    /// Begins to listen. Needs a runtime.
    ///
    /// # Errors
    /// Where the system refuses.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_and_who_comes_late_does_not_wait() {
        let request = Request::default();
        assert!(!request.requested());
        let (first, ()) = tokio::join!(async { request.wait().await }, async {
            tokio::task::yield_now().await;
            assert!(request.ask());
        });
        let () = first;
        let late = tokio::time::timeout(Duration::from_secs(5), request.wait()).await;
        assert!(late.is_ok());
        assert!(!request.ask(), "the second time is not the first");
    }
}
