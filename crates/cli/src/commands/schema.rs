//! `cutover schema`: the JSON Schema of workflow files, for editors.

use cutover_engine::spec::Spec;

use crate::exit::Exit;
use crate::render::schema;
use crate::session::Session;

/// Prints the schema.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn run(session: &Session) -> anyhow::Result<Exit> {
    let registry = cutover_steps::registry();
    let specs: Vec<&Spec> = registry.iter().map(|step| step.spec()).collect();
    session.out.data(&format!("{:#}\n", schema::json(&specs)))?;
    Ok(Exit::Done)
}
