//! The way from an effect, on whatever thread it is performed, to the one thread on which a world
//! lives.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use super::world::{Ask, Told, World};

/// What comes to a world's thread.
pub(crate) enum Request {
    /// Something to answer.
    Ask(Box<Ask>, Sender<Told>),
    /// What it was answering for is over.
    Over,
}

/// Where a world is asked.
#[derive(Debug, Clone)]
pub(crate) struct Link(Sender<Request>);

/// Makes a link and its other end.
pub(crate) fn link() -> (Link, Receiver<Request>) {
    let (sender, receiver) = mpsc::channel();
    (Link(sender), receiver)
}

impl Link {
    /// Asks the world, and stands still until it has answered: it only computes, and who waits for it
    /// is not idle. One that is gone is broken.
    pub(crate) fn ask(&self, ask: Ask) -> Told {
        let gone = || Told::Broken("the stand-in has ended".to_owned());
        let (reply, told) = mpsc::channel();
        if self.0.send(Request::Ask(Box::new(ask), reply)).is_err() {
            return gone();
        }
        told.recv().unwrap_or_else(|_| gone())
    }

    /// Says that whoever asked is done.
    pub(crate) fn over(&self) {
        // A world that is gone need not be told.
        drop(self.0.send(Request::Over));
    }
}

/// Answers until it is over.
pub(crate) fn serve(world: &World, inbox: &Receiver<Request>) {
    while let Ok(Request::Ask(ask, reply)) = inbox.recv() {
        // Who asked may have been cut off; then nobody waits for it.
        drop(reply.send(world.answer(*ask)));
    }
}

/// Waits for a future on a thread of its own, while the world answers on this one.
pub(crate) fn drive<T: Send, F: Future<Output = T>>(
    (world, inbox): (&World, &Receiver<Request>),
    link: &Link,
    work: impl FnOnce() -> F + Send,
) -> T {
    struct Over<'a>(&'a Link);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.over();
        }
    }
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _over = Over(link);
            block_on(work())
        });
        serve(world, inbox);
        match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
        thread::park();
    }
}
