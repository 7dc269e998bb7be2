//! A plugin: its manifest, its files, what a workflow lets it reach.

use std::collections::BTreeSet;
use std::sync::Arc;

use cutover_engine::diagnostic::{Diagnostic, Diagnostics};
use cutover_engine::grant::{Grant, Reach};
use cutover_engine::source::Span;
use cutover_engine::spec::Spec;
use cutover_engine::step::{Installed, Step};
use cutover_engine::value::{Map, Value};
use indexmap::IndexMap;

use crate::files::{Files, INIT, MANIFEST};
use crate::manifest::{CONFIG, Manifest};
use crate::step::{Grants, LuaStep};
use crate::vm::{Code, Machine};

/// The most bytes that one file of source has.
pub const LARGEST_SOURCE: usize = 256 * 1024;

/// A plugin as it was read. Nothing of it has run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// What it says about itself.
    pub manifest: Manifest,
    /// Its files.
    pub files: Files,
    /// What tells these files from any others.
    pub digest: String,
}

/// What a workflow lets a plugin reach, as it was found when the plugin was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// The workflow file, for messages.
    pub file: String,
    /// `allow: http, exec, fs, env`.
    pub reach: Reach,
    /// `allow: reads`.
    pub reads: Vec<String>,
    /// Where the programs are that it names, by name.
    pub programs: IndexMap<String, String>,
}

impl Plugin {
    /// Reads a plugin of its files.
    ///
    /// # Errors
    /// Every mistake in the manifest, and files that are missing or too large; each with its place
    /// in `plugin.yaml`.
    pub fn load(files: Files) -> Result<Arc<Self>, Diagnostics> {
        if files.get(MANIFEST).is_none() {
            return Err(missing(MANIFEST, "a plugin says in it what it is"));
        }
        let mut manifest = Manifest::parse(&files);
        let mut wrong = Diagnostics::default();
        if files.get(INIT).is_none() {
            wrong.extend(missing(INIT, "a plugin's functions stand in it"));
        }
        for (path, text) in files.iter().filter(|(_, text)| text.len() > LARGEST_SOURCE) {
            let most = LARGEST_SOURCE / 1024;
            let message =
                format!("`{path}` has {} KiB, at most {most} are read", text.len() / 1024);
            wrong.push(Diagnostic::error("M11", Span::default(), message));
        }
        if !wrong.is_empty() {
            if let Err(found) = &mut manifest {
                found.extend(wrong);
                found.settle();
            } else {
                manifest = Err(wrong);
            }
        }
        let digest = files.digest();
        Ok(Arc::new(Self { manifest: manifest?, files, digest }))
    }

    /// Returns what the engine knows of it.
    pub fn installed(&self) -> Installed {
        Installed { digest: self.digest.clone(), config: self.manifest.config.clone() }
    }

    /// Returns its steps, each of which may reach what its manifest needs and what is allowed.
    pub fn steps(
        self: &Arc<Self>,
        allowed: &Arc<Allowed>,
        machine: &Arc<dyn Machine>,
    ) -> Vec<Arc<dyn Step>> {
        let code = Arc::new(Code {
            plugin: self.manifest.name.clone(),
            files: self.files.clone(),
            digest: self.digest.clone(),
        });
        let (plugin, allowed) = (Arc::clone(self), Arc::clone(allowed));
        let grants: Grants = Arc::new(move |params| plugin.grant(&allowed, params));
        let step = |name: &str| {
            let decl = self.manifest.steps.get(name)?;
            let (code, machine) = (Arc::clone(&code), Arc::clone(machine));
            Some(LuaStep::new(decl.clone(), name, code, machine, Arc::clone(&grants)))
        };
        let named = |name: &Option<String>| {
            let (_, name) = name.as_deref()?.split_once('.')?;
            step(name).map(|step| Arc::new(step) as Arc<dyn Step>)
        };
        let all = self.manifest.steps.iter().filter_map(|(name, decl)| {
            let own = step(name)?;
            let lists = self.lists_of(&decl.spec).into_iter().filter_map(|list| named(&Some(list)));
            let own = own.with_lists(lists.collect());
            Some(match named(&decl.spec.list) {
                Some(list) => own.with_listed(list, named(&decl.spec.revoke)),
                None => own,
            })
        });
        all.map(|step| Arc::new(step) as Arc<dyn Step>).collect()
    }

    /// Returns the lists of the creates that name a step as their `revoke`: those that can be asked
    /// with what the step is given.
    fn lists_of(&self, revoke: &Spec) -> BTreeSet<String> {
        let specs = || self.manifest.steps.values().map(|decl| &decl.spec);
        let names = specs().filter(|spec| spec.revoke.as_ref() == Some(&revoke.name));
        let lists = names.filter_map(|create| create.list.as_ref());
        let lists = lists.filter_map(|name| specs().find(|spec| spec.name == *name));
        let can = |list: &&Spec| {
            let mut needed = list.written().filter(|param| param.required);
            needed.all(|param| revoke.param(&param.name).is_some())
        };
        lists.filter(can).map(|list| list.name.clone()).collect()
    }

    /// Returns what one call of a step may reach: what the manifest needs, the configuration's
    /// values filled in from the parameters, and what the workflow allows.
    pub fn grant(&self, allowed: &Allowed, params: &Map) -> Arc<Grant> {
        let needs = &self.manifest.needs;
        let filled = |entries: &[String]| {
            entries.iter().filter_map(|entry| filled(entry, params)).collect::<Vec<String>>()
        };
        let http = filled(&needs.http);
        Arc::new(Grant {
            plugin: self.manifest.name.clone(),
            file: allowed.file.clone(),
            needs: Reach {
                http: http.iter().map(|address| head(address).to_owned()).collect(),
                exec: needs.exec.clone(),
                fs: filled(&needs.fs),
                env: needs.env.clone(),
            },
            allow: allowed.reach.clone(),
            reads: allowed.reads.clone(),
            programs: allowed.programs.clone(),
        })
    }
}

/// Returns an entry, or what the configuration says in its place; nothing where that is null or not
/// known.
fn filled(entry: &str, params: &Map) -> Option<String> {
    if !entry.starts_with(CONFIG) {
        return Some(entry.to_owned());
    }
    params.get(entry).and_then(Value::as_text).map(str::to_owned)
}

/// Returns an address up to where its path begins: of a configured one only that is compared.
fn head(address: &str) -> &str {
    let after = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[after..].find(['/', '?', '#']).map_or(address.len(), |at| after + at);
    &address[..end]
}

fn missing(file: &str, why: &str) -> Diagnostics {
    let message = format!("there is no `{file}` in the folder");
    let help = format!("{why}; `cutover plugin new NAME` makes one to start from");
    Diagnostics { list: vec![Diagnostic::error("M11", Span::default(), message).help(help)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Files {
        Files::new(texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    const SMALL: &str = "api: 1\nname: acme\nversion: 1.0.0\nsummary: A store\nconfig: { url: url, \
                         home: path }\nneeds: { http: [config.url], fs: [config.home, /srv], exec: \
                         [tool] }\nsteps:\n  get: { role: read, does: [run], summary: Get }\n";

    fn codes(found: &Diagnostics) -> Vec<&str> {
        found.list.iter().map(|found| found.code).collect()
    }

    #[test]
    fn a_folder_without_a_manifest_or_functions_is_no_plugin() {
        let wrong = Plugin::load(files(&[(INIT, "return {}")])).unwrap_err();
        assert!(wrong.list[0].message.contains("plugin.yaml"), "{wrong:?}");
        let wrong = Plugin::load(files(&[(MANIFEST, "api: 3\n")])).unwrap_err();
        assert!(codes(&wrong).contains(&"M11") && codes(&wrong).contains(&"M01"), "{wrong:?}");
        let large = "-".repeat(LARGEST_SOURCE + 1);
        let wrong = Plugin::load(files(&[(MANIFEST, SMALL), (INIT, &large)])).unwrap_err();
        assert_eq!(codes(&wrong), ["M11"]);
    }

    #[test]
    fn its_needs_are_filled_from_the_configuration() {
        let plugin = Plugin::load(files(&[(MANIFEST, SMALL), (INIT, "return {}")])).unwrap();
        let params: Map = [
            ("config.url".to_owned(), Value::from("https://vault.test:8200/v1?x")),
            ("config.home".to_owned(), Value::Null),
        ]
        .into_iter()
        .collect();
        let grant = plugin.grant(&Allowed::default(), &params);
        assert_eq!(grant.needs.http, ["https://vault.test:8200"]);
        assert_eq!(grant.needs.fs, ["/srv"]);
        assert_eq!(grant.needs.exec, ["tool"]);
    }
}
