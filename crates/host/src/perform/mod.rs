//! Doing one thing in the world: one file per effect, and the check that a write was announced.

pub(crate) mod exec;
pub(crate) mod file;
pub(crate) mod http;
mod log;
mod random;
pub(crate) mod toml;

use cutover_engine::effect::{Access, Call, Effect, EffectError, Reply};
use cutover_engine::host::HostError;
use cutover_engine::value::Value;

use crate::clock;
use crate::local::Inner;
use crate::secrets::OpenError;

/// A long wait looks at the clock this often: a machine may sleep, and its clock may be set.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(30);

/// Does one thing in the world. All text of an error has passed the second net.
pub(crate) async fn perform(
    inner: &std::sync::Arc<Inner>,
    call: &Call,
) -> Result<Reply, EffectError> {
    if call.effect.access() == Access::Write && !inner.is_announced(call) {
        return Err(EffectError::Edge(HostError::Unannounced(call.step.clone())));
    }
    if let Some(message) = beyond(inner, call) {
        return Err(without_secrets(inner, not_sent(message)));
    }
    // The large ones stand on their own, or each of a thousand waits would be as large as they are.
    let done = match &call.effect {
        Effect::Http(request) => Box::pin(http::perform(inner, call, request)).await,
        Effect::Exec(program) => Box::pin(exec::perform(inner, call, program)).await,
        Effect::ReadFile(read) => file::read(inner, call, read),
        Effect::WriteFile(_) | Effect::RestoreFile(_) | Effect::RemoveFile(_) => {
            Box::pin(file::change(inner, call)).await
        }
        Effect::Sleep { until } => sleep(*until).await,
        Effect::Random { length, alphabet } => random::perform(inner, call, *length, alphabet),
        Effect::Log { level, message, fields } => log::perform(inner, call, level, message, fields),
    };
    done.map_err(|error| without_secrets(inner, error))
}

/// Returns why an effect of a plugin is beyond what was granted to it.
fn beyond(inner: &Inner, call: &Call) -> Option<String> {
    let grant = call.grant.as_ref()?;
    grant.refusal(&call.effect, &|path| absolute(inner, path))
}

/// Returns a path as text, absolute.
pub(crate) fn absolute(inner: &Inner, path: &str) -> String {
    inner.options.absolute(path).to_string_lossy().into_owned()
}

async fn sleep(moment: cutover_engine::time::Timestamp) -> Result<Reply, EffectError> {
    loop {
        let left = clock::until(moment);
        if left.is_zero() {
            return Ok(Reply::Done);
        }
        tokio::time::sleep(left.min(LOOK_AGAIN)).await;
    }
}

fn without_secrets(inner: &Inner, error: EffectError) -> EffectError {
    let safe = |text: String| inner.redact(&crate::escape::escape(&text)).into_owned();
    match error {
        EffectError::NotSent { message, retryable } => {
            EffectError::NotSent { message: safe(message), retryable }
        }
        EffectError::Refused { message, code, retryable, retry_after, body, stderr } => {
            EffectError::Refused {
                message: safe(message),
                code,
                retryable,
                retry_after,
                body,
                stderr: safe(stderr),
            }
        }
        EffectError::Lost { message } => EffectError::Lost { message: safe(message) },
        EffectError::Gone { message } => EffectError::Gone { message: safe(message) },
        EffectError::Withheld { message } => EffectError::Withheld { message: safe(message) },
        EffectError::Edge(error) => EffectError::Edge(error),
    }
}

/// It did not happen, and trying again does not mend it.
pub(crate) fn not_sent(message: impl Into<String>) -> EffectError {
    EffectError::NotSent { message: message.into(), retryable: false }
}

/// It did not happen, and trying again may mend it.
pub(crate) fn try_again(message: impl Into<String>) -> EffectError {
    EffectError::NotSent { message: message.into(), retryable: true }
}

/// There is no usable answer: a write may have happened, a read may be tried again.
pub(crate) fn no_answer(access: Access, message: String) -> EffectError {
    match access {
        Access::Write => EffectError::Lost { message },
        Access::Read | Access::Pure => try_again(message),
    }
}

/// The other side said no, and nothing was changed.
pub(crate) fn refused(message: impl Into<String>, code: i32) -> EffectError {
    EffectError::Refused {
        message: message.into(),
        code,
        retryable: false,
        retry_after: None,
        body: Value::Null,
        stderr: String::new(),
    }
}

/// A secret in a call could not be opened: nothing was done.
pub(crate) fn closed(error: OpenError) -> EffectError {
    let message = error.to_string();
    match error {
        OpenError::Gone(_) => EffectError::Gone { message },
        OpenError::Unknown(_) => EffectError::NotSent { message, retryable: false },
    }
}

#[cfg(test)]
mod tests {
    use cutover_engine::time::Timestamp;

    use super::*;
    use crate::local::LocalHost;
    use crate::options::Options;

    /// As large as a wait may be while it is under way: a thousand may be at once.
    const SMALL: usize = 512;

    #[test]
    fn a_wait_is_no_larger_than_a_wait() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let options = Options::new(folder.path().join("state.db"), folder.path(), folder.path());
        let host = LocalHost::open(options).expect("it opens nothing");
        let call = Call {
            grant: None,
            run: String::new(),
            step: "wait".to_owned(),
            attempt: 1,
            deadline: Timestamp(0),
            effect: Effect::Sleep { until: Timestamp(0) },
        };
        let size = size_of_val(&perform(host.inner(), &call));
        assert!(size <= SMALL, "{size} bytes");
    }
}
