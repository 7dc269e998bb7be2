//! A workflow as a picture: mermaid or dot.

use cutover_engine::check::{Checked, Node};
use cutover_engine::spec::Role;

/// The picture, before it is written in a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// The workflow's name.
    pub(crate) title: String,
    /// The steps.
    pub(crate) boxes: Vec<Step>,
    /// What waits for what, by index, what follows from other arrows left out.
    pub(crate) arrows: Vec<(usize, usize)>,
}

/// A step of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its id.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) uses: String,
    /// Its role.
    pub(crate) role: Role,
    /// Whether it may be skipped.
    pub(crate) conditional: bool,
}

/// Returns the picture of a checked workflow.
pub(crate) fn picture(checked: &Checked) -> Picture {
    let nodes = checked.nodes();
    let needs: Vec<Vec<usize>> = nodes.iter().map(|node| node.needs.clone()).collect();
    let title = checked.workflow().name.value.clone();
    Picture { title, boxes: nodes.iter().map(step).collect(), arrows: reduced(&needs) }
}

fn step(node: &Node) -> Step {
    Step {
        id: node.decl.id.value.clone(),
        uses: node.decl.uses.value.clone(),
        role: node.role,
        conditional: node.decl.when.is_some(),
    }
}

/// Leaves out every arrow that a longer way says already.
fn reduced(needs: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut arrows = Vec::new();
    for (to, from) in needs.iter().enumerate() {
        for &direct in from {
            let others = from.iter().filter(|other| **other != direct);
            if !others.clone().any(|&other| reaches(needs, other, direct)) {
                arrows.push((direct, to));
            }
        }
    }
    arrows
}

fn reaches(needs: &[Vec<usize>], from: usize, target: usize) -> bool {
    let mut seen = vec![false; needs.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == target {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(&needs[at]);
        }
    }
    false
}

/// Returns it in mermaid.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let mut drawn = format!("---\ntitle: {}\n---\nflowchart TD\n", picture.title);
    for step in &picture.boxes {
        let (open, close) = match step.role {
            Role::Promote => ("{{\"", "\"}}"),
            Role::Read => ("([\"", "\"])"),
            Role::Create
            | Role::Store
            | Role::Publish
            | Role::Revoke
            | Role::Notify
            | Role::Other => ("[\"", "\"]"),
        };
        let sign = step.role.sign();
        drawn
            .push_str(&format!("  {}{open}{sign} {}<br/>{}{close}\n", step.id, step.id, step.uses));
    }
    for (from, to) in &picture.arrows {
        let (from, to) = (&picture.boxes[*from], &picture.boxes[*to]);
        let arrow = if to.conditional { "-.->" } else { "-->" };
        drawn.push_str(&format!("  {} {arrow} {}\n", from.id, to.id));
    }
    drawn
}

/// Returns it in the language of Graphviz.
pub(crate) fn dot(picture: &Picture) -> String {
    let mut drawn = format!("digraph \"{}\" {{\n  node [fontname=monospace]\n", picture.title);
    for step in &picture.boxes {
        let shape = match step.role {
            Role::Promote => "hexagon",
            Role::Read => "ellipse",
            Role::Create
            | Role::Store
            | Role::Publish
            | Role::Revoke
            | Role::Notify
            | Role::Other => "box",
        };
        let label = format!("{} {}\\n{}", step.role.sign(), step.id, step.uses);
        drawn.push_str(&format!("  {} [shape={shape}, label=\"{label}\"]\n", step.id));
    }
    for (from, to) in &picture.arrows {
        let (from, to) = (&picture.boxes[*from], &picture.boxes[*to]);
        let style = if to.conditional { " [style=dashed]" } else { "" };
        drawn.push_str(&format!("  {} -> {}{style}\n", from.id, to.id));
    }
    drawn + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes() -> Vec<Step> {
        [("before", Role::Read), ("create", Role::Create), ("promote", Role::Promote)]
            .into_iter()
            .map(|(id, role)| Step {
                id: id.to_owned(),
                uses: format!("a.{id}"),
                role,
                conditional: id == "promote",
            })
            .collect()
    }

    #[test]
    fn arrows_that_follow_from_others_are_left_out() {
        let needs = [vec![], vec![0], vec![0, 1], vec![]];
        assert_eq!(reduced(&needs), [(0, 1), (1, 2)]);
    }

    #[test]
    fn both_languages_draw_the_same_boxes_and_arrows() {
        let picture =
            Picture { title: "rotate".to_owned(), boxes: boxes(), arrows: vec![(0, 1), (1, 2)] };
        let drawn = mermaid(&picture);
        assert!(drawn.contains("  before([\"? before<br/>a.before\"])\n"), "{drawn}");
        assert!(drawn.contains("  before --> create\n  create -.-> promote\n"), "{drawn}");
        let drawn = dot(&picture);
        assert!(drawn.contains("  promote [shape=hexagon, label=\"! promote\\na.promote\"]\n"));
        assert!(drawn.contains("  create -> promote [style=dashed]\n"), "{drawn}");
    }
}
