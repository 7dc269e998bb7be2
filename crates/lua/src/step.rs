//! A plugin's step: its functions run in a VM, and all that they ask for goes through the door.

mod errors;
mod gone;
mod listed;
mod outputs;

use std::sync::Arc;

use cutover_engine::ctx::Ctx;
use cutover_engine::grant::Grant;
use cutover_engine::spec::{Mints, Spec};
use cutover_engine::step::{BoxFuture, Step, StepError};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use indexmap::IndexMap;

use crate::door::Door;
use crate::manifest::{Does, StepDecl};
use crate::step::errors::Ending;
use crate::step::gone::{Gone, Standing};
use crate::step::listed::{KnownBy, Listed};
use crate::vm::{About, Code, Declared, Function, Limits, Machine, Task, Word};

/// How a parameter of the configuration begins: `config.url`.
pub const CONFIG: &str = "config.";

/// A step of a plugin.
pub struct LuaStep {
    spec: Spec,
    /// Its name in `init.lua`.
    short: String,
    does: Does,
    code: Arc<Code>,
    machine: Arc<dyn Machine>,
    limits: Limits,
    listed: Option<Listed>,
    /// Of a revoke: what tells whether that which is not found is gone.
    gone: Option<Gone>,
    grants: Grants,
}

/// What a call with some parameters may reach.
pub type Grants = Arc<dyn Fn(&Map) -> Arc<Grant> + Send + Sync>;

impl LuaStep {
    /// Makes a step of what the manifest says.
    pub fn new(
        decl: StepDecl,
        short: &str,
        code: Arc<Code>,
        machine: Arc<dyn Machine>,
        grants: Grants,
    ) -> Self {
        let StepDecl { mut spec, does } = decl;
        spec.has_read = does.read;
        spec.has_undo = does.undo;
        let (short, limits) = (short.to_owned(), Limits::default());
        Self { spec, short, does, code, machine, limits, listed: None, gone: None, grants }
    }

    /// Gives a create what it has none of itself by the step that lists what was made, and the one
    /// that revokes it: `read` and `undo`.
    #[must_use]
    pub fn with_listed(mut self, list: Arc<dyn Step>, revoke: Option<Arc<dyn Step>>) -> Self {
        let known_by = match self.spec.mints {
            Some(Mints::Marker) => KnownBy::Marker,
            Some(Mints::Diff) if revoke.is_some() && !self.does.read => KnownBy::Difference,
            Some(Mints::Diff | Mints::Chosen | Mints::Blind) | None => KnownBy::Id,
        };
        self.spec.has_read |= revoke.is_some() && known_by != KnownBy::Id;
        self.spec.has_undo |= revoke.is_some();
        self.spec.has_before = known_by == KnownBy::Difference || self.spec.max_live.is_some();
        self.listed = Some(Listed { list, revoke, known_by });
        self
    }

    /// Gives a revoke the lists that show what it revokes: that something is gone, because it was not
    /// found, is believed only where one of them shows what is in use.
    #[must_use]
    pub fn with_lists(mut self, lists: Vec<Arc<dyn Step>>) -> Self {
        self.gone = (!lists.is_empty()).then_some(Gone { lists });
        self
    }

    /// Sets where its VMs run.
    #[must_use]
    pub fn with_machine(mut self, machine: Arc<dyn Machine>) -> Self {
        self.machine = machine;
        self
    }

    /// Sets what a call of it may use.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Calls one of its functions and serves the door until it ends.
    async fn call(
        &self,
        function: Function,
        params: &Map,
        done: Option<&Map>,
        ctx: &Ctx<'_>,
    ) -> Result<Option<Map>, StepError> {
        let task = self.task(function, params, done, ctx);
        let given = [Some(params), done].into_iter().flatten().flat_map(Map::values);
        let mut door = Door::new(ctx, (self.grants)(params), given.flat_map(Value::handles));
        let mut session = self.machine.start(task);
        let end = loop {
            match session.next().await {
                Word::Ask(ask) => {
                    let answer = door.serve(ask).await;
                    session.answer(answer);
                }
                Word::End(end) => break end,
            }
        };
        let unknown = is_unknown(params) || Value::from(ctx.key()).is_unknown();
        let (step, code) = (self.spec.name.as_str(), self.code.as_ref());
        let ending = Ending { step, code, door: &door, unknown };
        if let Some(lost) = door.lost() {
            return Err(ending.lost(lost));
        }
        let found = end.map_err(|fault| ending.error(fault))?;
        match (function, found) {
            (Function::Undo, _) => Ok(None),
            (Function::Read, None) => Ok(None),
            (Function::Read | Function::Run, found) => {
                let is_read = function == Function::Read;
                let outputs = match found {
                    Some(found) => outputs::check(&self.spec, params, found, is_read),
                    None => outputs::nothing(&self.spec, params),
                };
                let outputs = outputs.map_err(|misfit| ending.wrong_outputs(misfit))?;
                Ok(Some(outputs::own(outputs, params, done, &door, ctx)))
            }
        }
    }

    /// Looks whether it is done already. That it is gone may only look so.
    async fn look(&self, params: &Map, ctx: &Ctx<'_>) -> Result<Option<Map>, StepError> {
        let found = self.call(Function::Read, params, None, ctx).await?;
        match (&self.gone, found) {
            (Some(gone), Some(found)) => match gone.look(&self.spec, params, ctx).await? {
                Standing::Lives => Ok(None),
                Standing::MayBeGone => Ok(Some(found)),
            },
            (_, found) => Ok(found),
        }
    }

    fn task(&self, function: Function, params: &Map, done: Option<&Map>, ctx: &Ctx<'_>) -> Task {
        let scope = ctx.scope();
        let (config, own) = split(&self.spec, params);
        let types = self.spec.outputs_with(params);
        let types: IndexMap<String, Type> =
            types.map(|output| (output.name.clone(), output.ty.clone())).collect();
        let outputs = types.keys().cloned().collect();
        Task {
            code: self.code.clone(),
            step: self.short.clone(),
            function,
            ctx: About {
                config,
                key: scope.marker.as_str().into(),
                attempt: scope.attempt,
                run_id: scope.run.as_str().into(),
                started_at: scope.started_at.into(),
            },
            params: own,
            done: done.map(|values| Declared { values: values.clone(), types }),
            outputs,
            limits: self.limits,
            cancelled: Arc::default(),
        }
    }
}

/// Says whether something is only known in a run: then this is a preview.
fn is_unknown(params: &Map) -> bool {
    params.values().any(Value::is_unknown)
}

/// Splits what a step is given into its plugin's configuration and its own parameters.
fn split(spec: &Spec, params: &Map) -> (Declared, Declared) {
    let (mut config, mut own) = (Declared::default(), Declared::default());
    for param in &spec.params {
        let value = params.get(&param.name).unwrap_or(&param.default).clone();
        let (part, name) = match param.name.strip_prefix(CONFIG) {
            Some(name) => (&mut config, name),
            None => (&mut own, param.name.as_str()),
        };
        part.values.insert(name.to_owned(), value);
        part.types.insert(name.to_owned(), param.ty.clone());
    }
    (config, own)
}

impl Step for LuaStep {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        match &self.listed {
            _ if self.does.read => Box::pin(self.look(params, ctx)),
            Some(listed) if self.spec.has_read => Box::pin(listed.read(&self.spec, params, ctx)),
            Some(_) | None => Box::pin(async { Ok(None) }),
        }
    }

    fn before<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        match &self.listed {
            Some(listed) if self.spec.has_before => {
                Box::pin(listed.before(&self.spec, params, ctx))
            }
            Some(_) | None => Box::pin(async { Ok(Map::new()) }),
        }
    }

    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async move {
            if let Some(gone) = &self.gone {
                // What it sends and is told that it is not there would count as revoked.
                gone.look(&self.spec, params, ctx).await?;
            }
            let outputs = self.call(Function::Run, params, None, ctx).await?;
            Ok(outputs.unwrap_or_default())
        })
    }

    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        match &self.listed {
            _ if self.does.undo => Box::pin(async move {
                self.call(Function::Undo, params, Some(done), ctx).await.map(|_| ())
            }),
            Some(listed) => Box::pin(listed.undo(params, done, ctx)),
            None => Box::pin(async { Ok(()) }),
        }
    }
}
