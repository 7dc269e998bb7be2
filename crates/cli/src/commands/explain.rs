//! `cutover explain [CODE]`: the page of a diagnostic, or a line for each.

use cutover_engine::diagnostic::nearest;
use cutover_lua::explain;
use serde_json::json;

use crate::exit::{Exit, Problem};
use crate::session::Session;

/// Prints the page of a code, or what each code is about where none is given.
///
/// # Errors
/// Where there is no such code.
pub(crate) fn run(code: Option<&str>, session: &Session) -> anyhow::Result<Exit> {
    let Some(code) = code else { return all(session) };
    let code = code.to_uppercase();
    let Some(page) = explain::page(&code) else {
        let help = match nearest(&code, explain::codes()) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "A code is a letter and two digits, such as L08: `check` prints them.".into(),
        };
        return Err(Problem::wrong(format!("there is no code `{code}`")).help(help).into());
    };
    if session.out.is_human() {
        session.out.data(&format!("{}\n", page.trim_end()))?;
    } else {
        session.out.json(&json!({ "code": code, "page": page }))?;
    }
    Ok(Exit::Done)
}

fn all(session: &Session) -> anyhow::Result<Exit> {
    let title = |code| explain::page(code).and_then(|page| page.lines().next()).unwrap_or(code);
    let titles: Vec<&str> = explain::codes().map(title).collect();
    if session.out.is_human() {
        session.out.data(&format!("{}\n", titles.join("\n")))?;
    } else {
        session.out.json(&json!({ "codes": explain::codes().collect::<Vec<_>>() }))?;
    }
    Ok(Exit::Done)
}
