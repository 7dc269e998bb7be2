//! Canaries: values for the secret inputs of a workflow and of those that it runs. What a person
//! would give is never read.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError};

use cutover_engine::host::Secrets;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_engine::workflow::Workflow;

/// The canaries of one world. All its processes are given the same.
#[derive(Debug, Default)]
pub(crate) struct Canaries {
    /// By file and input.
    made: Mutex<BTreeMap<(String, String), String>>,
}

impl Canaries {
    /// Returns the secret inputs of a workflow, sealed in a table.
    pub(crate) fn sealed(&self, workflow: &Workflow, secrets: &dyn Secrets) -> Map {
        let inputs = workflow.inputs.iter().filter(|(_, input)| input.ty == Type::Secret);
        let sealed = inputs.map(|(name, _)| {
            let value = self.value(&workflow.source.name, name);
            (name.clone(), Value::from(secrets.seal(&format!("inputs.{name}"), value)))
        });
        sealed.collect()
    }

    /// Returns all values.
    pub(crate) fn all(&self) -> Vec<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn value(&self, file: &str, input: &str) -> String {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry((file.to_owned(), input.to_owned())).or_insert_with(canary).clone()
    }
}

fn canary() -> String {
    let chance = || RandomState::new().build_hasher().finish();
    format!("canary-{:016x}{:016x}", chance(), chance())
}
