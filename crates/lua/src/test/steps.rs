//! The steps of a plugin as its tests take them: they may reach what the manifest needs.

use std::sync::Arc;
use std::time::Duration;

use cutover_engine::step::Step;

use super::stage::Steps;
use crate::plugin::{Allowed, Plugin};
use crate::step::{Grants, LuaStep};
use crate::vm::{Code, Limits, Threads};

/// How long the code of a step may run: what takes longer in a test is a loop without an end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns the steps by their short names.
pub(crate) fn of(plugin: &Plugin) -> Steps {
    let code = Arc::new(Code {
        plugin: plugin.manifest.name.clone(),
        files: plugin.files.clone(),
        digest: plugin.digest.clone(),
    });
    let machine = Arc::new(Threads::default());
    let of = plugin.clone();
    let grants: Grants = Arc::new(move |params| {
        let reach = of.grant(&Allowed::default(), params).needs.clone();
        let programs = reach.exec.iter().map(|name| (name.clone(), name.clone())).collect();
        let file = "the workflow".to_owned();
        let reads = of.manifest.reads.clone();
        of.grant(&Allowed { file, reach, reads, programs }, params)
    });
    let limits = Limits { running: PATIENCE, ..Limits::default() };
    let steps = plugin.manifest.steps.iter();
    steps
        .map(|(short, decl)| {
            let step =
                LuaStep::new(decl.clone(), short, code.clone(), machine.clone(), grants.clone());
            (short.clone(), Arc::new(step.with_limits(limits)) as Arc<dyn Step>)
        })
        .collect()
}
