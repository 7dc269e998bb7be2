//! What holds of every step when a secret that it was given died with another process.

use cutover_engine::value::Map;

use crate::cases::{self, Case};
use crate::laws::{done, picture, spec_of};
use crate::world::World;

#[test]
fn a_read_with_a_dead_secret_finds_no_value_in_a_place_and_is_no_error() {
    for case in cases::writing().iter().filter(|case| spec_of(case).publishes_to.is_some()) {
        let (world, params, _) = done(case);
        world.forget();
        assert_eq!(case.asked(&world, &params).read().expect(case.step), None, "{}", case.step);
    }
}

#[test]
fn a_read_whose_login_is_dead_is_an_error_and_no_finding() {
    for name in ["influxdb1.user.create", "influxdb1.user.drop"] {
        let case = cases::writing().into_iter().find(|case| case.step == name).expect(name);
        let (world, params, _) = done(&case);
        world.forget();
        let error = case.asked(&world, &params).read().expect_err(name);
        assert_eq!(error.code, "gone", "{name}: {error:?}");
    }
}

#[test]
fn undo_with_a_dead_secret_leaves_alone_what_it_cannot_tell() {
    for name in ["influxctl.profile.set", "influxdb1.user.create", "file.write"] {
        let case = cases::writing().into_iter().find(|case| case.step == name).expect(name);
        let (world, params, outputs) = done(&case);
        world.forget();
        let before = picture(&world);
        let error = case.asked(&world, &params).undo(&outputs).expect_err(name);
        assert!(!error.retryable, "{name}: {error:?}");
        assert_eq!(picture(&world), before, "{name}");
    }
}

/// Returns a world in which a place was written with a long secret that is gone and still known.
fn remembered(case: &Case) -> (World, Map, Map) {
    let world = World::new();
    let mut params = (case.params)(&world);
    let long = world.secret("fake-long-enough-to-have-a-check-of");
    let content = format!("token = {}\n", long.as_text().expect("it is a mark"));
    for (name, value) in [("mgmt_token", long), ("content", content.into())] {
        if let Some(given) = params.get_mut(name) {
            *given = value;
        }
    }
    let outputs = case.asked(&world, &params).run().expect(case.step);
    let params = world.remember(&params);
    (world, params, outputs)
}

#[test]
fn a_dead_secret_that_is_known_is_found_in_its_place_and_taken_back_there() {
    for case in cases::writing().iter().filter(|case| spec_of(case).publishes_to.is_some()) {
        let (world, params, outputs) = remembered(case);
        let name = case.step;
        assert!(case.asked(&world, &params).read().expect(name).is_some(), "{name}");
        case.asked(&world, &params).undo(&outputs).expect(name);
        assert_eq!(case.asked(&world, &params).read().expect(name), None, "{name}");
        let (world, params, outputs) = remembered(case);
        for text in world.state().files.values_mut() {
            *text = text.replace("fake-long-enough", "fake-of-somebody");
        }
        assert_eq!(case.asked(&world, &params).read().expect(name), None, "{name}");
        let before = picture(&world);
        case.asked(&world, &params).undo(&outputs).expect_err(name);
        assert_eq!(picture(&world), before, "{name} took back what is not ours");
    }
}

#[test]
fn undo_with_a_dead_secret_is_done_where_the_former_self_is_back() {
    for case in cases::writing().iter().filter(|case| spec_of(case).publishes_to.is_some()) {
        let (world, params, outputs) = done(case);
        case.asked(&world, &params).undo(&outputs).expect(case.step);
        world.forget();
        case.asked(&world, &params).undo(&outputs).expect(case.step);
    }
}
