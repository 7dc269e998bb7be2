//! The table of recovery: what becomes of a write without an answer, one row each.

use std::collections::HashMap;

use crate::check::Node;
use crate::check::holds_secret;
use crate::ctx::{Ctx, Mode, Scope};
use crate::disk::GONE;
use crate::event::{DebtState, Event};
use crate::execute::attempt::{look as read_place, read_back};
use crate::execute::driver::{Driver, Landed};
use crate::execute::settle::failure;
use crate::host::Host;
use crate::planted::Bug;
use crate::run::graph::Part;
use crate::run::revive::revive_map;
use crate::run::slot::Tried;
use crate::run::{SPENT, Slot};
use crate::spec::{Repeat, Role};
use crate::step::StepError;
use crate::time::{Duration, Timestamp};
use crate::value::{Handle, Map, Piece, Value, pieces};

/// How often a `read` that fails is asked again before a person is.
const MAX_LOOKS: u32 = 6;
/// How long is waited after the first `read` that failed; each time twice as long.
const LOOK_DELAY: Duration = Duration::seconds(2);

/// How often an orphan is taken back before that has failed.
const MAX_ENDS: u32 = 5;
/// How long is waited before it is taken back once more; each time twice as long.
const END_DELAY: Duration = Duration::seconds(1);

/// What a look at what a try may have done has found.
pub(crate) struct Looked {
    pub(crate) slot: Slot,
    /// The try in question; 0 where none was begun.
    pub(crate) attempt: u32,
    /// When it was asked.
    pub(crate) asked_at: Timestamp,
    pub(crate) why: Why,
    pub(crate) found: Result<Option<Found>, StepError>,
}

/// What is there.
pub(crate) struct Found {
    pub(crate) outputs: Map,
    /// Of a place that can be read back: that it holds what was written.
    pub(crate) stored: Option<Event>,
    /// What a place holds is a secret that was gone with its process, by where it came from.
    pub(crate) revived: Option<(String, Handle)>,
}

/// What tells whether a place holds a secret that is gone.
struct Checked {
    origin: String,
    salt: String,
    check: String,
}

/// Why it was looked.
pub(crate) enum Why {
    /// The try got no answer.
    Lost,
    /// The try failed after its write was sent, in words that nobody knows.
    Doubted(StepError),
    /// The next try is about to begin, with these parameters.
    Before { attempt: u32, params: Map },
}

/// The rows of the table.
enum Row {
    /// It is there, whole: that is the result.
    Adopt(Found),
    /// It is there, and a secret of it can't be read: it is taken back.
    Orphan(Map),
    /// Nothing is there, and it may still land.
    Wait(Timestamp),
    /// Nothing is there, and it can't land any more.
    Gone,
    /// Nobody can look, and it may be sent again.
    Again,
    /// Nobody can look, and it may not be sent again.
    Park,
}

impl Driver<'_> {
    /// Looks for what a lost write may have done; what nobody can look for is decided at once.
    pub(crate) fn look_for(&mut self, slot: Slot) -> bool {
        if self.is_looking(slot) {
            return false;
        }
        let Some((attempt, tried)) = self.last_try(slot) else { return false };
        if self.node(slot).step.spec().has_read {
            self.queue_look(slot, attempt, tried.params, Why::Lost);
            return true;
        }
        match self.node(slot).repeat {
            Repeat::Safe => self.carry_out_row(slot, attempt, Row::Again),
            Repeat::Never => self.carry_out_row(slot, attempt, Row::Park),
        }
        true
    }

    fn last_try(&self, slot: Slot) -> Option<(u32, Tried)> {
        let state = self.run.state(slot)?;
        Some((state.attempts, state.tried.as_deref()?.clone()))
    }

    /// Makes a look ready to be launched. It only reads.
    pub(crate) fn queue_look(&mut self, slot: Slot, attempt: u32, params: Map, why: Why) {
        self.looking.insert(slot);
        let node = self.node(slot);
        let asked_at = self.door.now();
        let deadline = asked_at + self.run.shape(slot.node).timeout;
        let scope = self.scope(slot, attempt, deadline);
        let scope = Scope { mode: Mode::Read, may_write: false, ..scope };
        let check = self.check_of_place(node, &params);
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let found = match check {
                Some(check) => look_by_check(door, node, &params, scope, check).await,
                None => look(door, node, &params, scope).await,
            };
            Landed::Looked(Box::new(Looked { slot, attempt, asked_at, why, found }))
        }));
    }

    /// Returns what tells whether a place holds our value, where the value itself is gone.
    fn check_of_place(&self, node: &Node, params: &Map) -> Option<Checked> {
        let back = read_back(node, params)?;
        let written = pieces(&back.written);
        let [Piece::Secret(Handle { id: GONE, origin })] = written.as_slice() else { return None };
        let check = self.run.check_of(origin)?.to_owned();
        let salt = self.run.claimed()?.salt.clone();
        Some(Checked { origin: origin.clone(), salt, check })
    }

    /// Notes what a look has found.
    pub(crate) fn looked(&mut self, looked: Looked) {
        let Looked { slot, attempt, asked_at, why, found } = looked;
        self.looking.remove(&slot);
        if let Ok(Some(Found { revived: Some(revived), .. })) = &found {
            self.run.revive(&HashMap::from([revived.clone()]));
        }
        match (why, found) {
            (Why::Lost, Ok(found)) => {
                self.failed_looks.remove(&slot);
                let row = self.row(slot, asked_at, found);
                self.carry_out_row(slot, attempt, row);
            }
            (Why::Lost, Err(error)) => self.cannot_look(slot, attempt, &error),
            (Why::Doubted(error), Ok(Some(found))) => {
                self.lose(slot, attempt, &error);
                let row = self.row(slot, asked_at, Some(found));
                self.carry_out_row(slot, attempt, row);
            }
            (Why::Doubted(error), Ok(None) | Err(_)) => self.failed(slot, attempt, &error),
            (Why::Before { attempt: next, params }, found) => {
                self.looked_before(slot, attempt, next, params, found);
            }
        }
    }

    fn row(&self, slot: Slot, asked_at: Timestamp, found: Option<Found>) -> Row {
        match found {
            Some(found) if is_whole(self.node(slot), &found.outputs) => Row::Adopt(found),
            Some(found) => Row::Orphan(found.outputs),
            None => match self.settles_at(slot) {
                Some(until) if asked_at < until => Row::Wait(until),
                Some(_) | None => Row::Gone,
            },
        }
    }

    /// Returns until when a lost write may still land; none where it can't any more.
    fn settles_at(&self, slot: Slot) -> Option<Timestamp> {
        let spec = self.node(slot).step.spec();
        if spec.lands_at_once || self.drive.planted.is(Bug::NoSettleWait) {
            return None;
        }
        let tried = self.run.state(slot)?.tried.as_ref()?;
        Some(tried.deadline + spec.settle)
    }

    fn carry_out_row(&mut self, slot: Slot, attempt: u32, row: Row) {
        match row {
            Row::Adopt(found) => self.adopt(slot, attempt, found),
            Row::Orphan(outputs) => self.end_orphan(slot, attempt, outputs),
            Row::Wait(until) => self.wait_for_it(slot, attempt, until),
            Row::Gone => self.be_gone(slot, attempt),
            Row::Again => self.send_again(slot, attempt),
            Row::Park => self.ask_a_person(slot),
        }
    }

    /// Row 1: what is there is the result.
    fn adopt(&mut self, slot: Slot, attempt: u32, found: Found) {
        let step = self.run.graph().path(slot);
        let checks = self.checks(slot, &found.outputs);
        self.note(Event::Found { step, attempt, outputs: found.outputs, checks });
        if let Some(stored) = found.stored {
            self.note(stored);
        }
        self.pay_found(slot);
    }

    /// Row 2: nobody has its secret any more, so it is revoked, and then made again.
    fn end_orphan(&mut self, slot: Slot, attempt: u32, outputs: Map) {
        let Some((_, tried)) = self.last_try(slot) else { return };
        let step = self.run.graph().path(slot);
        let (uses, with) = (None, Map::new());
        self.note(Event::UndoStarted { step: step.clone(), attempt, uses, with });
        self.announces = true;
        self.looking.insert(slot);
        let node = self.node(slot);
        let deadline = self.door.now() + self.run.shape(slot.node).timeout;
        let scope = self.scope(slot, attempt, deadline);
        let scope = Scope { step: format!("undo:{step}"), may_write: true, ..scope };
        let door = self.door;
        self.waiting.push(Box::pin(async move {
            let result = end(door, node, &tried.params, &outputs, scope).await;
            Landed::OrphanEnded { slot, attempt, result }
        }));
    }

    pub(crate) fn orphan_ended(&mut self, slot: Slot, attempt: u32, result: Result<(), StepError>) {
        self.looking.remove(&slot);
        match result {
            Ok(()) => self.be_gone(slot, attempt),
            // After an interrupt it is for a resume to end it.
            Err(_) if self.drive.stop.requested() => {}
            Err(error) => {
                let step = self.run.graph().path(slot);
                let error = failure(&step, &error);
                self.note(Event::UndoFailed { step, error });
            }
        }
    }

    /// Row 3: it is looked for again when it can't land any more. Until then nothing else is
    /// written to its place, and nothing that it carries is revoked.
    fn wait_for_it(&mut self, slot: Slot, attempt: u32, until: Timestamp) {
        let step = self.run.graph().path(slot);
        let reason = "nothing is there yet, and it may still land".to_owned();
        self.note(Event::Settling { step, attempt, until, reason });
    }

    /// Row 4: the next try may begin.
    pub(crate) fn be_gone(&mut self, slot: Slot, attempt: u32) {
        let step = self.run.graph().path(slot);
        let state = self.run.state(slot);
        let marker = state.and_then(|state| state.marker()).unwrap_or_default().to_owned();
        let why = state.and_then(|state| state.error.as_ref()).map(|error| error.message.clone());
        self.note(Event::Abandoned { step, attempt, marker });
        self.sure.insert(slot);
        self.owed_if_over(slot, why.unwrap_or_default());
    }

    /// Row 5: it is sent again, as often as its `retry` lets it, and not for a run that has failed.
    fn send_again(&mut self, slot: Slot, attempt: u32) {
        let Some(state) = self.run.state(slot) else { return };
        let error = state.error.as_deref().cloned().unwrap_or_default();
        let shape = self.run.shape(slot.node);
        if state.spent() < shape.retry.max_attempts && self.run.failure().is_none() {
            return self.try_again(slot, attempt, &StepError::new(error.message));
        }
        match self.settles_at(slot) {
            Some(until) if self.door.now() < until => self.wait_for_it(slot, attempt, until),
            Some(_) | None => {
                let step = self.run.graph().path(slot);
                let reason = error.message.clone();
                let error = crate::event::Failure { code: SPENT.to_owned(), ..error };
                self.note(Event::Lost { step, attempt, error });
                self.owed_if_over(slot, reason);
            }
        }
    }

    /// Row 6: nobody but a person can tell.
    fn ask_a_person(&mut self, slot: Slot) {
        let step = self.run.graph().path(slot);
        let ask = format!(
            "`{step}` got no answer, and nothing can look whether it was done: look yourself, then \
             `--redo {step}` where it was not, or `--skip {step}` where it was"
        );
        self.park(slot, ask);
    }

    /// A `read` that fails is asked again, less and less often; then a person is.
    fn cannot_look(&mut self, slot: Slot, attempt: u32, error: &StepError) {
        let count = self.failed_looks.entry(slot).or_default();
        *count += 1;
        let count = *count;
        if count >= MAX_LOOKS {
            let step = self.run.graph().path(slot);
            let ask = format!(
                "`{step}` got no answer, and it can't be looked for: {}; go on when that is mended",
                error.message
            );
            return self.park(slot, ask);
        }
        let wait = Duration(LOOK_DELAY.0 << (count - 1)).max(error.retry_after.unwrap_or_default());
        let step = self.run.graph().path(slot);
        let reason = format!("it can't be looked for yet: {}", error.message);
        self.note(Event::Settling { step, attempt, until: self.door.now() + wait, reason });
    }

    /// Returns the try to look for before the next one begins; 0 where none was begun. What is
    /// made is not looked for before its first try: whatever is there is not ours.
    pub(crate) fn to_look_for(&mut self, slot: Slot) -> Option<u32> {
        let shape = self.run.shape(slot.node);
        let can = shape.writes && shape.part == Part::Steps && self.node(slot).step.spec().has_read;
        if !can || self.sure.remove(&slot) {
            return None;
        }
        let state = self.run.state(slot)?;
        let makes = shape.role == Role::Create && !self.drive.planted.is(Bug::ReadBeforeCreate);
        match &state.tried {
            Some(_) => Some(state.attempts),
            None => (!makes).then_some(0),
        }
    }

    /// Notes what was there before a try, or begins it where nothing was.
    fn looked_before(
        &mut self,
        slot: Slot,
        attempt: u32,
        next: u32,
        params: Map,
        found: Result<Option<Found>, StepError>,
    ) {
        if !self.run.may_go_on_with(slot) || self.stopping {
            return;
        }
        match found {
            Ok(None) => self.announce(slot, next, params),
            Ok(Some(found)) if attempt == 0 || is_whole(self.node(slot), &found.outputs) => {
                self.adopt(slot, attempt, found);
            }
            Ok(Some(found)) => {
                let error = StepError::new("it was made, although it said that it was not");
                self.lose(slot, attempt, &error);
                self.end_orphan(slot, attempt, found.outputs);
            }
            Err(error) => self.fail_before(slot, &error),
        }
    }

    /// It can't be told whether it is there already: then it is not tried.
    fn fail_before(&mut self, slot: Slot, error: &StepError) {
        let message = format!("it can't be told whether it is done already: {}", error.message);
        if self.run.debt_of(slot.node).is_some() {
            return self.still_owed(slot, format!("not paid: {message}"));
        }
        let step = self.run.graph().path(slot);
        let error = StepError { message, ..error.clone() };
        let error = failure(&step, &error);
        self.note(Event::Failed { step, attempt: 0, error });
    }

    pub(crate) fn is_looking(&self, slot: Slot) -> bool {
        self.looking.contains(&slot)
    }

    /// A revoke that is owed waits for no one: its debt outlives the run.
    fn park(&mut self, slot: Slot, ask: String) {
        match self.run.debt_of(slot.node) {
            Some(_) => self.still_owed(slot, ask),
            None => {
                let step = self.run.graph().path(slot);
                self.note(Event::Parked { step, until: None, ask: Some(ask) });
                self.journal.urge();
            }
        }
    }

    fn pay_found(&mut self, slot: Slot) {
        if let Some(debt) = self.run.debt_of(slot.node) {
            let (debt, state) = (debt.id.clone(), DebtState::Paid);
            self.note(Event::DebtChanged { debt, state, due: None, reason: String::new() });
        }
    }
}

/// Ends what a try has made: taken back until `read` finds nothing of it.
async fn end(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    done: &Map,
    scope: Scope,
) -> Result<(), StepError> {
    let timeout = scope.deadline.since(host.now());
    let mut tries = 1;
    loop {
        let scope = Scope { deadline: host.now() + timeout, ..scope.clone() };
        let error = match end_once(host, node, params, done, scope.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !error.retryable || tries == MAX_ENDS {
            return Err(error);
        }
        let wait = Duration(END_DELAY.0 << (tries - 1)).max(error.retry_after.unwrap_or_default());
        Ctx::new(host, scope).sleep(host.now() + wait).await?;
        tries += 1;
    }
}

async fn end_once(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    done: &Map,
    scope: Scope,
) -> Result<(), StepError> {
    let ctx = Ctx::new(host, Scope { mode: Mode::Undo, ..scope.clone() });
    node.step.undo(params, done, &ctx).await?;
    let ctx = Ctx::new(host, Scope { mode: Mode::Read, may_write: false, ..scope });
    match node.step.read(params, &ctx).await? {
        None => Ok(()),
        Some(_) => Err(StepError::retryable("it is still there").code("not_gone")),
    }
}

/// Asks the step's own `read`; a place that can be read back must say the same.
async fn look(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    scope: Scope,
) -> Result<Option<Found>, StepError> {
    let ctx = Ctx::new(host, scope.clone());
    let Some(outputs) = node.step.read(params, &ctx).await? else { return Ok(None) };
    let Some(back) = read_back(node, params) else {
        return Ok(Some(Found { outputs, stored: None, revived: None }));
    };
    let step = scope.step.clone();
    match read_place(host, &back, scope).await {
        Ok(()) => {
            let stored = Some(back.into_event(step));
            Ok(Some(Found { outputs, stored, revived: None }))
        }
        Err(error) if error.code == crate::run::NOT_HELD => Ok(None),
        Err(error) => Err(error),
    }
}

/// Compares what a place holds with the check of what was written, which is gone itself. Where it
/// is that, it is alive again.
async fn look_by_check(
    host: &dyn Host,
    node: &Node,
    params: &Map,
    scope: Scope,
    of: Checked,
) -> Result<Option<Found>, StepError> {
    let Some(back) = read_back(node, params) else { return Ok(None) };
    let ctx = Ctx::new(host, scope.clone());
    let found = match back.reader.run(&back.with, &ctx).await {
        Err(error) if error.code == "not_found" => return Ok(None),
        found => found?,
    };
    let Some(held) = found.get(&back.output).and_then(Value::as_text) else { return Ok(None) };
    if host.secrets().check(&of.salt, held).as_deref() != Some(&of.check) {
        return Ok(None);
    }
    let held = pieces(held);
    let [Piece::Secret(held)] = held.as_slice() else { return Ok(None) };
    let handle = Handle { id: held.id, origin: of.origin.clone() };
    let alive = HashMap::from([(of.origin.clone(), handle.clone())]);
    let mut params = params.clone();
    revive_map(&mut params, &alive);
    let found = look(host, node, &params, scope).await?;
    Ok(found.map(|found| Found { revived: Some((of.origin, handle)), ..found }))
}

/// Says whether all secrets are there that the step gives.
fn is_whole(node: &Node, found: &Map) -> bool {
    let mut secrets = node.outputs().filter(|output| holds_secret(&output.ty) && !output.nullable);
    secrets.all(|output| found.get(&output.name).is_some_and(|value| !value.is_null()))
}
