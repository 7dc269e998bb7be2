//! `url`: parts of addresses. What is no unreserved character of RFC 3986 is escaped.

use cutover_engine::value::{Map, Value, clean};

use super::text;

pub(super) fn encode(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(escaped(text(args, 0)?)))
}

pub(super) fn decode(args: &[Value]) -> Result<Value, String> {
    unescaped(text(args, 0)?).map(Value::Text)
}

/// Makes `a=1&b=2` of a map, its keys sorted.
pub(super) fn query(args: &[Value]) -> Result<Value, String> {
    let Some(Value::Map(map)) = args.first() else { return Err("wants a map".to_owned()) };
    let pairs: Result<Vec<String>, String> = map
        .iter()
        .map(|(key, value)| Ok(format!("{}={}", escaped(key), escaped(&plain(key, value)?))))
        .collect();
    Ok(Value::Text(pairs?.join("&")))
}

/// Takes an address apart: `scheme`, `host`, `port`, `path`, `query` as a map, `fragment`.
pub(super) fn parse(args: &[Value]) -> Result<Value, String> {
    let url = text(args, 0)?;
    let (scheme, rest) = url.split_once("://").ok_or("not an absolute address")?;
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (host, Value::Int(port.parse().map_err(|_| "the port is no number")?))
        }
        _ => (authority, Value::Null),
    };
    let pairs: Result<Map, String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescaped(key)?, Value::Text(unescaped(value)?)))
        })
        .collect();
    Ok(Value::map([
        ("scheme", scheme.to_lowercase().into()),
        ("host", host.to_lowercase().into()),
        ("port", port),
        ("path", path.into()),
        ("query", Value::Map(pairs?)),
        ("fragment", fragment.into()),
    ]))
}

/// Returns a value as the text of an address.
pub(crate) fn plain(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Duration(length) => Ok(length.to_string()),
        Value::Timestamp(at) => Ok(at.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Unknown(_) => {
            Err(format!("`{name}` is not text, a number or a boolean"))
        }
    }
}

fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
            whole.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    whole
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(), digit());
                let (Some(high), Some(low)) = (high, low) else {
                    return Err("a `%` without two hex digits".to_owned());
                };
                (high * 16 + low) as u8
            }
            b'+' => b' ',
            byte => byte,
        };
        bytes.push(byte);
    }
    let text = String::from_utf8(bytes).map_err(|_| "what comes out is no text".to_owned())?;
    Ok(clean(&text))
}
