//! What is printed: tables for people, JSON for programs, times as the provider's own objects.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::influxctl::cloud::{Token, rfc3339};

const NO_EXPIRY: &str = "1970-01-01T00:00:00Z";

/// Prints what `create` prints since 2.11.0: a table of two columns.
pub(crate) fn created_table(out: &mut dyn Write, token: &Token) -> io::Result<()> {
    let expires = token.expires_at.map_or_else(|| NO_EXPIRY.to_owned(), rfc3339);
    let rows = [
        ("id", token.id.as_str()),
        ("description", token.description.as_str()),
        ("expires at", expires.as_str()),
        ("revoked at", ""),
    ];
    let width = rows.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    let line = format!("+-------------+-{}-+", "-".repeat(width));
    writeln!(out, "{line}")?;
    for (name, value) in rows {
        writeln!(out, "| {name:<11} | {value:<width$} |")?;
    }
    writeln!(out, "{line}")
}

/// Prints a list as a table.
pub(crate) fn list_table(out: &mut dyn Write, tokens: &[&Token]) -> io::Result<()> {
    writeln!(out, "ID | DESCRIPTION | PREFIX | CREATED AT | EXPIRES AT | REVOKED AT")?;
    for token in tokens {
        writeln!(
            out,
            "{} | {} | {} | {} | {} | {}",
            token.id,
            token.description,
            token.prefix,
            rfc3339(token.created_at),
            token.expires_at.map_or_else(|| NO_EXPIRY.to_owned(), rfc3339),
            token.revoked_at.map(rfc3339).unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// Returns a token as the list's JSON has it: absent fields are left out.
pub(crate) fn to_json(token: &Token) -> Value {
    let mut object = Map::new();
    object.insert("id".to_owned(), json!(token.id));
    object.insert("account_id".to_owned(), json!(token.account_id));
    object.insert("token_prefix".to_owned(), json!(token.prefix));
    object.insert("description".to_owned(), json!(token.description));
    object.insert("created_at".to_owned(), moment(token.created_at));
    if let Some(expires) = token.expires_at {
        object.insert("expires_at".to_owned(), moment(expires));
    }
    if let Some(revoked) = token.revoked_at {
        object.insert("revoked_at".to_owned(), moment(revoked));
    }
    object.insert("created_by".to_owned(), json!("00000000-0000-4000-8000-00000000d00d"));
    Value::Object(object)
}

fn moment(at: i64) -> Value {
    let (seconds, nanos) = (at.div_euclid(1000), at.rem_euclid(1000) * 1_000_000);
    if nanos == 0 {
        json!({ "seconds": seconds })
    } else {
        json!({ "seconds": seconds, "nanos": nanos })
    }
}
