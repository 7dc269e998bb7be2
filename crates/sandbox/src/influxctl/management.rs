//! `management create|list|revoke`: what each does to the cloud, and what goes wrong on demand.

use std::io::{self, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};

use super::Streams;
use super::arguments::{Arguments, Command};
use super::cloud::{self, Cloud, Token, now};
use super::config::Profile;
use super::faults::{self, Fault, Faults};
use super::print;

const UNAUTHORIZED: &str = "rpc error: code = Unauthenticated desc = unauthorized";
const BROKEN: &str = "rpc error: code = Unavailable desc = transport is closing";
const DEADLINE: &str = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
const ODD: &str = "something went wrong: %!s(<nil>)";
const INTERNAL: &str = "rpc error: code = Internal desc = internal error";

/// A value that nobody made, as `twice` prints it.
const ANOTHER: &str = concat!("M.V", "1.another+value/that-nobody_made");

/// Does one command under a profile's login.
pub(super) fn answer(
    read: &Arguments,
    profile: &Profile,
    folder: &Path,
    faults: &mut Faults,
    streams: &mut Streams<'_>,
) -> Result<u8, String> {
    let kind = match &read.command {
        Command::Create { .. } => faults::Command::Create,
        Command::List { .. } => faults::Command::List,
        Command::Revoke { .. } | Command::Version => faults::Command::Revoke,
    };
    let hang = Duration::from_millis(faults.hang_ms);
    let fault = {
        let _lock = cloud::lock(folder).map_err(text)?;
        *faults = Faults::load(folder).map_err(text)?;
        faults.take(folder, kind).map_err(text)?
    };
    match fault {
        Fault::HangBefore => sleep(hang),
        Fault::Fail => return Err(INTERNAL.to_owned()),
        Fault::Unauthorized => return Err(UNAUTHORIZED.to_owned()),
        Fault::OddBefore => return Err(ODD.to_owned()),
        Fault::Ok | Fault::Lost | Fault::Late | Fault::HangAfter | Fault::Odd | Fault::Twice => {}
    }
    let mut printed = Vec::new();
    let code = {
        let _lock = cloud::lock(folder).map_err(text)?;
        let mut cloud = Cloud::load(folder).map_err(text)?;
        let account = log_in(&cloud, profile, read)?;
        match &read.command {
            Command::Create { .. } => {
                create(read, &account, &mut cloud, faults, fault, &mut printed)?
            }
            Command::List { json, sort } => list(&cloud, &account, *json, sort, &mut printed)?,
            Command::Revoke { force, ids } => revoke(&mut cloud, &account, *force, ids, streams)?,
            Command::Version => 0,
        }
    };
    match fault {
        Fault::HangAfter => sleep(hang),
        Fault::Lost => return Err(BROKEN.to_owned()),
        Fault::Late => return Err(DEADLINE.to_owned()),
        Fault::Odd => return Err(ODD.to_owned()),
        Fault::Twice => writeln!(streams.out, "{ANOTHER}").map_err(text)?,
        Fault::Ok | Fault::Fail | Fault::Unauthorized | Fault::HangBefore | Fault::OddBefore => {}
    }
    if kind == faults::Command::Create {
        writeln!(streams.err, "warn\tplease save the token, it will not be shown again")
            .and_then(|()| writeln!(streams.err, "warn\tkeep it as secret as a password"))
            .map_err(text)?;
    }
    streams.out.write_all(&printed).map_err(text)?;
    Ok(code)
}

fn log_in(cloud: &Cloud, profile: &Profile, read: &Arguments) -> Result<String, String> {
    let Some(token) = &profile.mgmt_token else {
        return Err("login needs a browser, and there is no terminal here".to_owned());
    };
    let account = cloud.account_of(token).ok_or(UNAUTHORIZED)?;
    let asked = read.account.as_deref().unwrap_or(&profile.account_id);
    if asked != account {
        return Err("rpc error: code = PermissionDenied desc = permission denied".to_owned());
    }
    Ok(account.to_owned())
}

fn create(
    read: &Arguments,
    account: &str,
    cloud: &mut Cloud,
    faults: &Faults,
    fault: Fault,
    out: &mut Vec<u8>,
) -> Result<u8, String> {
    let Command::Create { description, expires_at, json } = &read.command else { return Ok(1) };
    let expires = expires_at.as_deref().map(moment).transpose()?;
    let value =
        cloud.mint(account, description, expires, Some(faults.delays(fault))).map_err(text)?;
    faults.note(&value).map_err(text)?;
    cloud.save().map_err(text)?;
    let token = cloud.tokens.last().ok_or(INTERNAL)?;
    if *json {
        let mut object = print::to_json(token);
        object["token"] = Value::String(value);
        writeln!(out, "{object}").map_err(text)?;
        return Ok(0);
    }
    if faults.prints_table() {
        print::created_table(out, token).map_err(text)?;
    }
    writeln!(out, "{value}").map_err(text)?;
    Ok(0)
}

fn list(
    cloud: &Cloud,
    account: &str,
    json: bool,
    sort: &str,
    out: &mut Vec<u8>,
) -> Result<u8, String> {
    let now = now();
    let mut tokens: Vec<&Token> = cloud
        .tokens
        .iter()
        .filter(|token| token.account_id == account && token.listed_at <= now)
        .collect();
    match sort {
        "created" => tokens.sort_by_key(|token| token.created_at),
        "id" => tokens.sort_by(|a, b| a.id.cmp(&b.id)),
        "description" => tokens.sort_by(|a, b| a.description.cmp(&b.description)),
        "prefix" => tokens.sort_by(|a, b| a.prefix.cmp(&b.prefix)),
        "expires" => tokens.sort_by_key(|token| token.expires_at),
        "revoked" => tokens.sort_by_key(|token| token.revoked_at),
        other => return Err(format!("invalid sort column {other:?}")),
    }
    let printed = if json {
        let rows: Vec<Value> = tokens.iter().map(|token| print::to_json(token)).collect();
        writeln!(out, "{}", json!(rows))
    } else {
        print::list_table(out, &tokens)
    };
    printed.map(|()| 0).map_err(text)
}

fn revoke(
    cloud: &mut Cloud,
    account: &str,
    force: bool,
    ids: &[String],
    streams: &mut Streams<'_>,
) -> Result<u8, String> {
    if !force && !confirmed(ids, streams).map_err(text)? {
        return Err("not revoked".to_owned());
    }
    let now = now();
    let mut code = 0;
    for id in ids {
        let found = cloud
            .tokens
            .iter_mut()
            .find(|token| token.id == *id && token.account_id == account && token.is_live(now));
        if let Some(token) = found {
            token.revoked_at = Some(now);
        } else {
            writeln!(streams.err, "error\trpc error: code = NotFound desc = token {id} not found")
                .map_err(text)?;
            code = 1;
        }
    }
    cloud.save().map_err(text)?;
    Ok(code)
}

fn confirmed(ids: &[String], streams: &mut Streams<'_>) -> io::Result<bool> {
    write!(streams.out, "Revoke {}? [y/N] ", ids.join(", "))?;
    streams.out.flush()?;
    let mut answer = String::new();
    streams.input.read_to_string(&mut answer)?;
    Ok(matches!(answer.lines().next(), Some("y" | "Y" | "yes")))
}

fn moment(written: &str) -> Result<i64, String> {
    DateTime::parse_from_rfc3339(written)
        .map(|at| at.timestamp_millis())
        .map_err(|_| format!("invalid value {written:?} for flag -expires-at: not RFC3339"))
}

fn text(error: io::Error) -> String {
    error.to_string()
}
