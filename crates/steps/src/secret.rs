//! `secret.generate`: a new random value.

use cutover_engine::ctx::Ctx;
use cutover_engine::spec::{Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::types::Type;
use cutover_engine::value::Map;

use crate::built_in::BuiltIn;
use crate::params;

/// What may be asked for, each with its characters.
const ALPHABETS: [(&str, &str); 4] = [
    ("alphanumeric", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ("hex", "0123456789abcdef"),
    ("base64url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    (
        "ascii",
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    ),
];
/// The shortest value: a shorter one could be guessed.
const SHORTEST: i64 = 8;
/// The longest value.
const LONGEST: i64 = 4096;

const EXAMPLE: &str = r#"version: 1
name: make-a-password
description: Makes a password and keeps it in a file that only this user can read.
inputs:
  path: { type: path, default: password.txt }
steps:
  - id: password
    uses: secret.generate
    with: { length: 32, alphabet: base64url }

  - id: keep
    uses: file.write
    with: { path: "{{ inputs.path }}", content: "{{ steps.password.value }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    let names = ALPHABETS.map(|(name, _)| name.to_owned()).to_vec();
    Spec {
        name: "secret.generate".to_owned(),
        summary: "Makes a new random value.".to_owned(),
        effect: "Draws characters, each as likely as the others, from the machine's source of \
                 randomness. It touches nothing."
            .to_owned(),
        recovery: "The value is nowhere but in memory until a step stores it: after a crash it is \
                   read back from there, or a new one is made."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        pure: true,
        params: vec![
            Param::optional("length", Type::Integer, "How many characters, 8 to 4096.").or(40),
            Param::optional("alphabet", Type::Enum(names), "Which characters.").or("alphanumeric"),
        ],
        outputs: vec![Output::new("value", Type::Secret, "The value.")],
        repeat: Repeat::Safe,
        volatile: vec!["value".to_owned()],
        ..Spec::default()
    }
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let length = params::integer(params, "length")?;
    if !(SHORTEST..=LONGEST).contains(&length) {
        let why = format!("is {length}, but has to be {SHORTEST} to {LONGEST}");
        return Err(params::wrong("length", &why));
    }
    let length = usize::try_from(length).expect("it is between two small numbers");
    let wanted = params::text(params, "alphabet")?;
    let Some((_, alphabet)) = ALPHABETS.iter().find(|(name, _)| *name == wanted) else {
        return Err(params::wrong("alphabet", "is none of the known ones"));
    };
    Ok(outputs([("value", ctx.random(length, alphabet).await?.into())]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_alphabet_holds_each_character_once() {
        for ((name, alphabet), size) in ALPHABETS.iter().zip([62, 16, 64, 94]) {
            let distinct: BTreeSet<char> = alphabet.chars().collect();
            assert_eq!((distinct.len(), alphabet.chars().count()), (size, size), "{name}");
        }
    }
}
