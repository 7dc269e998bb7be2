//! What is in use before anything is made: the state's word, and what `in_use` finds.

use crate::event::{Event, Identity};
use crate::execute::ExecuteError;
use crate::execute::claim::refuse_unknown;
use crate::execute::driver::Driver;
use crate::host::Host;
use crate::run::scope::Values;
use crate::value::{Value, shown};

impl Driver<'_> {
    /// Compares what the state knows with what `in_use` finds, once its step is done.
    pub(crate) fn capture(&mut self) -> Result<(), ExecuteError> {
        let found = self.in_use()?;
        let known = self.run.old().map(|old| old.id.clone());
        match (known, found) {
            (Some(known), Some(found)) if known != found && !self.is_given_up(&found) => {
                Err(ExecuteError::Refused {
                    message: format!("the state knows {known} as in use, and {found} is"),
                    help: "find out who changed it, and put the right one in place".to_owned(),
                    exit: 3,
                })
            }
            (Some(_), _) => Ok(()),
            (None, found) => {
                if found.is_none() {
                    refuse_unknown(self.plan, self.drive)?;
                }
                let old = found.map(|id| self.before(id));
                self.note(Event::Captured { old });
                Ok(())
            }
        }
    }

    /// Says whether a run that was given up made it. Then the place holds what was never promoted,
    /// and what is to be replaced is still what that run was to replace.
    fn is_given_up(&self, id: &str) -> bool {
        self.given_up.iter().any(|run| run.made == id)
    }

    /// Returns what is to be replaced where a place holds an id.
    fn before(&self, id: String) -> Identity {
        let given_up = self.given_up.iter().find(|run| run.made == id);
        let old = given_up.and_then(|run| run.old.clone());
        old.unwrap_or_else(|| Identity { id, ..Identity::default() })
    }

    fn in_use(&self) -> Result<Option<String>, ExecuteError> {
        let credential = self.plan.checked().workflow().credential.as_ref();
        let Some(expr) = credential.and_then(|credential| credential.in_use.as_ref()) else {
            return Ok(None);
        };
        let scope =
            Values { plan: self.plan, run: &self.run, item: None, result: None, is_hook: false };
        let refused = |message: String| ExecuteError::Refused {
            message: format!("`in_use` cannot be computed: {message}"),
            help: String::new(),
            exit: 2,
        };
        match expr.eval(&scope, self.door.secrets()) {
            Ok(Value::Null) => Ok(None),
            Ok(Value::Text(id)) => Ok(Some(shown(&id))),
            Ok(Value::Int(id)) => Ok(Some(id.to_string())),
            Ok(_) => Err(refused("it gives no id".to_owned())),
            Err(error) => Err(refused(error.message)),
        }
    }
}
