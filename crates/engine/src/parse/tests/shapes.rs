//! The rest of the file: version, names, credential, plugins, defaults, triggers.

use super::{accepted, each_finds, found, with_top};
use crate::time::Duration;
use crate::workflow::Workflow;

fn top(lines: &str) -> Workflow {
    accepted(&with_top(lines))
}

#[test]
fn a_credential_has_its_parts() {
    let credential = top("credential: {name: 'a-{{ inputs.b }}', owner: me, lifetime: 30d, overlap: 0s, in_use: steps.z.id}").credential.expect("it is written");
    assert!(credential.name.literal().is_none());
    assert_eq!(credential.owner.and_then(|owner| owner.literal()), Some("me".into()));
    assert_eq!(credential.lifetime.expect("it is written").value, Duration::seconds(30 * 86_400));
    assert_eq!(credential.overlap.expect("it is written").value, Duration(0));
    assert!(credential.in_use.is_some());
}

#[test]
fn a_plugin_has_a_path_and_what_it_may_reach() {
    let workflow = top(
        "plugins: {p-1: {path: ../p, config: {a: 1}, allow: {http: [x.example], reads: [GET /]}}}",
    );
    let plugin = &workflow.plugins["p-1"];
    assert_eq!(plugin.path.value, "../p");
    assert_eq!(plugin.config["a"].literal(), Some(1.into()));
    assert_eq!(plugin.allow["reads"][0].value, "GET /");
    assert_eq!(plugin.allow.keys().collect::<Vec<_>>(), ["http", "reads"]);
}

#[test]
fn triggers_have_a_schedule_and_an_expiry() {
    let triggers = top("triggers: {schedule: {cron: '*/10 0-6,12 1 jan-mar MON'}, expiry: {before: 7d, jitter: 1h}}").triggers;
    let (cron, timezone) = triggers.schedule.expect("it is written");
    assert_eq!((cron.value.as_str(), timezone), ("*/10 0-6,12 1 jan-mar MON", None));
    let (before, jitter) = triggers.expiry.expect("it is written");
    assert_eq!(
        (before.value, jitter),
        (Duration::seconds(7 * 86_400), Some(Duration::seconds(3600)))
    );
}

#[test]
fn what_is_not_written_has_its_default() {
    let workflow = top("");
    assert_eq!(workflow.max_parallel, 16);
    assert!(workflow.defaults.timeout.is_none() && workflow.defaults.retry.is_none());
    assert!(workflow.credential.is_none() && workflow.triggers.schedule.is_none());
}

#[test]
fn an_empty_mapping_is_as_if_it_was_not_written() {
    top("inputs:\nplugins:\noutputs:\ndefaults:\ntriggers:\non_failure:\nfinally:");
}

#[test]
fn a_key_of_the_authors_own_may_hold_anything() {
    top("x-any: {a: [1, {b: 12345678901}], 'c d': ~}");
}

/// What stands there, and how its one finding begins.
const WRONG_TOPS: &[(&str, &str)] = &[
    ("credential: {owner: a}", "K02 3:14 `credential` needs `name`"),
    ("credential: {name: 5}", "K04 3:20 `name` is text"),
    ("credential: {name: ' '}", "K05 3:20 `name` of the credential is empty"),
    (
        "credential: {name: a, ttl: 30d}",
        "K01 3:23 `ttl` is not a key of `credential` (it is called `lifetime`)",
    ),
    ("credential: {name: a, lifetime: 0s}", "K08 3:33 `lifetime` is zero"),
    ("credential: {name: a, lifetime: 1 month}", "K07 3:33 `lifetime` is a length of time"),
    ("credential: {name: a, in_use: 5}", "K03 3:31 `in_use` is one expression"),
    ("credential: a", "K03 3:13 `credential` is a mapping"),
    ("plugins: {p: ../p}", "K03 3:14 a plugin is a mapping"),
    ("plugins: {p: {}}", "K02 3:14 a plugin needs `path`"),
    (
        "plugins: {p: {path: a, allow: {net: [a]}}}",
        "K01 3:32 `net` is not a key of `allow` (it is called `http`)",
    ),
    ("plugins: {p: {path: a, allow: {http: a}}}", "K03 3:38 `http` is a list"),
    ("plugins: {p: {path: a, config: [a]}}", "K03 3:32 `config` is a mapping"),
    ("defaults: {timeout: 1}", "K07 3:21 `timeout` is a length"),
    ("defaults: {on_error: fail}", "K01 3:12 `on_error` is not a key of `defaults`"),
    ("max_parallel: many", "K03 3:15 `max_parallel` is a whole number"),
    ("max_parallel: 99999999999", "K08 3:15 `max_parallel` is one or more"),
    ("outputs: {'a b': 1}", "K06 3:11 `a b` is no name for an output"),
    ("outputs: [a]", "K03 3:10 `outputs` is a mapping"),
    ("description: 5", "K04 3:14 `description` is text"),
    (
        "on: push",
        "K01 3:1 `on` is not a key of a workflow (what starts a workflow is under `triggers`)",
    ),
    ("env: {A: b}", "K01 3:1 `env` is not a key of a workflow (there is no environment"),
    ("triggers: {cron: a}", "K01 3:12 `cron` is not a key of `triggers` (write `schedule"),
    ("triggers: {schedule: daily}", "K03 3:22 `schedule` is a mapping"),
    (
        "triggers: {schedule: {cron: '0 3 * * *', timezone: Berlin}}",
        "K15 3:52 `Berlin` is not the name of a time zone (did you mean `Europe/Berlin`?)",
    ),
    (
        "triggers: {schedule: {cron: '0 3 * * *', timezone: Mars/Olympus}}",
        "K15 3:52 `Mars/Olympus` is not the name of a time zone (write it as `Europe/Berlin`",
    ),
    ("triggers: {schedule: {cron: '0 3 * * *', timezone: 2}}", "K04 3:52 `timezone` is text"),
    ("triggers: {expiry: {}}", "K02 3:20 `expiry` needs `before`"),
    ("triggers: {expiry: {before: 0s}}", "K08 3:29 `before` is zero"),
];

#[test]
fn what_is_wrong_at_the_top_is_said_in_one_finding() {
    each_finds(WRONG_TOPS, with_top);
}

#[test]
fn version_and_name_have_one_form() {
    let whole = |head: &str| format!("{head}\nsteps: [{{id: a, uses: log}}]\n");
    let long = format!("version: 1\nname: {}", "a".repeat(65));
    let cases = [
        ("name: a", "K02 1:1 a workflow needs `version`"),
        (
            "version: 2\nname: a",
            "K11 1:10 `version` is 1, and this is `2` (this needs a newer Cutover",
        ),
        ("version: 1.0\nname: a", "K11 1:10 `version` is 1, and this is `1.0`"),
        ("version: '1'\nname: a", "K11 1:10 `version` is 1, and this is `1` (take the quotes off"),
        ("version: [1]\nname: a", "K03 1:10 `version` is the number 1, and this is a list"),
        ("version: 1", "K02 1:1 a workflow needs `name`"),
        ("version: 1\nname: 1a", "K06 2:7 `1a` is no name for a workflow"),
        (
            "version: 1\nname: a_b",
            "K06 2:7 `a_b` is no name for a workflow (lower-case letters, digits and dashes, a letter first, at most 64: `a-b`)",
        ),
        ("version: 1\nname: yes!", "K06 2:7"),
        ("version: 1\nname: true", "K04 2:7 `name` is text"),
        (long.as_str(), "K06 2:7"),
    ];
    each_finds(&cases, whole);
    assert_eq!(found(&whole(&format!("version: 1\nname: {}", "a".repeat(64)))), "");
}

#[test]
fn cron_lines_are_read_field_by_field() {
    let whole = |cron: &str| with_top(&format!("triggers: {{schedule: {{cron: '{cron}'}}}}"));
    for fine in [
        "* * * * *",
        "0 3 * * 1",
        "*/5 8-18/2 1,15 */2 mon-fri",
        "59 23 31 12 7",
        "0 0 29 feb *",
        "0  0\t1 JAN *",
        "0 0 31 2 1",
    ] {
        assert_eq!(found(&whole(fine)), "", "{fine}");
    }
    let cases = [
        ("@daily", "K15 3:29 names such as `@daily` are not read here"),
        ("", "K15 3:29 a cron line has five fields, and this one has 0"),
        ("0 3 * *", "K15 3:29 a cron line has five fields, and this one has 4"),
        ("0 0 3 * * *", "K15 3:29 a cron line has five fields, and this one has 6"),
        ("60 3 * * *", "K15 3:29 `60` is no minute of a cron line (it goes from 0 to 59)"),
        ("0 24 * * *", "K15 3:29 `24` is no hour"),
        ("0 0 0 * *", "K15 3:29 `0` is no day of the month"),
        (
            "0 0 * 13 *",
            "K15 3:29 `13` is no month of a cron line (it goes from 1 to 12, or `jan` to `dec`)",
        ),
        ("0 0 * * 8", "K15 3:29 `8` is no day of the week"),
        ("0 0 * * funday", "K15 3:29 `funday` is no day of the week"),
        ("0 0 ? * *", "K15 3:29 `?` is no day of the month"),
        ("+5 0 * * *", "K15 3:29 `+5` is no minute"),
        ("1,,2 0 * * *", "K15 3:29 `` is no minute"),
        ("30-10 0 * * *", "K15 3:29 `30-10` is no minute of a cron line (a range goes upwards)"),
        ("*/0 0 * * *", "K15 3:29 `*/0` is no minute"),
        ("*/ 0 * * *", "K15 3:29 `*/` is no minute"),
        ("0 0 31 2 *", "K15 3:29 no day of these months is the 31"),
        ("0 0 31 4,6 *", "K15 3:29 no day of these months is the 31"),
    ];
    each_finds(&cases, whole);
}
