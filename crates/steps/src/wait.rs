//! `wait`: waits for a while or until a moment.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{Park, StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::params;

/// A longer wait is not slept by the step: the run is parked until then.
const LONGEST_SLEEP: Duration = Duration::seconds(60);

const EXAMPLE: &str = r#"version: 1
name: wait-a-little
description: Waits for a second and says until when.
steps:
  - id: pause
    uses: wait
    with: { for: 1s }

  - id: say
    uses: log
    with: { message: "waited until {{ steps.pause.at }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_undo(|_, _, _| Box::pin(async { Ok(()) }))
}

fn spec() -> Spec {
    Spec {
        name: "wait".to_owned(),
        summary: "Waits for a while or until a moment.".to_owned(),
        effect: "It touches nothing. A moment that has passed is not waited for. More than a \
                 minute is a wait of the whole run, which is parked until then once nothing else \
                 is left to do; in `on_failure` and `finally` it is slept."
            .to_owned(),
        recovery: "After a crash what is left is waited for; of less than a minute `for` begins \
                   again. There is nothing to take back."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        params: vec![
            Param::optional("for", Type::Duration, "How long to wait."),
            Param::optional("until", Type::Timestamp, "Until when to wait."),
        ],
        outputs: vec![Output::new("at", Type::Timestamp, "The moment that was waited for.")],
        lands_at_once: true,
        repeat: Repeat::Safe,
        volatile: vec!["at".to_owned()],
        anywhere: true,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let length = params::optional_duration(params, "for")?;
    let until = params::optional_timestamp(params, "until")?;
    let begun = ctx.waited().and_then(|waited| waited.park.until);
    let at = match (length, until) {
        (Some(length), None) => begun.unwrap_or(ctx.now() + length),
        (None, Some(until)) => until,
        (None, None) | (Some(_), Some(_)) => {
            let message = "one of `for` and `until` has to be given";
            return Err(StepError::new(message).code("parameter"));
        }
    };
    if at.since(ctx.now()) > LONGEST_SLEEP && !ctx.is_in_hook() {
        return Err(StepError::park(Park { until: Some(at), ask: None }));
    }
    ctx.sleep(at).await?;
    Ok(outputs([("at", at.into())]))
}
