//! `workflow.run`: runs another workflow, as a run of its own.

use cutover_engine::spec::{Param, Repeat, Role, Spec};
use cutover_engine::step::StepError;
use cutover_engine::types::Type;

use crate::built_in::BuiltIn;

const EXAMPLE: &str = r#"version: 1
name: say-it-twice
description: Runs the workflow beside it once for each name.
steps:
  - id: each
    uses: workflow.run
    for_each: [ann, bob]
    with: { file: say-something.yaml, inputs: { who: "{{ item }}" } }

  - id: done
    uses: log
    with: { message: "both were greeted" }
"#;

/// Returns the step as it stands in the list. The engine puts another one in its place for each
/// file: with that file's inputs and outputs, and what runs it.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |_, _| {
        let message = "its file was not read with the workflow";
        Box::pin(async move { Err(StepError::new(message).code("unread")) })
    })
    .with_read(|_, _| Box::pin(async { Ok(None) }))
}

fn spec() -> Spec {
    Spec {
        name: "workflow.run".to_owned(),
        summary: "Runs another workflow, as a run of its own.".to_owned(),
        effect: "Reads and checks the file together with this one, and runs it with `inputs`. Its \
                 outputs are those of the file. It claims its own credential when it begins; one \
                 that is taken may be tried again. Where it waits for a time or a person, so does \
                 this run. Its secret inputs come from their own `from`: no secret crosses."
            .to_owned(),
        recovery:
            "The other run has a journal of its own, which is found again after a crash: one \
                   that is not over goes on, one that succeeded is the result, one that failed is \
                   followed by another. There is no undo: a run that fails takes back its own \
                   work, and one that succeeded has thrown away what an undo needs."
                .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        params: vec![
            Param::required("file", Type::String, "The file, beside this one.").literal(),
            Param::optional("inputs", Type::map(Type::Any), "Its inputs, by name; no secrets."),
        ],
        starts: Some("file".to_owned()),
        lands_at_once: true,
        repeat: Repeat::Safe,
        ..Spec::default()
    }
}
