//! An effect on its way: what goes wrong with it, what it does, when its answer comes.

use cutover_engine::effect::{Access, Call, Effect, EffectError, Reply};
use cutover_engine::event::{Entry, Event};
use cutover_engine::host::{Host, HostError};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Value;
use indexmap::IndexMap;

use crate::faults::{Fault, Kind, Somebody};
use crate::host::SimHost;
use crate::oracle::{Sim, base};
use crate::world::act::{Act, Done, No};
use crate::world::ask::{Asked, Form, not_sent, refused};
use crate::world::{Late, Maker, Reads, World};

/// How long after its deadline a write may land, or how long a list may lag after it, in all: half
/// of what the providers here promise each.
pub(crate) const FLIGHT: Duration = Duration::seconds(20);

/// The same for InfluxDB 1, which promises ten seconds.
const SHORT_FLIGHT: Duration = Duration::seconds(5);

/// What comes back, and when.
pub(crate) struct Sent {
    pub(crate) reply: Result<Reply, EffectError>,
    pub(crate) at: Timestamp,
    /// The process dies while it is under way.
    pub(crate) dies: bool,
}

impl SimHost {
    /// Sends an effect.
    pub(crate) fn send(&self, call: &Call) -> Sent {
        let now = self.now();
        let mut sim = self.sim();
        sim.advance(now);
        let (fault, somebody) = sim.faults.next();
        if let Some(somebody) = somebody {
            sim.somebody(somebody, now);
        }
        let asked = self.ask(&mut sim.world, call, now);
        let by = self.maker(call);
        let writes = call.effect.access() == Access::Write;
        let kind = match &asked {
            Asked::Change(act, _) => Kind::of(Some(act), call.effect.access()),
            Asked::Look(_) => Kind::of(None, call.effect.access()),
        };
        let fault = if sim.faults.is_out(kind) { Some(Fault::Refused) } else { fault };
        let words = words_of(&asked, call);
        let process = self.process;
        sim.world.tell(now, || {
            let fault = fault.map(|fault| format!(" -- {fault:?}")).unwrap_or_default();
            format!("[{process}] `{}` {words}{fault}", call.step)
        });
        let at = now + sim.world.nature.flight;
        match asked {
            Asked::Look(reply) => {
                sim.judge_look(&by, now);
                look(reply, fault, writes, at)
            }
            Asked::Change(act, form) => {
                sim.judge_write(&act, &by, now);
                let sending = Sending { host: self, call, form, now, at };
                sending.change(&mut sim, act, by, fault)
            }
        }
    }

    fn ask(&self, world: &mut World, call: &Call, now: Timestamp) -> Asked {
        let seal = |name: &str, value: &str| self.seal(call, name, value);
        world.ask(call, &self.secrets, &seal, now)
    }

    fn maker(&self, call: &Call) -> Maker {
        let (undo, step) = match call.step.strip_prefix("undo:") {
            Some(step) => (true, step),
            None => (false, call.step.as_str()),
        };
        let (run, step) = (call.run.clone(), step.to_owned());
        Maker { state: self.state, run, step, attempt: call.attempt, undo }
    }
}

fn words_of(asked: &Asked, call: &Call) -> String {
    match asked {
        Asked::Change(act, _) => act.words(),
        Asked::Look(reply) => {
            let what = match &call.effect {
                Effect::Http(http) => format!("{} {}", http.method, http.url),
                Effect::Exec(exec) => exec.argv.join(" "),
                Effect::ReadFile(read) => format!("read {}", read.path),
                Effect::WriteFile(write) => format!("write {}", write.path),
                Effect::RestoreFile(file) => format!("restore {}", file.path),
                Effect::RemoveFile(file) => format!("remove {}", file.path),
                Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => String::new(),
            };
            let how = reply.as_ref().err().map(|error| format!(": {error}")).unwrap_or_default();
            format!("{what}{how}")
        }
    }
}

/// What goes wrong with a look is tried again, or told.
fn look(
    reply: Result<Reply, EffectError>,
    fault: Option<Fault>,
    writes: bool,
    at: Timestamp,
) -> Sent {
    let reply = match fault {
        None | Some(Fault::Slow(_) | Fault::Lies | Fault::Edge) => reply,
        Some(Fault::Stranger) => reply.map(of_another_account),
        Some(Fault::Refused) if !writes => Err(refused(400, "no")),
        Some(Fault::Busy) => Err(refused(429, "later")),
        Some(Fault::Refused) => reply,
        Some(
            Fault::LostDone
            | Fault::LostUndone
            | Fault::Late(_)
            | Fault::LateDead(_)
            | Fault::NotSent,
        ) => Err(not_sent("no connection", true)),
    };
    Sent { reply, at, dies: false }
}

/// Returns a list as another account has it.
fn of_another_account(reply: Reply) -> Reply {
    match reply {
        Reply::Http { status, headers, body } if !body.get("tokens").is_null() => {
            let other = Value::map([("id", "other".into()), ("live", true.into())]);
            let body = Value::map([("tokens", Value::List(vec![other]))]);
            Reply::Http { status, headers, body }
        }
        Reply::Exec { code, stdout: Value::List(_) } => {
            let other = Value::map([("id", "other".into())]);
            Reply::Exec { code, stdout: Value::List(vec![other]) }
        }
        other => other,
    }
}

/// A change on its way.
struct Sending<'a> {
    host: &'a SimHost,
    call: &'a Call,
    form: Form,
    now: Timestamp,
    at: Timestamp,
}

impl Sending<'_> {
    fn change(self, sim: &mut Sim, mut act: Act, by: Maker, fault: Option<Fault>) -> Sent {
        let lost = || Err(EffectError::Lost { message: "no answer came".to_owned() });
        let fault = fault.filter(|fault| self.form.is_remote() || fault.is_local());
        let failed = |reply, at| Sent { reply, at, dies: false };
        match fault {
            Some(Fault::Refused) => failed(Err(refused(400, "no")), self.at),
            Some(Fault::Busy) => failed(Err(refused(429, "later")), self.at),
            Some(Fault::NotSent) => failed(Err(not_sent("no connection", true)), self.at),
            Some(Fault::LostUndone) => failed(lost(), self.call.deadline),
            Some(Fault::Stranger) => match act {
                Act::Revoke { .. } => failed(self.answer(sim, Err(No::NotFound)), self.at),
                _ => self.done(sim, &act, &by, self.at),
            },
            Some(Fault::Edge) => {
                let error = HostError::State { message: "the disk is full".to_owned() };
                failed(Err(EffectError::Edge(error)), self.at)
            }
            Some(Fault::Late(part) | Fault::LateDead(part)) => {
                let flight = match &act {
                    Act::Create { user: Some(_), .. } => SHORT_FLIGHT,
                    _ => FLIGHT,
                };
                let left = self.call.deadline.since(self.now).0 + flight.0;
                let at = self.now + Duration(left * part / 100);
                sim.world.late.push(Late { at, act, by });
                let dies = matches!(fault, Some(Fault::LateDead(_)));
                Sent { reply: lost(), at: self.call.deadline, dies }
            }
            Some(Fault::LostDone) => {
                let _ = sim.judge_and_do(&act, &by, self.now);
                failed(lost(), self.call.deadline)
            }
            Some(Fault::Lies) => {
                if let Act::Put { lies, .. } = &mut act {
                    *lies = true;
                }
                self.done(sim, &act, &by, self.at)
            }
            Some(Fault::Slow(ms)) => {
                let at = self.now + Duration(ms);
                if at >= self.call.deadline {
                    let _ = sim.judge_and_do(&act, &by, self.now);
                    return failed(lost(), self.call.deadline);
                }
                self.done(sim, &act, &by, at)
            }
            None => self.done(sim, &act, &by, self.at),
        }
    }

    fn done(&self, sim: &mut Sim, act: &Act, by: &Maker, at: Timestamp) -> Sent {
        let done = sim.judge_and_do(act, by, self.now);
        Sent { reply: self.answer(sim, done), at, dies: false }
    }

    fn answer(&self, sim: &Sim, done: Result<Done, No>) -> Result<Reply, EffectError> {
        let seal = |name: &str, value: &str| -> Value { self.host.seal(self.call, name, value) };
        let answer = sim.world.answer(self.form, done, &seal);
        match (&answer, &self.call.effect) {
            (Err(EffectError::Refused { code, .. }), Effect::Http(http)) => {
                let status = u16::try_from(*code).unwrap_or(0);
                let (headers, body) = (IndexMap::new(), Value::Null);
                let accepted = http.accept.contains(&status);
                if accepted { Ok(Reply::Http { status, headers, body }) } else { answer }
            }
            _ => answer,
        }
    }
}

impl Fault {
    /// Says whether it can happen to a file of this machine.
    fn is_local(self) -> bool {
        match self {
            Self::Refused | Self::Edge => true,
            Self::LostDone
            | Self::LostUndone
            | Self::Late(_)
            | Self::LateDead(_)
            | Self::Busy
            | Self::NotSent
            | Self::Slow(_)
            | Self::Stranger
            | Self::Lies => false,
        }
    }
}

impl Sim {
    fn somebody(&mut self, somebody: Somebody, at: Timestamp) {
        self.world.disturbed = true;
        self.world.tell(at, || format!("somebody else: {somebody:?}"));
        let account = self.world.tokens.first().map(|token| token.account.clone());
        let value = self.world.issue(&account.unwrap_or_default(), at);
        if somebody == Somebody::TakesPlace {
            let mut places = self.world.places.values_mut();
            if let Some(place) = places.find(|place| place.reads == Reads::Token) {
                place.versions.push(Some(value));
            }
        }
    }

    /// What a record must not say.
    pub(crate) fn judge_record(
        &mut self,
        run: &str,
        entries: &[Entry],
        state: usize,
        at: Timestamp,
    ) {
        for entry in entries {
            match &entry.event {
                Event::Promoted { to, .. } => {
                    let live = self.world.tokens.iter().any(|of| of.id == to.id && of.is_live(at));
                    if !live && self.states[1].runs.is_empty() {
                        self.world.blame(at, format!("{} is promoted, and does not live", to.id));
                    }
                }
                Event::Ended { .. } => self.forget_former(run, state),
                _ => {}
            }
        }
    }

    /// What a run kept of files goes when the run ends, unless it is stuck.
    fn forget_former(&mut self, run: &str, state: usize) {
        let open = self.states[state].runs.get(run).is_some_and(|run| run.is_unfinished());
        if !open {
            self.world.places.values_mut().for_each(|place| drop(place.former.remove(base(run))));
        }
    }
}
