//! What `exec.run` and `http.request` keep of an answer: nothing unless told.

use cutover_engine::ctx::Ctx;
use cutover_engine::disk::to_disk;
use cutover_engine::effect::Keep;
use cutover_engine::spec::{Condition, Param};
use cutover_engine::step::{Fate, StepError};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::params;

/// Returns the parameters `output` and `seal`.
pub(crate) fn output_params() -> [Param; 2] {
    let forms = ["none", "text", "json", "secret"].map(str::to_owned).to_vec();
    [
        Param::optional("output", Type::Enum(forms), "What to keep of the answer.")
            .or("none")
            .literal(),
        Param::optional(
            "seal",
            Type::list(Type::String),
            "With `output: json`: where secrets stand, such as `/token` or `/items/*/token`.",
        )
        .literal(),
    ]
}

/// Returns the parameters `reads`, `repeat` and `expires`.
pub(crate) fn promise_params(repeat: Param) -> [Param; 3] {
    [
        Param::optional("reads", Type::Boolean, "Your word that it changes nothing.")
            .or(false)
            .literal(),
        repeat.literal(),
        Param::optional(
            "expires",
            Type::Timestamp,
            "When what it makes dies by itself: what the request asks for.",
        ),
    ]
}

/// Returns the condition that an output of some form is kept.
pub(crate) fn kept(form: &str) -> Condition {
    Condition::new("output", [form])
}

/// Refuses to give what would show a secret that is known: nothing may record or print it. Where
/// something was made by the call and was to be sealed, it is lost with that.
pub(crate) fn shows_nothing(
    params: &Map,
    output: &str,
    answer: &Value,
    ctx: &Ctx<'_>,
) -> Result<(), StepError> {
    let Some(origin) = ctx.secrets().find(&to_disk(answer).to_string()) else { return Ok(()) };
    let made = !params::texts(params, "seal")?.is_empty();
    let error = StepError::new(format!("`{output}` would show the secret `{origin}`"))
        .code("shows_secret")
        .help("use `output: secret`, or `output: json` with `seal` for where it stands");
    Err(StepError { fate: if made { Fate::Lost } else { Fate::NotDone }, ..error })
}

/// Returns what to keep, by `output` and `seal`.
pub(crate) fn keep(params: &Map) -> Result<Keep, StepError> {
    let seal = params::texts(params, "seal")?;
    let form = params::text(params, "output")?;
    if form != "json" && !seal.is_empty() {
        return Err(params::wrong("seal", "goes with `output: json`"));
    }
    if let Some(pointer) = seal.iter().find(|pointer| !pointer.starts_with('/')) {
        return Err(params::wrong("seal", &format!("holds `{pointer}`, which is no pointer"))
            .help("a pointer begins with `/`, such as `/token`"));
    }
    match form.as_str() {
        "none" => Ok(Keep::Nothing),
        "text" => Ok(Keep::Text),
        "json" => Ok(Keep::Json { seal }),
        "secret" => Ok(Keep::Secret),
        _ => Err(params::wrong("output", "is none of none, text, json, secret")),
    }
}
