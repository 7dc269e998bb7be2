//! How a plan differs from one that was saved: what a person has to know first, first.

use indexmap::IndexMap;

use crate::disk::{from_disk, to_disk};
use crate::plan::Plan;
use crate::plan::preview::Preview;
use crate::plan::saved::{SavedEffect, SavedPlan, SavedStep, on_paper};
use crate::value::{Value, shown};

/// How long each of two values is in a line at most.
const LONGEST: usize = 30;
/// How many items that came or went are named.
const MOST_NAMED: usize = 3;
/// The length of an id that is shortened, and how much of it is kept.
const UUID: usize = 36;
const KEPT: usize = 4;
/// The fields by which an item of a list is known.
const NAMES: [&str; 2] = ["id", "name"];

/// One way in which a plan differs from one that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// One line of at most about 100 columns, ids shortened.
    pub line: String,
    /// The same with nothing left out.
    pub whole: String,
    /// It only follows from one that stands before it.
    pub follows: bool,
}

/// Returns how a plan differs from one that was saved; none where it is the same. What others follow
/// from comes first: the workflow, the inputs, what is in use, what is owed.
pub fn differences(saved: &SavedPlan, plan: &Plan, preview: &Preview) -> Vec<Difference> {
    let new = on_paper(plan, preview, saved.reads());
    let mut found = Vec::new();
    if saved.text != new.text {
        let line = format!("the workflow `{}` is not the one that was planned", new.workflow);
        found.push(Difference::plain(line));
    }
    let others = |before: &IndexMap<String, String>, now: &IndexMap<String, String>| {
        let all = now.keys().chain(before.keys().filter(|name| !now.contains_key(*name)));
        let other = all.filter(|name| before.get(*name) != now.get(*name));
        other.cloned().collect::<Vec<String>>()
    };
    for path in others(&saved.files, &new.files) {
        let line = format!("the workflow file `{path}` is not the one that was planned");
        found.push(Difference::plain(line));
    }
    for name in others(&saved.plugins, &new.plugins) {
        found.push(Difference::plain(plugin(&name)));
    }
    for (name, value) in &new.inputs {
        let before = saved.inputs.get(name).unwrap_or(&Value::Null);
        if !same(before, value) {
            found.push(changed(&format!("input `{name}`"), &words(before), &words(value)));
        }
    }
    if saved.old != new.old {
        let word = |old: &Option<String>| old.clone().unwrap_or_else(|| "not known".to_owned());
        found.push(changed("in use", &word(&saved.old), &word(&new.old)));
    }
    if saved.debts != new.debts {
        found.push(owed(&saved.debts, &new.debts));
    }
    let mut steps = Vec::new();
    compare_steps(saved, &new, &mut steps);
    // What the steps read cannot explain itself where something above has changed.
    let has_cause = !found.is_empty();
    steps.iter_mut().for_each(|step| step.follows &= has_cause);
    steps.sort_by_key(|step| step.follows);
    found.extend(steps);
    found
}

/// Says that a plugin has other files; one of a workflow file that is run is called `PATH: NAME`.
fn plugin(name: &str) -> String {
    let (name, of) = match name.rsplit_once(": ") {
        Some((path, name)) => (name, format!(" of `{path}`")),
        None => (name, String::new()),
    };
    format!("the plugin `{name}`{of} is not the one that was planned: its files are others")
}

fn owed(before: &[String], now: &[String]) -> Difference {
    let of = |debts: &[String], without: &[String]| {
        debts.iter().filter(|debt| !without.contains(debt)).cloned().collect::<Vec<_>>()
    };
    let (came, went) = (of(now, before), of(before, now));
    let part = |what: &str, debts: &[String]| match debts {
        [] => None,
        some => Some(format!("{what} {}", some.join(", "))),
    };
    let parts = [part("now also", &came), part("no longer", &went)];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    Difference::plain(format!("owed: {line}"))
}

fn compare_steps(saved: &SavedPlan, new: &SavedPlan, found: &mut Vec<Difference>) {
    for step in &new.steps {
        match saved.steps.iter().find(|before| before.id == step.id) {
            Some(before) => {
                compare_reads(before, step, found);
                compare_writes(before, step, (saved.old.as_deref(), new.old.as_deref()), found);
            }
            None => found.push(Difference::plain(format!("`{}` was not planned", step.id))),
        }
    }
    let gone = saved.steps.iter().filter(|step| !new.steps.iter().any(|of| of.id == step.id));
    found.extend(
        gone.map(|step| Difference::plain(format!("`{}` was planned and is not there", step.id))),
    );
}

fn compare_reads(saved: &SavedStep, new: &SavedStep, found: &mut Vec<Difference>) {
    for (name, value) in &new.gave {
        let before = saved.gave.get(name).unwrap_or(&Value::Null);
        if same(before, value) {
            continue;
        }
        let what = format!("`{}.{name}`", new.id);
        let told = match (before, value) {
            (Value::List(before), Value::List(now)) => lists(&what, before, now),
            _ => changed(&what, &words(before), &words(value)),
        };
        found.push(Difference { follows: true, ..told });
    }
}

fn compare_writes(
    saved: &SavedStep,
    new: &SavedStep,
    (old, now_old): (Option<&str>, Option<&str>),
    found: &mut Vec<Difference>,
) {
    let most = saved.writes.len().max(new.writes.len());
    for at in 0..most {
        let (before, now) = (saved.writes.get(at), new.writes.get(at));
        let word = |effect: Option<&SavedEffect>| match effect {
            Some(effect) => effect.summary.clone(),
            None => "nothing".to_owned(),
        };
        let equal = match (before, now) {
            (Some(before), Some(now)) => {
                before.kind == now.kind && same(&before.detail, &now.detail)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if equal {
            continue;
        }
        let (before, now) = (word(before), word(now));
        let told = changed(&format!("what `{}` writes", new.id), &before, &now);
        // The one that was in use stands where another stood: that is told already.
        let place = old.unwrap_or("‹credential.old.id›");
        let follows = now_old.is_some_and(|id| before != now && before.replace(place, id) == now);
        found.push(Difference { follows, ..told });
    }
}

fn changed(what: &str, before: &str, now: &str) -> Difference {
    if before == now {
        return Difference::plain(format!("{what}: {}, but not in all of its details", brief(now)));
    }
    let (from, to) = apart(&brief(before), &brief(now));
    Difference {
        line: format!("{what}: planned {}, now {}", cut(&from), cut(&to)),
        whole: format!("{what}: planned {before}, now {now}"),
        follows: false,
    }
}

fn lists(what: &str, before: &[Value], now: &[Value]) -> Difference {
    let new = |list: &[Value], other: &[Value]| {
        let names: Vec<String> = other.iter().map(name_of).collect();
        list.iter().map(name_of).filter(|name| !names.contains(name)).collect::<Vec<_>>()
    };
    let (came, went) = (new(now, before), new(before, now));
    let items =
        |count: usize| if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
    let mut line = format!("{what}: {}, now {}", items(before.len()), now.len());
    let signed = |sign: char, names: &[String]| {
        names.iter().map(|name| format!("{sign}{}", cut(&brief(name)))).collect::<Vec<_>>()
    };
    let named = [signed('+', &came), signed('-', &went)].concat();
    if named.is_empty() {
        line.push_str(", not the same in all of their details");
    } else if named.len() <= MOST_NAMED {
        line.push_str(&format!(" ({})", named.join(", ")));
    }
    let whole = |list: &[Value]| crate::disk::to_json(&Value::List(list.to_vec())).to_string();
    let whole = format!("{what}: planned {}, now {}", whole(before), whole(now));
    Difference { line, whole, follows: false }
}

/// Returns what an item of a list is known by.
fn name_of(item: &Value) -> String {
    let field = |name: &&str| Some(item.get(name)).filter(|value| value.as_text().is_some());
    NAMES.iter().find_map(field).map_or_else(|| words(item), words)
}

/// Takes off both what they begin with alike, word by word, where they are too long for a line.
fn apart(before: &str, now: &str) -> (String, String) {
    if before.chars().count() <= LONGEST && now.chars().count() <= LONGEST {
        return (before.to_owned(), now.to_owned());
    }
    let alike = before.split(' ').zip(now.split(' ')).take_while(|(a, b)| a == b).count();
    let rest = |text: &str| text.split(' ').skip(alike).collect::<Vec<_>>().join(" ");
    let mark = |text: String| if alike == 0 { text } else { format!("… {text}") };
    (mark(rest(before)), mark(rest(now)))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    kept + "…"
}

/// Shortens the ids in a text.
fn brief(text: &str) -> String {
    let short = |word: &str| match word {
        _ if !is_uuid(word) => word.to_owned(),
        id => id[..KEPT].to_owned() + "…",
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

fn is_uuid(word: &str) -> bool {
    word.len() == UUID && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Two values are the same on paper: secrets and unknowns by where they come from. Both are read
/// back first: text that is just one mark comes back from the disk as the unknown that it stands for.
fn same(a: &Value, b: &Value) -> bool {
    from_disk(&to_disk(a)) == from_disk(&to_disk(b))
}

fn words(value: &Value) -> String {
    match value {
        Value::Text(text) => shown(text),
        Value::Unknown(of) => format!("‹{}›", of.from),
        other => crate::disk::to_json(other).to_string(),
    }
}

impl Difference {
    fn plain(line: String) -> Self {
        Self { whole: line.clone(), line, follows: false }
    }
}
