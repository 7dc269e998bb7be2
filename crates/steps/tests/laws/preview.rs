//! Every step in a preview: nothing is asked for twice, nothing breaks on what is not known.

use cutover_engine::effect::Effect;
use cutover_engine::spec::{Param, Spec};
use cutover_engine::step::Fate;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Unknown, Value};
use cutover_steps::registry;

use crate::cases;
use crate::world::faults::Fault;
use crate::world::{Asked, MARKER, World};

fn unknown(param: &Param) -> Value {
    let from = format!("steps.before.{}", param.name);
    Value::Unknown(Unknown { from, ty: param.ty.clone() })
}

/// What a plan knows at least: what has to be written out, and what has a default.
fn known_least(spec: &Spec) -> Map {
    let value = |param: &Param| match param.literal || !param.default.is_null() {
        true => param.default.clone(),
        false => unknown(param),
    };
    spec.params.iter().map(|param| (param.name.clone(), value(param))).collect()
}

#[test]
fn a_writing_step_gets_to_its_write_although_its_reads_are_withheld() {
    for case in cases::writing() {
        let world = World::new();
        let params = (case.params)(&world);
        world.state().fault = Some(Fault::Withheld);
        let error = case.asked(&world, &params).run().expect_err(case.step);
        assert_eq!(error.fate, Fate::Previewed, "{}: {error:?}", case.step);
        let is_last_write = world.writes().len() == 1;
        // Whether there is such a profile is a local file, which a plan may read.
        assert!(is_last_write || case.step == "influxctl.profile.set", "{}", case.step);
    }
}

#[test]
fn a_step_with_nothing_known_ends_its_preview_without_breaking() {
    for step in registry().iter() {
        let spec = step.spec();
        let mut params = known_least(spec);
        if spec.name == "http.request" {
            params.insert("method".to_owned(), "POST".into());
            for name in ["form", "body"] {
                params.insert(name.to_owned(), Value::Null);
            }
        }
        let world = World::new();
        world.state().fault = Some(Fault::Withheld);
        let asked = Asked { world: &world, step: &spec.name, params: &params, marker: MARKER };
        match asked.run() {
            Ok(_) => assert!(spec.pure || spec.name == "credential.promote", "{}", spec.name),
            Err(error) if error.park.is_some() => assert!(spec.asks, "{}", spec.name),
            Err(error) if spec.starts.is_some() => assert_eq!(error.code, "unread"),
            Err(error) => {
                assert_eq!(error.fate, Fate::Previewed, "{}: {error:?}", spec.name);
            }
        }
        match asked.read() {
            Ok(found) => assert_eq!(found, None, "{}", spec.name),
            Err(error) => assert_eq!(error.fate, Fate::Previewed, "{}: {error:?}", spec.name),
        }
    }
}

#[test]
fn an_unknown_travels_into_the_write_as_it_is() {
    let world = World::new();
    let case = cases::writing().into_iter().find(|case| case.step == "influxctl.management.create");
    let case = case.expect("it is a case");
    let mut params = (case.params)(&world);
    let at = Unknown { from: "run.started_at".to_owned(), ty: Type::Timestamp };
    params.insert("expires_at".to_owned(), Value::Unknown(at.clone()));
    world.state().fault = Some(Fault::Withheld);
    let error = case.asked(&world, &params).run().expect_err("it is a preview");
    assert_eq!(error.fate, Fate::Previewed);
    let writes = world.writes();
    let [Effect::Exec(exec)] = writes.as_slice() else { panic!("one program: {writes:?}") };
    assert!(exec.argv.contains(&at.to_mark()), "{:?}", exec.argv);
}
