//! Every spec is whole and says what is so.

use std::collections::BTreeSet;

use cutover_engine::spec::{Mints, Place, Role, Secrecy, Spec};
use cutover_engine::types::Type;
use cutover_steps::registry;

use crate::cases;

fn each_spec(check: impl Fn(&Spec)) {
    let steps = registry();
    assert!(steps.iter().count() >= 20);
    steps.iter().for_each(|step| check(step.spec()));
}

#[test]
fn every_spec_tells_what_a_person_needs() {
    each_spec(|spec| {
        let name = &spec.name;
        for text in [&spec.summary, &spec.effect, &spec.recovery, &spec.example] {
            assert!(!text.is_empty(), "{name}");
        }
        assert!(spec.summary.ends_with('.') && spec.summary.len() < 90, "{name}: {}", spec.summary);
        assert!(spec.effect.ends_with('.') && spec.recovery.ends_with('.'), "{name}");
        assert!(!spec.effect.contains("  ") && !spec.recovery.contains("  "), "{name}");
        for param in &spec.params {
            assert!(param.summary.ends_with('.'), "{name}.{}", param.name);
        }
        for output in &spec.outputs {
            assert!(output.summary.ends_with('.'), "{name}.{}", output.name);
        }
        assert!(spec.example.contains(&format!("uses: {name}")), "{name}");
        assert!(spec.example.starts_with("version: 1\nname: "), "{name}");
    });
}

#[test]
fn every_name_in_a_spec_is_one() {
    let steps = registry();
    each_spec(|spec| {
        let params: BTreeSet<&str> = spec.params.iter().map(|param| param.name.as_str()).collect();
        let outputs: BTreeSet<&str> =
            spec.outputs.iter().map(|output| output.name.as_str()).collect();
        assert_eq!(params.len(), spec.params.len(), "{}: a parameter twice", spec.name);
        let places: [&Option<Place>; 4] =
            [&spec.stores_at, &spec.publishes_to, &spec.reads_from, &spec.logs_in_with];
        let args = places.into_iter().flatten().flat_map(|place| &place.args);
        let conditions = spec.reads_when.iter().chain(&spec.repeat_safe_when);
        let used = args
            .chain(conditions.map(|condition| &condition.param))
            .chain([&spec.revokes, &spec.chosen, &spec.expires].into_iter().flatten())
            .chain(spec.outputs.iter().flat_map(|o| &o.only_when).map(|c| &c.param));
        for param in used {
            assert!(params.contains(param.as_str()), "{}: no parameter `{param}`", spec.name);
        }
        for output in &spec.volatile {
            assert!(outputs.contains(output.as_str()), "{}: no output `{output}`", spec.name);
        }
        for step in [&spec.list, &spec.revoke, &spec.read_back].into_iter().flatten() {
            assert!(steps.get(step).is_some(), "{}: no step `{step}`", spec.name);
        }
    });
}

#[test]
fn what_decides_what_a_step_is_has_to_be_written_out() {
    each_spec(|spec| {
        let conditions = spec.reads_when.iter().chain(&spec.repeat_safe_when);
        let only_when = spec.outputs.iter().filter_map(|output| output.only_when.as_ref());
        for condition in conditions.chain(only_when) {
            let param = spec.param(&condition.param).expect("another test sees to it");
            assert!(param.literal, "{}.{} decides", spec.name, param.name);
        }
    });
}

#[test]
fn a_role_brings_what_goes_with_it() {
    each_spec(|spec| {
        let name = &spec.name;
        match spec.role {
            Role::Create => {
                assert!(spec.mints.is_some() && spec.revoke.is_some(), "{name}");
                assert!(spec.has_read && spec.has_undo, "{name}");
                assert!(spec.outputs.iter().any(|output| output.name == "id"), "{name}");
                assert_eq!(spec.mints == Some(Mints::Chosen), spec.chosen.is_some(), "{name}");
                assert_eq!(spec.mints == Some(Mints::Marker), spec.list.is_some(), "{name}");
            }
            Role::Store => assert!(spec.stores_at.is_some() && spec.read_back.is_some(), "{name}"),
            Role::Publish => {
                assert!(spec.publishes_to.is_some() && spec.read_back.is_some(), "{name}");
                assert!(spec.has_read && spec.has_undo, "{name}");
            }
            Role::Revoke => assert!(spec.revokes.is_some() && spec.has_read, "{name}"),
            Role::Read => assert!(!spec.has_read && !spec.has_undo, "{name}"),
            Role::Promote | Role::Notify | Role::Other => {}
        }
        assert!(!spec.pure || spec.role == Role::Other, "{name}");
    });
}

#[test]
fn what_lands_at_once_is_on_this_machine_and_all_else_that_may_land_later_says_how_late() {
    let mut at_once = Vec::new();
    let mut never_late = Vec::new();
    for step in registry().iter() {
        let spec = step.spec();
        let writes = spec.role != Role::Read && spec.role != Role::Promote && !spec.pure;
        match (spec.lands_at_once, spec.settle.0) {
            (true, late) => {
                assert_eq!(late, 0, "{} cannot be late", spec.name);
                at_once.push(spec.name.clone());
            }
            (false, 0) if writes => never_late.push(spec.name.clone()),
            (false, _) => {}
        }
    }
    let local = [
        "approval.wait",
        "file.remove",
        "file.write",
        "influxctl.profile.set",
        "wait",
        "workflow.run",
    ];
    assert_eq!(at_once, local);
    // An id that is revoked twice and a text that is told twice do no harm whenever they land.
    assert_eq!(never_late, ["influxctl.management.revoke", "notify.webhook"]);
}

#[test]
fn what_reads_back_has_parameters_of_the_same_names_and_a_secret() {
    let steps = registry();
    each_spec(|spec| {
        let Some(reader) = spec.read_back.as_ref().and_then(|name| steps.get(name)) else { return };
        let place = spec.publishes_to.as_ref().or(spec.stores_at.as_ref()).expect("it has a place");
        assert_eq!(reader.spec().reads_from.as_ref(), Some(place), "{}", spec.name);
        assert!(reader.spec().outputs.iter().any(|output| output.ty == Type::Secret));
    });
}

#[test]
fn a_secret_parameter_takes_nothing_else() {
    each_spec(|spec| {
        for param in &spec.params {
            let must = param.secrecy == Secrecy::Must;
            assert_eq!(must, param.ty == Type::Secret, "{}.{}", spec.name, param.name);
            assert!(!must || param.default.is_null(), "{}.{}", spec.name, param.name);
        }
    });
}

#[test]
fn a_secret_may_enter_just_here() {
    let mut doors = Vec::new();
    for step in registry().iter() {
        let spec = step.spec();
        let open = spec.params.iter().filter(|param| param.secrecy == Secrecy::May);
        doors.extend(open.map(|param| format!("{} {}", spec.name, param.name)));
    }
    let expected = [
        "exec.run stdin",
        "exec.run env",
        "file.write content",
        "http.request headers",
        "http.request json",
        "http.request form",
        "http.request body",
        "notify.webhook url",
        "notify.webhook headers",
    ];
    assert_eq!(doors, expected);
}

#[test]
fn every_step_of_the_contract_is_there_and_has_a_case() {
    let contract = [
        "influxctl.management.create",
        "influxctl.management.list",
        "influxctl.management.revoke",
        "influxctl.profile.set",
        "influxctl.profile.get",
        "influxctl.profile.token",
        "influxdb1.user.create",
        "influxdb1.user.drop",
        "influxdb1.login",
        "exec.run",
        "http.request",
        "file.read",
        "file.write",
        "file.remove",
        "secret.generate",
        "credential.promote",
        "assert",
        "wait",
        "approval.wait",
        "workflow.run",
        "log",
        "notify.webhook",
    ];
    let steps = registry();
    let names: BTreeSet<&str> = steps.names().collect();
    assert_eq!(names, contract.into_iter().collect());
    let cases: BTreeSet<&str> = cases::all().iter().map(|case| case.step).collect();
    assert_eq!(cases, contract.into_iter().collect());
}
