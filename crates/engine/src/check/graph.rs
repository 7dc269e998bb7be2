//! What waits for what: `needs`, the order rule, and everything that is surely finished before.
//!
//! A step without `needs` waits for every step above it. As edges that would be a square of them,
//! so the graph has one more point before each step: *all steps above are finished*.

use crate::check::checked::{Checked, Node};
use crate::check::set::StepSet;
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::Spanned;

/// Fills in what each step waits for.
pub(super) fn order(checked: &mut Checked, found: &mut Diagnostics) {
    let needs = written(checked, found);
    let unknown = needs.iter().any(|needs| needs.unknown);
    let graph = Graph { needs, steps: checked.nodes.len() };
    let closed = graph.close();
    closed.cycles.iter().for_each(|cycle| found.push(cycle_found(checked, cycle)));
    checked.ordered = closed.cycles.is_empty() && !unknown;
    fill(checked, &graph, closed);
}

/// Makes steps wait for one more step, which does not wait for them.
pub(super) fn wait_for(checked: &mut Checked, steps: &[usize], first: usize) {
    let mut graph =
        Graph { needs: written(checked, &mut Diagnostics::default()), steps: checked.nodes.len() };
    for step in steps {
        graph.needs[*step].named.push(first);
    }
    let closed = graph.close();
    fill(checked, &graph, closed);
}

fn fill(checked: &mut Checked, graph: &Graph, closed: Closed) {
    let mut ends = Ends::new(graph.has_forward_needs());
    for (at, set) in closed.before.into_iter().enumerate() {
        let needs = &graph.needs[at];
        let mut waits = needs.named.clone();
        if needs.all_above {
            waits.extend(ends.list.iter().copied().filter(|end| *end != at));
        }
        waits.sort_unstable();
        waits.dedup();
        checked.nodes[at].needs = waits;
        checked.nodes[at].before = set;
        ends.add(at, checked);
    }
}

/// The steps above that no other step above waits for: who waits for them waits for all above.
struct Ends {
    list: Vec<usize>,
    forward: bool,
}

impl Ends {
    fn new(forward: bool) -> Self {
        Self { list: Vec::new(), forward }
    }

    fn add(&mut self, step: usize, checked: &Checked) {
        let is_inner = self.forward && self.list.iter().any(|end| checked.is_before(step, *end));
        let before = &checked.nodes[step].before;
        self.list.retain(|end| !before.contains(*end));
        if !is_inner {
            self.list.push(step);
        }
    }
}

fn written(checked: &Checked, found: &mut Diagnostics) -> Vec<Needs> {
    checked
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| match &node.decl.needs {
            None => Needs { named: Vec::new(), all_above: true, unknown: false },
            Some(ids) => {
                let named: Vec<usize> =
                    ids.iter().filter_map(|id| need(checked, at, id, found)).collect();
                Needs { unknown: named.len() < ids.len(), named, all_above: false }
            }
        })
        .collect()
}

/// Returns the step that a need names; one that is nearly right is taken for the nearest one, so
/// that nothing else looks wrong because of it.
fn need(
    checked: &Checked,
    at: usize,
    id: &Spanned<String>,
    found: &mut Diagnostics,
) -> Option<usize> {
    let own = checked.nodes[at].id();
    match checked.index(&id.value) {
        Some(index) if index != at => Some(index),
        Some(_) => {
            let message = format!("`{own}` needs itself");
            found.push(Diagnostic::error("G02", id.span, message).help("take it out of `needs`"));
            None
        }
        None => {
            let near = nearest(&id.value, checked.nodes.iter().map(Node::id));
            found.push(no_such_step(checked, own, id, near));
            near.and_then(|near| checked.index(near)).filter(|index| *index != at)
        }
    }
}

fn no_such_step(
    checked: &Checked,
    own: &str,
    id: &Spanned<String>,
    near: Option<&str>,
) -> Diagnostic {
    let message = format!("`{own}` needs `{}`, which is not a step here", id.value);
    let base = Diagnostic::error("G01", id.span, message);
    let mut hooks = checked.on_failure.iter().chain(&checked.finally);
    if hooks.any(|hook| hook.id() == id.value) {
        return base.help("steps of `on_failure` and `finally` run after all steps");
    }
    match near {
        Some(near) => base.help(format!("did you mean `{near}`?")),
        None => base,
    }
}

fn cycle_found(checked: &Checked, cycle: &[usize]) -> Diagnostic {
    let first = &checked.nodes[cycle[0]];
    let mut ids: Vec<String> =
        cycle.iter().map(|step| format!("`{}`", checked.nodes[*step].id())).collect();
    ids.push(ids[0].clone());
    let message = format!("steps wait for each other: {}", ids.join(" waits for "));
    let mut diagnostic = Diagnostic::error("G02", first.decl.id.span, message);
    let implicit = cycle.iter().find(|step| checked.nodes[**step].decl.needs.is_none());
    if let Some(step) = implicit {
        let id = checked.nodes[*step].id();
        diagnostic = diagnostic.help(format!(
            "`{id}` has no `needs`, so it waits for every step above it; name in `needs` just \
             those that it has to wait for"
        ));
    }
    for step in &cycle[1..] {
        diagnostic = diagnostic.related(checked.nodes[*step].decl.id.span, "part of the circle");
    }
    diagnostic
}

struct Needs {
    named: Vec<usize>,
    all_above: bool,
    /// It names what is not there.
    unknown: bool,
}

struct Graph {
    needs: Vec<Needs>,
    steps: usize,
}

struct Closed {
    before: Vec<StepSet>,
    cycles: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

impl Graph {
    fn has_forward_needs(&self) -> bool {
        self.needs.iter().enumerate().any(|(at, needs)| needs.named.iter().any(|need| *need > at))
    }

    /// Returns the point *all steps above `step` are finished*.
    fn all_above(&self, step: usize) -> usize {
        self.steps + step
    }

    /// Returns what a point waits for, by place in its list; none past the end.
    fn edge(&self, point: usize, at: usize) -> Option<usize> {
        if point < self.steps {
            let needs = &self.needs[point];
            let above = needs.all_above.then(|| self.all_above(point));
            return needs.named.get(at).copied().or(above.filter(|_| at == needs.named.len()));
        }
        let step = (point - self.steps).checked_sub(1)?;
        [step, self.all_above(step)].get(at).copied()
    }

    /// Walks depth first; a point is done when all that it waits for is. What closes a circle is
    /// told and left out.
    fn close(&self) -> Closed {
        let points = self.steps * 2 + 1;
        let mut marks = vec![Mark::New; points];
        let mut sets = vec![StepSet::default(); points];
        let mut cycles = Vec::new();
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for start in 0..self.steps {
            if marks[start] == Mark::New {
                marks[start] = Mark::Open;
                stack.push((start, 0));
            }
            while let Some((point, at)) = stack.pop() {
                let Some(next) = self.edge(point, at) else {
                    marks[point] = Mark::Done;
                    if let Some((waiting, _)) = stack.last() {
                        self.absorb(&mut sets, *waiting, point);
                    }
                    continue;
                };
                stack.push((point, at + 1));
                match marks[next] {
                    Mark::Done => self.absorb(&mut sets, point, next),
                    Mark::New => {
                        marks[next] = Mark::Open;
                        stack.push((next, 0));
                    }
                    Mark::Open => self.note_cycle(&stack, next, &mut cycles),
                }
            }
        }
        sets.truncate(self.steps);
        Closed { before: sets, cycles }
    }

    fn absorb(&self, sets: &mut [StepSet], waiting: usize, done: usize) {
        let other = std::mem::take(&mut sets[done]);
        sets[waiting].union(&other);
        if done < self.steps {
            sets[waiting].insert(done);
        }
        sets[done] = other;
    }

    fn note_cycle(&self, stack: &[(usize, usize)], closes_at: usize, cycles: &mut Vec<Vec<usize>>) {
        let from = stack.iter().position(|(point, _)| *point == closes_at).unwrap_or(0);
        let mut cycle: Vec<usize> =
            stack[from..].iter().map(|(point, _)| *point).filter(|p| *p < self.steps).collect();
        let first = cycle.iter().enumerate().min_by_key(|(_, step)| **step).map_or(0, |(at, _)| at);
        cycle.rotate_left(first);
        let is_new = |step: &usize| !cycles.iter().any(|known| known.contains(step));
        if cycle.iter().all(is_new) {
            cycles.push(cycle);
        }
    }
}
