//! What goes wrong at the door.

use cutover_engine::effect::{Access, Effect, EffectError};
use cutover_engine::value::Value;

/// A fault of a write, or of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The n-th write from here, from 0, is refused.
    Refused(usize),
    /// The n-th write from here got no answer and did not happen.
    LostBefore(usize),
    /// The n-th write from here happened, and its answer was lost.
    LostAfter(usize),
    /// The next write happened, and was refused in words that nobody knows.
    Odd,
    /// The n-th write from here was not sent.
    NotSent(usize),
    /// A preview: reads and writes are withheld.
    Withheld,
}

impl Fault {
    /// Says whether the effect happens all the same.
    pub(crate) fn is_applied(self) -> bool {
        matches!(self, Self::LostAfter(_) | Self::Odd)
    }

    /// Returns what the step sees.
    pub(crate) fn to_error(self) -> EffectError {
        match self {
            Self::Refused(_) | Self::Odd => EffectError::Refused {
                message: "refused".to_owned(),
                code: 1,
                retryable: false,
                retry_after: None,
                body: Value::Null,
                stderr: "no, M.V1.fakeLEAKfake".to_owned(),
            },
            Self::LostBefore(_) | Self::LostAfter(_) => {
                EffectError::Lost { message: "no answer".to_owned() }
            }
            Self::NotSent(_) => {
                EffectError::NotSent { message: "no connection".to_owned(), retryable: true }
            }
            Self::Withheld => EffectError::Withheld { message: "a preview".to_owned() },
        }
    }
}

/// Takes the fault that an effect meets, and counts.
pub(crate) fn due(fault: &mut Option<Fault>, effect: &Effect) -> Option<Fault> {
    let planned = (*fault)?;
    let access = effect.access();
    if planned == Fault::Withheld {
        return (access != Access::Pure).then_some(planned);
    }
    if access != Access::Write {
        return None;
    }
    let later = match planned {
        Fault::Refused(0) | Fault::LostBefore(0) | Fault::LostAfter(0) | Fault::NotSent(0) => None,
        Fault::Odd => None,
        Fault::Refused(n) => Some(Fault::Refused(n - 1)),
        Fault::LostBefore(n) => Some(Fault::LostBefore(n - 1)),
        Fault::LostAfter(n) => Some(Fault::LostAfter(n - 1)),
        Fault::NotSent(n) => Some(Fault::NotSent(n - 1)),
        Fault::Withheld => Some(planned),
    };
    *fault = later;
    later.is_none().then_some(planned)
}
