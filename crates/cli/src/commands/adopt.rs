//! `cutover credentials adopt`: tells the state what is in use. Nothing in the world is changed.

use cutover_engine::event::Identity;
use cutover_engine::time::Timestamp;
use cutover_host::LocalHost;
use cutover_host::adopt::{Adopt, AdoptError, Adopted, adopt};
use cutover_host::journal::Journal;
use serde_json::json;

use crate::args::AdoptArgs;
use crate::exit::{Exit, Problem};
use crate::providers::{self, Listed};
use crate::render::value::short_id;
use crate::session::Session;
use crate::text::tame;
use crate::{assemble, state};

/// Adopts.
///
/// # Errors
/// Where something is in use already, a run is unfinished, or the provider says otherwise.
pub(crate) fn run(args: &AdoptArgs, session: &Session) -> anyhow::Result<Exit> {
    let host = assemble::host(session, None)?;
    let expires_at = args.expires.as_deref().map(moment).transpose()?;
    let listed = state::open(session)?
        .map(|journal| listed(&journal, args, &host, session))
        .transpose()?
        .flatten();
    let identity = Identity {
        id: args.id.clone(),
        prefix: args.prefix.clone().or(listed.as_ref().and_then(|it| it.prefix.clone())),
        expires_at: expires_at.or(listed.as_ref().and_then(|it| it.expires_at)),
        ..Identity::default()
    };
    let told = Adopt {
        credential: args.name.clone(),
        identity,
        owner: args.owner.clone(),
        replaces: args.replace.clone(),
    };
    let adopted = super::runtime()?.block_on(adopt(&host, &told));
    let adopted = adopted.map_err(|error| refused(&error, args, session))?;
    if session.out.is_human() {
        session.out.talk(&words(&adopted, args, listed.is_some(), session));
    } else {
        session.out.json(&json!({
            "credential": args.name,
            "run": adopted.run,
            "id": args.id,
            "replaced": adopted.from.map(|from| from.id),
            "seen": listed.is_some(),
        }))?;
    }
    Ok(Exit::Done)
}

/// Returns what the provider lists of the id; none where no run of the credential tells whom to
/// ask, or it does not answer.
fn listed(
    journal: &Journal,
    args: &AdoptArgs,
    host: &LocalHost,
    session: &Session,
) -> anyhow::Result<Option<Listed>> {
    let asked = providers::ask_of(journal, &args.name, host, session)?;
    let Some(answer) = asked else { return Ok(None) };
    let all = match answer {
        Ok(all) => all,
        Err(why) => {
            session.out.complain(&format!("the provider could not be asked: {}\n", tame(&why)));
            return Ok(None);
        }
    };
    match all.into_iter().find(|one| one.live && one.id == args.id) {
        Some(one) => Ok(Some(one)),
        None => Err(Problem::wrong(format!("the provider lists no live `{}`", args.id))
            .help("What it lists: cutover credentials --refresh")
            .into()),
    }
}

fn moment(text: &str) -> Result<Timestamp, Problem> {
    let whole = if text.len() == "2026-12-24".len() {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    Timestamp::parse(&whole).ok_or_else(|| {
        Problem::wrong(format!("`{text}` is no moment")).help("Write it so: 2026-12-24T14:00:00Z")
    })
}

fn refused(error: &AdoptError, args: &AdoptArgs, session: &Session) -> Problem {
    let again = |id: &str| {
        let words = format!("credentials adopt {} --id {} --replace {id}", args.name, args.id);
        session.typed().command(&words)
    };
    match error {
        AdoptError::Host(error) => state::problem(error, session),
        AdoptError::Current(current) => {
            Problem::wrong(format!("the state holds {} to be in use of {}", current.id, args.name))
                .help("Where that is wrong:")
                .help(again(&current.id))
        }
        AdoptError::Other { asked, current: Some(current) } => {
            let id = &current.id;
            Problem::wrong(format!(
                "the state holds {id} to be in use of {}, not {asked}",
                args.name
            ))
            .help("Where that is wrong:")
            .help(again(id))
        }
        AdoptError::Other { asked, current: None } => Problem::wrong(format!(
            "the state knows nothing in use of {}, and no {asked}",
            args.name
        ))
        .help("Leave `--replace` out."),
    }
}

fn words(adopted: &Adopted, args: &AdoptArgs, seen: bool, session: &Session) -> String {
    let id = short_id(&args.id);
    let whose = if seen { "its provider lists it as live" } else { "nobody was asked" };
    let mut told = format!("{}: {id} is in use ({whose})\n", args.name);
    if let Some(from) = &adopted.from {
        let from = short_id(&from.id);
        told.push_str(&format!(
            "  {from} is not known any more: where it still lives, revoke it\n"
        ));
    }
    if adopted.is_first {
        let run = session.typed().command("run FILE");
        told.push_str(&format!("  its triggers begin once its workflow has run: {run}\n"));
    }
    told
}
