//! Every order that the rules accept is safe however the steps happen to run, and every order that
//! is safe is accepted: steps with random `needs` against a small world that is asked at each step.

use std::collections::HashSet;

use proptest::prelude::*;

use super::testing::codes;

/// A step of the world: its id, how it is written, and whether it refers to the create.
struct Part {
    id: &'static str,
    text: &'static str,
    uses_create: bool,
}

const fn part(id: &'static str, uses_create: bool, text: &'static str) -> Part {
    Part { id, text, uses_create }
}

const PARTS: &[Part] = &[
    part(
        "create",
        false,
        r#"uses: influxctl.management.create, with: { profile: admin, description: ci, expires_at: '{{ time_add run.started_at "1d" }}' }"#,
    ),
    part(
        "works",
        true,
        r#"uses: influxctl.management.list, verifies: create, with: { mgmt_token: "{{ steps.create.token }}" }"#,
    ),
    part(
        "store",
        true,
        r#"uses: vault.kv.put, with: { path: ci, data: { token: "{{ steps.create.token }}" } }"#,
    ),
    part(
        "publish",
        true,
        r#"uses: influxctl.profile.set, with: { profile: ci, mgmt_token: "{{ steps.create.token }}" }"#,
    ),
    part(
        "verify",
        false,
        "uses: influxctl.management.list, verifies: publish, with: { profile: ci }",
    ),
    part(
        "push",
        true,
        r#"uses: exec.run, undo: again, with: { argv: [push], stdin: "{{ steps.create.token }}" }"#,
    ),
    part(
        "tell",
        true,
        r#"uses: notify.webhook, with: { url: "https://hooks", text: "{{ steps.create.id }}" }"#,
    ),
    part("reload", false, "uses: exec.run, with: { argv: [reload] }"),
    part("promote", false, "uses: credential.promote"),
    part(
        "revoke",
        false,
        r#"uses: influxctl.management.revoke, when: credential.old, with: { profile: ci, token_id: "{{ credential.old.id }}" }"#,
    ),
];

/// The steps of one workflow, in written order, and what each waits for.
#[derive(Debug, Clone)]
struct Order {
    steps: Vec<usize>,
    needs: Vec<Option<Vec<usize>>>,
}

/// What is true in the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct World {
    done: u32,
    tested: bool,
    kept: bool,
    in_profile: bool,
    proven: bool,
    promoted: bool,
}

impl Order {
    /// Says what a step, by its place in the order, has to wait for.
    fn waits(&self, at: usize) -> Vec<usize> {
        match &self.needs[at] {
            None => (0..at).collect(),
            Some(needs) => needs.clone(),
        }
    }

    fn text(&self) -> String {
        let steps: String = self
            .steps
            .iter()
            .zip(&self.needs)
            .map(|(step, needs)| {
                let Part { id, text, .. } = &PARTS[*step];
                let needs = needs.as_ref().map_or_else(String::new, |needs| {
                    let ids: Vec<&str> = needs.iter().map(|at| PARTS[self.steps[*at]].id).collect();
                    format!("needs: [{}], ", ids.join(", "))
                });
                format!("  - {{ id: {id}, {needs}{text} }}\n")
            })
            .collect();
        format!(
            "credential: {{ name: ci, owner: ops, lifetime: 30d, overlap: 0s }}\nsteps:\n{steps}"
        )
    }

    /// Says whether every way in which the steps may run is safe.
    fn is_safe(&self) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![World::default()];
        while let Some(world) = open.pop() {
            if !seen.insert(world.clone()) {
                continue;
            }
            for at in 0..self.steps.len() {
                let is_next = world.done & (1 << at) == 0
                    && self.waits(at).iter().all(|need| world.done & (1 << need) != 0);
                if is_next {
                    match after(&world, PARTS[self.steps[at]].id) {
                        None => return false,
                        Some(next) => open.push(World { done: next.done | (1 << at), ..next }),
                    }
                }
            }
        }
        true
    }
}

/// Returns the world after a step, or nothing where that step is dangerous in this world.
fn after(world: &World, id: &str) -> Option<World> {
    let next = world.clone();
    let safe = |is_safe: bool, next: World| is_safe.then_some(next);
    match id {
        "works" => Some(World { tested: true, ..next }),
        "store" => safe(world.tested || world.promoted, World { kept: true, ..next }),
        "publish" => {
            safe(world.tested || world.promoted, World { kept: true, in_profile: true, ..next })
        }
        "verify" => Some(World { proven: world.in_profile, ..next }),
        "push" => safe(world.kept && (world.tested || world.promoted), next),
        "tell" => safe(world.kept, next),
        "reload" => safe(world.promoted, next),
        "promote" => safe(world.proven, World { promoted: true, ..next }),
        "revoke" => safe(world.promoted && world.in_profile, next),
        _create => Some(next),
    }
}

/// Makes an order: which step comes next, whether it names its needs, and which.
fn order() -> impl Strategy<Value = Order> {
    let draws = proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u16>()), PARTS.len());
    draws.prop_map(|draws| {
        let mut left: Vec<usize> = (0..PARTS.len()).collect();
        let mut steps: Vec<usize> = Vec::new();
        let mut needs = Vec::new();
        for (pick, named, which) in draws {
            let made = steps.iter().position(|step| PARTS[*step].id == "create");
            let published = steps.iter().position(|step| PARTS[*step].id == "publish");
            let ready: Vec<usize> = left
                .iter()
                .copied()
                .filter(|step| made.is_some() || !PARTS[*step].uses_create)
                .filter(|step| published.is_some() || PARTS[*step].id != "verify")
                .collect();
            // Mostly the usual order, so that many are near to being safe.
            let step = ready[if pick < 190 { 0 } else { usize::from(pick) % ready.len() }];
            left.retain(|other| *other != step);
            let listed = (named > 150).then(|| {
                let mut list: Vec<usize> = (0..steps.len())
                    .filter(|at| (which >> at) & 1 == 1 || at + 1 == steps.len())
                    .collect();
                list.extend(made.filter(|at| PARTS[step].uses_create && !list.contains(at)));
                let proved =
                    published.filter(|at| PARTS[step].id == "verify" && !list.contains(at));
                list.extend(proved);
                list
            });
            steps.push(step);
            needs.push(listed);
        }
        Order { steps, needs }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_is_safe_and_what_is_safe_is_accepted(order in order()) {
        let found = codes(&order.text());
        prop_assert!(found.iter().all(|code| code.starts_with('L')), "{:?}\n{}", found, order.text());
        prop_assert_eq!(found.is_empty(), order.is_safe(), "{:?}\n{}", found, order.text());
    }
}

#[test]
fn both_kinds_of_order_are_tried() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let tried: Vec<bool> = (0..400)
        .map(|_| order().new_tree(&mut runner).expect("an order").current().is_safe())
        .collect();
    let safe = tried.iter().filter(|is_safe| **is_safe).count();
    assert!((20..380).contains(&safe), "{safe} of 400 are safe");
}
