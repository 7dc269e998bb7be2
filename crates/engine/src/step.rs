//! The contract of a step, built-in or plugin, and the list of all of them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::check::Checked;
use crate::child::Child;
use crate::ctx::Ctx;
use crate::spec::{Param, Spec};
use crate::time::{Duration, Timestamp};
use crate::value::{Map, Value};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One kind of step. `params` is a map with every parameter of the spec: defaults filled in, what
/// is optional and not given is null, every value of the declared type, secrets as marks.
pub trait Step: Send + Sync {
    /// Returns what the step says about itself; the same each time.
    fn spec(&self) -> &Spec;

    /// Looks whether it is already there and returns its outputs if so. It only reads. It is asked
    /// with the parameters and the marker of the attempt in question. Where the thing is there but
    /// a secret output cannot be read, that output is left out.
    fn read<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>>;

    /// Of a create: returns what is announced with its first try beside its parameters, as what is
    /// listed before it, so that what is new is told after a lost answer. It only reads; where it
    /// fails nothing begins. It is asked where [`Spec::has_before`] says so.
    fn before<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async { Ok(Map::new()) })
    }

    /// Returns the workflow that it runs, where it runs one.
    fn child(&self) -> Option<&Arc<Checked>> {
        None
    }

    /// Does it and returns its outputs. At most one write (see [`Ctx`]); reads before and after are
    /// free.
    fn run<'a>(
        &'a self,
        params: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>>;

    /// Takes it back. Twice is fine; where somebody else has changed the thing meanwhile it
    /// fails and leaves it alone. `done` is what `run` or `read` returned.
    fn undo<'a>(
        &'a self,
        params: &'a Map,
        done: &'a Map,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>>;
}

/// What became of the write of a step that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fate {
    /// Nothing was changed, or the step did not get that far.
    #[default]
    NotDone,
    /// It was sent and no answer came: it may have happened, or may yet.
    Lost,
    /// A preview stopped the step at its first write, or at a read that it may not make.
    Previewed,
}

/// What a step waits for before it is run once more: a moment, or a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Park {
    /// The moment.
    pub until: Option<Timestamp>,
    /// What is asked of a person.
    pub ask: Option<String>,
}

/// A step that did not succeed. The message is ours: never a provider's body, never a secret.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct StepError {
    /// What went wrong: a lowercase phrase, no full stop.
    pub message: String,
    /// A stable word for programs, such as `refused`, `not_found`, `timeout`; may be empty.
    pub code: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// Whether it was a refusal of the credential (401, 403): a step that `verifies` takes it as
    /// *not yet*.
    pub denied: bool,
    /// How long to wait at least, where the other side said so.
    pub retry_after: Option<Duration>,
    /// What became of the write.
    pub fate: Fate,
    /// It is no failure: the step waits, for a time or a person, and is run once more then.
    pub park: Option<Park>,
    /// What a person can do; may be empty.
    pub help: String,
}

impl StepError {
    /// Makes an error that trying again does not mend.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: String::new(),
            retryable: false,
            denied: false,
            retry_after: None,
            fate: Fate::NotDone,
            park: None,
            help: String::new(),
        }
    }

    /// Says that the step waits; see [`Ctx::waited`](crate::ctx::Ctx::waited).
    pub fn park(park: Park) -> Self {
        Self { park: Some(park), ..Self::new("it waits") }
    }

    /// Makes an error that trying again may mend.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { retryable: true, ..Self::new(message) }
    }

    /// Makes a refusal of the credential.
    pub fn denied(message: impl Into<String>) -> Self {
        Self { denied: true, code: "denied".to_owned(), ..Self::new(message) }
    }

    /// Sets the stable word.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// Sets what a person can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// All steps by name. A visible list adds them; nothing registers itself.
#[derive(Clone, Default)]
pub struct Registry {
    steps: BTreeMap<String, Arc<dyn Step>>,
    /// Of each workflow file that the one in question names: the step that runs it, or why none
    /// can.
    children: BTreeMap<String, Result<Arc<dyn Step>, String>>,
    /// The texts of those files and of those that they name, by path.
    files: IndexMap<String, String>,
    /// The plugins whose steps are in the list, by name.
    plugins: BTreeMap<String, Installed>,
    /// The digests of the plugins of those files: `PATH: NAME`.
    below: IndexMap<String, String>,
}

/// A plugin as the engine knows it: its steps are in the list like all others.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// What tells its files from any others.
    pub digest: String,
    /// What a workflow's `plugins.NAME.config` gives it. Each of its steps has these as hidden
    /// parameters, `config.` before their names.
    pub config: Vec<Param>,
}

impl Registry {
    /// Adds a step under the name of its spec.
    ///
    /// # Panics
    /// Where two steps have one name: that is a mistake in the list.
    pub fn add(&mut self, step: impl Step + 'static) {
        let name = step.spec().name.clone();
        let twice = self.steps.insert(name.clone(), Arc::new(step)).is_some();
        assert!(!twice, "the step `{name}` is in the list twice");
    }

    /// Adds a plugin and its steps; one of that name that is there is taken out first.
    ///
    /// # Panics
    /// Where a step has the name of one that is no plugin's: whoever makes them looks before.
    pub fn add_plugin(&mut self, name: &str, plugin: Installed, steps: Vec<Arc<dyn Step>>) {
        if self.plugins.insert(name.to_owned(), plugin).is_some() {
            self.steps.retain(|step, _| step.split('.').next() != Some(name));
        }
        for step in steps {
            let name = step.spec().name.clone();
            let twice = self.steps.insert(name.clone(), step).is_some();
            assert!(!twice, "the step `{name}` is in the list twice");
        }
    }

    /// Returns the list without the steps of plugins: for another workflow, which has its own.
    #[must_use]
    pub fn without_plugins(&self) -> Self {
        let mut list = self.clone();
        let plugins = std::mem::take(&mut list.plugins);
        list.steps
            .retain(|step, _| step.split('.').next().is_none_or(|of| !plugins.contains_key(of)));
        list
    }

    /// Returns a plugin whose steps are in the list.
    pub fn plugin(&self, name: &str) -> Option<&Installed> {
        self.plugins.get(name)
    }

    /// Returns the digests of the plugins, those of the workflow files that are named too: by
    /// name, and by path and name.
    pub(crate) fn digests(&self) -> IndexMap<String, String> {
        let own = self.plugins.iter().map(|(name, plugin)| (name.clone(), plugin.digest.clone()));
        own.chain(self.below.clone()).collect()
    }

    /// Adds the step that runs a workflow file, under the name by which that is called.
    pub(crate) fn add_child(&mut self, named: &str, child: Result<(Child, String), String>) {
        let child = child.map(|(child, text)| {
            self.files.extend(child.files().clone());
            self.files.insert(child.file().to_owned(), text);
            self.below.extend(child.plugins());
            Arc::new(child) as Arc<dyn Step>
        });
        self.children.insert(named.to_owned(), child);
    }

    /// Forgets the workflow files of another workflow.
    pub(crate) fn forget_children(&mut self) {
        self.children.clear();
        self.files.clear();
        self.below.clear();
    }

    /// Returns the step that runs a workflow file, or why none can; nothing where it was not read.
    pub(crate) fn child(&self, named: &str) -> Option<&Result<Arc<dyn Step>, String>> {
        self.children.get(named)
    }

    /// Returns the texts of all workflow files that are named, by path.
    pub(crate) fn files(&self) -> &IndexMap<String, String> {
        &self.files
    }

    /// Returns a step by name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Step>> {
        self.steps.get(name)
    }

    /// Returns all of them, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Step>> {
        self.steps.values()
    }

    /// Returns all names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.keys().map(String::as_str)
    }
}

/// Returns a map of outputs: `outputs([("id", id.into())])`.
pub fn outputs<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
