//! What an answer means: accepted, refused, to be tried again, or none that can be used.

use cutover_engine::effect::{Access, Call, EffectError, HIDDEN_HEADERS, Http, Keep, Reply};
use cutover_engine::keep::place_of;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Value, clean};
use indexmap::IndexMap;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::{Content, Head, name_of};
use crate::clock;
use crate::keep::keep;
use crate::local::Inner;
use crate::perform::no_answer;

/// Longer than this nobody waits because a server says so.
const LONGEST_WAIT: Duration = Duration::seconds(3600);

/// Says whether the body of an answer matters.
pub(super) fn wants_body(http: &Http, status: u16) -> bool {
    http.keep != Keep::Nothing || !accepts(http, status)
}

/// Turns an answer into a reply or an error.
pub(super) fn judge(
    inner: &Inner,
    call: &Call,
    http: &Http,
    head: Head,
    body: Content,
) -> Result<Reply, EffectError> {
    let access = call.effect.access();
    let status = head.status;
    if accepts(http, status) {
        return accepted(inner, call, http, head, body);
    }
    let name = name_of(http);
    let words = words_of(status);
    if status != 501 && (status == 408 || status >= 500) {
        return Err(no_answer(access, format!("{name} answered {status}{words}")));
    }
    let message = if (300..400).contains(&status) {
        format!("{name} answered {status}: it points elsewhere, which is not followed")
    } else {
        format!("{name} answered {status}{words}")
    };
    Err(EffectError::Refused {
        message,
        code: i32::from(status),
        retryable: status == 429,
        retry_after: (status == 429).then(|| retry_after(&head.headers)).flatten(),
        body: refused_body(inner, call, http, body),
        stderr: String::new(),
    })
}

fn accepts(http: &Http, status: u16) -> bool {
    if http.accept.is_empty() {
        (200..300).contains(&status)
    } else {
        http.accept.contains(&status)
    }
}

fn accepted(
    inner: &Inner,
    call: &Call,
    http: &Http,
    head: Head,
    body: Content,
) -> Result<Reply, EffectError> {
    let name = name_of(http);
    let status = head.status;
    let unusable = |why: String| {
        let message = format!("{name} answered {status} with a body that is {why}");
        match call.effect.access() {
            Access::Write => EffectError::Lost { message },
            Access::Read | Access::Pure => crate::perform::refused(message, i32::from(status)),
        }
    };
    let bytes = match body {
        Content::Whole(bytes) => bytes,
        Content::TooLong if http.keep == Keep::Nothing => Vec::new().into(),
        Content::TooLong => {
            return Err(unusable(format!("larger than {} MiB", super::BODY_LIMIT >> 20)));
        }
        Content::Broken(why) => {
            let message = format!("{name} answered {status}, then the connection broke: {why}");
            return Err(no_answer(call.effect.access(), message));
        }
    };
    let place = place_of(&call.step);
    let body = keep(bytes.to_vec(), &http.keep, &inner.secrets, &place, "secret");
    let body = body.map_err(unusable)?;
    Ok(Reply::Http { status, headers: headers_of(inner, &head.headers), body })
}

/// A refused answer's body as far as it can be kept: it tells steps why.
fn refused_body(inner: &Inner, call: &Call, http: &Http, body: Content) -> Value {
    let Content::Whole(bytes) = body else { return Value::Null };
    let place = place_of(&call.step);
    keep(bytes.to_vec(), &http.keep, &inner.secrets, &place, "secret").unwrap_or_default()
}

fn headers_of(inner: &Inner, headers: &HeaderMap) -> IndexMap<String, String> {
    let mut kept: IndexMap<String, String> = IndexMap::new();
    for (name, value) in headers {
        let (name, Ok(text)) = (name.as_str(), value.to_str()) else { continue };
        if HIDDEN_HEADERS.contains(&name) {
            continue;
        }
        let text = inner.redact(&clean(text)).into_owned();
        kept.entry(name.to_owned())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&text);
            })
            .or_insert(text);
    }
    kept
}

/// Reads `Retry-After`: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration(seconds.saturating_mul(1000)),
        Err(_) => {
            let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            Timestamp(at.timestamp_millis()).since(clock::now())
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

fn words_of(status: u16) -> String {
    let status = reqwest::StatusCode::from_u16(status).ok();
    let words = status.and_then(|status| status.canonical_reason());
    words.map(|words| format!(" ({})", words.to_lowercase())).unwrap_or_default()
}
