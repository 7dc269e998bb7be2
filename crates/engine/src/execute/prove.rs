//! What has to hold before a revoke: each place that can be read holds what is current, what finds
//! the one in use does not find the one that goes, and the proofs pass once more.

use std::sync::Arc;

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::Proof;
use crate::execute::door::Door;
use crate::execute::fresh::{Fresh, MISSING};
use crate::execute::render;
use crate::host::{Host, Secrets};
use crate::known::{Known, Telling};
use crate::plan::Plan;
use crate::run::scope::Values;
use crate::run::{NOT_HELD, Run, Slot, retry};
use crate::step::{Step, StepError};
use crate::template::Expr;
use crate::time::{Duration, Timestamp};
use crate::value::{Map, Value, shown};
use crate::workflow::Retry;

/// How often a place is read before it counts as not holding what is current.
const LOOKS: u32 = 3;
/// How long is waited between two looks at a place.
const LOOK_DELAY: Duration = Duration(500);

/// The code of an error that another try does not mend: a person, or a later run, has to.
pub(crate) const HELD: &str = "held";

/// All that has to hold before a debt is paid.
pub(crate) struct Proving<'d> {
    /// What reading the places needs.
    pub(crate) reads: Vec<Asked>,
    pub(crate) places: Vec<Place>,
    pub(crate) in_use: Option<InUse>,
    pub(crate) proofs: Vec<Asked>,
    pub(crate) fresh: Fresh<'d>,
    pub(crate) scope: Scope,
    pub(crate) plan: &'d Plan,
    /// The run as it stands, for the `until` of a proof.
    pub(crate) run: Run,
}

/// A step that looks, as it ran.
pub(crate) struct Asked {
    pub(crate) step: String,
    /// Where it stands in the run, where it does.
    pub(crate) slot: Option<Slot>,
    pub(crate) by: Arc<dyn Step>,
    pub(crate) with: Map,
    pub(crate) retry: Retry,
    pub(crate) timeout: Duration,
    pub(crate) until: Option<Expr>,
}

/// A place that has to hold what is current.
pub(crate) struct Place {
    /// The step that wrote it.
    pub(crate) step: String,
    /// The place, for people.
    pub(crate) place: String,
    pub(crate) reader: Arc<dyn Step>,
    pub(crate) with: Map,
    pub(crate) output: String,
    pub(crate) expected: Expected,
}

/// What a place has to hold.
pub(crate) enum Expected {
    /// This text, which this process still has, or knows enough of to tell it.
    Same { written: String, known: Known },
    /// What has this check.
    Check { salt: String, check: String },
}

/// The step and the expression that find what is in use, and what may not be found.
pub(crate) struct InUse {
    pub(crate) asked: Asked,
    pub(crate) expr: Expr,
    pub(crate) current: String,
}

impl<'d> Proving<'d> {
    /// Looks at everything, and returns what the proofs' parameters were filled with.
    pub(crate) async fn hold(mut self, door: &Door<'_>) -> Result<Fresh<'d>, StepError> {
        for asked in std::mem::take(&mut self.reads) {
            self.ask(&asked, Mode::Run, door).await?;
        }
        for place in &self.places {
            self.look(place, door).await.map_err(|error| at(&place.step, error))?;
        }
        if let Some(in_use) = self.in_use.take() {
            self.find(&in_use, door).await?;
        }
        for asked in std::mem::take(&mut self.proofs) {
            self.ask(&asked, Mode::Prove, door).await?;
        }
        Ok(self.fresh)
    }

    /// Asks a step, by its own `retry`, with what the reads before it gave this time.
    async fn ask(&mut self, asked: &Asked, mode: Mode, door: &Door<'_>) -> Result<(), StepError> {
        let outputs =
            self.outputs(asked, mode, door).await.map_err(|error| at(&asked.step, error))?;
        self.fresh.keep(&asked.step, &outputs);
        Ok(())
    }

    async fn outputs(&self, asked: &Asked, mode: Mode, door: &Door<'_>) -> Result<Map, StepError> {
        let with = self.fresh.fill(&asked.with, door.secrets())?;
        let mut attempt = 1;
        loop {
            let error = match self.try_once(asked, &with, (mode, attempt), door).await {
                Ok(outputs) => return Ok(outputs),
                Err(error) => error,
            };
            let again = error.retryable || error.denied;
            if !again || attempt >= asked.retry.max_attempts {
                return Err(error);
            }
            let run = &self.scope.run;
            let wait = retry::wait(&asked.retry, run, &asked.step, attempt, error.retry_after);
            let ctx = Ctx::new(door, self.scope_for(&asked.step, door.now()));
            ctx.sleep(door.now() + wait).await?;
            attempt += 1;
        }
    }

    async fn try_once(
        &self,
        asked: &Asked,
        with: &Map,
        (mode, attempt): (Mode, u32),
        door: &Door<'_>,
    ) -> Result<Map, StepError> {
        let deadline = door.now() + asked.timeout;
        let scope = self.scope_for(&asked.step, door.now());
        let ctx = Ctx::new(door, Scope { attempt, deadline, mode, ..scope });
        let outputs = asked.by.run(with, &ctx).await?;
        let (Some(until), Some(slot)) = (&asked.until, asked.slot) else { return Ok(outputs) };
        let scope = Values { result: Some(&outputs), ..Values::of(self.plan, &self.run, slot) };
        match render::holds(until, &scope, door.secrets()) {
            Ok(true) => Ok(outputs),
            Ok(false) => Err(StepError::retryable("its `until` does not hold")),
            Err(error) => Err(StepError::new(error.message)),
        }
    }

    /// Reads a place and compares.
    async fn look(&self, place: &Place, door: &Door<'_>) -> Result<(), StepError> {
        let with = self.fresh.fill(&place.with, door.secrets())?;
        let scope = self.scope_for(&place.step, door.now());
        let ctx = Ctx::new(door, scope);
        let mut looks = 1;
        loop {
            let error = match place.reader.run(&with, &ctx).await {
                Ok(found) if place.holds(&found, door.secrets()) => return Ok(()),
                Ok(_) => place.another(),
                Err(error) => {
                    let message = format!("{} could not be read: {error}", place.place);
                    StepError { message, ..error }
                }
            };
            let until = ctx.now() + LOOK_DELAY;
            if looks == LOOKS || until >= ctx.scope().deadline || ctx.sleep(until).await.is_err() {
                return Err(error);
            }
            looks += 1;
        }
    }

    /// Asks what is in use, which must be nothing else than what is current.
    async fn find(&mut self, in_use: &InUse, door: &Door<'_>) -> Result<(), StepError> {
        let step = &in_use.asked.step;
        self.ask(&in_use.asked, Mode::Run, door).await?;
        let found = in_use.expr.eval(&self.fresh, door.secrets());
        let found = match found.map_err(|error| at(step, StepError::new(error.message)))? {
            Value::Text(id) => shown(&id),
            Value::Int(id) => id.to_string(),
            _ => return Ok(()),
        };
        if found == in_use.current {
            return Ok(());
        }
        let message = format!("finds {found} in use, and the state knows {}", in_use.current);
        Err(at(step, StepError::new(message).code(HELD)))
    }

    fn scope_for(&self, step: &str, now: Timestamp) -> Scope {
        let timeout = self.scope.deadline.since(now).max(Duration::seconds(1));
        Scope { step: step.to_owned(), deadline: now + timeout, ..self.scope.clone() }
    }
}

impl Asked {
    /// A step of a plan, as it ran.
    pub(crate) fn of(node: &Node, slot: Slot, proof: &Proof) -> Self {
        Self {
            step: proof.step.clone(),
            slot: Some(slot),
            by: Arc::clone(&node.step),
            with: proof.with.clone(),
            retry: node.retry.clone(),
            timeout: node.timeout,
            until: node.decl.until.clone(),
        }
    }
}

impl Place {
    pub(crate) fn holds(&self, found: &Map, secrets: &dyn Secrets) -> bool {
        let Some(found) = found.get(&self.output).and_then(Value::as_text) else { return false };
        match &self.expected {
            Expected::Same { written, known } => {
                let secrets = Telling::new(secrets, known.clone());
                let same = |written: &str| secrets.same(written, found);
                // A reader takes off the last line break, which a file's content usually has.
                same(written) || written.strip_suffix('\n').is_some_and(same)
            }
            Expected::Check { salt, check } => secrets.check(salt, found).as_ref() == Some(check),
        }
    }

    fn another(&self) -> StepError {
        let message = match &self.expected {
            Expected::Same { .. } => "the place does not hold what was written".to_owned(),
            Expected::Check { .. } => format!("{} does not hold what is current", self.place),
        };
        StepError::new(message).code(match &self.expected {
            Expected::Same { .. } => NOT_HELD,
            Expected::Check { .. } => HELD,
        })
    }
}

/// Says of which step an error is. A secret that is not there is nobody's.
fn at(step: &str, error: StepError) -> StepError {
    if error.code == MISSING {
        return error;
    }
    StepError { message: format!("`{step}`: {}", error.message), ..error }
}
