//! Inputs as they are given: `--input NAME=VALUE` before the YAML of `--inputs`.

use std::path::Path;

use cutover_engine::coerce::coerce;
use cutover_engine::disk::to_json;
use cutover_engine::plan::{InputError, Plan};
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value, clean};
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use crate::args::WorkflowArgs;
use crate::exit::Problem;
use crate::text_file::{self, LARGE};
use crate::typed::quoted;

/// Returns what was given, as text and as values; nothing is typed yet.
///
/// # Errors
/// Where a pair has no `=`, is given twice, or the file cannot be read.
pub(crate) fn given(args: &WorkflowArgs) -> Result<Map, Problem> {
    let mut given = match &args.inputs_file {
        Some(file) => of_file(file)?,
        None => Map::new(),
    };
    let mut typed: Vec<&str> = Vec::new();
    for pair in &args.inputs {
        // What was typed is not repeated in a message: it may be what should never be typed.
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Problem::wrong("an `--input` has no `=`").help("Write it so: NAME=VALUE"));
        };
        if typed.contains(&name) {
            return Err(Problem::wrong(format!("the input `{name}` is given twice")));
        }
        typed.push(name);
        given.insert(name.to_owned(), Value::Text(clean(value)));
    }
    Ok(given)
}

/// Returns everything that is wrong with the inputs as one problem.
pub(crate) fn wrong(errors: &[InputError]) -> Problem {
    let lines = |error: &InputError| {
        let help = if error.help.is_empty() { String::new() } else { format!(": {}", error.help) };
        format!("{}{help}", error.message)
    };
    match errors {
        [one] => Problem::wrong(one.message.clone()).help(one.help.clone()),
        many => many
            .iter()
            .fold(Problem::wrong(format!("{} inputs are wrong", many.len())), |problem, error| {
                problem.help(lines(error))
            }),
    }
}

/// Returns the command that runs a workflow with these inputs, without what tells the state.
pub(crate) fn words(args: &WorkflowArgs) -> String {
    let mut words = vec!["run".to_owned(), quoted(&args.file.display().to_string())];
    for input in &args.inputs {
        words.extend(["--input".to_owned(), quoted(input)]);
    }
    if let Some(file) = &args.inputs_file {
        words.extend(["--inputs".to_owned(), quoted(&file.display().to_string())]);
    }
    words.join(" ")
}

/// Returns the command that runs a recorded plan's workflow with the same inputs, without what
/// tells the state. What has its default, comes from elsewhere or is null is left out.
pub(crate) fn words_again(file: &str, plan: &Plan) -> String {
    let declared = &plan.checked().workflow().inputs;
    let mut words = vec!["run".to_owned(), quoted(file)];
    for (name, value) in plan.inputs() {
        let Some(input) = declared.get(name) else { continue };
        let default = input.default.as_ref().map(|default| coerce(&default.value, &input.ty));
        let is_default = default.is_some_and(|default| default.as_ref() == Ok(value));
        if input.ty == Type::Secret || value.is_null() || value.is_unknown() || is_default {
            continue;
        }
        let text = match value.as_text() {
            Some(text) => text.to_owned(),
            None => match to_json(value) {
                Json::String(text) => text,
                other => other.to_string(),
            },
        };
        words.extend(["--input".to_owned(), quoted(&format!("{name}={text}"))]);
    }
    words.join(" ")
}

fn of_file(file: &Path) -> Result<Map, Problem> {
    let name = file.display();
    let cannot = |why: String| Problem::wrong(format!("the inputs in `{name}`: {why}"));
    let text = text_file::read(file, LARGE).map_err(cannot)?;
    // The parser's own words may repeat the text, and the text may be a secret by mistake.
    let yaml: Yaml = serde_yaml::from_str(&text).map_err(|error| {
        let at =
            error.location().map(|at| format!(" (line {}, column {})", at.line(), at.column()));
        cannot(format!("they are not YAML{}", at.unwrap_or_default()))
    })?;
    match of_yaml(&yaml) {
        Some(Value::Map(map)) => Ok(map),
        Some(Value::Null) => Ok(Map::new()),
        Some(_) | None => Err(cannot("they have to be a mapping with text keys".to_owned())),
    }
}

/// Returns a YAML value; none where a key is not text or a value has a tag.
fn of_yaml(yaml: &Yaml) -> Option<Value> {
    Some(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(*truth),
        Yaml::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().filter(|number| number.is_finite())?),
        },
        Yaml::String(text) => Value::Text(clean(text)),
        Yaml::Sequence(items) => Value::List(items.iter().map(of_yaml).collect::<Option<_>>()?),
        Yaml::Mapping(map) => Value::Map(
            map.iter()
                .map(|(key, value)| Some((clean(key.as_str()?), of_yaml(value)?)))
                .collect::<Option<Map>>()?,
        ),
        Yaml::Tagged(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use std::fs;

    use super::*;

    fn args(inputs: &[&str], file: Option<&Path>) -> WorkflowArgs {
        WorkflowArgs {
            file: PathBuf::from("rotate it.yaml"),
            inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
            inputs_file: file.map(Path::to_owned),
        }
    }

    #[test]
    fn what_is_typed_comes_before_what_is_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("inputs.yaml");
        fs::write(&file, "count: 3\nenvironment: staging\n").expect("it can be written");
        let given = given(&args(&["environment=prod", "x=a=b"], Some(&file))).expect("it is right");
        let wanted = [
            ("count".to_owned(), Value::Int(3)),
            ("environment".to_owned(), Value::from("prod")),
            ("x".to_owned(), Value::from("a=b")),
        ];
        assert_eq!(given, wanted.into_iter().collect::<Map>());
    }

    #[test]
    fn what_was_typed_wrongly_is_not_repeated() {
        let problem = given(&args(&["M.V1.fakefakefake"], None)).expect_err("it has no `=`");
        assert!(!format!("{problem:?}").contains("fake"), "{problem:?}");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("inputs.yaml");
        for text in ["a: [fakefake", "- fakefake\n", "1: fakefake\n", "a: !fakefake x\n"] {
            fs::write(&file, text).expect("it can be written");
            let problem = given(&args(&[], Some(&file))).expect_err(text);
            assert!(!format!("{problem:?}").contains("fake"), "{problem:?}");
        }
    }

    #[test]
    fn a_mark_cannot_be_typed() {
        let forged = format!("x={}s{}", cutover_engine::value::MARK_OPEN, "0".repeat(32));
        let given = given(&args(&[&forged], None)).expect("it is right");
        assert!(!given["x"].is_secret());
        let text = given["x"].as_text().expect("it is text");
        assert!(!text.contains(cutover_engine::value::MARK_OPEN), "{text}");
    }

    #[test]
    fn the_command_can_be_typed_again() {
        let words = words(&args(&["a=it's", "b=1"], None));
        assert_eq!(words, r"run 'rotate it.yaml' --input 'a=it'\''s' --input b=1");
    }

    #[test]
    fn all_wrong_inputs_are_told_at_once() {
        let error = |name: &str| InputError {
            input: name.to_owned(),
            message: format!("input `{name}` is missing"),
            help: format!("give it: --input {name}=…"),
        };
        let problem = wrong(&[error("a"), error("b")]);
        assert_eq!(problem.message, "2 inputs are wrong");
        assert_eq!(problem.help[1], "input `b` is missing: give it: --input b=…");
    }
}
