//! What became of a call that gave nothing, for the engine and for people.

use cutover_engine::ctx::to_step_error;
use cutover_engine::effect::EffectError;
use cutover_engine::step::{Fate, StepError};

use crate::door::Door;
use crate::step::outputs::Misfit;
use crate::vm::{Class, Code, Fault, Kind, OPAQUE, Refusal};

/// The end of a call.
pub(super) struct Ending<'a, 'c> {
    pub(super) step: &'a str,
    pub(super) code: &'a Code,
    pub(super) door: &'a Door<'c>,
    /// Whether it was given what only a run knows.
    pub(super) unknown: bool,
}

impl Ending<'_, '_> {
    /// A write got no answer: whatever the code made of that, it may have happened.
    pub(super) fn lost(&self, lost: &EffectError) -> StepError {
        to_step_error(lost)
    }

    /// Returns what ended the call. Where a write was answered and the code could not go on, nobody
    /// knows how the world stands, whatever the code says of it.
    pub(super) fn error(&self, fault: Fault) -> StepError {
        self.unsure(self.told(fault))
    }

    fn told(&self, fault: Fault) -> StepError {
        let picture = fault.picture(&self.code.files);
        let place = fault.place();
        match fault.kind {
            Kind::Stopped(refusal) => match &refusal.error {
                Some(error) => {
                    let error = to_step_error(error);
                    let help = asked_at(place, &error.help);
                    error.help(help)
                }
                None => from_refusal(*refusal),
            },
            Kind::Said(refusal) => from_refusal(*refusal),
            Kind::Refused(refusal) => {
                let help = asked_at(place, &refusal.help);
                from_refusal(*refusal).help(help)
            }
            Kind::Unknown(from) => StepError {
                fate: Fate::Previewed,
                ..StepError::new(format!("only a run knows `{from}`")).code("withheld")
            },
            // What is not known yet is opaque, and a function that wants text says so.
            Kind::Bug(why) if self.unknown && why.contains(OPAQUE) => StepError {
                fate: Fate::Previewed,
                ..StepError::new("only a run knows what it goes on with").code("withheld")
            },
            Kind::Bug(why) => {
                let at = place.map(|place| format!(" at {place}")).unwrap_or_default();
                let message = format!("`{}` has a bug{at}: {why}{}", self.step, way_out(&why));
                StepError::new(message).code("bug").help(picture)
            }
            Kind::TooLong => {
                let at = place.map(|place| format!(", at {place}")).unwrap_or_default();
                let message = format!("`{}` computes without an end{at}", self.step);
                StepError::new(message).code("bug").help(picture)
            }
            Kind::Cancelled => {
                let message = format!("`{}` was taken back", self.step);
                StepError::retryable(message).code("cancelled")
            }
        }
    }

    /// Says that what it gave is not what its manifest says.
    pub(super) fn wrong_outputs(&self, misfit: Misfit) -> StepError {
        let message = format!("`{}` gave {}", self.step, misfit.message);
        self.unsure(StepError::new(message).code("bug").help(misfit.help))
    }

    /// What a call did that ended with an error is not for its code to say: a write that was
    /// answered may stand, and a program that ended with an error may have passed on what it was
    /// given. The engine knows that one by the code.
    fn unsure(&self, error: StepError) -> StepError {
        let fate = if self.door.has_written() { Fate::Lost } else { error.fate };
        let code = if self.door.has_run() { "refused".to_owned() } else { error.code };
        StepError { fate, code, ..error }
    }
}

/// Returns a help with the line of the plugin that asked.
fn asked_at(place: Option<String>, help: &str) -> String {
    let at = place.map(|place| format!("asked for at {place}"));
    let help = (!help.is_empty()).then(|| help.to_owned());
    let lines: Vec<String> = [at, help].into_iter().flatten().collect();
    lines.join("\n")
}

/// Returns what to do where a function of Luau was given a secret in place of a text.
fn way_out(why: &str) -> &'static str {
    let is_given = ["expected, got ", "invalid value ("]
        .iter()
        .any(|words| why.find(words).is_some_and(|at| why[at + words.len()..].starts_with(OPAQUE)));
    if is_given { ": a secret is joined with `..`, and nothing else takes it" } else { "" }
}

fn from_refusal(refusal: Refusal) -> StepError {
    StepError {
        retryable: refusal.class == Class::Retryable,
        retry_after: refusal.after,
        denied: refusal.denied,
        ..StepError::new(refusal.message).code(&refusal.code).help(refusal.help)
    }
}
