//! A step of plain functions: its spec and what it does side by side.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::Spec;
use cutover_engine::step::{BoxFuture, Step, StepError};
use cutover_engine::value::Map;

/// What `run` is.
type Run = for<'a> fn(&'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<Map, StepError>>;
/// What `read` is.
type Read = for<'a> fn(&'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<Option<Map>, StepError>>;
/// What `undo` is.
type Undo = for<'a> fn(&'a Map, &'a Map, &'a Ctx<'a>) -> BoxFuture<'a, Result<(), StepError>>;

/// A step of plain functions, as all built-in ones are. `has_read` and `has_undo` of its spec follow
/// from what it is given.
pub struct BuiltIn {
    spec: Spec,
    run: Run,
    read: Option<Read>,
    undo: Option<Undo>,
}

impl BuiltIn {
    /// Makes a step that can only be run.
    pub fn new(spec: Spec, run: Run) -> Self {
        Self { spec, run, read: None, undo: None }
    }

    /// Gives it a `read`.
    #[must_use]
    pub fn with_read(mut self, read: Read) -> Self {
        self.spec.has_read = true;
        self.read = Some(read);
        self
    }

    /// Gives it an `undo`.
    #[must_use]
    pub fn with_undo(mut self, undo: Undo) -> Self {
        self.spec.has_undo = true;
        self.undo = Some(undo);
        self
    }
}

impl Step for BuiltIn {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        match self.read {
            Some(read) => read(params, ctx),
            None => Box::pin(async { Ok(None) }),
        }
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        (self.run)(params, ctx)
    }

    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        match self.undo {
            Some(undo) => undo(params, done, ctx),
            None => Box::pin(async { Ok(()) }),
        }
    }
}
