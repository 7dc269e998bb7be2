//! One call of one function in a fresh VM, from its parameters to its outputs.

use cutover_engine::time::Duration;
use cutover_engine::value::{Map, Value};
use mlua::{LuaString, Table, Value as Lv};

use crate::vm::convert::{from_lua, to_lua, withheld};
use crate::vm::fault::{Fault, Frame, Kind, cut};
use crate::vm::fresh::Vm;
use crate::vm::limits::OUTGOING;
use crate::vm::threads::Line;
use crate::vm::{Class, Declared, Function, Refusal, Task};

/// The longest wait that a plugin can ask for, in seconds.
const LONGEST_AFTER: f64 = 86_400.0;

/// Runs it. Where its function gives `nil`, there is nothing.
pub(crate) fn run(vm: &Vm, task: Task, line: Line) -> Result<Option<Map>, Fault> {
    vm.link.line.replace(Some(line));
    vm.link.code.replace(Some(task.code.clone()));
    let entered = enter(vm, &task);
    vm.watch.look();
    if let Some(stop) = vm.watch.stopped() {
        let trail = match &entered {
            Ok((false, record)) => trail_of(record),
            Ok((true, _)) | Err(_) => Vec::new(),
        };
        let trail = if trail.is_empty() { vm.watch.trail() } else { trail };
        return Err(Fault::stopped(stop, trail));
    }
    match entered {
        Ok((true, value)) => outputs(vm, &task, &value),
        Ok((false, record)) => Err(fault(&record)),
        Err(error) => Err(Fault::bug(&error.to_string())),
    }
}

fn enter(vm: &Vm, task: &Task) -> mlua::Result<(bool, Lv)> {
    let data = data(vm, task)?;
    vm.lua.set_memory_limit(task.limits.memory)?;
    vm.watch.arm(task.limits.running, task.cancelled.clone());
    vm.guarded.call((&vm.enter, task.step.as_str(), task.function.as_str(), data))
}

fn data(vm: &Vm, task: &Task) -> mlua::Result<Table> {
    let lua = &vm.lua;
    let data = lua.create_table()?;
    let about = &task.ctx;
    let put = |name: &str, declared: &Declared| {
        let (values, names) = (lua.create_table()?, lua.create_table()?);
        for name in declared.types.keys().chain(declared.values.keys()) {
            names.raw_set(name.as_str(), true)?;
        }
        for (name, value) in &declared.values {
            match withheld(value, declared.types.get(name)) {
                Some(from) => names.raw_set(name.as_str(), from)?,
                None => values.raw_set(name.as_str(), to_lua(lua, value)?)?,
            }
        }
        data.raw_set(name, values)?;
        data.raw_set(format!("{}_names", name.trim_end_matches('s')), names)
    };
    put("params", &task.params)?;
    put("config", &about.config)?;
    if let Some(done) = &task.done {
        put("done", done)?;
    }
    data.raw_set("key", to_lua(lua, &about.key)?)?;
    data.raw_set("attempt", about.attempt)?;
    data.raw_set("run_id", to_lua(lua, &about.run_id)?)?;
    data.raw_set("started_at", to_lua(lua, &about.started_at)?)?;
    Ok(data)
}

/// Takes what is declared out of what a function gave; the rest is dropped.
fn outputs(vm: &Vm, task: &Task, value: &Lv) -> Result<Option<Map>, Fault> {
    let table = match value {
        Lv::Nil => return Ok(None),
        _ if task.function == Function::Undo => return Ok(None),
        Lv::Table(table) => table,
        other => {
            let (step, name) = (&task.step, task.function.as_str());
            let kind = match other.type_name() {
                "integer" => "number",
                kind => kind,
            };
            let message = format!("`{name}` of `{step}` gave a {kind}, not a table of outputs");
            return Err(Fault::bug(&message));
        }
    };
    let mut outputs = Map::new();
    for name in &task.outputs {
        let field: Lv = table.raw_get(name.as_str()).map_err(|e| Fault::bug(&e.to_string()))?;
        let at = format!("outputs.{name}");
        let field = from_lua(&vm.lua, &field, &at, OUTGOING).map_err(|why| Fault::bug(&why))?;
        if field != Value::Null {
            outputs.insert(name.clone(), field);
        }
    }
    Ok(Some(outputs))
}

/// Reads the record that the prelude made of what was raised.
fn fault(record: &Lv) -> Fault {
    let trail = trail_of(record);
    let Lv::Table(record) = record else {
        let raised = match record {
            Lv::String(text) => cut(&String::from_utf8_lossy(&text.as_bytes())),
            _ => "something was raised that cannot be told".to_owned(),
        };
        return Fault { kind: Kind::Bug(raised), trail };
    };
    let kind = match (text(record, "kind").as_str(), record.raw_get::<Table>("of")) {
        ("fail", Ok(of)) => Kind::Said(Box::new(said(&of))),
        ("refused", Ok(of)) => Kind::Refused(Box::new(refused(&of))),
        _ => return bug(&text(record, "message"), trail),
    };
    Fault { kind, trail }
}

fn said(of: &Table) -> Refusal {
    let retryable = of.raw_get::<bool>("retryable").unwrap_or(false);
    Refusal {
        class: if retryable { Class::Retryable } else { Class::Permanent },
        after: after(of),
        ..Refusal::new(&text(of, "code"), text(of, "message"))
    }
}

fn refused(of: &Table) -> Refusal {
    let class = match text(of, "class").as_str() {
        "retryable" => Class::Retryable,
        "unknown" => Class::Unknown,
        _ => Class::Permanent,
    };
    Refusal {
        class,
        help: text(of, "help"),
        status: of.raw_get("status").ok(),
        after: after(of),
        denied: of.raw_get("denied").unwrap_or(false),
        ..Refusal::new(&text(of, "code"), text(of, "message"))
    }
}

fn after(of: &Table) -> Option<Duration> {
    let seconds = of.raw_get::<Option<f64>>("after").ok()??;
    (seconds > 0.0).then(|| Duration((seconds.min(LONGEST_AFTER) * 1000.0) as u64))
}

fn text(of: &Table, name: &str) -> String {
    match of.raw_get::<Option<LuaString>>(name) {
        Ok(Some(text)) => cut(&String::from_utf8_lossy(&text.as_bytes())),
        Ok(None) | Err(_) => String::new(),
    }
}

fn trail_of(record: &Lv) -> Vec<Frame> {
    let Lv::Table(record) = record else { return Vec::new() };
    let Ok(trail) = record.raw_get::<Table>("trail") else { return Vec::new() };
    let frame = |entry: Table| {
        let source: String = entry.raw_get(1).ok()?;
        let function: String = entry.raw_get(3).ok()?;
        Frame::new(&source, entry.raw_get(2).ok()?, &function)
    };
    trail.sequence_values::<Table>().flatten().filter_map(frame).collect()
}

/// Takes the place off that stands before a message: it is told with the code. Where nothing else
/// tells it, a file that does not compile, it is the trail.
fn bug(message: &str, mut trail: Vec<Frame>) -> Fault {
    let place = message.split_once(": ").and_then(|(place, words)| {
        let (file, line) = place.rsplit_once(':')?;
        let is_ours = file == "cutover" || file.ends_with(".lua");
        Some((file, line.parse::<usize>().ok()?, words)).filter(|_| is_ours)
    });
    let Some((file, line, words)) = place else {
        return Fault { kind: Kind::Bug(message.to_owned()), trail };
    };
    if trail.is_empty() {
        let file = file.to_owned();
        trail.push(Frame { file, line, function: String::new() });
    }
    Fault { kind: Kind::Bug(words.to_owned()), trail }
}
