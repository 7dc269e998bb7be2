//! One try of a step: it runs, and what it stored is read back and compared.

use crate::check::Node;
use crate::ctx::{Ctx, Mode, Scope};
use crate::event::Event;
use crate::host::{Host, Secrets};
use crate::run::{NOT_HELD, RAN};
use crate::spec::{Role, Secrecy, Spec};
use crate::step::{Fate, Step, StepError};
use crate::time::Duration;
use crate::types::Type;
use crate::value::{Map, Piece, Value, pieces, shown};

/// How often a place is read before it counts as not holding what was written.
const READ_BACK_TRIES: u32 = 3;
/// How long is waited between two looks at a place.
const READ_BACK_DELAY: Duration = Duration(500);

/// How a try ended.
pub(crate) struct End {
    pub(crate) result: Result<Map, StepError>,
    /// What became of its write, where it did not succeed.
    pub(crate) fate: Fate,
    /// It may write, and asked for no write.
    pub(crate) unwritten: bool,
    /// What a place holds now.
    pub(crate) stored: Option<Event>,
}

/// A place that can be read back: by which step, and what it must give.
pub(crate) struct ReadBack<'a> {
    pub(crate) reader: &'a dyn Step,
    pub(crate) with: Map,
    pub(crate) output: String,
    pub(crate) written: String,
}

/// Runs one try.
pub(crate) async fn attempt(
    host: &dyn Host,
    node: &Node,
    params: Map,
    scope: Scope,
    salt: &str,
) -> End {
    let ctx = Ctx::new(host, scope.clone());
    let outputs = match node.step.run(&params, &ctx).await {
        Ok(outputs) => outputs,
        Err(error) => {
            let fate = ctx.fate(error.fate);
            let error = if ctx.has_run_a_program() { ran(error) } else { error };
            let unwritten = ctx.is_unwritten();
            return End { result: Err(error), fate, unwritten, stored: None };
        }
    };
    let unwritten = scope.may_write && ctx.is_unwritten();
    let Some(back) = read_back(node, &params) else {
        return End { result: Ok(outputs), fate: Fate::NotDone, unwritten, stored: None };
    };
    let step = scope.step.clone();
    match look(host, &back, scope).await {
        Ok(held) => {
            let stored = Some(back.into_event(step, host.secrets().check(salt, &held)));
            End { result: Ok(outputs), fate: Fate::NotDone, unwritten, stored }
        }
        Err(error) => End { result: Err(error), fate: Fate::Lost, unwritten, stored: None },
    }
}

/// A program that ended with an error may have done something before.
fn ran(error: StepError) -> StepError {
    if error.code == "refused" { error.code(RAN) } else { error }
}

/// Returns how to read back the secret that a store or publish was given; none where it was given
/// none, or nothing reads its place.
pub(crate) fn read_back<'a>(node: &'a Node, params: &Map) -> Option<ReadBack<'a>> {
    if !matches!(node.role, Role::Store | Role::Publish) {
        return None;
    }
    let reader = node.reader.as_deref()?;
    let spec = node.step.spec();
    let (name, written) = spec.written().find_map(|param| {
        let value = params.get(&param.name)?;
        let secret = param.secrecy != Secrecy::Never && value.is_secret();
        secret.then(|| Some((param.name.as_str(), value.as_text()?))).flatten()
    })?;
    let with = with_of(reader.spec(), params);
    let output = secret_output(reader.spec(), &with, name)?;
    Some(ReadBack { reader, with, output, written: written.to_owned() })
}

/// The reader is asked with the parameters of the same names.
fn with_of(reader: &Spec, params: &Map) -> Map {
    let of = |name: &str, default: &Value| {
        params.get(name).filter(|value| !value.is_null()).unwrap_or(default).clone()
    };
    reader
        .params
        .iter()
        .map(|param| (param.name.clone(), of(&param.name, &param.default)))
        .collect()
}

/// The reader's secret output of the same name, else its only one.
fn secret_output(reader: &Spec, with: &Map, name: &str) -> Option<String> {
    let outputs: Vec<&str> = reader
        .outputs_with(with)
        .filter(|output| output.ty == Type::Secret)
        .map(|output| output.name.as_str())
        .collect();
    let same = outputs.iter().find(|output| **output == name);
    let only = if outputs.len() == 1 { outputs.first() } else { None };
    same.or(only).map(|output| (*output).to_owned())
}

/// Reads a place back, compares byte for byte, and returns what it holds.
pub(crate) async fn look(
    host: &dyn Host,
    back: &ReadBack<'_>,
    scope: Scope,
) -> Result<String, StepError> {
    let scope = Scope { mode: Mode::Read, may_write: false, ..scope };
    let ctx = Ctx::new(host, scope);
    let mut tries = 1;
    loop {
        let error = match back.reader.run(&back.with, &ctx).await {
            Ok(found) => match back.held(ctx.secrets(), &found) {
                Some(held) => return Ok(held),
                None => StepError::new("the place does not hold what was written").code(NOT_HELD),
            },
            Err(error) => {
                let message = format!("what was written could not be read back: {error}");
                StepError { message, ..error }.code("read_back")
            }
        };
        let until = ctx.now() + READ_BACK_DELAY;
        if tries == READ_BACK_TRIES || until >= ctx.scope().deadline {
            return Err(error);
        }
        if ctx.sleep(until).await.is_err() {
            return Err(error);
        }
        tries += 1;
    }
}

impl ReadBack<'_> {
    /// Says whether what was written is a secret and nothing else.
    pub(crate) fn is_whole(&self) -> bool {
        let whole = pieces(&self.written);
        // A reader takes off the last line break.
        matches!(whole.as_slice(), [Piece::Secret(_)] | [Piece::Secret(_), Piece::Plain("\n")])
    }

    /// Returns what the place holds, where that is what was written.
    fn held(&self, secrets: &dyn Secrets, found: &Map) -> Option<String> {
        let found = found.get(&self.output).and_then(Value::as_text)?;
        let same = |written: &str| secrets.same(written, found);
        // A reader takes off the last line break, which a file's content usually has.
        let holds = same(&self.written) || self.written.strip_suffix('\n').is_some_and(same);
        holds.then(|| found.to_owned())
    }

    pub(crate) fn into_event(self, step: String, check: Option<String>) -> Event {
        let whole = pieces(&self.written);
        let secret = match whole.as_slice() {
            [Piece::Secret(handle)] => handle.origin.clone(),
            _ => shown(&self.written),
        };
        let uses = self.reader.spec().name.clone();
        Event::Stored { step, secret, uses, with: self.with, output: self.output, check }
    }
}
