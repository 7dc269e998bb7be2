//! One process on one machine: the door to the simulated world, which closes when it dies.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use cutover_engine::effect::{Access, Call, Effect, EffectError, Reply};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Claim, Host, HostError, Key, Position, Secrets};
use cutover_engine::step::BoxFuture;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Value;

use crate::clock::Clock;
use crate::oracle::Sim;
use crate::secrets::Table;
use crate::send::Sent;
use crate::state::Careless;
use crate::stop::Interrupt;

/// The whole simulation, shared by its processes.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) sim: Mutex<Sim>,
    pub(crate) processes: AtomicU64,
}

/// As often a process may ask for the time before it counts as one that never ends.
const MOST_ASKED: u64 = 20_000;

/// When a process stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stops {
    /// Not before its end.
    #[default]
    Never,
    /// It dies at a point, counted from 0.
    Dies(u64),
    /// It stands still at a point until somebody lets it go on.
    Pauses(u64),
    /// A person interrupts it, so long after a point.
    Asked(u64, Duration),
}

/// A process.
pub(crate) struct SimHost {
    pub(crate) shared: Arc<Shared>,
    /// Which state it works with.
    pub(crate) state: usize,
    pub(crate) process: u64,
    pub(crate) secrets: Table,
    pub(crate) stops: Stops,
    pub(crate) careless: Careless,
    pub(crate) interrupt: Interrupt,
    points: AtomicU64,
    stopped: AtomicBool,
    let_go: AtomicBool,
    waits: Mutex<Option<Waker>>,
    chance: AtomicU64,
    /// How often it was asked for the time.
    asked: AtomicU64,
}

impl Shared {
    pub(crate) fn sim(&self) -> MutexGuard<'_, Sim> {
        self.sim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimHost {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        state: usize,
        stops: Stops,
        careless: Careless,
    ) -> Self {
        let process = shared.processes.fetch_add(1, Ordering::Relaxed);
        Self {
            shared: Arc::clone(shared),
            state,
            process,
            secrets: Table::new(process),
            stops,
            careless,
            interrupt: Interrupt::new(shared, matches!(stops, Stops::Asked(..))),
            points: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            let_go: AtomicBool::new(false),
            waits: Mutex::new(None),
            chance: AtomicU64::new(0),
            asked: AtomicU64::new(0),
        }
    }

    pub(crate) fn sim(&self) -> MutexGuard<'_, Sim> {
        self.shared.sim()
    }

    /// Says whether it is dead, or stands still.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Says whether it stands still and can go on.
    pub(crate) fn is_paused(&self) -> bool {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Lets a process that stands still go on.
    pub(crate) fn let_go(&self) {
        self.let_go.store(true, Ordering::Relaxed);
        self.stopped.store(false, Ordering::Relaxed);
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner).take();
        waits.into_iter().for_each(Waker::wake);
    }

    /// Returns how many points it has passed.
    pub(crate) fn points(&self) -> u64 {
        self.points.load(Ordering::Relaxed)
    }

    /// A point at which it may stop: before and after every record and every effect.
    async fn point(&self, words: impl FnOnce() -> String) {
        let point = self.points.fetch_add(1, Ordering::Relaxed);
        let tell = |how: &str| {
            let (at, process) = (self.now(), self.process);
            self.sim().world.tell(at, || format!("** process {process} {how} {}", words()));
        };
        match self.stops {
            Stops::Dies(at) if at == point => {
                tell("dies");
                self.die().await;
            }
            Stops::Pauses(at) if at == point => {
                tell("stands still");
                self.stand_still().await;
            }
            Stops::Asked(at, after) if at == point => {
                tell(&format!("is asked to stop, {after} after this:"));
                self.interrupt.ask(self.now() + after);
            }
            Stops::Never | Stops::Dies(_) | Stops::Pauses(_) | Stops::Asked(..) => {}
        }
    }

    /// Stands still until somebody lets it go on.
    async fn stand_still(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        std::future::poll_fn(|cx| {
            if self.let_go.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
            *waits = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Dies: what drives it drops it.
    async fn die(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        pending::<()>().await;
    }

    async fn act(&self, call: &Call) -> Result<Reply, EffectError> {
        match &call.effect {
            Effect::Sleep { until } => {
                self.shared.clock.sleep(*until).await;
                Ok(Reply::Done)
            }
            Effect::Log { .. } => Ok(Reply::Done),
            Effect::Random { length, .. } => {
                let number = self.random_word();
                let text = format!("M.V1.{number:0width$x}", width = length.saturating_sub(5));
                Ok(Reply::Secret(self.secrets.seal(&self.origin(call, "value"), text)))
            }
            Effect::Http(_)
            | Effect::Exec(_)
            | Effect::ReadFile(_)
            | Effect::WriteFile(_)
            | Effect::RestoreFile(_)
            | Effect::RemoveFile(_) => self.outside(call).await,
        }
    }

    async fn outside(&self, call: &Call) -> Result<Reply, EffectError> {
        let writes = call.effect.access() == Access::Write;
        let kind = if writes { "write" } else { "look" };
        self.point(|| format!("before a {kind} of `{}`", call.step)).await;
        if self.now() >= call.deadline {
            let message = "its time is over: nothing was sent".to_owned();
            return Err(EffectError::NotSent { message, retryable: true });
        }
        let Sent { reply, at, dies } = self.send(call);
        if dies {
            self.die().await;
        }
        self.shared.clock.sleep(at).await;
        self.point(|| format!("after a {kind} of `{}`", call.step)).await;
        reply
    }

    /// Returns where a secret of a reply comes from, as the real host says it.
    pub(crate) fn origin(&self, call: &Call, name: &str) -> String {
        let step = call.step.rsplit(':').next().unwrap_or(&call.step);
        format!("steps.{}.{name}", step.replace('[', ".").replace(']', ""))
    }

    fn random_word(&self) -> u128 {
        let number = self.chance.fetch_add(1, Ordering::Relaxed);
        let mut chance = crate::chance::Chance::new(self.process.wrapping_mul(1 << 20) + number);
        (u128::from(chance.next()) << 64) | u128::from(chance.next())
    }

    async fn write_down(
        &self,
        run: &str,
        after: Position,
        entries: &[Entry],
    ) -> Result<Position, HostError> {
        self.point(|| "before a record".to_owned()).await;
        let promoted =
            entries.iter().position(|entry| matches!(entry.event, Event::Promoted { .. }));
        if let Some(at) = promoted.filter(|_| self.careless.apart) {
            return self.write_apart(run, after, entries, at).await;
        }
        let recorded = self.append(run, after, entries);
        self.point(|| "after a record".to_owned()).await;
        recorded
    }

    /// A planted bug: the promotion is recorded without its debts, and then with them.
    async fn write_apart(
        &self,
        run: &str,
        after: Position,
        entries: &[Entry],
        promoted: usize,
    ) -> Result<Position, HostError> {
        let mut first = entries[..=promoted].to_vec();
        if let Event::Promoted { debts, .. } = &mut first[promoted].event {
            debts.clear();
        }
        self.append(run, after, &first)?;
        self.point(|| "between a promotion and its debts".to_owned()).await;
        self.sim().states[self.state].cut_back(run, after.seq);
        let recorded = self.append(run, after, entries);
        self.point(|| "after a record".to_owned()).await;
        recorded
    }

    fn append(&self, run: &str, after: Position, entries: &[Entry]) -> Result<Position, HostError> {
        let now = self.now();
        let mut sim = self.sim();
        sim.advance(now);
        if sim.faults.is_full() {
            sim.world.tell(now, || "the disk is full".to_owned());
            return Err(HostError::State { message: "the disk is full".to_owned() });
        }
        let Sim { world, states, .. } = &mut *sim;
        let tokens = &world.tokens;
        let plain = |line: &str| {
            line.contains("xxxxx") && tokens.iter().any(|token| line.contains(&token.value))
        };
        let (process, careless) = (self.process, self.careless);
        let recorded = states[self.state].append(run, after, entries, process, careless, &plain);
        if world.told.is_some() {
            for entry in entries {
                let word = crate::words::event(&entry.event);
                world.tell(now, || format!("[{process}] {word}"));
            }
            if let Err(error) = &recorded {
                world.tell(now, || format!("[{process}] not recorded: {error}"));
            }
        }
        sim.judge_record(run, entries, self.state, now);
        recorded
    }
}

impl Host for SimHost {
    fn now(&self) -> Timestamp {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(asked < MOST_ASKED, "a process decides for ever and waits for nothing");
        self.shared.clock.now()
    }

    fn claim<'a>(
        &'a self,
        run: &'a str,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Claim, HostError>> {
        Box::pin(async move {
            let name = keys.first().map(|Key::Credential(name)| name.as_str());
            let (process, careless) = (self.process, self.careless);
            self.sim().states[self.state].claim(run, name, process, careless)
        })
    }

    fn record<'a>(
        &'a self,
        run: &'a str,
        after: Position,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Position, HostError>> {
        Box::pin(self.write_down(run, after, entries))
    }

    fn perform<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, EffectError>> {
        Box::pin(self.act(call))
    }

    fn release(&self, _run: &str) {
        self.sim().states[self.state].release(self.process);
    }

    fn secrets(&self) -> &dyn Secrets {
        &self.secrets
    }

    fn random(&self) -> Option<u128> {
        Some(self.random_word())
    }
}

impl SimHost {
    /// Makes a mark of a value in a reply.
    pub(crate) fn seal(&self, call: &Call, name: &str, value: &str) -> Value {
        self.secrets.seal(&self.origin(call, name), value.to_owned()).into()
    }
}
