//! The oracle: it stands in the world and judges every effect as it comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use cutover_engine::check::Checked;
use cutover_engine::event::{Debt, DebtState};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::workflow::Undo;

use crate::book::{Book, Page, Stands};
use crate::faults::Faults;
use crate::state::State;
use crate::world::act::Act;
use crate::world::{Late, Maker, World};

/// The world, the states of those who act on it, and what goes wrong.
pub(crate) struct Sim {
    pub(crate) world: World,
    pub(crate) states: Vec<State>,
    pub(crate) faults: Faults,
    /// The workflow of each run.
    pub(crate) graphs: BTreeMap<String, Arc<Checked>>,
    /// How long what is replaced stays valid.
    pub(crate) overlap: Duration,
    /// The provider ends the old credential in the call that makes the new one: between that and
    /// the end of the run nothing is promised.
    pub(crate) kills_old: bool,
}

impl Sim {
    /// Lets everything land that is due.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        loop {
            let due = self.world.late.iter().enumerate().filter(|(_, late)| late.at <= now);
            let Some(first) = due.min_by_key(|(_, late)| late.at).map(|(at, _)| at) else { return };
            let Late { at, act, by } = self.world.late.remove(first);
            self.world.tell(at, || format!("late: {} of `{}`", act.words(), by.step));
            let _ = self.judge_and_do(&act, &by, at);
        }
    }

    /// Carries a change out and judges it.
    pub(crate) fn judge_and_do(
        &mut self,
        act: &Act,
        by: &Maker,
        at: Timestamp,
    ) -> Result<crate::world::act::Done, crate::world::act::No> {
        if let Act::Revoke { account, id } = act {
            self.judge_revoke(account, id, by, at);
        }
        let done = self.world.carry_out(act, Some(by), at);
        if !self.kills_old
            && let Some(out) = self.world.locked_out(at)
        {
            self.world.blame(at, format!("lock-out: {out}, after {}", act.words()));
        }
        done
    }

    /// A write is allowed only if what was recorded announced it.
    pub(crate) fn judge_write(&mut self, act: &Act, by: &Maker, at: Timestamp) {
        let words = || format!("`{}` (attempt {}) does: {}", by.step, by.attempt, act.words());
        let Some(journal) = self.states[by.state].runs.get(&by.run) else {
            return self.world.blame(at, format!("nothing is recorded, and {}", words()));
        };
        let page = journal.book.steps.get(&by.step).cloned().unwrap_or_default();
        let undo = by.undo && page.undoing;
        let is_open = page.open == Some(by.attempt);
        // People may be told once more by a driver that has lost its run meanwhile.
        let tells = matches!(act, Act::Notify) && page.started;
        if !undo && !is_open && !page.undoing && !tells && !self.takes_back(act, by) {
            return self.world.blame(at, format!("not announced: {}", words()));
        }
        let out_of_order = (page.undoing && !is_open)
            .then(|| self.judge_undo(&journal.book, by).filter(|_| journal.is_unfinished()))
            .flatten();
        let reused = self.reused_marker(&journal.book, act, by);
        if let Some(why) = out_of_order.or(reused).or_else(|| self.too_early(act, by)) {
            self.world.blame(at, format!("{why}: {}", words()));
        }
        if let Act::Create { text, .. } = act {
            self.world.sent.insert(text.clone());
        }
    }

    /// What a try has made and could not record it may revoke at once, and nothing else.
    fn takes_back(&self, act: &Act, by: &Maker) -> bool {
        let Act::Revoke { account, id } = act else { return false };
        let mut tokens = self.world.tokens.iter();
        let token = tokens.find(|token| token.account == *account && token.id == *id);
        token.and_then(|token| token.maker.as_ref()).is_some_and(|maker| {
            maker.run == by.run && maker.step == by.step && maker.attempt == by.attempt
        })
    }

    /// A marker is sent at most once, and only by the attempt that announced it.
    fn reused_marker(&self, book: &Book, act: &Act, by: &Maker) -> Option<String> {
        let Act::Create { text, user: None, .. } = act else { return None };
        let carried = book.markers.iter().filter(|(marker, ..)| text.contains(marker.as_str()));
        let own = |(_, step, attempt): &&(String, String, u32)| {
            *step == by.step && *attempt == by.attempt
        };
        if !carried.clone().any(|of| own(&of)) {
            return Some("its marker was not announced".to_owned());
        }
        if carried.count() > 1 || self.world.sent.contains(text) {
            return Some("one marker for two tries".to_owned());
        }
        None
    }

    /// While a write may still land nothing else is written to its place, no second create is sent,
    /// and nothing that it carries is revoked.
    fn too_early(&self, act: &Act, by: &Maker) -> Option<String> {
        let mine = |late: &&Late| late.by.state == by.state;
        let mut late = self.world.late.iter().filter(mine);
        let clashes = |late: &Late| match (&late.act, act) {
            (Act::Put { place: a, value: x, .. }, Act::Put { place: b, value: y, .. }) => {
                a == b && x != y
            }
            // Where nothing can be looked for, it is a person who has it made again.
            (Act::Create { account, .. }, Act::Create { user: None, .. }) => {
                late.by.run == by.run && late.by.step == by.step && account != "blind"
            }
            (Act::Put { value: Some(value), .. }, Act::Revoke { id, .. }) => {
                self.world.token(value).is_some_and(|token| token.id == *id)
            }
            _ => false,
        };
        let clash = late.find(|late| clashes(late))?;
        Some(format!("too early, `{}` may still land", clash.act.words()))
    }

    /// A create is not looked for before its first try: what is found then is not its own.
    pub(crate) fn judge_look(&mut self, by: &Maker, at: Timestamp) {
        let Some(checked) = self.graphs.get(&by.run) else { return };
        let node = checked.index(base(&by.step)).map(|node| &checked.nodes()[node]);
        if node.is_none_or(|node| node.role != Role::Create) {
            return;
        }
        let journal = self.states[by.state].runs.get(&by.run);
        let page = journal.and_then(|journal| journal.book.steps.get(&by.step));
        if !page.is_some_and(|page| page.started) {
            self.world.blame(at, format!("`{}` is looked for before its first try", by.step));
        }
    }

    /// A step is taken back only when nothing that needs it is left.
    fn judge_undo(&self, book: &Book, by: &Maker) -> Option<String> {
        let checked = self.graphs.get(&by.run)?;
        let node = checked.index(base(&by.step))?;
        let creates = checked.nodes()[node].role == Role::Create;
        let attempt_alone =
            book.steps.get(&by.step).is_some_and(|page| page.stands != Stands::Written);
        if book.promoted && creates && !attempt_alone {
            return Some("taken back after the promotion".to_owned());
        }
        let origin = format!("steps.{}.", base(&by.step));
        let blocks = |(path, page): (&String, &Page)| {
            let other = checked.index(base(path))?;
            let needs = checked.is_before(node, other);
            if !needs || page.stands == Stands::Nothing || page.found || page.undoing {
                return None;
            }
            let given = page.given.iter().any(|of| of.contains(&origin));
            // A create whose secret is lost is made anew: only what was given it goes with it.
            if !book.failed && !given {
                return None;
            }
            let of = &checked.nodes()[other];
            let blocks = match of.decl.undo.as_ref().map(|undo| &undo.value) {
                Some(Undo::Again) => creates,
                Some(Undo::None { .. }) => creates && given,
                Some(Undo::Step { .. }) => true,
                None if of.step.spec().has_undo => true,
                None => creates && given && of.role != Role::Read,
            };
            blocks.then(|| format!("taken back while `{path}` still stands"))
        };
        book.steps.iter().find_map(blocks)
    }

    /// A revoke takes what is neither held nor current, is ours or owed, and is due.
    fn judge_revoke(&mut self, account: &str, id: &str, by: &Maker, at: Timestamp) {
        let is = |token: &&crate::world::Token| {
            token.account == account && token.id == id && token.is_live(at)
        };
        let Some(token) = self.world.tokens.iter().find(is).cloned() else { return };
        let state = &self.states[by.state];
        if state.current.values().any(|known| known.identity.id == id) {
            self.world.blame(at, format!("`{}` revokes {id}, which is current", by.step));
        }
        let ours = token.maker.as_ref().is_some_and(|maker| {
            maker.state == by.state && maker.run == by.run && maker.step == by.step
        });
        let owed = state.debts.values().find(|debt| debt.target == id && debt.step == by.step);
        let why = match owed {
            Some(debt) => not_payable(debt, at).or_else(|| self.overlaps(by.state, debt, at)),
            None if ours => None,
            None => Some("is neither owed nor made by it".to_owned()),
        };
        if let Some(why) = why {
            self.world.blame(at, format!("`{}` revokes {id}, which {why}", by.step));
        }
    }
}

impl Sim {
    /// What is replaced stays valid as long as the workflow promises.
    fn overlaps(&self, state: usize, debt: &Debt, at: Timestamp) -> Option<String> {
        let promoted = self.states[state].runs.get(&debt.run)?.book.promoted_at?;
        let until = promoted + self.overlap;
        (at < until).then(|| "should stay valid longer".to_owned())
    }
}

fn not_payable(debt: &Debt, at: Timestamp) -> Option<String> {
    match debt.state {
        DebtState::Held => Some("is held".to_owned()),
        DebtState::Cancelled | DebtState::Forgiven => Some("is not owed any more".to_owned()),
        DebtState::Owed | DebtState::Paying | DebtState::Paid => {
            let due = debt.due.is_some_and(|due| due <= at);
            (!due).then(|| "is not due".to_owned())
        }
    }
}

/// Returns the id of a step without the number of an item.
pub(crate) fn base(path: &str) -> &str {
    path.split('[').next().unwrap_or(path)
}
