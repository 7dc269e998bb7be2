//! The plugins of a workflow: read from their folders, or from the state as a run began with them.

mod folder;
pub(crate) mod lock;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cutover_engine::diagnostic::{Diagnostic, Diagnostics};
use cutover_engine::grant::{Reach, origin};
use cutover_engine::source::Source;
use cutover_engine::step::{Registry, Step};
use cutover_engine::workflow::{Plugin as Declared, Workflow};
use cutover_host::LocalHost;
use cutover_host::journal::Journal;
use cutover_lua::declared::{lock_unreadable, not_allowed, not_locked, unusable};
use cutover_lua::files::{Files, MANIFEST};
use cutover_lua::manifest::CONFIG;
use cutover_lua::plugin::{Allowed, Plugin};
use cutover_lua::vm::{Machine, Threads, Wait};
use indexmap::IndexMap;

use self::lock::Locked;
pub(crate) use folder::read as read_folder;

use crate::assemble;
use crate::exit::Problem;
use crate::rehearse::Cast;
use crate::session::Session;
use crate::state;

/// Plugins with what their steps run on. It remembers each that it gave, so that a run keeps it.
pub(crate) struct Shelf {
    path: String,
    machine: Arc<dyn Machine>,
    given: Mutex<BTreeMap<String, Files>>,
    /// Where a workflow is rehearsed: the plugins that bring a fake of their service.
    cast: Option<Arc<Cast>>,
}

impl Shelf {
    /// Makes it. Nothing is read yet.
    pub(crate) fn new(session: &Session) -> Self {
        Self::on(assemble::path(session).unwrap_or_default())
    }

    /// Makes one whose programs are looked for on a path.
    pub(crate) fn on(path: String) -> Self {
        Self { path, machine: Arc::new(Threads::default()), given: Mutex::default(), cast: None }
    }

    /// Makes the plugins of it ones that are rehearsed: in a world with a clock of its own nothing is
    /// waited for that is not of that world.
    pub(crate) fn rehearsed(self, cast: &Arc<Cast>) -> Self {
        let machine = Arc::new(Threads::new(Wait::InPlace));
        Self { machine, cast: Some(Arc::clone(cast)), ..self }
    }

    /// Adds the plugins that a workflow file declares to a registry. What cannot be used is told,
    /// each with its place in the workflow.
    pub(crate) fn of_file(
        &self,
        workflow: &Workflow,
        file: &Path,
        registry: &Registry,
    ) -> (Registry, Diagnostics) {
        let (mut registry, mut found) = (registry.clone(), Diagnostics::default());
        if workflow.plugins.is_empty() {
            return (registry, found);
        }
        let locked = lock::beside(file);
        if let (Locked::Broken(path, why), Some(first)) =
            (&locked, workflow.plugins.values().next())
        {
            let (path, command) = (shown(path), lock::command(file, &[]));
            found.push(lock_unreadable(first.path.span, &path, why, &command));
        }
        for (name, declared) in &workflow.plugins {
            let plugin = match load(name, declared, file, &registry) {
                Ok(plugin) => plugin,
                Err(wrong) => {
                    found.push(*wrong);
                    continue;
                }
            };
            let changed = lock::changes(&locked, &plugin).filter(|_| !locked.is_broken());
            if let Some(changed) = changed {
                let command = lock::command(file, &changed);
                let lines: Vec<String> = changed.iter().map(ToString::to_string).collect();
                found.push(not_locked(declared.path.span, name, &lines, &command));
            }
            found.list.extend(unmet(name, declared, &plugin));
            self.add(&mut registry, &plugin, declared, file);
        }
        (registry, found)
    }

    /// Adds the plugins that a workflow declares to a registry, as a run began with them.
    ///
    /// # Errors
    /// Where the state has not their files, as a phrase.
    pub(crate) fn of_state(
        &self,
        workflow: &Workflow,
        file: &str,
        digests: &dyn Fn(&str) -> Option<String>,
        journal: &Journal,
        registry: &Registry,
    ) -> Result<Registry, String> {
        let mut registry = registry.clone();
        for (name, declared) in &workflow.plugins {
            let digest = digests(name).ok_or(format!("the plugin `{name}` was not recorded"))?;
            let kept = journal.plugin(&digest).map_err(|error| error.to_string())?;
            let files = kept.as_deref().and_then(Files::from_json);
            let files = files.filter(|files| files.digest() == digest);
            let files = files.ok_or(format!("the state has not the plugin `{name}` any more"))?;
            let plugin = Plugin::load(files)
                .map_err(|_| format!("this version does not understand the plugin `{name}`"))?;
            self.add(&mut registry, &plugin, declared, Path::new(file));
        }
        Ok(registry)
    }

    /// Keeps the files of all plugins that it gave in a state, before a run names them.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub(crate) async fn keep(&self, host: &LocalHost, session: &Session) -> Result<(), Problem> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (digest, files) in given {
            let kept = host.keep_plugin(&digest, &files.to_json()).await;
            kept.map_err(|error| state::problem(&error, session))?;
        }
        Ok(())
    }

    fn add(&self, registry: &mut Registry, plugin: &Arc<Plugin>, declared: &Declared, file: &Path) {
        let mut allowed = self.allowed(declared, file);
        let fake = self.cast.as_ref().and_then(|cast| cast.take_in(plugin, &mut allowed));
        let mut steps = plugin.steps(&Arc::new(allowed), &self.machine);
        if let Some(fake) = fake {
            let rehearsed = |step| Arc::new(fake.rehearsed(step)) as Arc<dyn Step>;
            steps = steps.into_iter().map(rehearsed).collect();
        }
        registry.add_plugin(&plugin.manifest.name, plugin.installed(), steps);
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert(plugin.digest.clone(), plugin.files.clone());
    }

    /// Adds a plugin for its manual: nothing is allowed to it.
    pub(crate) fn show(&self, registry: &mut Registry, plugin: &Arc<Plugin>) {
        let steps = plugin.steps(&Arc::default(), &self.machine);
        registry.add_plugin(&plugin.manifest.name, plugin.installed(), steps);
    }

    fn allowed(&self, declared: &Declared, file: &Path) -> Allowed {
        let of = |key: &str| -> Vec<String> {
            let written = declared.allow.get(key).into_iter().flatten();
            written.map(|one| one.value.clone()).collect()
        };
        let exec = of("exec");
        let found = exec.iter().filter_map(|name| Some((name.clone(), self.program(name)?)));
        let programs: IndexMap<String, String> = found.collect();
        let reach = Reach { http: of("http"), exec, fs: of("fs"), env: of("env") };
        Allowed { file: file.display().to_string(), reach, reads: of("reads"), programs }
    }

    /// Finds a program: an absolute path is one itself; a folder of the PATH that is relative is
    /// nobody's.
    fn program(&self, name: &str) -> Option<String> {
        let is_program = |path: &Path| {
            use std::os::unix::fs::PermissionsExt;
            path.metadata()
                .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        };
        if name.contains('/') {
            let path = Path::new(name);
            return (path.is_absolute() && is_program(path)).then(|| name.to_owned());
        }
        let folders = self.path.split(':').filter(|folder| folder.starts_with('/'));
        let mut found = folders.map(|folder| Path::new(folder).join(name));
        found.find(|path| is_program(path)).map(|path| path.display().to_string())
    }
}

/// Returns a path as it is seen from the working folder.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// Returns the folder of a plugin, which is named relative to its workflow file.
pub(crate) fn folder_of(declared: &Declared, file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(&declared.path.value)
}

fn load(
    name: &str,
    declared: &Declared,
    file: &Path,
    registry: &Registry,
) -> Result<Arc<Plugin>, Box<Diagnostic>> {
    let folder = folder_of(declared, file);
    let shown = folder.display();
    let wrong =
        |why: String, help: String| Box::new(unusable(declared.path.span, name, &why, &help));
    let files = folder::read(&folder).map_err(|why| {
        wrong(why, "`path` is its folder, relative to the workflow file".to_owned())
    })?;
    let text = files.get(MANIFEST).unwrap_or_default().to_owned();
    let plugin = Plugin::load(files).map_err(|found| {
        let first = found.to_lines(&Source::new(MANIFEST, text));
        let first = first.lines().next().unwrap_or_default();
        let count = crate::text::count(found.list.len(), "mistake");
        let help = format!("the first: {first}\nall of them: cutover plugin check {shown}");
        wrong(format!("{count} in {shown}"), help)
    })?;
    if plugin.manifest.name != name {
        let its = &plugin.manifest.name;
        let help = format!("declare it under that name: `plugins: {{ {its}: .. }}`");
        return Err(wrong(format!("its manifest calls it `{its}`"), help));
    }
    let is_taken = |step: &str| step.split('.').next() == Some(name);
    if registry.plugin(name).is_none() && registry.names().any(is_taken) {
        let help = "give the plugin another name".to_owned();
        return Err(wrong("built-in steps have that name".to_owned(), help));
    }
    Ok(plugin)
}

/// Returns what a configuration says in plain text: of an address, without its path.
fn written(declared: &Declared, key: &str) -> Option<String> {
    let value = declared.config.get(key)?.literal()?;
    let text = value.as_text()?;
    Some(origin(text).map_or_else(|_| text.to_owned(), |origin| origin.to_string()))
}

/// Warns of needs of a kind of which nothing is allowed.
fn unmet(name: &str, declared: &Declared, plugin: &Plugin) -> Vec<Diagnostic> {
    let needs = &plugin.manifest.needs;
    let kinds = [
        ("http", &needs.http),
        ("exec", &needs.exec),
        ("fs", &needs.fs),
        ("env", &needs.env),
        ("reads", &plugin.manifest.reads),
    ];
    let is_unmet = |key: &str, needed: &Vec<String>| {
        !needed.is_empty() && declared.allow.get(key).is_none_or(Vec::is_empty)
    };
    let unmet = kinds.into_iter().filter(|(key, needed)| is_unmet(key, needed));
    let told = |entry: &String| match entry.strip_prefix(CONFIG) {
        Some(key) => written(declared, key).unwrap_or_else(|| format!("<{key}>")),
        None => entry.clone(),
    };
    unmet
        .map(|(key, needed)| {
            let needed: Vec<String> = needed.iter().map(told).collect();
            not_allowed(declared.span, name, key, &needed)
        })
        .collect()
}
