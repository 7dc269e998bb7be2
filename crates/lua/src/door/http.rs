//! `http`: a request of a client with a base and headers of its own.

use cutover_engine::effect::{Body, Effect, Http, Reply};
use cutover_engine::value::Value;
use indexmap::IndexMap;

use super::options::{flag, integers, keep, kept, no_secret, public, text_map, texts, wrong};
use super::{Door, mismatch};
use crate::vm::{Answer, Refusal};

/// Where a secret goes in instead.
const WAY: &str = "an address is written to logs on its way: send a secret in a header or the body";

impl Door<'_> {
    /// Makes a request.
    pub(super) async fn http(&mut self, args: &Value) -> Answer {
        let mut request = request(args)?;
        request.reads = self.grant.reads_http(&request.method, &request.url);
        let follow_up = flag(args.get("options").get("follow_up"), "follow_up")?;
        let keep = request.keep.clone();
        match self.perform(Effect::Http(request), follow_up).await? {
            Reply::Http { status, headers, body } => {
                let body = self.checked(body)?;
                let headers = headers.into_iter().map(|(name, text)| (name, text.into()));
                let headers = self.checked(Value::map(headers))?;
                let answer = [("status", Value::Int(i64::from(status))), ("headers", headers)];
                Ok(Value::map(answer.into_iter().chain(kept(&keep, body))))
            }
            // A preview does nothing, and says so.
            Reply::Done => Ok(Value::Null),
            other => Err(mismatch(&other)),
        }
    }
}

fn request(args: &Value) -> Result<Http, Refusal> {
    let (client, options) = (args.get("client"), args.get("options"));
    let method = texts(args.get("method"), "method")?;
    let mut http = Http::new(&method, address(client.get("base"), args.get("path"))?);
    http.query = text_map(options.get("query"), "query")?;
    for (name, value) in &http.query {
        no_secret(value, &format!("query.{name}"), WAY)?;
    }
    http.headers = headers(client.get("headers"), options.get("headers"))?;
    http.basic = match (options.get("basic"), client.get("basic")) {
        (Value::Null, Value::Null) => None,
        (Value::Null, basic) | (basic, _) => Some((
            texts(basic.get("user"), "basic.user")?,
            texts(basic.get("password"), "basic.password")?,
        )),
    };
    http.body = body(options)?;
    http.keep = keep(options, "answer")?;
    let accept: Vec<u16> = integers(options.get("accept"), "accept")?;
    if !accept.is_empty() {
        http.accept = (200..300).chain(accept).collect();
    }
    Ok(http)
}

/// Joins base and path with one slash between them.
fn address(base: &Value, path: &Value) -> Result<String, Refusal> {
    let path = match path {
        Value::Null => String::new(),
        path => public(path, "path", WAY)?,
    };
    if base.is_null() {
        return if path.is_empty() { Err(wrong("base", "is missing")) } else { Ok(path) };
    }
    let base = public(base, "base", WAY)?;
    if path.is_empty() || path.starts_with('?') {
        return Ok(base + &path);
    }
    let (base, path) = (base.trim_end_matches('/'), path.trim_start_matches('/'));
    Ok(format!("{base}/{path}"))
}

/// A header of the request comes before one of the client, however they are written.
fn headers(client: &Value, own: &Value) -> Result<IndexMap<String, String>, Refusal> {
    let mut all = text_map(client, "headers")?;
    for (name, value) in text_map(own, "headers")? {
        all.retain(|other, _| !other.eq_ignore_ascii_case(&name));
        all.insert(name, value);
    }
    Ok(all)
}

fn body(options: &Value) -> Result<Body, Refusal> {
    let given: Vec<&str> =
        ["json", "form", "body"].into_iter().filter(|name| !options.get(name).is_null()).collect();
    match given.as_slice() {
        [] => Ok(Body::Empty),
        ["json"] => Ok(Body::Json(options.get("json").clone())),
        ["form"] => Ok(Body::Form(text_map(options.get("form"), "form")?)),
        ["body"] => Ok(Body::Text(texts(options.get("body"), "body")?)),
        several => {
            let message = format!("a request has one body, and has `{}`", several.join("`, `"));
            Err(Refusal::new("argument", message))
        }
    }
}
