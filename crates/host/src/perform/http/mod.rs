//! HTTP: one request, one answer, nothing sent twice.

mod answer;
mod client;
mod request;
mod resolve;

use std::error::Error;
use std::sync::Arc;

use cutover_engine::effect::{Access, Call, EffectError, Http, Reply};
use cutover_engine::value::shown;
use reqwest::Response;
use tokio::time::timeout;
use zeroize::Zeroizing;

pub(crate) use client::Clients;

use crate::clock;
use crate::local::Inner;
use crate::perform::{no_answer, not_sent, try_again};

/// The longest body of an answer.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Makes a request.
pub(crate) async fn perform(
    inner: &Arc<Inner>,
    call: &Call,
    http: &Http,
) -> Result<Reply, EffectError> {
    let access = call.effect.access();
    let left = clock::until(call.deadline);
    let name = name_of(http);
    if left.is_zero() {
        return Err(try_again(format!("{name} had no time left to be sent")));
    }
    let built = request::build(inner, (http, call.grant.as_ref()), access)?;
    let sent = timeout(left, exchange(built, http, access)).await;
    let Ok(sent) = sent else {
        return Err(no_answer(access, format!("{name} was not answered before its deadline")));
    };
    let (head, body) = sent.map_err(|broken| error_of(&name, access, broken))?;
    answer::judge(inner, call, http, head, body)
}

/// What an answer says before its body.
struct Head {
    status: u16,
    headers: reqwest::header::HeaderMap,
}

/// An answer's body as far as it was read.
enum Content {
    /// All of it; nothing where it is not wanted.
    Whole(Zeroizing<Vec<u8>>),
    /// It is longer than is read.
    TooLong,
    /// The connection broke while it came.
    Broken(String),
}

/// How a request went wrong.
enum Broken {
    /// It was never sent.
    Before(String),
    /// It was never sent, and never will be: its name stands for an address that is not named.
    NotNamed(String),
    /// It was sent, and the connection broke.
    After(String),
}

async fn exchange(
    (client, request): (reqwest::Client, reqwest::Request),
    http: &Http,
    access: Access,
) -> Result<(Head, Content), Broken> {
    let response = client.execute(request).await.map_err(|error| {
        let why = cause(&error);
        if let Some(refused) = resolve::refused(&error) {
            Broken::NotNamed(refused)
        } else if error.is_connect() || error.is_builder() {
            Broken::Before(why)
        } else {
            Broken::After(why)
        }
    })?;
    let head = Head { status: response.status().as_u16(), headers: response.headers().clone() };
    // What a write did does not depend on a body that nobody wants.
    let wanted = access == Access::Read || answer::wants_body(http, head.status);
    let body = if wanted { read_body(response).await } else { Content::Whole(Vec::new().into()) };
    Ok((head, body))
}

async fn read_body(mut response: Response) -> Content {
    let mut body = Zeroizing::new(Vec::new());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > BODY_LIMIT => return Content::TooLong,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Content::Whole(body),
            Err(error) => return Content::Broken(cause(&error)),
        }
    }
}

fn error_of(name: &str, access: Access, broken: Broken) -> EffectError {
    match broken {
        Broken::Before(why) => try_again(format!("no connection for {name}: {why}")),
        Broken::NotNamed(why) => not_sent(why),
        Broken::After(why) => no_answer(access, format!("{name} got no answer: {why}")),
    }
}

/// Returns what a request is called in messages: method and address, without the query, secrets by
/// where they come from.
fn name_of(http: &Http) -> String {
    let url = shown(&http.url);
    let url = url.split(['?', '#']).next().unwrap_or_default();
    format!("`{} {url}`", http.method)
}

/// Returns the innermost reason in lower case: the outer ones repeat the address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let words = inner.to_string();
    let mut characters = words.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

/// A request that cannot be made at all.
fn unsendable(http: &Http, why: &str) -> EffectError {
    not_sent(format!("{}: {why}", name_of(http)))
}
