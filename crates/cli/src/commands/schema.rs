//! `cutover schema`: the JSON Schema of workflow files, for editors.

use cutover_engine::schema::schema;

use crate::exit::Exit;
use crate::session::Session;

/// Prints the schema.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn run(plugin: bool, session: &Session) -> anyhow::Result<Exit> {
    let schema = match plugin {
        true => cutover_lua::editor::schema(),
        false => schema(&cutover_steps::registry()),
    };
    session.out.data(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
