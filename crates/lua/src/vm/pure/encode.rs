//! `base64` `hex` `crypto`, and what a secret's methods compute.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use cutover_engine::value::{Value, clean};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::text;

/// A function that works on bytes.
pub(super) type OnBytes = fn(&[&[u8]]) -> Result<Vec<u8>, String>;

/// Returns a function that works on bytes.
pub(super) fn on_bytes(op: &str) -> Option<OnBytes> {
    Some(match op {
        "base64.encode" => |args| Ok(STANDARD.encode(first(args)).into_bytes()),
        "base64.decode" => |args| from_base64(first(args)),
        "hex.encode" => |args| Ok(to_hex(first(args)).into_bytes()),
        "hex.decode" => |args| from_hex(first(args)),
        "crypto.sha256" => |args| Ok(to_hex(&Sha256::digest(first(args))).into_bytes()),
        "crypto.hmac" | "crypto.hmac_public" => |args| match args {
            [key, message] => Ok(hmac_of(key, message).into_bytes()),
            _ => Err("wants a key and a message, both text".to_owned()),
        },
        _ => return None,
    })
}

fn first<'a>(args: &[&'a [u8]]) -> &'a [u8] {
    args.first().copied().unwrap_or_default()
}

pub(super) fn base64_encode(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(STANDARD.encode(text(args, 0)?)))
}

pub(super) fn base64_decode(args: &[Value]) -> Result<Value, String> {
    as_text(from_base64(text(args, 0)?.as_bytes())?)
}

pub(super) fn hex_encode(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(to_hex(text(args, 0)?.as_bytes())))
}

pub(super) fn hex_decode(args: &[Value]) -> Result<Value, String> {
    as_text(from_hex(text(args, 0)?.as_bytes())?)
}

pub(super) fn sha256(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(to_hex(&Sha256::digest(text(args, 0)?))))
}

pub(super) fn hmac(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(hmac_of(text(args, 0)?.as_bytes(), text(args, 1)?.as_bytes())))
}

pub(super) fn trim(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Text(text(args, 0)?.trim().to_owned()))
}

pub(super) fn equal(args: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(text(args, 0)? == text(args, 1)?))
}

fn as_text(bytes: Vec<u8>) -> Result<Value, String> {
    let text = String::from_utf8(bytes).map_err(|_| "what comes out is no text".to_owned())?;
    Ok(Value::Text(clean(&text)))
}

fn from_base64(given: &[u8]) -> Result<Vec<u8>, String> {
    let given = given.trim_ascii();
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|form| form.decode(given).ok())
        .ok_or_else(|| "not base64".to_owned())
}

/// Returns bytes in hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hex(given: &[u8]) -> Result<Vec<u8>, String> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = given.trim_ascii().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| "not hex".to_owned())
}

fn hmac_of(key: &[u8], message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    to_hex(&mac.finalize().into_bytes())
}
