//! The one thread that writes: it takes all that waits, and makes one commit of it.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use cutover_engine::host::{HostError, Position};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::append::{Append, Appended, append};
use super::error::{from_io, from_sqlite, state};
use super::{head, open};

/// How many appends at most are one commit.
const GROUP: usize = 1024;

type Task = Box<dyn FnOnce(&mut Connection) + Send>;
type Answer = oneshot::Sender<Result<Position, HostError>>;

enum Job {
    Append(Append, Answer),
    Task(Task),
}

/// The way to the writing thread. It ends when this is dropped, what waits is written first.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Why nothing may be created or revoked.
    pub(crate) damage: Option<String>,
}

impl Writer {
    /// Opens the journal and starts the thread.
    pub(crate) fn start(path: PathBuf) -> Result<Self, HostError> {
        let opened = open::for_writing(&path)?;
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                Thread { connection: opened.connection, path, broken: None }.work(&waiting);
            })
            .map_err(|error| state(format!("no thread for the journal: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), damage: opened.damage })
    }

    /// Appends and returns when it is durable.
    pub(crate) fn append(&self, append: Append) -> oneshot::Receiver<Result<Position, HostError>> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Append(append, answer));
        answered
    }

    /// Lets a function use the connection, between two commits.
    pub(crate) fn task<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Task(Box::new(move |connection| {
            // Nobody waits any more where the asking run was dropped.
            drop(answer.send(work(connection)));
        })));
        answered
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // Where the thread is gone, the answer's channel is closed and its waiter is told.
            drop(jobs.send(job));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread has panicked");
        }
    }
}

struct Thread {
    connection: Connection,
    path: PathBuf,
    /// A sync failed: what was written may be gone, and nothing more is.
    broken: Option<HostError>,
}

impl Thread {
    fn work(&mut self, jobs: &Receiver<Job>) {
        let mut next = jobs.recv().ok();
        while let Some(job) = next.take() {
            match job {
                Job::Task(task) => task(&mut self.connection),
                Job::Append(append, answer) => next = self.group(append, answer, jobs),
            }
            if next.is_none() {
                next = jobs.recv().ok();
            }
        }
    }

    /// Makes one commit of all appends that wait. Returns a job that came among them.
    fn group(&mut self, first: Append, answer: Answer, jobs: &Receiver<Job>) -> Option<Job> {
        let mut group = vec![(first, answer)];
        let mut other = None;
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(Job::Append(append, answer)) => group.push((append, answer)),
                Ok(job) => {
                    other = Some(job);
                    break;
                }
                Err(_) => break,
            }
        }
        let results = match &self.broken {
            Some(error) => Err(error.clone()),
            None => self.commit(&group),
        };
        match results {
            Ok(results) => {
                for ((_, answer), result) in group.into_iter().zip(results) {
                    drop(answer.send(result.map(|appended| appended.position)));
                }
            }
            Err(error) => {
                if matches!(error, HostError::Sync { .. }) {
                    self.broken = Some(error.clone());
                }
                for (_, answer) in group {
                    drop(answer.send(Err(error.clone())));
                }
            }
        }
        other
    }

    fn commit(
        &mut self,
        group: &[(Append, Answer)],
    ) -> Result<Vec<Result<Appended, HostError>>, HostError> {
        let mut within = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(from_sqlite)?;
        let mut results = Vec::with_capacity(group.len());
        for (one, _) in group {
            let alone = group.len() == 1;
            results.push(if alone { append(&within, one) } else { apart(&mut within, one) });
        }
        if let [Err(error)] = results.as_slice() {
            return Err(error.clone());
        }
        within.commit().map_err(from_sqlite)?;
        let heads = group.iter().zip(&results).filter(|((one, _), _)| one.needs_head());
        let newest = heads.filter_map(|(_, result)| result.as_ref().ok()?.last);
        if let Some((n, hash)) = newest.max_by_key(|(n, _)| *n) {
            head::advance(&self.path, n, hash).map_err(|error| {
                if error.kind() == std::io::ErrorKind::NotFound {
                    from_io(&self.path, &error)
                } else {
                    let message = format!("`head` could not be synced to the disk: {error}");
                    HostError::Sync { message }
                }
            })?;
        }
        Ok(results)
    }
}

/// Appends in a savepoint: one that is fenced fails alone.
fn apart(within: &mut Transaction<'_>, one: &Append) -> Result<Appended, HostError> {
    let mut savepoint = within.savepoint().map_err(from_sqlite)?;
    match append(&savepoint, one) {
        Ok(appended) => savepoint.commit().map_err(from_sqlite).map(|()| appended),
        Err(error) => {
            savepoint.rollback().map_err(from_sqlite)?;
            Err(error)
        }
    }
}
