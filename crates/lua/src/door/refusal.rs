//! What the host says, as the VM gets to know it: three classes, and what ends the call at once.

use cutover_engine::effect::EffectError;

use crate::vm::{Class, Refusal};

/// What a service answers that has no such thing: a place that is read back is empty then.
const NOT_FOUND: i32 = 404;

/// Turns an effect's error into what the VM is told. A write without an answer, one that was
/// withheld, and a failure of the edge end the call: no code of a plugin can hide them.
pub(crate) fn refuse(error: EffectError) -> Refusal {
    let message = error.to_string();
    let told = |code: &str| Refusal::new(code, message.clone());
    let refusal = match &error {
        EffectError::NotSent { retryable, .. } => {
            Refusal { class: class(*retryable), ..told("not_sent") }
        }
        EffectError::Gone { .. } => told("gone"),
        EffectError::Refused { code, retryable, retry_after, body, stderr, .. } => Refusal {
            class: class(*retryable),
            status: Some(*code),
            after: *retry_after,
            body: body.clone(),
            stderr: stderr.clone(),
            denied: matches!(code, 401 | 403),
            ..told(if *code == NOT_FOUND { "not_found" } else { "refused" })
        },
        EffectError::Lost { .. } => Refusal { class: Class::Unknown, stop: true, ..told("lost") },
        EffectError::Withheld { .. } => Refusal { stop: true, ..told("withheld") },
        EffectError::Edge(_) => Refusal { stop: true, ..told("edge") },
    };
    Refusal { error: Some(error), ..refusal }
}

fn class(retryable: bool) -> Class {
    if retryable { Class::Retryable } else { Class::Permanent }
}
