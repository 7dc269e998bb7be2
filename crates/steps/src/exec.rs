//! `exec.run`: runs a program, never a shell.

use cutover_engine::ctx::Ctx;
use cutover_engine::effect::Exec;
use cutover_engine::spec::{Condition, Output, Param, Repeat, Role, Spec};
use cutover_engine::step::{StepError, outputs};
use cutover_engine::time::Duration;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};

use crate::built_in::BuiltIn;
use crate::output::{keep, kept, output_params, promise_params, shows_nothing};
use crate::params;

const EXAMPLE: &str = r#"version: 1
name: run-a-program
description: Reads the name of the machine and says it.
steps:
  - id: host
    uses: exec.run
    with: { argv: [uname, -n], output: text, reads: true }

  - id: say
    uses: log
    with: { message: "this is {{ trim steps.host.stdout }}" }
"#;

/// Returns the step.
pub(crate) fn step() -> BuiltIn {
    BuiltIn::new(spec(), |params, ctx| Box::pin(run(params, ctx)))
}

fn spec() -> Spec {
    Spec {
        name: "exec.run".to_owned(),
        summary: "Runs a program with an argument list, never through a shell.".to_owned(),
        effect: "Runs the program with an environment of PATH, HOME, LANG and what `env` names. A \
                 secret goes in through `stdin` or `env`, never as an argument. Nothing of the \
                 output is kept unless `output` says so; `seal` takes secrets out of JSON before \
                 anything sees them, and an output that would show a known secret is an error. An \
                 exit code outside `accept` is an error. With `reads: true` the author says that \
                 it changes nothing."
            .to_owned(),
        recovery: "With `reads: true` or `repeat: safe` it is run again. Else nobody but a person \
                   can tell what a program did that was cut off or ran past its timeout: the run \
                   parks until `resume --redo` or `--skip`. There is no undo but `undo:` of the \
                   step."
            .to_owned(),
        example: EXAMPLE.to_owned(),
        role: Role::Other,
        reads_when: vec![Condition::new("reads", [true])],
        params: spec_params(),
        outputs: vec![
            Output::new("code", Type::Integer, "The exit code."),
            Output::new("stdout", Type::String, "Standard output.").only_when(kept("text")),
            Output::new("json", Type::Any, "Standard output, read as JSON.")
                .only_when(kept("json")),
            Output::new("secret", Type::Secret, "Standard output as a secret.")
                .only_when(kept("secret")),
        ],
        expires: Some("expires".to_owned()),
        settle: Duration::seconds(30),
        repeat: Repeat::Never,
        repeat_safe_when: vec![Condition::new("repeat", ["safe"])],
        ..Spec::default()
    }
}

fn spec_params() -> Vec<Param> {
    let words = ["safe", "never"].map(str::to_owned).to_vec();
    let repeat = Param::optional("repeat", Type::Enum(words), "Whether it may be run twice.");
    let accept = Param::optional("accept", Type::list(Type::Integer), "Exit codes that are fine.");
    let text_map = Type::map(Type::String);
    let mut all = vec![
        Param::required("argv", Type::list(Type::String), "The program and its arguments.")
            .literal_first(),
        Param::optional("stdin", Type::String, "Standard input.").may_be_secret(),
        Param::optional("env", text_map, "What is added to its environment.").may_be_secret(),
        Param::optional("cwd", Type::Path, "Its working folder; else ours."),
    ];
    all.extend(output_params());
    all.push(accept.or(Value::List(vec![Value::Int(0)])));
    all.extend(promise_params(repeat.or("never")));
    all
}

async fn run(params: &Map, ctx: &Ctx<'_>) -> Result<Map, StepError> {
    let mut exec = Exec::new(params::texts(params, "argv")?);
    if exec.argv.first().is_none_or(String::is_empty) {
        return Err(params::wrong("argv", "names no program"));
    }
    exec.stdin = params::optional_text(params, "stdin")?;
    exec.env = params::text_map(params, "env")?;
    exec.cwd = params::optional_text(params, "cwd")?;
    exec.keep = keep(params)?;
    exec.reads = params::flag(params, "reads")?;
    exec.accept = codes(params)?;
    let (code, stdout) = ctx.exec(exec).await?;
    let mut done = outputs([("code", Value::Int(i64::from(code)))]);
    let name = match params::text(params, "output")?.as_str() {
        "text" => "stdout",
        "json" => "json",
        "secret" => "secret",
        _ => return Ok(done),
    };
    shows_nothing(params, name, &stdout, ctx)?;
    done.insert(name.to_owned(), stdout);
    Ok(done)
}

fn codes(params: &Map) -> Result<Vec<i32>, StepError> {
    let accept = params::integers(params, "accept")?;
    let code = |number: i64| {
        i32::try_from(number).map_err(|_| params::wrong("accept", "holds what is no exit code"))
    };
    let codes: Vec<i32> = accept.into_iter().map(code).collect::<Result<_, _>>()?;
    match codes.is_empty() {
        true => Err(params::wrong("accept", "is empty: no exit code would be fine")),
        false => Ok(codes),
    }
}
