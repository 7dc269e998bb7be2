//! The sweep: what an abandoned try made after all is found by its marker and revoked.

use std::collections::BTreeSet;

use crate::ctx::{Ctx, Mode, Scope};
use crate::event::{Entry, Event, Failure};
use crate::execute::closed::{Beside, Closed};
use crate::execute::door::Door;
use crate::execute::fresh::Fresh;
use crate::execute::frozen::Frozen;
use crate::execute::left::{Holding, Left, Tried, abandoned};
use crate::execute::prove::Proving;
use crate::execute::{Drive, ExecuteError};
use crate::host::Host;
use crate::plan::Plan;
use crate::planted::Bug;
use crate::run::Slot;
use crate::spec::Role;
use crate::step::StepError;
use crate::time::Duration;
use crate::value::{Map, Value, shown};

/// After so long an abandoned try that left nothing is looked for no more.
const LOOKED_FOR: Duration = Duration::seconds(24 * 60 * 60);
/// How often what was revoked is looked for once more.
const LOOKS: u32 = 3;
/// How long is waited between two looks.
const LOOK_DELAY: Duration = Duration::seconds(2);

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Swept {
    /// What was revoked.
    pub revoked: Vec<Orphan>,
    /// What was found and left alone, each with its reason.
    pub kept: Vec<Orphan>,
    /// The tries that could not be looked for, each with its reason.
    pub unknown: Vec<Orphan>,
}

/// Something that an abandoned try made, or may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The step.
    pub step: String,
    /// The try.
    pub attempt: u32,
    /// Its marker.
    pub marker: String,
    /// The provider's id; none where nothing was found.
    pub id: Option<String>,
    /// Why it was left alone; empty for what was revoked.
    pub reason: String,
}

/// What became of one abandoned try.
enum Found {
    Nothing,
    Revoked(Orphan),
    Kept(Orphan),
    Unknown(Orphan),
}

/// Looks for what abandoned creates of a run that is over made after all, and revokes it: never what
/// the state knows as in use, never what a place may still hold. A try that has left nothing is
/// looked for no more after a day.
///
/// # Errors
/// As [`pay`](crate::execute::pay).
pub async fn sweep(
    plan: &Plan,
    history: &[Entry],
    host: &dyn Host,
    drive: &Drive<'_>,
    beside: &Beside<'_>,
) -> Result<Swept, ExecuteError> {
    let door = Door::new(host, drive.stop);
    let mut closed = Closed::open(plan, history, &door, drive, beside).await?;
    let swept = closed.sweep(history).await;
    host.release(drive.run);
    swept
}

impl<'d> Closed<'d> {
    async fn sweep(&mut self, history: &[Entry]) -> Result<Swept, ExecuteError> {
        self.refuse_unfinished()?;
        let mut swept = Swept::default();
        for tried in abandoned(history) {
            if self.drive.stop.requested() {
                break;
            }
            match self.sweep_one(&tried, history).await? {
                Found::Nothing => {}
                Found::Revoked(orphan) => swept.revoked.push(orphan),
                Found::Kept(orphan) => swept.kept.push(orphan),
                Found::Unknown(orphan) => swept.unknown.push(orphan),
            }
        }
        Ok(swept)
    }

    async fn sweep_one(&mut self, tried: &Tried, history: &[Entry]) -> Result<Found, ExecuteError> {
        let Some(slot) = self.slot_of(tried) else { return Ok(Found::Nothing) };
        let looked = self.look_for(slot, tried).await;
        self.edge()?;
        let (with, found) = match looked {
            Ok(looked) => looked,
            Err(error) => return Ok(Found::Unknown(tried.orphan(None, &error.message))),
        };
        let Some(found) = found else { return self.nothing(tried).await };
        let Some(id) = found.get("id").and_then(Value::as_text).map(shown) else {
            return Ok(Found::Unknown(tried.orphan(None, "what was found has no id")));
        };
        let orphan = tried.orphan(Some(id), "");
        let kept =
            |reason: &str| Found::Kept(Orphan { reason: reason.to_owned(), ..orphan.clone() });
        if self.is_in_use(&orphan) {
            return Ok(kept("the state knows it as in use"));
        }
        if self.is_of_others(&orphan) {
            return Ok(kept("it was in use before its run, or another run made it"));
        }
        let looks = !self.drive.planted.is(Bug::SweepsAnother);
        if looks && is_of_another_try(&orphan, history) {
            return Ok(kept("another try of its run gave it"));
        }
        if let Err(error) = self.let_go(slot, tried, history).await {
            self.edge()?;
            return Ok(kept(&error.message));
        }
        match self.revoke_orphan(slot, tried, &with, &found).await? {
            Ok(()) => {
                let (step, attempt) = (tried.step.clone(), tried.attempt);
                let id = orphan.id.clone().unwrap_or_default();
                self.note(Event::Swept { step, attempt, id });
                self.flush().await?;
                Ok(Found::Revoked(orphan))
            }
            Err(error) => Ok(kept(&error.message)),
        }
    }

    fn slot_of(&self, tried: &Tried) -> Option<Slot> {
        let slot = self.run.graph().slot(&tried.step)?;
        (self.node(slot).role == Role::Create).then_some(slot)
    }

    fn is_in_use(&self, orphan: &Orphan) -> bool {
        let current = self.claim.current.as_ref().map(|current| &current.id);
        let owed = self.claim.debts.iter().any(|debt| Some(&debt.target) == orphan.id.as_ref());
        owed || current == orphan.id.as_ref()
            || orphan.id.as_ref().is_some_and(|id| self.beside.in_use.contains(id))
    }

    /// Says whether what was found can't be what the try made: it was in use before its run, or
    /// another run that was given up made it. A provider that keeps no marker lists that too.
    fn is_of_others(&self, orphan: &Orphan) -> bool {
        let id = orphan.id.as_deref();
        let mut others = self.claim.given_up.iter().filter(|of| of.run != self.drive.run);
        self.run.was_in_use(id) || others.any(|of| Some(of.made.as_str()) == id)
    }

    /// Looks for what a try made, with its own parameters and marker.
    async fn look_for(&self, slot: Slot, tried: &Tried) -> Result<(Map, Option<Map>), StepError> {
        let node = self.node(slot);
        if !node.step.spec().has_read {
            let uses = &node.decl.uses.value;
            return Err(StepError::new(format!("`{uses}` cannot look for its marker")));
        }
        let with = self.filled(&tried.params, slot).await?;
        let found = node.step.read(&with, &Ctx::new(self.door, self.scope_of(slot, tried))).await?;
        Ok((with, found))
    }

    /// Returns parameters with the secrets that inputs and reads give now.
    async fn filled(&self, with: &Map, slot: Slot) -> Result<Map, StepError> {
        let frozen = Frozen { plan: self.plan, run: &self.run };
        let reads = frozen.reads_for(std::iter::once(with));
        let deadline = self.door.now() + self.node(slot).timeout;
        let proving = Proving {
            reads: reads.iter().map(|proof| self.asked(proof)).collect::<Result<_, _>>()?,
            places: Vec::new(),
            in_use: None,
            proofs: Vec::new(),
            fresh: Fresh::new(self.plan.inputs(), self.beside.missing),
            scope: self.scope("", 1, deadline),
            plan: self.plan,
            run: self.run.clone(),
        };
        proving.hold(self.door).await?.fill(with, self.door.secrets())
    }

    fn scope_of(&self, slot: Slot, tried: &Tried) -> Scope {
        let deadline = self.door.now() + self.node(slot).timeout;
        let scope = self.scope(&tried.step, tried.attempt, deadline);
        Scope { marker: tried.marker.clone(), ..scope }
    }

    async fn nothing(&mut self, tried: &Tried) -> Result<Found, ExecuteError> {
        if tried.abandoned_at + LOOKED_FOR <= self.door.now() {
            let (step, attempt) = (tried.step.clone(), tried.attempt);
            self.note(Event::Swept { step, attempt, id: String::new() });
            self.flush().await?;
        }
        Ok(Found::Nothing)
    }

    /// Makes sure that nothing holds the value of a try any more, as far as it ever left us.
    async fn let_go(&self, slot: Slot, tried: &Tried, history: &[Entry]) -> Result<(), StepError> {
        if !tried.was_made {
            return Ok(());
        }
        let left = Left::of(self.plan, history, self.node(slot).id());
        for given in left.given {
            self.not_held(&given, tried).await?;
        }
        match self.not_back(slot, history) {
            Some(step) => {
                let message =
                    format!("`{step}` could not be taken back, and what it did may use it");
                Err(StepError::new(message).code("not_undone"))
            }
            None => Ok(()),
        }
    }

    /// Returns a step after a create whose undo failed, and which is no place that can be read: a
    /// program that was told to load what a place held then, and to load it again in vain.
    fn not_back<'h>(&self, create: Slot, history: &'h [Entry]) -> Option<&'h str> {
        let mut failed: Vec<&str> = Vec::new();
        for entry in history {
            match &entry.event {
                Event::UndoFailed { step, .. } => failed.push(step),
                Event::Undone { step, .. } => failed.retain(|other| other != step),
                _ => {}
            }
        }
        failed.into_iter().find(|step| {
            self.run.graph().slot(step).is_some_and(|slot| {
                let other = matches!(self.node(slot).role, Role::Other | Role::Notify);
                let (create, step) = (create.node as usize, slot.node as usize);
                other && self.plan.checked().is_before(create, step)
            })
        })
    }

    /// Makes sure that a place does not hold the value of a try.
    async fn not_held(&self, given: &Holding<'d>, tried: &Tried) -> Result<(), StepError> {
        let at = |what: &str| StepError::new(format!("`{}` {what}", given.step));
        let (Some(reader), Some(check)) = (&given.reader, given.check(tried)) else {
            return Err(at("was given its value, and cannot be compared"));
        };
        let slot = self.run.graph().slot(&given.step).ok_or_else(|| at("is not there"))?;
        let with = self.filled(&given.with, slot).await?;
        let deadline = self.door.now() + self.node(slot).timeout;
        let ctx = Ctx::new(self.door, self.scope(&given.step, 1, deadline));
        let found = reader.run(&with, &ctx).await.map_err(|error| {
            at(&format!("was given its value, and its place cannot be read: {error}"))
        })?;
        let salt = self.run.claimed().map(|claimed| claimed.salt.as_str()).unwrap_or_default();
        let held = found.get(&given.output).and_then(Value::as_text);
        let held = held.and_then(|held| self.door.secrets().check(salt, held));
        if held.as_ref() == Some(check) {
            return Err(at("was given its value, and its place still holds it"));
        }
        Ok(())
    }

    /// Takes back what a try made, until the provider does not show it any more.
    async fn revoke_orphan(
        &mut self,
        slot: Slot,
        tried: &Tried,
        with: &Map,
        found: &Map,
    ) -> Result<Result<(), StepError>, ExecuteError> {
        let node = self.node(slot);
        if !node.step.spec().has_undo {
            let uses = &node.decl.uses.value;
            return Ok(Err(StepError::new(format!("`{uses}` cannot take it back"))));
        }
        let (step, attempt) = (tried.step.clone(), tried.attempt);
        self.note(Event::UndoStarted { step: step.clone(), attempt, uses: None, with: Map::new() });
        self.flush().await?;
        let scope = self.scope_of(slot, tried);
        let scope =
            Scope { step: format!("undo:{step}"), mode: Mode::Undo, may_write: true, ..scope };
        let undone = node.step.undo(with, found, &Ctx::new(self.door, scope)).await;
        let gone = match undone {
            Ok(()) => self.is_gone_now(slot, tried, with).await,
            Err(error) => Err(error),
        };
        self.edge()?;
        if let Err(error) = &gone {
            let (message, code) = (error.message.clone(), error.code.clone());
            let error = Failure { step: step.clone(), message, code, help: error.help.clone() };
            self.note(Event::UndoFailed { step, error });
            self.flush().await?;
        }
        Ok(gone)
    }

    async fn is_gone_now(&self, slot: Slot, tried: &Tried, with: &Map) -> Result<(), StepError> {
        let node = self.node(slot);
        for look in 1..=LOOKS {
            let ctx = Ctx::new(self.door, self.scope_of(slot, tried));
            if node.step.read(with, &ctx).await?.is_none() {
                return Ok(());
            }
            if look < LOOKS {
                ctx.sleep(self.door.now() + LOOK_DELAY).await?;
            }
        }
        Err(StepError::new("it was revoked, and the provider still shows it"))
    }
}

impl Tried {
    fn orphan(&self, id: Option<String>, reason: &str) -> Orphan {
        Orphan {
            step: self.step.clone(),
            attempt: self.attempt,
            marker: self.marker.clone(),
            id,
            reason: reason.to_owned(),
        }
    }
}

/// Says whether another try than the abandoned one made what was found: a provider that keeps no
/// marker lists that too. What only shows the id, as a login does, did not make it.
fn is_of_another_try(orphan: &Orphan, history: &[Entry]) -> bool {
    let mut makers = BTreeSet::new();
    history.iter().any(|entry| {
        if let Event::Started(started) = &entry.event
            && started.role == Role::Create
        {
            makers.insert((started.step.as_str(), started.attempt));
        }
        let (Event::Succeeded { step, attempt, outputs, .. }
        | Event::Found { step, attempt, outputs, .. }) = &entry.event
        else {
            return false;
        };
        let id = outputs.get("id").and_then(Value::as_text).map(shown);
        let is_other = *step != orphan.step || *attempt != orphan.attempt;
        let made = makers.contains(&(step.as_str(), *attempt));
        made && is_other && id.is_some() && id == orphan.id
    })
}
