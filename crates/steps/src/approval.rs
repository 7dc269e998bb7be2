//! `approval.wait`: waits until a person says yes or no.

use cutover_engine::ctx::{Ctx, Word};
use cutover_engine::event::Decision;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{Park, StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: ask-a-person
description: Asks a person before it goes on, and says who agreed.
inputs:
  service: { type: string, default: billing }
steps:
  - id: agreed
    uses: approval.wait
    with: { ask: "May {{ inputs.service }} be restarted now?" }

  - id: say
    uses: log
    with: { message: "{{ steps.agreed.by }} agreed at {{ steps.agreed.at }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
        .with_undo(|_, _, _| Box::pin(async { Ok(()) }))
}

fn spec() -> Spec {
    Spec {
        name: "approval.wait".to_owned(),
        summary: "Waits until a person says yes or no.".to_owned(),
        effect: "It touches nothing. The run is parked with the question, and goes on with \
                 `resume RUN --approve STEP`; `resume RUN --reject STEP` fails the step, with who \
                 said no and why."
            .to_owned(),
        recovery: "The question stands in the journal, and so does the answer: after a crash it \
                   is neither asked twice nor answered by itself. There is nothing to take back."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        params: vec![Param::required("ask", Type::String, "What is asked.")],
        outputs: vec![
            Output::new("by", Type::String, "Who agreed."),
            Output::new("at", Type::Timestamp, "When."),
            Output::new("note", Type::String, "Why, in their words; may be empty."),
        ],
        asks: true,
        anywhere: true,
        lands_at_once: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let ask = params::text(params, "ask")?;
    if ask.trim().is_empty() {
        return Err(params::wrong("ask", "is empty"));
    }
    let Some(word) = ctx.waited().and_then(|waited| waited.word.as_ref()) else {
        return Err(StepError::park(Park { until: None, ask: Some(ask) }));
    };
    match word.decision {
        Decision::Approve => Ok(outputs([
            ("by", word.by.clone().into()),
            ("at", word.at.into()),
            ("note", word.note.clone().into()),
        ])),
        Decision::Reject => Err(rejected(word)),
        // Neither of them answers the question.
        Decision::Redo | Decision::Skip | Decision::Abandon => {
            Err(StepError::park(Park { until: None, ask: Some(ask) }))
        }
    }
}

fn rejected(word: &Word) -> StepError {
    let why = word.note.trim();
    let message = match why.is_empty() {
        true => format!("{} said no", word.by),
        false => format!("{} said no: {why}", word.by),
    };
    StepError::new(message).code("rejected")
}
