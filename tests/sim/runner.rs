//! Carries a history out: processes that run, die and go on, people who answer, days that pass.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cutover_engine::check::{Checked, check};
use cutover_engine::event::{Decision, Entry, Status};
use cutover_engine::execute::{
    Beside, Drive, ExecuteError, Missing, Order, Patience, Said, execute, pay, sweep,
};
use cutover_engine::host::{HostError, Secrets};
use cutover_engine::parse::parse;
use cutover_engine::plan::{Plan, plan};
use cutover_engine::planted::{Bug, Planted};
use cutover_engine::run::{Outcome, Run};
use cutover_engine::source::Source;
use cutover_engine::step::Registry;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;

use crate::clock::{Clock, Drove};
use crate::history::{History, Meanwhile, Returns};
use crate::host::{Shared, SimHost, Stops};
use crate::oracle::Sim;
use crate::shapes::Provider;
use crate::state::{Careless, State};
use crate::world::{ADMIN_PASSWORD, World};

/// As often a run is resumed before a person gives it up.
const RESUMES: u32 = 8;
/// As often a process comes back to what another one left to wait.
const RETURNS: u32 = 60;

/// How long the workflows with an overlap keep the old one valid.
const OVERLAP: Duration = Duration::seconds(24 * 3600);

/// What a process came to.
pub(crate) enum Came {
    /// It came to an outcome.
    Out,
    /// It died.
    Died,
    /// It was refused, or the edge failed.
    Failed(ExecuteError),
}

/// What a process is there for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task<'a> {
    /// It begins a run or goes on with one; a person may say something first.
    Run(Option<&'a Said>),
    /// It pays what a run that is over owes.
    Pay,
    /// It sweeps what a run that is over has given up.
    Sweep,
}

/// A history under way.
pub(crate) struct Runner<'h> {
    pub(crate) history: &'h History,
    pub(crate) shared: Arc<Shared>,
    pub(crate) checked: Arc<Checked>,
    stops: std::vec::IntoIter<Stops>,
    /// What each process passed, in points.
    pub(crate) points: Vec<u64>,
    /// The last outcome of each run.
    pub(crate) outcomes: BTreeMap<String, Outcome>,
    pub(crate) took_over: bool,
}

/// Workflows that are parsed and checked, by their text.
static CHECKED: Mutex<BTreeMap<String, Arc<Checked>>> = Mutex::new(BTreeMap::new());

/// Returns all steps.
fn registry() -> &'static Registry {
    static STEPS: LazyLock<Registry> = LazyLock::new(crate::steps::registry);
    &STEPS
}

/// Parses and checks a workflow; the same text only once.
pub(crate) fn checked(text: &str) -> Arc<Checked> {
    let known = CHECKED.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
    known.unwrap_or_else(|| {
        let source = Arc::new(Source::new("rotate.yaml", text));
        let (workflow, found) = parse(Arc::clone(&source));
        assert!(!found.has_errors(), "{}\n{text}", found.to_lines(&source));
        let workflow = Arc::new(workflow.expect("it parsed"));
        let (checked, found) = check(&workflow, registry());
        assert!(!found.has_errors(), "{}\n{text}", found.to_lines(&source));
        let checked = Arc::new(checked.expect("there is no error"));
        let mut all = CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(text.to_owned()).or_insert(checked))
    })
}

impl<'h> Runner<'h> {
    pub(crate) fn new(history: &'h History, tells: bool) -> Self {
        let mut world = World::new(history.nature);
        world.told = tells.then(Vec::new);
        world.keeps_anew = history.bug == Some(Bug::BackupTwice);
        crate::setup::set_up(&mut world, &history.shape);
        let sim = Sim {
            world,
            states: vec![State::default(), State::default()],
            faults: history.faults.clone(),
            graphs: BTreeMap::new(),
            overlap: if history.shape.overlap { OVERLAP } else { Duration(0) },
            kills_old: history.shape.provider == Provider::InPlace,
        };
        let shared = Arc::new(Shared {
            clock: Clock::default(),
            sim: Mutex::new(sim),
            processes: AtomicU64::new(0),
        });
        Self {
            history,
            shared,
            checked: checked(&history.shape.text()),
            stops: history.stops.clone().into_iter(),
            points: Vec::new(),
            outcomes: BTreeMap::new(),
            took_over: false,
        }
    }

    pub(crate) fn careless(&self) -> Careless {
        let is = |bug| self.history.bug == Some(bug);
        Careless {
            locks: self.history.meanwhile == Meanwhile::TakesOver,
            unfinished: is(Bug::SecondRun),
            fencing: is(Bug::NoFencing),
            apart: is(Bug::DebtApart),
        }
    }

    /// Makes the plan of a process: secret inputs are its own.
    pub(crate) fn plan(&self, host: &SimHost) -> Plan {
        let mut inputs = Map::new();
        if self.history.shape.provider == Provider::Influxdb1 {
            let handle = host.secrets.seal("inputs.admin_password", ADMIN_PASSWORD.to_owned());
            inputs.insert("admin_password".to_owned(), handle.into());
        }
        plan(&self.checked, &inputs).expect("its inputs are right")
    }

    pub(crate) fn entries(&self, state: usize, run: &str) -> Vec<Entry> {
        let mut sim = self.shared.sim();
        let journal = sim.states[state].runs.get_mut(run);
        journal.map(crate::state::Journal::entries).unwrap_or_default()
    }

    /// Runs one process: it begins a run, or goes on with one.
    pub(crate) fn process(
        &mut self,
        state: usize,
        run: &str,
        task: Task<'_>,
        stops: Stops,
    ) -> Came {
        let host = SimHost::new(&self.shared, state, stops, self.careless());
        let plan = self.plan(&host);
        let entries = self.entries(state, run);
        self.shared.sim().graphs.insert(run.to_owned(), Arc::clone(&self.checked));
        let watch = |_: &Run, _: &Entry| {};
        let drive = Drive {
            run,
            file: "rotate.yaml",
            machine: "here",
            first: false,
            expected: None,
            watch: &watch,
            stop: &host.interrupt,
            word: if let Task::Run(word) = task { word } else { None },
            patience: self.patience(&entries),
            trigger: None,
            planted: self.history.bug.map(Planted::bug).unwrap_or_default(),
        };
        let (missing, in_use) = (Missing::new(), self.shared.sim().states[state].known_ids());
        let beside = Beside { steps: registry(), missing: &missing, in_use: &in_use };
        let mut future: Pin<Box<dyn Future<Output = _> + '_>> = match task {
            Task::Run(_) => {
                Box::pin(async { execute(&plan, &entries, &host, &drive).await.map(Some) })
            }
            Task::Pay => Box::pin(async {
                let order = Order { debts: None, early: false };
                pay(&plan, &entries, &host, &drive, &beside, &order).await.map(|_| None)
            }),
            Task::Sweep => Box::pin(async {
                sweep(&plan, &entries, &host, &drive, &beside).await.map(|_| None)
            }),
        };
        let shared = Arc::clone(&self.shared);
        let mut drove = shared.clock.drive(future.as_mut(), &|| host.is_stopped());
        if matches!(drove, Drove::Stopped) && host.is_paused() {
            self.meanwhile(run);
            host.let_go();
            drove = shared.clock.drive(future.as_mut(), &|| host.is_stopped());
        }
        drop(future);
        self.points.push(host.points());
        let mut sim = self.shared.sim();
        sim.states[state].release(host.process);
        let now = self.shared.clock.now();
        match drove {
            Drove::Done(Ok(outcome)) => {
                drop(sim);
                if let Some(outcome) = outcome {
                    self.outcomes.insert(run.to_owned(), outcome);
                }
                Came::Out
            }
            Drove::Done(Err(error)) => {
                sim.world.tell(now, || format!("[{}] {error}", host.process));
                Came::Failed(error)
            }
            Drove::Stopped => Came::Died,
            Drove::Endless(why) => {
                sim.world.blame(now, format!("no end: {why}"));
                Came::Died
            }
        }
    }

    /// What another process does while one stands still.
    fn meanwhile(&mut self, run: &str) {
        match self.history.meanwhile {
            Meanwhile::SecondRun => {
                let over = self.is_over(0, run);
                self.try_second(!over);
            }
            Meanwhile::OtherState => self.finish(1, "other"),
            Meanwhile::TakesOver => {
                self.took_over = true;
                self.finish(0, run);
            }
        }
    }

    /// A second run of the credential is refused while one is unfinished.
    fn try_second(&mut self, alive: bool) {
        let unfinished = alive || self.unfinished(0).is_some();
        let came = self.process(0, "second", Task::Run(None), Stops::Never);
        let taken = matches!(&came, Came::Failed(ExecuteError::Host(HostError::Taken { .. })));
        if unfinished && !taken {
            let now = self.shared.clock.now();
            let words = "a second run of the credential starts over an unfinished one".to_owned();
            self.shared.sim().world.blame(now, words);
        }
    }

    /// Returns a run of a state that still holds its credential.
    pub(crate) fn unfinished(&self, state: usize) -> Option<String> {
        let sim = self.shared.sim();
        let mut runs = sim.states[state].runs.iter();
        runs.find(|(_, journal)| journal.is_unfinished()).map(|(run, _)| run.clone())
    }

    /// Begins a run and goes on with it until it ends.
    pub(crate) fn finish(&mut self, state: usize, run: &str) {
        let (mut resumes, mut returns) = (0, 0);
        while resumes <= RESUMES + 1 && returns <= RETURNS {
            if self.is_blamed() {
                return;
            }
            let word = self.word(state, run, resumes);
            let stops = if resumes <= RESUMES { self.next_stop(state) } else { Stops::Never };
            let came = self.process(state, run, Task::Run(word.as_ref()), stops);
            let refused = matches!(came, Came::Failed(ExecuteError::Refused { .. }));
            // It was refused before it began, or another run still holds the credential.
            let taken = matches!(came, Came::Failed(ExecuteError::Host(HostError::Taken { .. })));
            let never = (refused || taken) && self.entries(state, run).is_empty();
            if self.is_over(state, run) || never {
                return;
            }
            let stands = self.unfinished(0).is_some();
            if !matches!(came, Came::Failed(_))
                && stands
                && self.history.meanwhile == Meanwhile::SecondRun
            {
                self.try_second(false);
            }
            if matches!(came, Came::Out) && self.waits_after_promotion(run) && resumes >= 2 {
                return;
            }
            let now = self.shared.clock.now();
            match self.waits_until(state, run).filter(|_| matches!(came, Came::Out)) {
                Some(until) => {
                    returns += 1;
                    self.shared.clock.pass(until.since(now).max(Duration::seconds(5)));
                }
                None => {
                    resumes += 1;
                    self.shared.clock.pass(Duration::seconds(5));
                }
            }
        }
        let now = self.shared.clock.now();
        self.shared.sim().world.blame(now, format!("`{run}` does not end"));
    }

    pub(crate) fn next_stop(&mut self, state: usize) -> Stops {
        let stops = self.stops.next().unwrap_or_default();
        match stops {
            Stops::Pauses(_) if state == 1 || self.took_over => Stops::Never,
            other => other,
        }
    }

    /// Returns what becomes of a long wait of a process that goes on after some events.
    fn patience(&self, entries: &[Entry]) -> Patience {
        let returns = match self.history.returns {
            Returns::Never => false,
            Returns::Always => true,
            Returns::WhenResumed => !entries.is_empty(),
        };
        if returns { Patience::Return } else { Patience::Sleep }
    }

    /// Returns until when a run waits that its process has left, where it waits for nothing else.
    fn waits_until(&self, state: usize, run: &str) -> Option<Timestamp> {
        let parked = &self.outcomes.get(run)?.parked;
        let until = parked.iter().filter_map(|parked| parked.until).min();
        let sim = self.shared.sim();
        let asks = !sim.states[state].runs.get(run)?.book.asks.is_empty();
        until.filter(|_| !asks)
    }

    /// After promotion a run may wait for a tick.
    fn waits_after_promotion(&self, run: &str) -> bool {
        let outcome = self.outcomes.get(run);
        let sim = self.shared.sim();
        let promoted = sim.states[0].runs.get(run).is_some_and(|journal| journal.book.promoted);
        promoted && outcome.is_some_and(|outcome| !outcome.ended)
    }

    /// What a person says: to a run that asks, the answer; to one that never gets on, that it is
    /// given up.
    fn word(&self, state: usize, run: &str, resumes: u32) -> Option<Said> {
        let said = |step: &str, decision| Said {
            step: step.to_owned(),
            decision,
            by: "a person".to_owned(),
            note: String::new(),
        };
        if resumes >= RESUMES {
            return Some(said("", Decision::Abandon));
        }
        let sim = self.shared.sim();
        let journal = sim.states[state].runs.get(run)?;
        let asked = journal.book.asks.iter().next().cloned();
        asked.map(|step| said(&step, Decision::Redo))
    }

    fn is_over(&self, state: usize, run: &str) -> bool {
        let sim = self.shared.sim();
        sim.states[state].runs.get(run).is_some_and(|journal| !journal.is_unfinished())
    }

    pub(crate) fn is_blamed(&self) -> bool {
        self.shared.sim().world.blame.is_some()
    }

    /// Returns how a run ended.
    pub(crate) fn status(&self, run: &str) -> Option<Status> {
        self.shared.sim().states[0].runs.get(run)?.status
    }
}
