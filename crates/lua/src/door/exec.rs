//! `exec`: a program by its argument list; secrets go in through standard input and environment.

use cutover_engine::effect::{Effect, Exec, Reply};
use cutover_engine::value::Value;

use super::options::{flag, integers, keep, kept, public, text_map, texts, wrong};
use super::{Door, mismatch};
use crate::vm::{Answer, Refusal};

/// Where a secret goes in instead.
const WAY: &str = "everybody on the machine sees arguments: use `stdin` or `env`";

impl Door<'_> {
    /// Runs a program.
    pub(super) async fn exec(&mut self, args: &Value) -> Answer {
        let mut program = program(args)?;
        program.reads = self.grant.reads_exec(&program.argv);
        let follow_up = flag(args.get("follow_up"), "follow_up")?;
        let keep = program.keep.clone();
        match self.perform(Effect::Exec(program), follow_up).await? {
            Reply::Exec { code, stdout } => {
                let stdout = self.checked(stdout)?;
                let code = [("code", Value::Int(i64::from(code)))];
                Ok(Value::map(code.into_iter().chain(kept(&keep, stdout))))
            }
            Reply::Done => Ok(Value::Null),
            other => Err(mismatch(&other)),
        }
    }
}

fn program(args: &Value) -> Result<Exec, Refusal> {
    let words = args.get("argv").items();
    if words.is_empty() {
        return Err(wrong("argv", "is a list: the program and its arguments"));
    }
    let argv: Result<Vec<String>, Refusal> =
        words.iter().map(|word| public(word, "argv", WAY)).collect();
    let mut exec = Exec::new(argv?);
    exec.env = text_map(args.get("env"), "env")?;
    exec.stdin = match args.get("stdin") {
        Value::Null => None,
        given => Some(texts(given, "stdin")?),
    };
    exec.cwd = match args.get("cwd") {
        Value::Null => None,
        given => Some(public(given, "cwd", WAY)?),
    };
    exec.keep = keep(args, "none")?;
    exec.accept = integers(args.get("accept"), "accept")?;
    exec.accept.push(0);
    Ok(exec)
}
