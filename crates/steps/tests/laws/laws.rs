//! Laws that hold for every step.

use cutover_engine::effect::Effect;
use cutover_engine::spec::Spec;
use cutover_engine::step::Fate;
use cutover_engine::types::Type;
use cutover_engine::value::{Map, Value};
use cutover_steps::registry;

use crate::cases::{self, Case};
use crate::world::faults::Fault;
use crate::world::{Asked, World, step};

pub(crate) fn spec_of(case: &Case) -> Spec {
    step(case.step).spec().clone()
}

/// Runs a case in a world of its own, where `assert` alone fails.
pub(crate) fn done(case: &Case) -> (World, Map, Map) {
    let world = World::new();
    let params = (case.params)(&world);
    let outputs = case.asked(&world, &params).run();
    let fails = ["assert", "workflow.run"].contains(&case.step);
    let outputs = if fails { Map::new() } else { outputs.expect(case.step) };
    (world, params, outputs)
}

#[test]
fn a_run_makes_at_most_one_write_and_what_completes_it() {
    for case in cases::all() {
        let (world, ..) = done(&case);
        let writes = world.writes();
        let is_writing = cases::writing().iter().any(|other| other.step == case.step);
        assert_eq!(writes.len(), usize::from(is_writing) + case.follow_ups, "{}", case.step);
        let completes = |text: String| text.contains("GRANT ");
        assert!(writes.iter().skip(1).all(|write| completes(format!("{write:?}"))));
    }
}

#[test]
fn what_is_the_same_from_every_machine_touches_no_file_and_no_program() {
    let is_local = |effect: &Effect| match effect {
        Effect::Exec(_)
        | Effect::ReadFile(_)
        | Effect::WriteFile(_)
        | Effect::RestoreFile(_)
        | Effect::RemoveFile(_) => true,
        Effect::Http(_) | Effect::Sleep { .. } | Effect::Random { .. } | Effect::Log { .. } => {
            false
        }
    };
    for case in cases::all() {
        let (world, params, outputs) = done(&case);
        let asked = case.asked(&world, &params);
        if spec_of(&case).has_read {
            asked.read().expect(case.step);
        }
        if spec_of(&case).has_undo {
            asked.undo(&outputs).expect(case.step);
        }
        let touches = world.state().calls.iter().any(|call| is_local(&call.effect));
        let spec = spec_of(&case);
        // What a workflow touches is known with its file.
        let touches = touches || spec.starts.is_some();
        assert_eq!(touches, !spec.anywhere && !spec.pure, "{}", case.step);
    }
}

#[test]
fn a_read_finds_what_a_run_did_and_nothing_before() {
    let looks = |case: &&Case| spec_of(case).has_read && case.step != "workflow.run";
    for case in cases::all().iter().filter(looks) {
        let world = World::new();
        let params = (case.params)(&world);
        let asked = case.asked(&world, &params);
        assert_eq!(asked.read().expect(case.step), None, "{} before", case.step);
        let mut outputs = asked.run().expect(case.step);
        for output in spec_of(case).outputs.iter().filter(|output| output.ty == Type::Secret) {
            outputs.shift_remove(&output.name);
        }
        assert_eq!(asked.read().expect(case.step), Some(outputs), "{} after", case.step);
    }
}

#[test]
fn what_carries_another_marker_or_value_is_not_ours() {
    for (name, changed) in [
        ("influxctl.management.create", None),
        ("influxctl.profile.set", Some("mgmt_token")),
        ("influxdb1.user.create", Some("password")),
        ("file.write", Some("content")),
    ] {
        let case = cases::writing().into_iter().find(|case| case.step == name).expect(name);
        let (world, mut params, outputs) = done(&case);
        if let Some(param) = changed {
            params.insert(param.to_owned(), world.secret("M.V1.ELSEfake-another-value-entirely"));
        }
        let marker = "cutover-1f0a77c2-k3f9-00000000";
        let asked = Asked { marker, ..case.asked(&world, &params) };
        assert_eq!(asked.read().expect(name), None, "{name}");
        let before = picture(&world);
        let error = asked.undo(&outputs).expect_err(name);
        assert!(!error.retryable, "{name}: {error:?}");
        assert_eq!(picture(&world), before, "{name} took back what is not ours");
    }
}

#[test]
fn a_read_never_writes() {
    for case in cases::all() {
        let (world, params, _) = done(&case);
        let before = world.writes().len();
        case.asked(&world, &params).read().expect(case.step);
        assert_eq!(world.writes().len(), before, "{}", case.step);
    }
}

#[test]
fn undo_puts_the_world_back_and_may_come_twice() {
    for case in cases::writing().iter().filter(|case| spec_of(case).has_undo) {
        let world = World::new();
        let params = (case.params)(&world);
        let before = picture(&world);
        let asked = case.asked(&world, &params);
        let outputs = asked.run().expect(case.step);
        assert_ne!(picture(&world), before, "{} changed nothing", case.step);
        for _ in 0..2 {
            asked.undo(&outputs).expect(case.step);
            assert_eq!(picture(&world), before, "{}", case.step);
        }
        assert_eq!(asked.read().expect(case.step), None, "{}: `read` still finds it", case.step);
    }
}

#[test]
fn undo_before_a_run_changes_nothing() {
    for case in cases::writing().iter().filter(|case| spec_of(case).has_undo) {
        let world = World::new();
        let params = (case.params)(&world);
        let before = picture(&world);
        case.asked(&world, &params).undo(&Map::new()).expect(case.step);
        assert_eq!(picture(&world), before, "{}", case.step);
    }
}

#[test]
fn a_refused_write_is_an_error_and_leaves_the_world_as_it_was() {
    for case in cases::writing() {
        for write in 0..=case.follow_ups {
            let world = World::new();
            let params = (case.params)(&world);
            let before = picture(&world);
            world.state().fault = Some(Fault::Refused(write));
            let error = case.asked(&world, &params).run().expect_err(case.step);
            assert_eq!(error.fate, Fate::NotDone, "{} write {write}: {error:?}", case.step);
            assert_eq!(picture(&world), before, "{} write {write}", case.step);
        }
    }
}

#[test]
fn a_write_that_was_not_sent_may_be_tried_again() {
    for case in cases::writing() {
        let world = World::new();
        let params = (case.params)(&world);
        world.state().fault = Some(Fault::NotSent(0));
        let error = case.asked(&world, &params).run().expect_err(case.step);
        assert_eq!((error.fate, error.retryable), (Fate::NotDone, true), "{}", case.step);
    }
}

#[test]
fn a_lost_write_is_lost_and_read_tells_whether_it_happened() {
    for case in cases::writing() {
        for write in 0..=case.follow_ups {
            for fault in [Fault::LostBefore(write), Fault::LostAfter(write)] {
                let world = World::new();
                let params = (case.params)(&world);
                world.state().fault = Some(fault);
                let asked = case.asked(&world, &params);
                let error = asked.run().expect_err(case.step);
                assert_eq!(error.fate, Fate::Lost, "{} {fault:?}", case.step);
                if spec_of(&case).has_read {
                    let is_whole = fault == Fault::LostAfter(case.follow_ups);
                    let found = asked.read().expect(case.step);
                    assert_eq!(found.is_some(), is_whole, "{} {fault:?}", case.step);
                }
            }
        }
    }
}

#[test]
fn a_repeat_that_is_said_to_be_safe_is() {
    let safe = |case: &&Case| spec_of(case).repeat == cutover_engine::spec::Repeat::Safe;
    for case in cases::writing().iter().filter(safe) {
        let world = World::new();
        let params = (case.params)(&world);
        let asked = case.asked(&world, &params);
        let first = asked.run().expect(case.step);
        let once = picture(&world);
        assert_eq!(asked.run().expect(case.step), first, "{}", case.step);
        assert_eq!(picture(&world), once, "{}", case.step);
    }
}

#[test]
fn no_secret_is_in_an_error_a_log_an_output_or_an_effect() {
    for case in cases::all() {
        for fault in [None, Some(Fault::Refused(0)), Some(Fault::Refused(1))] {
            let world = World::new();
            let params = (case.params)(&world);
            let mut tries: Vec<Map> = vec![params.clone()];
            for (name, other) in (case.others)(&world) {
                let mut changed = params.clone();
                changed.insert(name.to_owned(), other);
                tries.push(changed);
            }
            for params in tries {
                world.state().fault = fault;
                let asked = Asked { params: &params, ..case.asked(&world, &params) };
                let mut seen = vec![format!("{:?}", asked.run()), format!("{:?}", asked.read())];
                seen.push(format!("{:?}", asked.undo(&Map::new())));
                let state = world.state();
                seen.push(format!("{:?} {:?}", state.logs, state.calls));
                // Only an author who says that a file holds no secret gets its content.
                let is_open = params.get("secret") == Some(&Value::Bool(false))
                    || params.get("output").is_some_and(|output| *output == "json".into());
                for text in seen.iter().filter(|_| !is_open) {
                    for canary in ["fakefake", "fakeleak", "fake-"] {
                        assert!(
                            !text.to_lowercase().contains(canary),
                            "{} {fault:?}: {text}",
                            case.step
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_declared_output_is_there_and_of_its_type() {
    for case in cases::all() {
        let (_, params, outputs) = done(&case);
        let spec = spec_of(&case);
        let declared: Vec<_> = spec.outputs_with(&params).collect();
        let names: Vec<&str> = declared.iter().map(|output| output.name.as_str()).collect();
        let given: Vec<&str> = outputs.keys().map(String::as_str).collect();
        assert_eq!(given, names, "{}", case.step);
        for output in declared {
            let value = &outputs[&output.name];
            let fits = fits(value, &output.ty) || (output.nullable && value.is_null());
            assert!(fits, "{}.{} is {value:?}", case.step, output.name);
        }
    }
}

#[test]
fn every_parameter_makes_a_difference() {
    for case in cases::all() {
        let world = World::new();
        let params = (case.params)(&world);
        let others = (case.others)(&world);
        let spec = spec_of(&case);
        let is_promise = |name: &str| {
            let for_engine = spec.expires.as_deref() == Some(name) && spec.mints.is_none();
            let of_file = spec.starts.is_some();
            of_file || for_engine || (name == "repeat" && !spec.repeat_safe_when.is_empty())
        };
        for param in spec.params.iter().filter(|param| !is_promise(&param.name)) {
            let other = others.iter().find(|(name, _)| *name == param.name);
            let (_, other) = other.unwrap_or_else(|| panic!("{}.{}", case.step, param.name));
            let mut base = params.clone();
            // These two only count with another one.
            match (case.step, param.name.as_str()) {
                (_, "token_pointer") => drop(base.insert("format".to_owned(), "json".into())),
                (_, "seal") => drop(base.insert("output".to_owned(), "json".into())),
                (_, "message") if case.step == "assert" => {}
                _ => {}
            }
            if param.name == "seal" && case.step == "exec.run" {
                base.insert("argv".to_owned(), Value::List(vec!["json".into()]));
            }
            let mut changed = base.clone();
            changed.insert(param.name.clone(), other.clone());
            assert_ne!(
                trace(&case, &base),
                trace(&case, &changed),
                "{}.{} makes no difference",
                case.step,
                param.name
            );
        }
    }
}

#[test]
fn the_list_is_sorted_and_each_step_answers_to_its_name() {
    let steps = registry();
    for (name, step) in steps.names().zip(steps.iter()) {
        assert_eq!(name, step.spec().name);
    }
}

/// What a run asks for and gives, in a world of its own.
fn trace(case: &Case, params: &Map) -> String {
    let world = World::new();
    (case.params)(&world);
    (case.others)(&world);
    let result = case.asked(&world, params).run();
    let after = picture(&world);
    let state = world.state();
    let effects: Vec<_> = state.calls.iter().map(|call| &call.effect).collect();
    format!("{result:?} {effects:?} {after}")
}

/// Everything in the world that a write could change.
pub(crate) fn picture(world: &World) -> String {
    let state = world.state();
    format!(
        "{:?} {:?} {:?} {:?}",
        state.files,
        state.provider.live(state.now),
        state.server.users,
        state.server.grants,
    )
}

fn fits(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (_, Type::Any) => true,
        (value, Type::Secret) => value.is_secret(),
        (Value::Text(_), Type::String | Type::Path | Type::Url) => !value.is_secret(),
        (Value::Int(_), Type::Integer | Type::Number) => true,
        (Value::Bool(_), Type::Boolean) => true,
        (Value::Timestamp(_), Type::Timestamp) => true,
        (Value::List(items), Type::List(of)) => items.iter().all(|item| fits(item, of)),
        (Value::Map(map), Type::Object(fields)) => {
            map.len() == fields.len()
                && map.iter().all(|(name, value)| {
                    value.is_null() || fields.get(name).is_some_and(|ty| fits(value, ty))
                })
        }
        _ => false,
    }
}
