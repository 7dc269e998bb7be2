//! The fakes of plugins, which play their services where a workflow is rehearsed. A fake lives as
//! long as its take: all processes in it meet the same one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cutover_lua::files::Files;
use cutover_lua::plugin::{Allowed, Plugin};
use cutover_lua::test::StandIn;

use crate::exit::Problem;

/// Where the programs lie that a fake plays; nothing is ever looked for there.
const PROGRAMS: &str = "/stand-ins";

/// The plugins of a workflow that keep a fake of their service.
#[derive(Default)]
pub(crate) struct Cast {
    plugins: Mutex<BTreeMap<String, Files>>,
    wrong: Mutex<Option<String>>,
}

/// The fakes of one take, by plugin.
pub(crate) type Fakes = BTreeMap<String, StandIn>;

impl Cast {
    /// Takes a plugin in, where it keeps a fake: that may be reached in place of its service.
    /// Returns the fake that its steps are rehearsed with.
    pub(crate) fn take_in(&self, plugin: &Plugin, allowed: &mut Allowed) -> Option<StandIn> {
        let name = &plugin.manifest.name;
        let fake = match StandIn::begin(&plugin.files)? {
            Ok(fake) => fake,
            Err(why) => {
                let why = format!("the fake of the plugin `{name}` cannot play: {why}");
                self.wrong.lock().unwrap_or_else(PoisonError::into_inner).replace(why);
                return None;
            }
        };
        allowed.reach.http.extend(fake.addresses().iter().map(|address| head(address)));
        let programs = allowed.reach.exec.iter();
        let programs = programs.map(|program| (program.clone(), format!("{PROGRAMS}/{program}")));
        allowed.programs.extend(programs);
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        plugins.insert(name.clone(), plugin.files.clone());
        Some(fake)
    }

    /// Begins every fake anew, for one take.
    ///
    /// # Errors
    /// Where one cannot play.
    pub(crate) fn begin(&self) -> Result<Arc<Fakes>, Problem> {
        if let Some(why) = self.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(Problem::wrong(why).help("`cutover plugin test` shows what is wrong in it"));
        }
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let begun = plugins.into_iter().filter_map(|(name, files)| {
            let fake = StandIn::begin(&files)?;
            Some(fake.map(|fake| (name, fake)).map_err(Problem::wrong))
        });
        begun.collect::<Result<_, _>>().map(Arc::new)
    }
}

/// Returns an address up to where its path begins.
fn head(address: &str) -> String {
    let after = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[after..].find(['/', '?', '#']).map_or(address.len(), |at| after + at);
    address[..end].to_owned()
}
