//! What a refusal of `influxctl` means, told in our words.
//!
//! No table of exit codes is documented; what it writes to standard error is matched for known
//! words, and never passed on: it may hold what the service sent.

use cutover_engine::step::{Fate, StepError};

use crate::influxctl::tool::Call;

/// What a refusal is, by the words on standard error. The first that fits counts.
const REFUSALS: [(&[&str], Refusal, &str); 8] = [
    (
        &["profile not found", "no such profile", "no profile", "unknown profile"],
        Refusal::Error("config"),
        "the configuration has no such profile",
    ),
    (
        &["strict mode", "toml", "unmarshal", "no such file"],
        Refusal::Error("config"),
        "the configuration file was not understood",
    ),
    (
        &["unauthorized", "unauthenticated", "permissiondenied", "forbidden", "401", "403"],
        Refusal::Denied,
        "the login was refused",
    ),
    (
        &["429", "too many requests", "resourceexhausted", "rate limit"],
        Refusal::Busy,
        "too many requests",
    ),
    (
        &["connection refused", "no such host", "no route to host", "network is unreachable"],
        Refusal::Unreached,
        "the service could not be reached",
    ),
    (
        &[
            "deadline exceeded",
            "deadlineexceeded",
            "timeout",
            "timed out",
            "unavailable",
            "connection reset",
            "broken pipe",
            "eof",
            "transport is closing",
            "internal",
            "408",
            "500",
            "502",
            "503",
            "504",
        ],
        Refusal::Unanswered,
        "the service did not answer",
    ),
    (&["not found", "notfound", "404"], Refusal::Error("not_found"), "there is no such token"),
    (&["already revoked"], Refusal::Error("not_found"), "the token is revoked already"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Denied,
    Busy,
    Unreached,
    Unanswered,
    Error(&'static str),
}

/// Turns a refusal into an error in our words; what the program wrote is never passed on.
pub(super) fn refusal(command: &str, code: i32, stderr: &str, call: Call) -> StepError {
    let by_hand = format!("run influxctl {command} by hand to see what it says");
    if code == 0 {
        let message = format!("influxctl {command} ended well, but its output was not understood");
        return StepError::new(message).code("output").help(by_hand);
    }
    let stderr = stderr.to_lowercase();
    let words: Vec<&str> = stderr.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let fits = |phrase: &&str| match phrase.contains(' ') || phrase.len() > 4 {
        true => stderr.contains(*phrase),
        false => words.contains(phrase),
    };
    let found = REFUSALS.iter().find(|(phrases, ..)| phrases.iter().any(&fits));
    let Some((_, kind, why)) = found else {
        return StepError::new(format!("influxctl {command} failed with exit code {code}"))
            .code("refused")
            .help(by_hand);
    };
    let message = format!("influxctl {command} failed: {why}");
    match kind {
        Refusal::Denied => StepError::denied(message),
        Refusal::Busy => StepError::retryable(message).code("refused"),
        Refusal::Unreached => StepError::retryable(message).code("not_sent"),
        Refusal::Unanswered if call == Call::Writes => {
            StepError { fate: Fate::Lost, ..StepError::retryable(message).code("lost") }
        }
        Refusal::Unanswered => StepError::retryable(message).code("lost"),
        Refusal::Error(code) => StepError::new(message).code(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_not_understood_is_no_failure_of_the_program() {
        let said = refusal("management list", 0, "warn: 401", Call::Reads);
        let expected = "influxctl management list ended well, but its output was not understood";
        assert_eq!((said.message.as_str(), said.denied), (expected, false));
    }

    #[test]
    fn a_refusal_is_told_in_our_words() {
        let said = |stderr, call| refusal("management create", 1, stderr, call);
        let denied =
            said("error rpc error: code = Unauthenticated desc = M.V1.fakefake", Call::Writes);
        assert!(denied.denied);
        assert_eq!(denied.message, "influxctl management create failed: the login was refused");
        let unknown = said("something M.V1.fakefake new", Call::Writes);
        assert_eq!(unknown.message, "influxctl management create failed with exit code 1");
        assert_eq!(unknown.fate, Fate::NotDone);
        assert!(said("HTTP 401", Call::Reads).denied);
        assert!(!said("token 74013 is odd", Call::Reads).denied);
        assert_eq!(said("token 1 not found", Call::Writes).code, "not_found");
    }

    #[test]
    fn an_unanswered_write_is_lost_and_an_unanswered_read_is_tried_again() {
        let said = |call| refusal("x", 1, "rpc error: code = DeadlineExceeded", call);
        assert_eq!(said(Call::Writes).fate, Fate::Lost);
        assert_eq!(said(Call::Reads).fate, Fate::NotDone);
        assert!(said(Call::Reads).retryable);
        let refused = refusal("x", 1, "code = Unavailable: connection refused", Call::Writes);
        assert_eq!((refused.fate, refused.retryable), (Fate::NotDone, true));
    }
}
