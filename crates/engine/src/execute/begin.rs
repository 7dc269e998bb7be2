//! What is decided, carried out: each action becomes an event, and perhaps a try.

use indexmap::IndexMap;

use crate::event::{DebtState, Event, Failure, Started, Status};
use crate::execute::ExecuteError;
use crate::execute::claim::marker;
use crate::execute::driver::Driver;
use crate::execute::fresh::steps_in;
use crate::execute::look::Why;
use crate::execute::render::{self, Fault};
use crate::execute::revive::Ready;
use crate::host::Host;
use crate::planted::Bug;
use crate::run::scope::Values;
use crate::run::{Action, Slot};
use crate::spec::Role;
use crate::value::{Handle, Map, Value};
use crate::workflow::ForEach;

impl Driver<'_> {
    /// Carries out an action and says whether the run went on by it.
    pub(crate) fn carry_out(&mut self, action: Action) -> Result<bool, ExecuteError> {
        match self.is_ready(&action) {
            Ready::Yes => {}
            Ready::NotYet => return Ok(false),
            Ready::Instead => return Ok(true),
        }
        match action {
            Action::Expand(slot) => self.expand(slot),
            Action::Start { slot, attempt } => return Ok(self.start(slot, attempt)),
            Action::Look(slot) => return Ok(self.look_for(slot)),
            Action::Skip { slot, reason } => self.skip(slot, reason),
            Action::Promote(slot) => self.promote(slot),
            Action::Owe(slot) => self.owe(slot),
            Action::Pay(slot) => self.pay(slot),
            Action::Undo(slot) => self.undo(slot),
            Action::WaitUntil(at) => {
                self.timers.next_try = Some(at);
                return Ok(false);
            }
            Action::End { status, error } => self.end(status, error),
            Action::Leave => self.closed = true,
        }
        Ok(true)
    }

    fn expand(&mut self, slot: Slot) {
        let node = self.node(slot);
        let scope = Values::of(self.plan, &self.run, slot);
        let secrets = self.door.secrets();
        let list = match &node.decl.for_each {
            Some(ForEach::List(list)) => render::tree(list, &scope, secrets),
            Some(ForEach::Expr(list)) => list.eval(&scope, secrets),
            None => Ok(Value::Null),
        };
        let step = self.run.graph().path(slot);
        match list {
            Ok(Value::List(items)) => self.note(Event::Expanded { step, items }),
            Ok(Value::Null) => self.note(Event::Expanded { step, items: Vec::new() }),
            Ok(_) => self.fail_unbegun(slot, &"its `for_each` gives no list".into()),
            Err(error) => self.fail_unbegun(slot, &error.into()),
        }
    }

    /// Begins a try. What a step's first try announced, the later ones use again.
    pub(crate) fn start(&mut self, slot: Slot, attempt: u32) -> bool {
        if self.is_looking(slot) {
            return false;
        }
        match self.prepare(slot) {
            Ok(Some(params)) if self.is_place_in_doubt(slot, &params) => return false,
            Ok(Some(params)) => self.begin_try(slot, attempt, params),
            Ok(None) => self.skip(slot, "its `when` is false"),
            Err(fault) => self.fail_unbegun(slot, &fault),
        }
        true
    }

    /// Begins a try with these parameters; what may be there already is looked for before.
    pub(crate) fn begin_try(&mut self, slot: Slot, attempt: u32, params: Map) {
        match self.looks_before(slot) {
            Some(last) => {
                let why = Why::Before { attempt, params: params.clone() };
                self.queue_look(slot, last, params, why);
            }
            None if self.is_told_before(slot) => {
                let why = Why::First { attempt, params: params.clone() };
                self.queue_look(slot, 0, params, why);
            }
            None => self.announce(slot, attempt, params),
        }
    }

    fn prepare(&self, slot: Slot) -> Result<Option<Map>, Fault> {
        let state = self.run.state(slot);
        if let Some(tried) = state.and_then(|state| state.tried.as_ref()) {
            return Ok(Some(tried.params.clone()));
        }
        let node = self.node(slot);
        let scope = Values::of(self.plan, &self.run, slot);
        let secrets = self.door.secrets();
        let first = state.is_none_or(|state| state.attempts == 0);
        if let Some(when) = node.decl.when.as_ref().filter(|_| first)
            && !render::holds(when, &scope, secrets)?
        {
            return Ok(None);
        }
        render::params(node, &scope, secrets).map(Some)
    }

    /// Notes that a try begins, and makes it ready to be launched once that is recorded.
    pub(crate) fn announce(&mut self, slot: Slot, attempt: u32, params: Map) {
        let shape = self.run.shape(slot.node);
        let (uses, role, writes) = (shape.uses.clone(), shape.role, shape.writes);
        let deadline = self.door.now() + shape.timeout;
        let marker = writes.then(|| self.marker());
        let step = self.run.graph().path(slot);
        let checks = match role {
            Role::Store | Role::Publish => self.checks_given(&params),
            _ => IndexMap::new(),
        };
        self.note(Event::Started(Box::new(Started {
            step,
            attempt,
            uses,
            role,
            params: params.clone(),
            deadline,
            marker,
            writes,
            checks,
        })));
        self.queue(slot, attempt, params, deadline);
    }

    /// Returns the checks of the secrets that steps gave for some parameters, by where each came
    /// from. An input needs none: it is read again.
    fn checks_given(&self, params: &Map) -> IndexMap<String, String> {
        let (salt, secrets) = (self.salt(), self.door.secrets());
        let given = params.values().flat_map(Value::handles);
        let given = given.filter(|handle| !steps_in(&handle.origin).is_empty());
        let check = |handle: Handle| {
            // What ends with a line break is read back without it.
            let whole = secrets.derive(&handle.origin, &[&handle.to_mark()], &whole).ok()?;
            Some((handle.origin, secrets.check(&salt, &whole.to_mark())?))
        };
        given.filter_map(check).collect()
    }

    fn marker(&self) -> String {
        let first = self.run.first_marker().filter(|_| self.drive.planted.is(Bug::MarkerPerRun));
        first.map_or_else(|| marker(self.plan, self.drive.run, self.door), str::to_owned)
    }

    pub(crate) fn skip(&mut self, slot: Slot, reason: &str) {
        let step = self.run.graph().path(slot);
        self.note(Event::Skipped { step, reason: reason.to_owned() });
    }

    pub(crate) fn fail_unbegun(&mut self, slot: Slot, fault: &Fault) {
        let step = self.run.graph().path(slot);
        let error = Failure {
            step: step.clone(),
            message: fault.message.clone(),
            code: "template".to_owned(),
            help: fault.help.clone(),
        };
        self.note(Event::Failed { step, attempt: 0, error });
    }

    fn owe(&mut self, slot: Slot) {
        let Some(debt) = self.run.debt_of(slot.node) else { return };
        let (debt, due) = (debt.id.clone(), self.door.now() + debt.after);
        let state = DebtState::Owed;
        self.note(Event::DebtChanged { debt, state, due: Some(due), reason: String::new() });
    }

    fn end(&mut self, status: Status, error: Option<Failure>) {
        let (status, error, outputs) = match status {
            Status::Succeeded => match self.outputs() {
                Ok(outputs) => (status, error, outputs),
                Err(fault) => (Status::Failed, Some(of_outputs(&fault)), Map::new()),
            },
            other => (other, error, Map::new()),
        };
        if status == Status::Abandoned {
            for (step, attempt, marker) in self.run.left_by_marker() {
                self.note(Event::Abandoned { step, attempt, marker });
            }
        }
        self.note(Event::Ended { status, error, outputs });
        self.closed = true;
    }

    fn outputs(&self) -> Result<Map, Fault> {
        let scope =
            Values { plan: self.plan, run: &self.run, item: None, result: None, is_hook: false };
        let written = &self.plan.checked().workflow().outputs;
        let of = |(name, node): (&String, &_)| {
            Ok((name.clone(), render::tree(node, &scope, self.door.secrets())?))
        };
        written.iter().map(of).collect()
    }
}

/// Returns a secret as it is, where it does not end with a line break.
fn whole(opened: &[String]) -> Result<String, String> {
    let text = opened.concat();
    if text.ends_with('\n') { Err(String::new()) } else { Ok(text) }
}

fn of_outputs(fault: &Fault) -> Failure {
    let message = format!("the workflow's `outputs` cannot be computed: {}", fault.message);
    Failure { message, code: "template".to_owned(), ..Failure::default() }
}

impl From<&str> for Fault {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned(), help: String::new() }
    }
}
