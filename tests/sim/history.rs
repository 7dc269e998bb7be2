//! A history: a workflow, how the world is, what goes wrong, when processes die.

use cutover_engine::planted::Bug;
use cutover_engine::time::Duration;

use crate::chance::Chance;
use crate::faults::{Fault, Faults, Kind, Outage, Somebody};
use crate::host::Stops;
use crate::shapes::{Provider, Shape};
use crate::world::Nature;

/// What another process does while one stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    /// It starts a second run of the same credential.
    SecondRun,
    /// It starts a run of the same credential with another state.
    OtherState,
    /// It takes the run over, where locks do not hold.
    TakesOver,
}

/// Which processes leave a long wait to a later one, as a tick does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    /// None: each sits it out.
    Never,
    /// All.
    Always,
    /// All but the one that begins the run.
    WhenResumed,
}

/// A history.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) shape: Shape,
    pub(crate) nature: Nature,
    pub(crate) faults: Faults,
    /// When the first process stops, the one that goes on after it, and so on.
    pub(crate) stops: Vec<Stops>,
    pub(crate) meanwhile: Meanwhile,
    pub(crate) returns: Returns,
    /// How many times the credential is rotated, and how long lies between.
    pub(crate) rotations: u32,
    pub(crate) between: Duration,
    /// The state is lost after the first rotation.
    pub(crate) loses_state: bool,
    /// Somebody puts the old value back into a place before what is owed is paid.
    pub(crate) puts_back: bool,
    pub(crate) bug: Option<Bug>,
}

/// As many points a process of these workflows passes, about: short, middling, long ones.
const POINTS: [u64; 3] = [40, 60, 110];
/// As many effects a run of these workflows has, about.
const EFFECTS: [u64; 3] = [15, 30, 60];

impl History {
    /// A history in which nothing goes wrong.
    pub(crate) fn calm(shape: Shape) -> Self {
        let nature = Nature { flight: Duration(20), ..Nature::default() };
        Self {
            shape,
            nature,
            faults: Faults::default(),
            stops: Vec::new(),
            meanwhile: Meanwhile::SecondRun,
            returns: Returns::Never,
            rotations: 1,
            between: Duration::seconds(3600),
            loses_state: false,
            puts_back: false,
            bug: None,
        }
    }

    /// Draws the history of a seed.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut history = Self::calm(Shape::of(chance.next()));
        history.nature = nature(&mut chance);
        history.rotations = if chance.one_in(4) { 2 + u32::from(chance.one_in(3)) } else { 1 };
        history.between = chance.pick(&[
            Duration::seconds(60),
            Duration::seconds(8 * 3600),
            Duration::seconds(30 * 3600),
        ]);
        history.faults = faults(&mut chance, history.shape.provider);
        for _ in 0..chance.below(4) {
            history.stops.push(Stops::Dies(point(&mut chance)));
        }
        if chance.one_in(8) {
            history.meanwhile =
                chance.pick(&[Meanwhile::SecondRun, Meanwhile::OtherState, Meanwhile::TakesOver]);
            history.stops.insert(0, Stops::Pauses(point(&mut chance)));
        }
        history.loses_state = history.rotations > 1 && chance.one_in(6);
        history.puts_back = history.shape.overlap && chance.one_in(8);
        history.people(seed);
        history.settle();
        history
    }

    /// Draws who leaves long waits, and an interrupt. It has chance of its own, so that what else is
    /// drawn from a seed stays as it was.
    fn people(&mut self, seed: u64) {
        let mut chance = Chance::new(!seed);
        self.returns = chance.pick(&[
            Returns::Never,
            Returns::Never,
            Returns::Never,
            Returns::Always,
            Returns::WhenResumed,
        ]);
        if chance.one_in(4) {
            let after = chance.pick(&[0, 0, 0, 1000, 7000, 40_000]);
            let stop = Stops::Asked(point(&mut chance), Duration(after));
            let first = usize::from(matches!(self.stops.first(), Some(Stops::Pauses(_))));
            let before = usize::try_from(chance.below(4)).unwrap_or(0);
            let at = before.clamp(first, self.stops.len().max(first));
            self.stops.insert(at, stop);
        }
    }

    /// Leaves out that people interrupt, and that processes leave long waits.
    pub(crate) fn without_people(mut self) -> Self {
        self.returns = Returns::Never;
        self.stops.retain(|stops| !matches!(stops, Stops::Asked(..)));
        self
    }

    /// Leaves out what nobody can promise anything for.
    fn settle(&mut self) {
        let remote = self.shape.targets.contains(&crate::shapes::Target::Remote);
        let pauses = self.stops.iter().any(|stops| matches!(stops, Stops::Pauses(_)));
        // Two drivers are kept apart by the place's version, or by nothing at all.
        if pauses && self.meanwhile == Meanwhile::TakesOver {
            self.shape.targets = vec![crate::shapes::Target::Vault];
            (self.shape.daemon, self.shape.hooks, self.shape.registers) = (false, false, false);
            if self.shape.provider != Provider::Marker {
                self.shape.provider = Provider::Marker;
            }
        }
        if pauses && self.meanwhile == Meanwhile::OtherState {
            self.shape.provider = Provider::Marker;
            self.shape.captures_version = true;
            self.shape.daemon = false;
            if remote
                || self.shape.targets.len() > 1
                || self.shape.targets[0] == crate::shapes::Target::Profile
            {
                self.shape.targets = vec![crate::shapes::Target::Vault];
            }
            self.shape.captures_version = self.shape.targets[0] == crate::shapes::Target::Vault;
        }
        if self.shape.provider == Provider::InPlace {
            // A provider that ends the old one promises nothing where the new one never works.
            self.nature.bad = None;
            self.loses_state = false;
        }
        if self.shape.provider == Provider::Influxctl {
            // Its steps look for ten seconds whether a list shows what they did.
            self.nature.lag = self.nature.lag.min(Duration(4000));
        }
        if self.shape.provider == Provider::Influxdb1 {
            // A password that we set ourselves works.
            self.nature.bad = None;
        }
        if self.shape.provider == Provider::Influxdb1 && self.shape.overlap {
            // Of two names in turn one is free only when the overlap is over.
            (self.rotations, self.loses_state) = (1, false);
        }
        if self.shape.provider == Provider::Diff {
            // Who lists ids alone cannot tell a stranger's from ours.
            self.faults.somebody.clear();
        }
    }
}

fn point(chance: &mut Chance) -> u64 {
    let among = chance.pick(&POINTS);
    chance.below(among)
}

fn effect(chance: &mut Chance) -> u64 {
    let among = chance.pick(&EFFECTS);
    chance.below(among)
}

fn nature(chance: &mut Chance) -> Nature {
    Nature {
        lag: Duration(chance.pick(&[0, 0, 0, 4000, 8000])),
        propagation: Duration(chance.pick(&[0, 0, 0, 3000, 45_000])),
        flight: Duration(chance.pick(&[20, 20, 200, 2000])),
        bad: chance.one_in(14).then_some(0),
    }
}

fn faults(chance: &mut Chance, provider: Provider) -> Faults {
    let mut faults = Faults::default();
    for _ in 0..chance.below(4) {
        let late = chance.below(101);
        let fault = chance.pick(&[
            Fault::LostDone,
            Fault::LostDone,
            Fault::LostUndone,
            Fault::Late(late),
            Fault::Late(late),
            Fault::LateDead(late),
            Fault::Refused,
            Fault::Busy,
            Fault::NotSent,
            Fault::Slow(5000),
            Fault::Slow(60_000),
            Fault::Lies,
            Fault::Edge,
        ]);
        faults.at.insert(effect(chance), fault);
    }
    if chance.one_in(10) {
        let kinds = [Kind::Create, Kind::Put, Kind::Put, Kind::Revoke, Kind::Look, Kind::Other];
        let (kind, from) = (chance.pick(&kinds), chance.below(4));
        let from = if kind == Kind::Look { from * 6 } else { from };
        faults.outage = Some(Outage { kind, from, calls: chance.pick(&[1, 2, 3, 20]) });
    }
    if chance.one_in(20) {
        let what = chance.pick(&[Somebody::TakesPlace, Somebody::Makes]);
        faults.somebody.insert(effect(chance), what);
    }
    if chance.one_in(12) {
        let from = effect(chance);
        faults.at.extend((from..from + 6).map(|effect| (effect, Fault::Stranger)));
    }
    if chance.one_in(12) {
        faults.full.insert(chance.below(30));
    }
    if provider == Provider::InPlace {
        faults.at.retain(|_, fault| *fault != Fault::Lies);
    }
    faults
}
