//! The laws: what each step of each case is tried under, and what must come of it.

use cutover_engine::host::Secrets;
use cutover_engine::plan::preview::Reads;
use cutover_engine::spec::{Mints, Role, Spec};
use cutover_engine::step::Fate;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Unknown, Value};

use super::host::Fault;
use super::report::Law;
use super::stage::{Asked, Ends, Point, Seen, Stage, Steps};
use super::world::World;

/// How a step that reads a place back says that nothing is there.
const EMPTY: &str = "not_found";
/// The marker of somebody else's run.
const FOREIGN: &str = "cutover-00000000-else-00000000";

/// Returns what is tried of a case, by what its steps did when it ran as it is written.
pub(crate) fn points(calls: &[Seen], steps: &Steps) -> Vec<Point> {
    let mut points = Vec::new();
    for (call, seen) in calls.iter().enumerate() {
        let Some(step) = steps.get(&seen.step).filter(|_| !seen.settled) else { continue };
        let mut add = |law, write| points.push(Point { call, law, write });
        add(Law::Preview, 0);
        add(Law::Offline, 0);
        if seen.writes == 0 {
            continue;
        }
        let spec = step.spec();
        if spec.has_read || reads_back(spec) {
            add(Law::Found, 0);
        }
        if spec.has_read && !foreign_of(spec).is_empty() {
            add(Law::Others, 0);
        }
        for write in 0..seen.writes {
            add(Law::Refused, write);
            add(Law::Lost, write);
        }
        if spec.has_undo {
            add(Law::Undo, 0);
        }
    }
    points
}

fn reads_back(spec: &Spec) -> bool {
    matches!(spec.role, Role::Store | Role::Publish) && spec.read_back.is_some()
}

/// What makes a thing somebody else's.
enum Foreign {
    /// Another marker.
    Marker,
    /// Another value of a parameter.
    Value(String),
}

fn foreign_of(spec: &Spec) -> Vec<Foreign> {
    let login = spec.logs_in_with.iter().flat_map(|place| &place.args);
    let login: Vec<&String> = login.collect();
    let values = spec.params.iter().filter(|param| {
        param.ty == Type::Secret
            && !param.name.starts_with("config.")
            && !login.contains(&&param.name)
    });
    match (spec.role, spec.mints) {
        (Role::Create, Some(Mints::Chosen)) => {
            spec.chosen.iter().cloned().map(Foreign::Value).collect()
        }
        (Role::Create, Some(Mints::Diff | Mints::Blind)) => Vec::new(),
        (Role::Create, Some(Mints::Marker) | None) => vec![Foreign::Marker],
        (Role::Store | Role::Publish, _) => {
            values.map(|param| Foreign::Value(param.name.clone())).collect()
        }
        (Role::Read | Role::Promote | Role::Revoke | Role::Notify | Role::Other, _) => Vec::new(),
    }
}

impl Stage<'_> {
    /// Tries a preview: it must get to the write, and not do it.
    pub(crate) fn try_preview(&self, world: &World, asked: &Asked, law: Law) -> Ends {
        let (asked, reads) = match law {
            Law::Offline => (unknown(asked), Reads::Offline),
            _ => (asked.clone(), Reads::Refresh),
        };
        let role = asked.spec().role_with(&asked.params);
        if asked.spec().has_read
            && law == Law::Preview
            && role != Role::Create
            && let Err(error) = self.read(world, &asked)
        {
            return self.failed(&asked, "its `read` fails", &error);
        }
        let (result, shown) = self.preview(world, &asked, reads);
        if self.host.writes() > 0 {
            return self.broke(&asked.name, "a preview wrote");
        }
        match (result, shown.halt) {
            // It got to its write, or to what only a run knows.
            (_, Some(_)) => self.ends(),
            // It wrote nothing in the case either, or what it found was enough.
            (Ok(_), None) => self.ends(),
            (Err(error), None) if error.fate == Fate::Previewed => self.ends(),
            (Err(error), None) => {
                self.failed(&asked, "it fails before it gets to its write", &error)
            }
        }
    }

    /// Tries a law at a step of the case.
    pub(crate) fn try_law(&self, world: &World, asked: &Asked, point: Point) -> Result<Map, Ends> {
        match point.law {
            Law::Refused => Err(self.try_refused(world, asked, point.write)),
            Law::Lost => self.try_lost(world, asked, point.write),
            Law::Found => Err(self.try_found(world, asked)),
            Law::Others => Err(self.try_others(world, asked)),
            Law::Undo => Err(self.try_undo(world, asked)),
            Law::Case | Law::Preview | Law::Offline | Law::Secrets => Err(self.ends()),
        }
    }

    fn done(&self, world: &World, asked: &Asked) -> Result<Map, Ends> {
        let tried = self.run(world, asked, None);
        tried.result.map_err(|error| self.failed(asked, "", &error))
    }

    fn try_refused(&self, world: &World, asked: &Asked, write: usize) -> Ends {
        let tried = self.run(world, asked, Some(Fault::Refused(write)));
        match tried.result {
            Ok(_) => self.broke(&asked.name, "it says that it is done, and its write was refused"),
            Err(error) if error.code == "bug" => {
                self.failed(asked, "a refused write ends in a bug", &error)
            }
            Err(_) if tried.writes > write + 1 => {
                self.broke(&asked.name, "it writes on after a write was refused")
            }
            Err(_) => self.ends(),
        }
    }

    fn try_found(&self, world: &World, asked: &Asked) -> Ends {
        let made = match self.done(world, asked) {
            Ok(made) => made,
            Err(ends) => return ends,
        };
        if asked.spec().has_read {
            match self.read(world, asked) {
                Err(error) => return self.failed(asked, "its `read` fails", &error),
                Ok(None) => return self.not_found(asked),
                Ok(Some(found)) => {
                    if let Some(words) = difference(asked.spec(), &made, &found) {
                        return self.broke(&asked.name, &words);
                    }
                }
            }
        }
        if reads_back(asked.spec())
            && let Some(ends) = self.try_read_back(world, asked)
        {
            return ends;
        }
        self.ends()
    }

    pub(crate) fn not_found(&self, asked: &Asked) -> Ends {
        let message = "`read` finds nothing, and its write was done";
        let ends = self.broke(&asked.name, message);
        if asked.spec().role == Role::Create {
            let help = "send `ctx.key` where the service keeps text, and look for it in `read`";
            self.help(help);
        } else {
            let all = "or say `repeat: safe` in plugin.yaml, if all may be sent again";
            self.help(&format!("let `read` find it; {all}"));
        }
        ends
    }

    fn help(&self, help: &str) {
        if let Some(failure) = self.failure.borrow_mut().as_mut() {
            help.clone_into(&mut failure.help);
        }
    }

    /// What a place is read back with has to give what was written to it.
    fn try_read_back(&self, world: &World, asked: &Asked) -> Option<Ends> {
        let spec = asked.spec();
        let reader = self.sibling(asked, spec.read_back.as_deref()?)?;
        let secret = spec
            .params
            .iter()
            .find(|param| param.ty == Type::Secret && !param.name.starts_with("config."))?;
        let written = asked.params.get(&secret.name)?.as_text()?;
        let outputs = match self.run(world, &reader, None).result {
            Ok(outputs) => outputs,
            Err(error) => return Some(self.failed(asked, "it cannot be read back", &error)),
        };
        let secrets: Vec<&Value> = outputs.values().filter(|value| value.is_secret()).collect();
        let held = outputs.get(&secret.name).or(secrets.first().copied());
        let held = held.and_then(Value::as_text).unwrap_or_default();
        let same = self.host.table().same(held, written);
        (!same).then(|| {
            let message = format!("`{}` does not read back what was stored", reader.name);
            self.broke(&asked.name, &message)
        })
    }

    /// A place with nothing in it is told from one that cannot be asked.
    fn try_empty(&self, world: &World, asked: &Asked) -> Option<Ends> {
        let reader = self.sibling(asked, asked.spec().read_back.as_deref()?)?;
        let error = self.run(world, &reader, None).result.err()?;
        if error.code == EMPTY {
            return None;
        }
        let message =
            format!("where nothing is there, `{}` fails as `{}`", reader.name, error.code);
        let ends = self.failed(asked, &message, &error);
        let why = "else a run that was cut off waits for another answer";
        self.help(&format!("say `fail {{ code = \"not_found\", message = .. }}` there: {why}"));
        Some(ends)
    }

    /// Returns another step of the plugin with the parameters of the same names.
    fn sibling(&self, asked: &Asked, name: &str) -> Option<Asked> {
        let short = name.rsplit('.').next().unwrap_or(name);
        let step = self.steps.get(short)?;
        let value = |name: &str, default: &Value| {
            asked.params.get(name).filter(|value| !value.is_null()).unwrap_or(default).clone()
        };
        let params = step.spec().params.iter();
        let params =
            params.map(|param| (param.name.clone(), value(&param.name, &param.default))).collect();
        let (name, step) = (short.to_owned(), step.clone());
        Some(Asked { name, step, params, marker: asked.marker.clone(), attempt: 1 })
    }

    fn try_others(&self, world: &World, asked: &Asked) -> Ends {
        if let Err(ends) = self.done(world, asked) {
            return ends;
        }
        for foreign in foreign_of(asked.spec()) {
            let (other, what) = match foreign {
                Foreign::Marker => (asked.marked(1, FOREIGN), "with another key".to_owned()),
                Foreign::Value(name) => {
                    let mut other = asked.clone();
                    let value = self.host.table().seal("inputs.other", "an-other-value".to_owned());
                    other.params.insert(name.clone(), value.into());
                    (other, format!("with another `{name}`"))
                }
            };
            match self.read(world, &other) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    let message = format!("{what} `read` finds what is not its own");
                    let ends = self.broke(&asked.name, &message);
                    self.help("return nothing unless it is what this try made");
                    return ends;
                }
                Err(error) if error.code == "bug" => {
                    return self.failed(asked, &format!("{what} `read` fails"), &error);
                }
                Err(_) => {}
            }
        }
        self.ends()
    }

    fn try_undo(&self, world: &World, asked: &Asked) -> Ends {
        let made = match self.done(world, asked) {
            Ok(made) => made,
            Err(ends) => return ends,
        };
        if let Err(error) = self.undo(world, asked, &made) {
            return self.failed(asked, "its `undo` fails", &error);
        }
        if let Err(ends) = self.nothing_left(world, asked, &made) {
            return ends;
        }
        if let Some(ends) = self.try_empty(world, asked) {
            return ends;
        }
        if let Err(error) = self.undo(world, asked, &made) {
            let ends = self.failed(asked, "its `undo` fails the second time", &error);
            self.help("what is gone already is fine: `accept = { 404 }`");
            return ends;
        }
        match self.nothing_left(world, asked, &made) {
            Ok(()) => self.ends(),
            Err(ends) => ends,
        }
    }

    /// After an undo nothing answers to the marker, and no list shows it.
    pub(crate) fn nothing_left(
        &self,
        world: &World,
        asked: &Asked,
        made: &Map,
    ) -> Result<(), Ends> {
        if asked.spec().has_read {
            match self.read(world, asked) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    return Err(
                        self.broke(&asked.name, "`undo` is done, and `read` still finds it")
                    );
                }
                Err(error) => return Err(self.failed(asked, "its `read` fails", &error)),
            }
        }
        let list = asked.spec().list.as_deref().and_then(|list| self.sibling(asked, list));
        let (Some(list), Some(id)) = (list, made.get("id")) else { return Ok(()) };
        let listed = match self.run(world, &list, None).result {
            Ok(outputs) => outputs,
            Err(error) => return Err(self.failed(asked, "it cannot be listed", &error)),
        };
        let items = listed.values().flat_map(Value::items);
        let lives = |item: &&Value| item.get("live") != &Value::Bool(false);
        match items.filter(lives).any(|item| item.get("id") == id) {
            false => Ok(()),
            true => {
                let message = format!("`undo` is done, and `{}` still lists it", list.name);
                Err(self.broke(&asked.name, &message))
            }
        }
    }
}

/// Says where what `read` found differs from what `run` gave.
fn difference(spec: &Spec, made: &Map, found: &Map) -> Option<String> {
    let stays = |name: &&String| !spec.volatile.contains(name);
    found
        .iter()
        .filter(|(name, value)| stays(name) && !value.is_null() && !value.is_secret())
        .find_map(|(name, found)| {
            let made = made.get(name).filter(|made| *made != found)?;
            let show = |value: &Value| cutover_engine::disk::to_json(value).to_string();
            Some(format!("`read` finds {} as `{name}`, and `run` gave {}", show(found), show(made)))
        })
}

/// Returns a step as an offline plan asks it: what other steps give is unknown.
fn unknown(asked: &Asked) -> Asked {
    let mut asked = asked.clone();
    let spec = asked.step.spec();
    for param in spec.params.iter().filter(|param| !param.literal && !param.literal_first) {
        let is_config = param.name.starts_with("config.") && param.ty != Type::Secret;
        let Some(value) = asked.params.get_mut(&param.name).filter(|value| !value.is_null()) else {
            continue;
        };
        if !is_config && *value != param.default {
            let from = format!("steps.before.{}", param.name.replace('.', "_"));
            *value = Value::Unknown(Unknown { from, ty: param.ty.clone() });
        }
    }
    asked.marker = Unknown { from: "marker".to_owned(), ty: Type::String }.to_mark();
    asked
}
