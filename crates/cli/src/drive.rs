//! Drives what the engine does to its end: with progress, and with signals that stop it in good
//! order. `run`, `resume`, `abandon`, `tick` and `debts pay` all go through here.

use std::sync::Arc;
use std::time::Duration;

use cutover_engine::event::{Entry, Trigger};
use cutover_engine::execute::{Drive, Expected, Patience, Said, Stop};
use cutover_engine::plan::Plan;
use cutover_engine::run::Run;
use tokio::runtime::Runtime;

use crate::commands;
use crate::exit::Exit;
use crate::planted;
use crate::progress::Progress;
use crate::render::outcome;
use crate::session::{RunningRun, Session};
use crate::state;
use crate::stop::{Request, Signals};

/// How often a live picture is drawn again while nothing happens.
const REDRAW: Duration = Duration::from_millis(200);

/// Drives what the engine does, one thing after the other. An interrupt holds for all of them.
pub(crate) struct Driver {
    runtime: Runtime,
    progress: Arc<Progress>,
    request: Request,
    signals: Signals,
    running: RunningRun,
    machine: String,
}

/// Which run is driven, and how.
#[derive(Default)]
pub(crate) struct Way<'a> {
    /// The run.
    pub(crate) run: &'a str,
    /// The workflow's file as it was given.
    pub(crate) file: &'a str,
    /// `--first`.
    pub(crate) first: bool,
    /// What a reviewed plan saw in the state.
    pub(crate) expected: Option<&'a Expected>,
    /// What a person said.
    pub(crate) word: Option<&'a Said>,
    /// What becomes of a wait of more than a minute.
    pub(crate) patience: Patience,
    /// The trigger that begins the run.
    pub(crate) trigger: Option<Trigger>,
}

impl Driver {
    /// Makes it. From here on a signal ends nothing by itself.
    ///
    /// # Errors
    /// Where the system refuses.
    pub(crate) fn new(progress: &Arc<Progress>, session: &Session) -> anyhow::Result<Self> {
        let runtime = commands::runtime()?;
        let signals = {
            let _within = runtime.enter();
            Signals::listen()?
        };
        Ok(Self {
            runtime,
            progress: Arc::clone(progress),
            request: Request::default(),
            signals,
            running: session.running(),
            machine: session.machine(),
        })
    }

    /// Drives what `engine` makes of a [`Drive`] to its end. The first signal asks it to stop, a
    /// second one ends the process where it is.
    pub(crate) fn drive<T>(
        &mut self,
        way: &Way<'_>,
        engine: impl AsyncFnOnce(&Drive<'_>) -> T,
    ) -> T {
        self.running.set(Some(way.run.to_owned()));
        let Self { runtime, progress, request, signals, machine, .. } = self;
        let (progress, request) = (&**progress, &*request);
        let drive = Drive {
            run: way.run,
            file: way.file,
            machine,
            first: way.first,
            expected: way.expected,
            watch: &|_: &Run, entry: &Entry| progress.see(entry),
            stop: request,
            word: way.word,
            patience: way.patience,
            trigger: way.trigger,
            planted: planted::bug(),
        };
        let ended = runtime.block_on(async {
            let mut driven = std::pin::pin!(engine(&drive));
            let mut redraw = tokio::time::interval(REDRAW);
            loop {
                tokio::select! {
                    ended = driven.as_mut() => break ended,
                    () = signals.next() => interrupt(request, progress),
                    _ = redraw.tick(), if progress.is_live() => progress.tick(state::now()),
                }
            }
        });
        self.running.set(None);
        ended
    }

    /// Says whether a signal asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.request.requested()
    }

    /// Waits for something that needs neither progress nor signals.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// Begins the progress of a plan's run; `before` is what happened in it so far.
pub(crate) fn begin(plan: &Plan, run: &str, before: &[Entry], progress: &Progress) {
    let checked = plan.checked();
    let name = plan.credential().map(|credential| credential.name.as_str());
    let heading = outcome::heading(&checked.workflow().name.value, run, name);
    let steps = checked.nodes().iter();
    let steps = steps.map(|node| (node.decl.id.value.clone(), node.retry.max_attempts));
    let looks_first = before.is_empty() && checked.in_use().is_some();
    progress.begin(heading, looks_first, steps, before);
}

/// The first signal asks for a stop, the second ends the process where it is.
fn interrupt(request: &Request, progress: &Progress) {
    if request.requested() {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
    request.ask();
    progress.say("stopping: nothing new is begun, what runs may end; once more to end at once\n");
}
