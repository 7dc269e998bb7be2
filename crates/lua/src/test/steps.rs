//! The steps of a plugin as its tests take them: they may reach what the manifest needs, nothing
//! else, and compute for a moment only.

use std::sync::Arc;
use std::time::Duration;

use cutover_engine::value::Map;

use super::stage::Steps;
use crate::manifest::CONFIG;
use crate::plugin::{Allowed, Plugin};
use crate::vm::{Limits, Machine, Session, Task, Threads};

/// How long the code of a step may run: what takes longer in a test is a loop without an end.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where the programs lie that a test file plays.
const PROGRAMS: &str = "/stand-ins";

/// A plugin with where its code runs.
pub(crate) struct Suite {
    pub(crate) plugin: Arc<Plugin>,
    machine: Arc<dyn Machine>,
}

/// Makes VMs that compute for a moment only.
#[derive(Default)]
struct Impatient(Threads);

impl Machine for Impatient {
    fn start(&self, task: Task) -> Box<dyn Session> {
        let limits = Limits { running: PATIENCE, ..task.limits };
        self.0.start(Task { limits, ..task })
    }
}

impl Suite {
    pub(crate) fn new(plugin: &Arc<Plugin>) -> Self {
        Self { plugin: Arc::clone(plugin), machine: Arc::new(Impatient::default()) }
    }

    /// Returns the steps by their short names, as a workflow has them that gives a configuration
    /// and allows what the manifest needs.
    pub(crate) fn steps(&self, config: &Map) -> Steps {
        let plugin = &self.plugin;
        let config =
            config.iter().map(|(name, value)| (format!("{CONFIG}{name}"), value.clone())).collect();
        let reach = plugin.grant(&Allowed::default(), &config).needs.clone();
        let programs = reach.exec.iter().map(|name| (name.clone(), format!("{PROGRAMS}/{name}")));
        let allowed = Allowed {
            file: "the workflow".to_owned(),
            programs: programs.collect(),
            reads: plugin.manifest.reads.clone(),
            reach,
        };
        let steps = plugin.steps(&Arc::new(allowed), &self.machine);
        plugin.manifest.steps.keys().cloned().zip(steps).collect()
    }
}
