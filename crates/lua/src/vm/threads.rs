//! VMs on threads of their own: a fresh one for each call, the next one made ready ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

use cutover_engine::step::BoxFuture;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;

use crate::vm::fresh::Vm;
use crate::vm::limits::STACK;
use crate::vm::{Answer, Fault, Machine, Session, Task, Word, call};

/// How a call is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// Other work goes on meanwhile.
    #[default]
    Meanwhile,
    /// The thread that asks stands still: for worlds with a clock of their own, where a wait that
    /// is not one of theirs must not pass for idleness.
    InPlace,
}

/// Makes VMs on threads.
#[derive(Default)]
pub struct Threads {
    wait: Wait,
    spare: Mutex<Option<mpsc::Sender<Job>>>,
}

/// A call on its way to a thread.
struct Job {
    task: Task,
    line: Line,
}

/// The VM's end of a call.
pub(crate) struct Line {
    words: UnboundedSender<Word>,
    answers: mpsc::Receiver<Answer>,
}

impl Line {
    /// Asks and waits; nothing where nobody listens any more.
    pub(crate) fn ask(&self, word: Word) -> Option<Answer> {
        self.words.unbounded_send(word).ok()?;
        self.answers.recv().ok()
    }
}

struct Call {
    wait: Wait,
    words: UnboundedReceiver<Word>,
    answers: mpsc::Sender<Answer>,
    cancelled: Arc<AtomicBool>,
}

impl Threads {
    /// Makes one that waits in a way.
    pub fn new(wait: Wait) -> Self {
        Self { wait, spare: Mutex::default() }
    }

    /// Makes a VM ready for the next call.
    pub fn prepare(&self) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.is_none() {
            *spare = begin();
        }
    }

    fn take(&self) -> Option<mpsc::Sender<Job>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Machine for Threads {
    fn start(&self, task: Task) -> Box<dyn Session> {
        let (words, heard) = unbounded();
        let (answers, answered) = mpsc::channel();
        let cancelled = task.cancelled.clone();
        let line = Line { words: words.clone(), answers: answered };
        let job = Job { task, line };
        if self.take().or_else(begin).is_none_or(|thread| thread.send(job).is_err()) {
            let fault = Fault::bug("no thread can be made for it");
            // Nobody has dropped the other end yet.
            let _ = words.unbounded_send(Word::End(Err(fault)));
        }
        self.prepare();
        Box::new(Call { wait: self.wait, words: heard, answers, cancelled })
    }
}

impl Session for Call {
    fn next(&mut self) -> BoxFuture<'_, Word> {
        let wait = self.wait;
        Box::pin(async move {
            let heard = match wait {
                Wait::Meanwhile => self.words.next().await,
                Wait::InPlace => stand_still(self.words.next()),
            };
            heard.unwrap_or_else(|| Word::End(Err(Fault::bug("its VM has gone"))))
        })
    }

    fn answer(&mut self, answer: Answer) {
        // Where the VM has gone, the next word says so.
        let _ = self.answers.send(answer);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Makes a thread with a VM that waits for one call.
fn begin() -> Option<mpsc::Sender<Job>> {
    let (jobs, taken) = mpsc::channel::<Job>();
    let body = move || {
        let vm = Vm::new();
        let Ok(Job { task, line }) = taken.recv() else { return };
        let words = line.words.clone();
        // The VM is dropped after its last word: nobody waits for that.
        let end = match &vm {
            Ok(vm) => call::run(vm, task, line),
            Err(error) => Err(Fault::bug(&format!("no VM can be made: {error}"))),
        };
        // Where nobody listens any more, nobody wants to know.
        let _ = words.unbounded_send(Word::End(end));
    };
    Builder::new().name("plugin".to_owned()).stack_size(STACK).spawn(body).ok().map(|_| jobs)
}

/// Waits for a future on this thread.
fn stand_still<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
