//! What can be said of a plugin's code before anything calls it: whether it compiles, which
//! functions it returns, which names in it nobody has declared.

mod globals;
mod names;
mod tokens;
mod traps;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cutover_engine::diagnostic::nearest;
use cutover_engine::time::Timestamp;
use cutover_engine::value::Value;

use crate::files::{Files, INIT};
use crate::manifest::keys::DOES;
use crate::plugin::Plugin;
use crate::vm::{
    About, Code, Declared, Function, Kind, Limits, Machine, Refusal, Task, Threads, Wait, Word,
    syntax,
};

/// Something that is wrong in a Lua file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub file: String,
    /// The line, from 1; zero for the file as a whole.
    pub line: usize,
    /// The column, from 1, and how many characters it is about; none for the line as a whole.
    pub at: Option<(usize, usize)>,
    /// What is wrong: a lowercase phrase.
    pub message: String,
    /// The way out; may be empty.
    pub help: String,
}

/// Returns everything that is wrong with a plugin's code. Where a file does not even compile,
/// nothing is run; else `init.lua` is loaded, behind a closed door.
pub fn inspect(plugin: &Plugin) -> Vec<Flaw> {
    let lua = || plugin.files.iter().filter(|(path, _)| path.ends_with(".lua"));
    let mut flaws: Vec<Flaw> = lua().filter_map(|(path, text)| broken(path, text)).collect();
    if !flaws.is_empty() {
        return flaws;
    }
    let is_test = |path: &str| path.starts_with("tests/");
    for (path, text) in lua().filter(|(path, _)| !is_test(path)) {
        flaws.extend(globals::walk(plugin, path, text));
    }
    match exports(plugin) {
        Ok(steps) => flaws.extend(functions(plugin, &steps)),
        Err(flaw) => flaws.push(flaw),
    }
    flaws
}

fn broken(path: &str, text: &str) -> Option<Flaw> {
    let why = syntax(text).err()?;
    // Luau says `name:12: what`, where the name is of its own.
    let (line, message) = match why.split_once(": ") {
        Some((at, rest)) => {
            (at.rsplit(':').next().and_then(|line| line.parse().ok()).unwrap_or(0), rest)
        }
        None => (0, why.as_str()),
    };
    let message = message.to_owned();
    Some(Flaw { file: path.to_owned(), line, at: None, message, help: String::new() })
}

/// A step as `init.lua` returns it: its name, and the names in it with their kinds.
type Returned = (String, Vec<(String, String)>);

/// Loads `init.lua` and returns what it returns.
fn exports(plugin: &Plugin) -> Result<Vec<Returned>, Flaw> {
    let task = task(plugin);
    let threads = Threads::new(Wait::InPlace);
    let mut session = threads.start(task);
    let found = loop {
        match block(session.next()) {
            Word::Ask(_) => {
                let why = "nothing is done while a file is loaded, only in its functions";
                session.answer(Err(Refusal::new("loading", why)));
            }
            Word::End(Ok(found)) => break found.unwrap_or_default(),
            Word::End(Err(fault)) => return Err(flaw_of(&fault)),
        }
    };
    let text = |value: &Value| value.as_text().unwrap_or_default().to_owned();
    let step = |entry: &Value| {
        let names = entry.get("names").items().iter();
        let names = names.map(|pair| (text(pair.get("name")), text(pair.get("kind"))));
        (text(entry.get("step")), names.collect())
    };
    let steps = found.get("steps").map(Value::items).unwrap_or_default();
    let mut steps: Vec<Returned> = steps.iter().map(step).collect();
    steps.sort();
    steps.iter_mut().for_each(|(_, names)| names.sort());
    Ok(steps)
}

/// What the loader says of an `init.lua` without its last line.
const NO_TABLE: &str = "init.lua returns no table of steps";
/// What is missing there.
const RETURN: &str = "let it end with `return { put = put, .. }`: each step by its name";

/// Where the plugin's own file lies while it is looked at.
const ASIDE: &str = "cutover_init";

/// What stands in its place.
const LOOK: &str = r#"
local function look()
  local steps, all = require "cutover_init", array {}
  if type(steps) ~= "table" then
    error("init.lua returns no table of steps", 0)
  end
  for step, of in next, steps do
    local names = array {}
    for name, value in next, (type(of) == "table" and of or {}) do
      names[#names + 1] = { name = tostring(name), kind = type(value) }
    end
    all[#all + 1] = { step = tostring(step), names = names }
  end
  return { steps = all }
end
return { look = { run = look } }
"#;

fn task(plugin: &Plugin) -> Task {
    let aside = |(path, text): (&str, &str)| {
        let path = if path == INIT { format!("{ASIDE}.lua") } else { path.to_owned() };
        (path, text.to_owned())
    };
    let look = [(INIT.to_owned(), LOOK.to_owned())];
    let files = Files::new(plugin.files.iter().map(aside).chain(look));
    let plugin = plugin.manifest.name.clone();
    let code = Arc::new(Code { plugin, digest: files.digest(), files });
    Task {
        code,
        step: "look".to_owned(),
        function: Function::Run,
        ctx: About { started_at: Timestamp(0).into(), ..About::default() },
        params: Declared::default(),
        done: None,
        outputs: vec!["steps".to_owned()],
        limits: Limits::default(),
        cancelled: Arc::default(),
    }
}

fn flaw_of(fault: &crate::vm::Fault) -> Flaw {
    let mine = |file: &str| match file == format!("{ASIDE}.lua") {
        true => INIT.to_owned(),
        false => file.to_owned(),
    };
    let at = fault.trail.iter().find(|frame| frame.file != INIT);
    let (message, help) = match &fault.kind {
        Kind::Bug(message) if message == NO_TABLE => (message.clone(), RETURN.to_owned()),
        Kind::Bug(message) => (message.clone(), String::new()),
        Kind::Said(of) => (of.message.clone(), of.help.clone()),
        Kind::Refused(of) | Kind::Stopped(of) => (of.message.clone(), of.help.clone()),
        Kind::TooLong => ("it runs without end while it is loaded".to_owned(), String::new()),
        Kind::Cancelled | Kind::Unknown(_) => ("it could not be loaded".to_owned(), String::new()),
    };
    Flaw {
        file: at.map_or_else(|| INIT.to_owned(), |frame| mine(&frame.file)),
        line: at.map_or(0, |frame| frame.line),
        at: None,
        message: message.replace(ASIDE, "init"),
        help,
    }
}

/// Compares what the manifest says with what `init.lua` returns.
fn functions(plugin: &Plugin, returned: &[Returned]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut flaw = |message: String, help: String| {
        flaws.push(Flaw { file: INIT.to_owned(), line: 0, at: None, message, help });
    };
    let steps = &plugin.manifest.steps;
    for (name, decl) in steps {
        let Some((_, names)) = returned.iter().find(|(step, _)| step == name) else {
            let others = returned.iter().map(|(step, _)| step.as_str());
            let others = others.filter(|step| !steps.contains_key(*step));
            let near = nearest(name, others).map(|near| format!("did you mean `{near}`?"));
            let way = || format!("`return {{ {name} = {name} }}`");
            flaw(format!("the step `{name}` is not returned"), near.unwrap_or_else(way));
            continue;
        };
        let has =
            |function: &str| names.iter().any(|(n, kind)| n == function && kind == "function");
        for function in decl.does.names().filter(|function| !has(function)) {
            let others = names.iter().map(|(name, _)| name.as_str());
            let near = nearest(function, others.filter(|name| !DOES.contains(name)));
            let near = near.map(|near| format!("did you mean `{name}.{near}`?"));
            let way = || format!("`function {name}.{function}(ctx, p)`");
            let message = format!("`{name}` has no function `{function}`, and `does` says so");
            flaw(message, near.unwrap_or_else(way));
        }
        let declared = |function: &str| decl.does.names().any(|does| does == function);
        for (function, kind) in names.iter().filter(|(f, _)| !declared(f)) {
            let (message, help) = match (DOES.contains(&function.as_str()), kind.as_str()) {
                (true, "function") => (
                    format!("`{name}.{function}` is never called: `does` does not name it"),
                    format!("write `does: [.., {function}]` in the manifest"),
                ),
                _ => (
                    format!("`{name}.{function}` is no function of a step"),
                    "a step has `read`, `run` and `undo`; anything else is a local".to_owned(),
                ),
            };
            flaw(message, help);
        }
    }
    for (step, _) in returned.iter().filter(|(step, _)| !steps.contains_key(step)) {
        let near = nearest(step, steps.keys().map(String::as_str));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| "declare it under `steps`, or take it out".to_owned());
        flaw(format!("the manifest has no step `{step}`"), help);
    }
    flaws
}

/// Waits for what is done in place.
fn block<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests;
