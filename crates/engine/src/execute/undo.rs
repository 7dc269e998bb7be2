//! Taking a step back: announced, done, tried again where that may help.

use std::sync::Arc;

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::{Event, Failure};
use crate::execute::driver::{Driver, Landed};
use crate::execute::prove::Place;
use crate::execute::render::{self, Fault};
use crate::execute::still;
use crate::host::Host;
use crate::planted::Bug;
use crate::run::scope::Values;
use crate::run::slot::{Over, Phase};
use crate::run::undo::order::Form;
use crate::run::{Slot, retry};
use crate::source::Span;
use crate::spec::{Repeat, Role};
use crate::step::{Fate, Step, StepError};
use crate::time::{Duration, Timestamp};
use crate::value::{Map, Value, shown};
use crate::workflow::{Retry, Undo};

/// How often a step is taken back whose own `retry` says nothing.
const TRIES: u32 = 3;
/// How long is waited before the second of those.
const DELAY: Duration = Duration::seconds(2);
/// How long is waited between them at most.
const MAX_DELAY: Duration = Duration::seconds(60);

/// How a step is taken back.
pub(crate) enum Way {
    /// By its own undo: what it gave, and whether that is all there can be.
    Own {
        /// The step.
        step: Arc<dyn Step>,
        /// The parameters that it ran with.
        params: Map,
        /// What it gave.
        done: Map,
        /// Nobody knows what its try has done: it is asked whether something is left.
        unsure: bool,
    },
    /// By a step that is run.
    Run {
        /// That step.
        step: Arc<dyn Step>,
        /// Its parameters.
        params: Map,
    },
}

/// How long an undo goes on.
struct Length {
    /// How long one try of it may take.
    timeout: Duration,
    /// How long after its deadline a write of it may land that got no answer; none where it can't
    /// land later at all.
    settle: Option<Duration>,
    /// Until when one may that was sent before.
    lands_until: Option<Timestamp>,
    /// Until when it is tried again at least: a list may still show what is gone.
    patience: Timestamp,
    /// How it is tried again.
    retry: Retry,
}

/// How taking a step back ended.
pub(crate) enum Ended {
    /// It is back.
    Back,
    /// It could not be taken back.
    Failed(StepError),
    /// It was cut short: it is still to be taken back.
    Cut,
}

impl<'d> Driver<'d> {
    /// Announces that a step is taken back, and makes that ready to be launched.
    pub(crate) fn undo(&mut self, slot: Slot) {
        let step = self.run.graph().path(slot);
        let state = self.run.state(slot);
        let attempt = state.map_or(0, |state| state.attempts);
        let (way, uses) = match self.way(slot) {
            Ok(way) => way,
            Err(fault) => {
                let (message, help) = (fault.message, fault.help);
                let code = "template".to_owned();
                let error = Failure { step: step.clone(), message, code, help };
                return self.note(Event::UndoFailed { step, error });
            }
        };
        let with = match &way {
            Way::Own { .. } => Map::new(),
            Way::Run { params, .. } => params.clone(),
        };
        let ended = self.taking_back(slot, attempt, way);
        self.note(Event::UndoStarted { step, attempt, uses, with });
        self.announces = true;
        self.waiting.push(Box::pin(async move { Landed::Undone { slot, ended: ended.await } }));
    }

    /// Returns what takes a try of a slot back, as it stands before that is announced.
    pub(crate) fn taking_back(
        &self,
        slot: Slot,
        attempt: u32,
        way: Way,
    ) -> impl Future<Output = Ended> + Send + use<'d> {
        let length = self.length(slot, &way);
        let unread = self.drive.planted.is(Bug::UndoUnread);
        let place = if unread { None } else { self.place_put_back(slot) };
        let scope = self.scope(slot, attempt, self.door.now() + length.timeout);
        let step = format!("undo:{}", scope.step);
        let scope = Scope { step, may_write: true, ..scope };
        let door = self.door;
        async move { take_back(door, way, place.as_ref(), scope, length).await }
    }

    /// Returns how long an undo goes on: until nothing lands any more that an earlier try of it sent,
    /// or the step itself without an answer. An undo that revokes may land at any time: what it
    /// ends is to be ended.
    fn length(&self, slot: Slot, way: &Way) -> Length {
        let shape = self.run.shape(slot.node);
        let (spec, again, unsure) = match way {
            Way::Own { step, unsure, .. } => (step.spec(), true, *unsure),
            Way::Run { step, params } => {
                (step.spec(), step.spec().repeat_with(params) == Repeat::Safe, false)
            }
        };
        let timeout = shape.timeout;
        let ends = matches!(spec.role, Role::Create | Role::Revoke);
        let waits = !spec.lands_at_once && !self.drive.planted.is(Bug::NoLandingWait);
        let settle = (again && !ends && waits).then_some(spec.settle);
        let state = self.run.state(slot);
        let undone_by = state.and_then(|state| Some(state.back.as_ref()?.sent_at? + timeout));
        let in_doubt = state.filter(|state| state.is_unsure || state.unsettled);
        let done_by = in_doubt.and_then(|state| Some(state.tried.as_ref()?.deadline));
        let lands_until = undone_by.max(done_by).zip(settle).map(|(at, settle)| at + settle);
        let looks = unsure && spec.role == Role::Create && spec.has_read;
        let patience = if looks { spec.settle } else { Duration::default() };
        let patience = self.door.now() + patience;
        Length { timeout, settle, lands_until, patience, retry: plan_of(&shape.retry) }
    }

    /// Returns how a slot is taken back, and the kind of the step that does it where that is not
    /// the step's own undo. What was rendered before is not rendered again.
    fn way(&self, slot: Slot) -> Result<(Way, Option<String>), Fault> {
        let node = self.node(slot);
        let state = self.run.state(slot);
        let kept = state.and_then(|state| state.back.as_ref()).filter(|back| back.uses.is_some());
        let undo = node.decl.undo.as_ref().map(|undo| &undo.value);
        let (step, params) = match (self.run.shape(slot.node).form, undo) {
            (Form::Other, Some(Undo::Step { with, .. })) => {
                let step = node.undo_step.as_ref().ok_or("its `undo` names no step")?;
                let params = match kept {
                    Some(back) => back.with.clone(),
                    None => {
                        let outputs = state.map(|state| state.outputs.clone()).unwrap_or_default();
                        let scope = Values::of(self.plan, &self.run, slot);
                        let scope = Values { result: Some(&outputs), ..scope };
                        render::of_spec(step.spec(), with, &scope, self.door.secrets())?
                    }
                };
                (step, params)
            }
            (Form::Again, _) => (&node.step, self.tried(slot, node)?),
            (Form::Own | Form::Other | Form::None, _) => {
                let params = self.tried(slot, node)?;
                let done = state.map(|state| state.outputs.clone()).unwrap_or_default();
                let sure = Phase::Over(Over::Succeeded);
                let unsure = state.is_none_or(|state| state.phase != sure);
                let step = Arc::clone(&node.step);
                return Ok((Way::Own { step, params, done, unsure }, None));
            }
        };
        let uses = Some(step.spec().name.clone());
        Ok((Way::Run { step: Arc::clone(step), params }, uses))
    }

    /// Returns the parameters that a slot ran with.
    fn tried(&self, slot: Slot, node: &Node) -> Result<Map, Fault> {
        match self.run.state(slot).and_then(|state| state.tried.as_ref()) {
            Some(tried) => Ok(tried.params.clone()),
            None => {
                render::params(node, &Values::of(self.plan, &self.run, slot), self.door.secrets())
            }
        }
    }

    /// Notes how taking a step back ended.
    pub(crate) fn undone(&mut self, slot: Slot, ended: Ended) {
        let step = self.run.graph().path(slot);
        match ended {
            Ended::Back => {
                let note = self.what_was_undone(slot);
                self.note(Event::Undone { step, note });
                self.was_taken_back(slot, true);
            }
            Ended::Failed(error) => {
                let error = Failure {
                    step: step.clone(),
                    message: error.message,
                    code: error.code,
                    help: error.help,
                };
                self.note(Event::UndoFailed { step, error });
            }
            Ended::Cut => {}
        }
    }

    fn what_was_undone(&self, slot: Slot) -> String {
        let shape = self.run.shape(slot.node);
        let state = self.run.state(slot);
        let id = state.and_then(|state| state.outputs.get("id")).and_then(Value::as_text);
        match (shape.form, shape.role, id) {
            (Form::Again, _, _) => "run once more".to_owned(),
            (_, Role::Create, Some(id)) => format!("{} revoked", shown(id)),
            (_, Role::Create, None) => "what it had made is revoked".to_owned(),
            (_, Role::Store | Role::Publish, _) => "what was there before is back".to_owned(),
            (_, Role::Read | Role::Promote | Role::Revoke | Role::Notify | Role::Other, _) => {
                String::new()
            }
        }
    }
}

/// Returns how often and how an undo is tried: as its step is, or else a few times.
fn plan_of(own: &Retry) -> Retry {
    if own.max_attempts > 1 {
        return own.clone();
    }
    let (delay, max_delay) = (DELAY, MAX_DELAY);
    Retry { span: Span::default(), max_attempts: TRIES, delay, exponential: true, max_delay }
}

/// Takes a step back. An undo that fails in a way that trying again may mend, or whose own write
/// got no answer, is tried again: twice is fine. It is back only when nothing of it can land any
/// more: an earlier write could still put a former value over what the next run writes.
async fn take_back(
    host: &dyn Host,
    mut way: Way,
    place: Option<&Place>,
    scope: Scope,
    mut length: Length,
) -> Ended {
    let mut tries = 1;
    loop {
        let deadline = host.now() + length.timeout;
        let scope = Scope { deadline, ..scope.clone() };
        let ended = way.once_and_seen(host, place, scope.clone()).await;
        let error = match (ended, length.lands_until.take().filter(|until| *until > host.now())) {
            (Ok(()), None) => return Ended::Back,
            (Ok(()), Some(until)) => {
                let ctx = Ctx::new(host, scope.clone());
                if ctx.sleep(until).await.is_err() {
                    return Ended::Cut;
                }
                continue;
            }
            (Err(error), until) => {
                let lost = length.settle.filter(|_| error.fate == Fate::Lost);
                length.lands_until = lost.map(|settle| deadline + settle).or(until);
                error
            }
        };
        if !error.retryable {
            return Ended::Failed(error);
        }
        let is_last = tries >= length.retry.max_attempts && host.now() >= length.patience;
        let wait = match is_last {
            true => Duration::default(),
            false => retry::wait(&length.retry, &scope.run, &scope.step, tries, error.retry_after),
        };
        // After an interrupt there is no wait, and it may be that which failed.
        let ctx = Ctx::new(host, scope.clone());
        if ctx.sleep(host.now() + wait).await.is_err() {
            return Ended::Cut;
        }
        if is_last {
            return Ended::Failed(error);
        }
        tries += 1;
    }
}

impl Way {
    /// Does it once. What says that it is done is not believed of a place that can be read: what
    /// it may still hold is not revoked.
    async fn once_and_seen(
        &mut self,
        host: &dyn Host,
        place: Option<&Place>,
        scope: Scope,
    ) -> Result<(), StepError> {
        self.once(host, scope.clone()).await?;
        let Some(place) = place else { return Ok(()) };
        let again = match self {
            Self::Own { .. } => true,
            Self::Run { step, params } => step.spec().repeat_with(params) == Repeat::Safe,
        };
        let seen = still::is_back(host, place, scope).await;
        seen.map_err(|error| StepError { retryable: again, ..error })
    }

    async fn once(&mut self, host: &dyn Host, scope: Scope) -> Result<(), StepError> {
        match self {
            Self::Own { step, params, done, unsure } => {
                let ctx = Ctx::new(host, Scope { mode: Mode::Undo, ..scope.clone() });
                step.undo(params, done, &ctx).await?;
                let spec = step.spec();
                if !*unsure || spec.role != Role::Create || !spec.has_read {
                    return Ok(());
                }
                let Some(found) = still_there(host, step.as_ref(), params, scope).await? else {
                    return Ok(());
                };
                // A list that lags may have shown another one before.
                *done = found;
                Err(StepError::retryable("it is still there").code("not_gone"))
            }
            Self::Run { step, params } => {
                let ctx = Ctx::new(host, Scope { mode: Mode::Run, ..scope });
                step.run(params, &ctx).await.map(|_| ())
            }
        }
    }
}

/// Asks what is there of what may have been made: what a lost answer made may show late.
async fn still_there(
    host: &dyn Host,
    step: &dyn Step,
    params: &Map,
    scope: Scope,
) -> Result<Option<Map>, StepError> {
    let ctx = Ctx::new(host, Scope { mode: Mode::Read, may_write: false, ..scope });
    step.read(params, &ctx).await
}
