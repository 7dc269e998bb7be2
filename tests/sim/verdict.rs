//! A whole history from its beginning to days after, and what must hold at its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cutover_engine::event::{DebtState, Status};
use cutover_engine::time::{Duration, Timestamp};

use crate::faults::Fault;
use crate::history::{History, Meanwhile};
use crate::host::Stops;
use crate::oracle::Sim;
use crate::runner::Runner;
use crate::shapes::Provider;
use crate::state::State;
use crate::world::act::Act;
use crate::world::{Reads, Token, World};

/// What is due for so long has been tried more than once.
const LONG: Duration = Duration::seconds(13 * 3600);

/// What came of a history.
#[derive(Default)]
pub(crate) struct Verdict {
    /// What must not be, where something was.
    pub(crate) blame: Option<String>,
    /// Everything that happened, where it was asked for.
    pub(crate) story: Vec<String>,
    /// How many points each process passed.
    pub(crate) points: Vec<u64>,
    /// How many effects there were.
    pub(crate) effects: u64,
    pub(crate) status: Option<Status>,
}

/// Carries a history out and judges it; a panic is something that must not be, too.
pub(crate) fn verdict(history: &History, tells: bool) -> Verdict {
    let mut runner = Runner::new(history, tells);
    let shared = Arc::clone(&runner.shared);
    let judged = catch_unwind(AssertUnwindSafe(|| carry_out(history, &mut runner)));
    let story = shared.sim().world.told.take().unwrap_or_default();
    match judged {
        Ok(verdict) => Verdict { story, ..verdict },
        Err(panic) => {
            let words = panic.downcast_ref::<String>().cloned();
            let plain = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
            let words = words.or(plain).unwrap_or_default();
            Verdict { blame: Some(format!("a panic: {words}")), story, ..Verdict::default() }
        }
    }
}

fn carry_out(history: &History, runner: &mut Runner<'_>) -> Verdict {
    for rotation in 0..history.rotations {
        runner.finish(0, &format!("run{rotation}"));
        runner.shared.clock.pass(history.between);
        if history.loses_state && rotation == 0 {
            runner.shared.sim().states[0] = State::default();
        }
        runner.tick();
        if runner.is_blamed() {
            break;
        }
    }
    for tick in 0..10 {
        if runner.is_blamed() {
            break;
        }
        if tick == 1 && history.puts_back {
            put_back(&mut runner.shared.sim());
        }
        runner.shared.clock.pass(Duration::seconds(6 * 3600));
        runner.tick();
    }
    let status = runner.status(&format!("run{}", history.rotations - 1));
    let points = std::mem::take(&mut runner.points);
    let now = runner.shared.clock.now();
    let mut sim = runner.shared.sim();
    sim.advance(now);
    if sim.world.blame.is_none()
        && let Some(words) = at_the_end(&sim, history, status, now)
    {
        sim.world.blame(now, words);
    }
    Verdict {
        blame: sim.world.blame.clone(),
        story: Vec::new(),
        points,
        effects: sim.faults.effects(),
        status,
    }
}

/// Somebody puts what was in use at the beginning back into the first place, while it still lives
/// and nothing that ends it is on its way.
fn put_back(sim: &mut Sim) {
    let at = crate::clock::BEGIN;
    let World { tokens, places, disturbed, late, .. } = &mut sim.world;
    let ends = late.iter().any(|late| matches!(late.act, Act::Revoke { .. }));
    let old = tokens.first().filter(|token| token.revoked_at.is_none() && !ends);
    let place = places.values_mut().find(|place| place.reads == Reads::Token);
    if let (Some(old), Some(place)) = (old, place) {
        *disturbed = true;
        place.versions.push(Some(old.value.clone()));
        sim.world.tell(at, || "somebody puts the old value back".to_owned());
    }
}

fn at_the_end(
    sim: &Sim,
    history: &History,
    status: Option<Status>,
    now: Timestamp,
) -> Option<String> {
    // Where the provider has ended the old one, what fails for good after it is a lock-out.
    let by_nature = sim.kills_old && !history.faults.is_calm();
    if !by_nature && let Some(out) = sim.world.locked_out(now) {
        return Some(format!("lock-out at the end: {out}"));
    }
    let live: Vec<&Token> = sim.world.tokens.iter().filter(|token| token.is_live(now)).collect();
    live.iter()
        .find_map(|token| forgotten(sim, history, token))
        .or_else(|| misplaced(sim, history))
        .or_else(|| changed_hooks(sim))
        .or_else(|| unpaid(sim, history, now))
        .or_else(|| given_up(sim, history))
        .or_else(|| needless(history, status))
}

/// A live token must be current, owed, in use, or nobody's business of ours.
fn forgotten(sim: &Sim, history: &History, token: &Token) -> Option<String> {
    let id = &token.id;
    let named = |state: &State| {
        let current = state.current.values().any(|known| known.identity.id == *id);
        let owed = state.debts.values().any(|debt| {
            let open = matches!(debt.state, DebtState::Held | DebtState::Owed | DebtState::Paying);
            open && debt.target == *id
        });
        current || owed
    };
    let held = sim.world.places.values().any(|place| place.held() == Some(&token.value));
    if sim.states.iter().any(named) || held {
        return None;
    }
    if token.maker.is_some() {
        // What nobody can find dies by itself; what a lost state made nobody knows.
        let dies = history.shape.provider == Provider::Blind && token.expires_at.is_some();
        let unknown = history.loses_state
            && token
                .maker
                .as_ref()
                .is_some_and(|maker| !sim.states[maker.state].runs.contains_key(&maker.run));
        let swept = token.maker.as_ref().is_some_and(|maker| {
            let run = sim.states[maker.state].runs.get(&maker.run);
            let named = (maker.step.clone(), maker.attempt);
            run.is_some_and(|run| run.book.abandoned.contains(&named))
        });
        // It is still to be swept, and the provider refuses that.
        if swept && history.faults.outage.is_some() {
            return None;
        }
        let by_nature = sim.kills_old && !history.faults.is_calm();
        return (!dies && !unknown && !by_nature)
            .then(|| format!("an orphan: {id} lives and nobody holds it"));
    }
    let paid = sim.states.iter().flat_map(|state| state.debts.values());
    let mut paid = paid.filter(|debt| debt.target == *id);
    let promoted = sim.states.iter().any(|state| {
        state.runs.values().any(|run| {
            let old = run.book.old.as_ref().is_some_and(|old| old.id == *id);
            old && run.book.promoted
        })
    });
    if paid.any(|debt| debt.state == DebtState::Paid) {
        return Some(format!("{id} counts as revoked, and lives"));
    }
    promoted.then(|| format!("forgotten: {id} was replaced, lives, and nobody owes its revocation"))
}

/// A place holds what is current, unless somebody else has changed it.
fn misplaced(sim: &Sim, history: &History) -> Option<String> {
    let two = history.meanwhile == Meanwhile::OtherState
        && history.stops.iter().any(|stops| matches!(stops, Stops::Pauses(_)));
    let gave_up = sim.states[0].runs.values().any(|run| run.status == Some(Status::Abandoned));
    if sim.world.disturbed || two || gave_up || history.loses_state || sim.kills_old {
        return None;
    }
    let current = sim.states[0].current.values().next().map(|known| known.identity.id.as_str());
    let current = current.unwrap_or(if history.shape.provider == Provider::Influxdb1 {
        "svc_a"
    } else {
        "id-0"
    });
    let wrong = |(name, place): (&String, &crate::world::Place)| {
        let held = place.held()?;
        let id = match place.reads {
            Reads::Nobody => return None,
            Reads::User => held,
            Reads::Token => sim.world.token(held).map_or("?", |token| token.id.as_str()),
        };
        (id != current).then(|| format!("{name} holds {id}, and {current} is current"))
    };
    sim.world.places.iter().find_map(wrong)
}

/// What has been due for long is paid, unless somebody has to look.
fn unpaid(sim: &Sim, history: &History, now: Timestamp) -> Option<String> {
    let two = !sim.states[1].runs.is_empty();
    if sim.world.disturbed || two || history.loses_state || history.faults.outage.is_some() {
        return None;
    }
    let state = &sim.states[0];
    let current = state.current.values().next().map(|known| (known.run.as_str(), known.at));
    let debt = state.debts.values().find(|debt| {
        let status = state.runs.get(&debt.run).and_then(|run| run.status);
        let due = debt.falls_due(status, current);
        due.is_some_and(|due| due + LONG <= now)
    })?;
    Some(format!("{} is due for long, and not paid: {}", debt.id, debt.reason))
}

/// What can be mended is mended by those who go on with it: nobody has to give a run up.
fn given_up(sim: &Sim, history: &History) -> Option<String> {
    let lasting = history.faults.outage.is_some_and(|outage| outage.calls > 3);
    let nobody_can = matches!(history.shape.provider, Provider::Blind | Provider::InPlace);
    let two = !sim.states[1].runs.is_empty();
    let strange = history.faults.at.values().any(|fault| *fault == Fault::Stranger);
    if sim.world.disturbed || lasting || nobody_can || two || strange || history.loses_state {
        return None;
    }
    let given_up = |run: &crate::state::Journal| run.status == Some(Status::Abandoned);
    let (run, _) = sim.states[0].runs.iter().find(|(_, journal)| given_up(journal))?;
    Some(format!("{run} had to be given up, and nothing stands in its way"))
}

fn changed_hooks(sim: &Sim) -> Option<String> {
    let there = sim.world.hooks.contains_key("there");
    (!there).then(|| "what was there before us was taken back".to_owned())
}

/// A crash alone is no reason to fail. Who stops a run and begins the next one before it is over is
/// refused what it has written, and that is right.
fn needless(history: &History, status: Option<Status>) -> Option<String> {
    let asked = history.stops.iter().any(|stops| matches!(stops, Stops::Asked(..)));
    let hasty = asked && history.rotations > 1;
    let pauses = history.stops.iter().any(|stops| matches!(stops, Stops::Pauses(_)));
    let blind = history.shape.provider == Provider::Blind && !history.stops.is_empty();
    let calm =
        history.faults.is_calm() && history.nature.bad.is_none() && !pauses && !blind && !hasty;
    let fine = status == Some(Status::Succeeded);
    (calm && !fine)
        .then(|| format!("nothing went wrong but crashes, and the run ends as {status:?}"))
}
