//! `json` `base64_encode` `base64_decode` `url_encode` `sha256` `hmac_sha256`.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::template::helpers::text::of_text;
use crate::template::helpers::{Call, Failure, Helper, OnSecret, Want};
use crate::template::print::to_plain_json;
use crate::value::{Value, clean};

pub(super) static JSON: Helper = Helper { takes: &[Want::Any], ..of_text("json", "json X", json) };

pub(super) static BASE64_ENCODE: Helper = of_text("base64_encode", "base64_encode TEXT", |call| {
    Ok(Value::Text(STANDARD.encode(call.text(0))))
});

pub(super) static BASE64_DECODE: Helper = Helper {
    secrets: OnSecret::Refuse,
    ..of_text("base64_decode", "base64_decode TEXT", base64_decode)
};

pub(super) static URL_ENCODE: Helper =
    of_text("url_encode", "url_encode TEXT", |call| Ok(Value::Text(url_encode(call.text(0)))));

pub(super) static SHA256: Helper =
    of_text("sha256", "sha256 TEXT", |call| Ok(Value::Text(hex(&Sha256::digest(call.text(0))))));

pub(super) static HMAC_SHA256: Helper = Helper {
    takes: &[Want::Text, Want::Text],
    ..of_text("hmac_sha256", "hmac_sha256 KEY TEXT", hmac_sha256)
};

fn json(call: &Call<'_>) -> Result<Value, Failure> {
    Ok(Value::Text(to_plain_json(&call.args[0]).to_string()))
}

fn base64_decode(call: &Call<'_>) -> Result<Value, Failure> {
    let bytes = STANDARD.decode(call.text(0).trim());
    let bytes = bytes.map_err(|_| Failure::wrong("`base64_decode` is given what is no base64"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::wrong("`base64_decode` is given what holds no text"))?;
    Ok(Value::Text(clean(&text)))
}

/// Leaves the unreserved characters of RFC 3986 as they are.
fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    encoded
}

fn hmac_sha256(call: &Call<'_>) -> Result<Value, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(call.text(0).as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(call.text(1).as_bytes());
    Ok(Value::Text(hex(&mac.finalize().into_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}
