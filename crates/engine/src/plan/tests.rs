//! Inputs, the credential, and the order of steps.

use super::{order, plan};
use crate::check::testing::checked;
use crate::disk::to_json;
use crate::time::{Duration, Timestamp};
use crate::types::Type;
use crate::value::{Handle, Map, Unknown, Value};

const WORKFLOW: &str = r#"
version: 1
name: inputs
inputs:
  environment: { type: string, enum: [staging, prod], description: Where it is used. }
  name: { type: string, pattern: "[a-z]+", default: ci }
  count: { type: integer, default: 3 }
  share: { type: number, default: 0.5 }
  dry: { type: boolean, default: false }
  within: { type: duration, default: 14d }
  since: { type: timestamp, required: false }
  hosts: { type: list(string), default: [a] }
  labels: { type: map(string), default: {} }
  password: { type: secret, from: { env: PASSWORD } }
  pin: { type: secret }
credential: { name: "influx-{{ inputs.environment }}", owner: "{{ inputs.name }}", overlap: 24h }
steps:
  - { id: create, uses: fake.create, with: { description: x } }
  - { id: works, uses: fake.list, verifies: create, with: { token: "{{ steps.create.token }}" } }
  - { id: store, uses: fake.store, with: { path: x, value: "{{ steps.create.token }}" } }
  - { id: get, uses: fake.get, with: { path: x } }
  - { id: proof, uses: fake.list, verifies: store, with: { token: "{{ steps.get.value }}" } }
  - { id: promote, uses: credential.promote }
  - { id: old, uses: fake.revoke, when: credential.old, with: { token_id: "{{ credential.old.id }}" } }
"#;

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns one input as JSON, with the environment given.
fn input(name: &str, value: impl Into<Value>) -> String {
    let given = map([("environment", "prod".into()), (name, value.into())]);
    match plan(&checked(WORKFLOW), &given) {
        Ok(plan) => to_json(&plan.inputs()[name]).to_string(),
        Err(wrong) => wrong.iter().map(|e| format!("{} ({})\n", e.message, e.help)).collect(),
    }
}

fn sealed(origin: &str) -> Value {
    Handle { id: 7, origin: origin.to_owned() }.into()
}

#[test]
fn text_from_a_command_line_becomes_what_the_input_is() {
    assert_eq!(input("count", "12"), "12");
    assert_eq!(input("share", "0.25"), "0.25");
    assert_eq!(input("dry", "true"), "true");
    assert_eq!(input("within", "1d12h"), "\"1d12h\"");
    assert_eq!(input("since", "2026-12-01T00:00:00Z"), "\"2026-12-01T00:00:00Z\"");
    assert_eq!(input("hosts", "[\"a\", \"b\"]"), "[\"a\",\"b\"]");
    assert_eq!(input("labels", "{\"a\": \"b\"}"), "{\"a\":\"b\"}");
    assert_eq!(input("name", "prod"), "\"prod\"");
}

#[test]
fn values_of_a_document_and_of_a_journal_are_taken_as_they_are() {
    assert_eq!(input("count", 12), "12");
    assert_eq!(input("dry", true), "true");
    assert_eq!(input("within", Value::Duration(Duration::seconds(90))), "\"1m30s\"");
    assert_eq!(input("since", Timestamp(1000)), "\"1970-01-01T00:00:01Z\"");
    assert_eq!(input("hosts", Value::List(vec!["x".into()])), "[\"x\"]");
    assert_eq!(input("password", sealed("inputs.password")), "{\"secret\":\"inputs.password\"}");
}

#[test]
fn what_does_not_fit_says_so() {
    assert!(input("count", "many").contains("input `count`: the text `many` stands where a whole"));
    assert!(input("count", Value::Float(1.5)).contains("1.5 is not a whole number"));
    assert!(input("within", "soon").contains("`soon` is not a duration"));
    assert!(input("hosts", "a, b").contains("stands where a list of string is wanted"));
    assert!(input("name", 12).contains("the number 12 stands where text is wanted"));
    assert!(input("name", "CI").contains("does not match its pattern (it has to match `[a-z]+`"));
    assert!(input("name", "ci1").contains("does not match its pattern"), "the whole must match");
}

#[test]
fn a_secret_is_never_taken_as_a_plain_value_and_never_shown() {
    for name in ["password", "pin"] {
        let wrong = input(name, "fake-and-plain");
        assert!(
            wrong.contains(&format!("input `{name}` is a secret and is never taken")),
            "{wrong}"
        );
        assert!(!wrong.contains("fake-and-plain"), "{wrong}");
    }
    assert!(input("password", "x").contains("the workflow says where it comes from"));
}

#[test]
fn a_secret_that_is_not_there_yet_is_an_unknown() {
    let plan = plan(&checked(WORKFLOW), &map([("environment", "prod".into())]));
    let unknown = Unknown { from: "inputs.password".to_owned(), ty: Type::Secret };
    assert_eq!(plan.expect("it is right").inputs()["password"], Value::Unknown(unknown));
}

#[test]
fn defaults_fill_what_is_not_given_and_null_is_not_given() {
    assert_eq!(input("count", Value::Null), "3");
    assert_eq!(input("within", Value::Null), "\"14d\"");
    assert_eq!(input("since", Value::Null), "null");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let given =
        map([("enviroment", "prod".into()), ("count", "many".into()), ("nonsense", 1.into())]);
    let wrong = plan(&checked(WORKFLOW), &given).err().expect("it is wrong");
    let lines: Vec<String> =
        wrong.iter().map(|e| format!("{}: {} ({})", e.input, e.message, e.help)).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with(": `enviroment` is not an input"), "{lines:?}");
    assert!(lines[0].contains("did you mean `environment`?"), "{lines:?}");
    assert!(lines[1].contains("it takes `environment`, `name`"), "{lines:?}");
    assert!(lines[2].contains("input `environment` is missing (Where it is used)"), "{lines:?}");
    assert!(lines[2].contains("--input environment=staging"), "{lines:?}");
    assert!(lines[3].starts_with("count: input `count`"), "{lines:?}");
}

#[test]
fn a_choice_comes_with_the_nearest_one() {
    let given = map([("environment", "prd".into())]);
    let wrong = plan(&checked(WORKFLOW), &given).err().expect("it is wrong");
    assert_eq!(wrong[0].help, "did you mean `prod`?");
    let given = map([("environment", "elsewhere".into())]);
    let wrong = plan(&checked(WORKFLOW), &given).err().expect("it is wrong");
    assert_eq!(wrong[0].help, "it is one of `staging`, `prod`");
}

#[test]
fn the_credential_is_named_by_the_inputs() {
    let plan = plan(&checked(WORKFLOW), &map([("environment", "prod".into())])).ok();
    let credential = plan.as_ref().and_then(|plan| plan.credential()).expect("there is one");
    assert_eq!(credential.name, "influx-prod");
    assert_eq!(credential.owner.as_deref(), Some("ci"));
    assert_eq!(credential.overlap, Duration::seconds(86_400));
    assert_eq!(credential.lifetime, None);
}

#[test]
fn a_credential_without_a_name_is_refused() {
    let workflow = WORKFLOW.replacen("influx-{{ inputs.environment }}", "{{ inputs.name }}", 1);
    let workflow = workflow.replacen("pattern: \"[a-z]+\", ", "", 1);
    let given = |name: &str| map([("environment", "prod".into()), ("name", name.into())]);
    for (name, words) in [("", "is empty"), ("a\nb", "a line break"), (&"x".repeat(200), "200")] {
        let wrong = plan(&checked(&workflow), &given(name)).err().expect("it is wrong");
        assert!(wrong[0].message.contains(words), "{wrong:?}");
    }
}

#[test]
fn steps_run_in_written_order_where_nothing_else_is_said() {
    let text = "version: 1\nname: test\nsteps:
  - { id: a, uses: log, needs: [d], with: { message: x } }
  - { id: b, uses: log, needs: [], with: { message: x } }
  - { id: c, uses: log, needs: [b], with: { message: x } }
  - { id: d, uses: log, needs: [], with: { message: x } }";
    assert_eq!(order(&checked(text)), [1, 2, 3, 0]);
}
