//! One write a try, and what completes it: the doors hold a step to it.

use cutover_engine::ctx::{Ctx, Mode, Scope};
use cutover_engine::effect::{Effect, EffectError, Exec, Reply};
use cutover_engine::host::Host;

use crate::world::faults::Fault;
use crate::world::{MARKER, World, now_or_never};

fn ctx(world: &World, mode: Mode) -> Ctx<'_> {
    let now = world.now();
    let scope = Scope {
        run: "k3f9".to_owned(),
        step: "under_test".to_owned(),
        attempt: 1,
        marker: MARKER.to_owned(),
        deadline: now,
        started_at: now,
        mode,
        may_write: true,
        current: None,
        waited: None,
        known: cutover_engine::known::Known::default(),
    };
    Ctx::new(world, scope)
}

fn write() -> Effect {
    Effect::Exec(Exec::new(["printenv"]))
}

fn first(ctx: &Ctx<'_>) -> Result<Reply, EffectError> {
    now_or_never(Box::pin(ctx.raw(write())))
}

fn more(ctx: &Ctx<'_>) -> Result<Reply, EffectError> {
    now_or_never(Box::pin(ctx.follow_up(write())))
}

fn is_withheld(reply: &Result<Reply, EffectError>) -> bool {
    matches!(reply, Err(EffectError::Withheld { .. }))
}

#[test]
fn a_second_write_is_withheld_and_a_follow_up_is_not() {
    let world = World::new();
    let ctx = ctx(&world, Mode::Run);
    first(&ctx).expect("it is the first");
    assert!(is_withheld(&first(&ctx)));
    assert_eq!(world.writes().len(), 1);
    more(&ctx).expect("the first one succeeded");
    more(&ctx).expect("and may be completed by several");
    assert_eq!(world.writes().len(), 3);
}

#[test]
fn a_follow_up_of_nothing_or_of_a_write_that_failed_is_withheld() {
    for fault in [Fault::Refused(0), Fault::LostAfter(0), Fault::NotSent(0)] {
        let world = World::new();
        let ctx = ctx(&world, Mode::Run);
        assert!(is_withheld(&more(&ctx)), "there is no write yet");
        world.state().fault = Some(fault);
        first(&ctx).expect_err("it fails");
        assert!(is_withheld(&more(&ctx)), "{fault:?}");
        assert_eq!(world.writes().len(), 1);
    }
}

#[test]
fn a_read_writes_nothing_and_follows_up_on_nothing() {
    let world = World::new();
    let ctx = ctx(&world, Mode::Read);
    assert!(is_withheld(&first(&ctx)));
    assert!(is_withheld(&more(&ctx)));
    assert_eq!(world.writes(), []);
}
