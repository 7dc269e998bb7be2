//! Building a request: secrets are opened here, into headers and body, and nowhere else.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cutover_engine::effect::{Access, Body, EffectError, Http, Keep};
use cutover_engine::grant::Grant;
use cutover_engine::value::Value;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Url};
use serde_json::{Map as JsonMap, Value as Json};
use zeroize::Zeroizing;

use super::unsendable;
use crate::local::Inner;
use crate::perform::closed;

/// Builds a request and picks its client.
pub(super) fn build(
    inner: &Inner,
    (http, grant): (&Http, Option<&Arc<Grant>>),
    access: Access,
) -> Result<(Client, Request), EffectError> {
    let method = Method::from_bytes(http.method.as_bytes())
        .map_err(|_| unsendable(http, "not a method of HTTP"))?;
    let url = address(inner, http)?;
    let tls = url.scheme() == "https";
    let client = match grant {
        Some(grant) => inner.clients.granted(access, tls, grant),
        None => inner.clients.get(access, tls),
    };
    let client = client.map_err(|why| unsendable(http, &why))?;
    let mut request = Request::new(method, url);
    let (body, content_type) = body(inner, http)?;
    *request.headers_mut() = headers(inner, http, content_type)?;
    if let Some(body) = body {
        *request.body_mut() = Some(body.to_vec().into());
    }
    Ok((client, request))
}

fn address(inner: &Inner, http: &Http) -> Result<Url, EffectError> {
    let plain = inner.secrets.open(&http.url).map_err(closed)?;
    let mut url = Url::parse(&plain).map_err(|_| unsendable(http, "not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(unsendable(http, "not an address of HTTP"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unsendable(http, "an address with a user in it"));
    }
    if inner.options.only_here && !is_here(&url) {
        return Err(unsendable(http, "nothing is sent out of the sandbox"));
    }
    if !http.query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (key, value) in &http.query {
            pairs.append_pair(key, &inner.secrets.open(value).map_err(closed)?);
        }
    }
    Ok(url)
}

/// Says whether an address is on this machine, whatever names stand for.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn headers(
    inner: &Inner,
    http: &Http,
    content_type: Option<&'static str>,
) -> Result<HeaderMap, EffectError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &http.headers {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| unsendable(http, &format!("`{name}` is not the name of a header")))?;
        headers.insert(key, header(inner, http, name, value)?);
    }
    if let Some((user, password)) = &http.basic {
        let user = inner.secrets.open(user).map_err(closed)?;
        let password = inner.secrets.open(password).map_err(closed)?;
        let both = Zeroizing::new(format!("{}:{}", *user, *password));
        let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(both.as_bytes())));
        headers.insert(AUTHORIZATION, value_of(http, "authorization", &text)?);
    }
    if let Some(content_type) = content_type
        && !headers.contains_key(CONTENT_TYPE)
    {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if matches!(http.keep, Keep::Json { .. } | Keep::Answer { .. }) && !headers.contains_key(ACCEPT)
    {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    }
    Ok(headers)
}

fn header(inner: &Inner, http: &Http, name: &str, text: &str) -> Result<HeaderValue, EffectError> {
    let plain = inner.secrets.open(text).map_err(closed)?;
    value_of(http, name, &plain)
}

fn value_of(http: &Http, name: &str, plain: &str) -> Result<HeaderValue, EffectError> {
    let mut value = HeaderValue::from_str(plain)
        .or_else(|_| HeaderValue::from_bytes(plain.as_bytes()))
        .map_err(|_| unsendable(http, &format!("the header `{name}` has a line break in it")))?;
    value.set_sensitive(true);
    Ok(value)
}

type Encoded = (Option<Zeroizing<Vec<u8>>>, Option<&'static str>);

fn body(inner: &Inner, http: &Http) -> Result<Encoded, EffectError> {
    Ok(match &http.body {
        Body::Empty => (None, None),
        Body::Json(value) => {
            let json = json(inner, http, value)?;
            let bytes = serde_json::to_vec(&json)
                .map_err(|_| unsendable(http, "a body that cannot be JSON"))?;
            wipe(json);
            (Some(bytes.into()), Some("application/json"))
        }
        Body::Form(pairs) => {
            let mut url = Url::parse("http://form/").expect("a fixed address");
            for (key, value) in pairs {
                let plain = inner.secrets.open(value).map_err(closed)?;
                url.query_pairs_mut().append_pair(key, &plain);
            }
            let encoded = url.query().unwrap_or_default().as_bytes().to_vec();
            (Some(encoded.into()), Some("application/x-www-form-urlencoded"))
        }
        Body::Text(text) => {
            let plain = inner.secrets.open(text).map_err(closed)?;
            (Some(plain.as_bytes().to_vec().into()), Some("text/plain; charset=utf-8"))
        }
    })
}

/// Returns a value as plain JSON, secrets opened: a quote in one cannot end its string.
fn json(inner: &Inner, http: &Http, value: &Value) -> Result<Json, EffectError> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(text) => Json::String(inner.secrets.open(text).map_err(closed)?.to_string()),
        Value::Duration(length) => Json::String(length.to_string()),
        Value::Timestamp(at) => Json::String(at.to_string()),
        Value::List(items) => {
            Json::Array(items.iter().map(|item| json(inner, http, item)).collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let mut object = JsonMap::new();
            for (key, item) in map {
                object.insert(key.clone(), json(inner, http, item)?);
            }
            Json::Object(object)
        }
        Value::Unknown(unknown) => {
            return Err(unsendable(http, &format!("`{}` is not known yet", unknown.from)));
        }
    })
}

fn wipe(json: Json) {
    match json {
        Json::String(text) => drop(Zeroizing::new(text)),
        Json::Array(items) => items.into_iter().for_each(wipe),
        Json::Object(map) => map.into_iter().for_each(|(_, item)| wipe(item)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
