//! A create that ended oddly: what it made all the same is looked for and taken back.

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];

const COUNT: &str = r#"version: 1
name: count
steps:
  - { id: t, uses: influxctl.management.list, with: { profile: admin, active: true } }
outputs:
  live: "{{ len steps.t.tokens }}"
"#;

fn live(place: &Place) -> String {
    place.write("count.yaml", COUNT);
    let said = place.cutover(&["run", "count.yaml", "--sandbox", "--yes", "--output", "json"]);
    let run: serde_json::Value = serde_json::from_str(&said.ends(0).raw).expect("it is JSON");
    run["outputs"]["live"].to_string()
}

#[test]
fn what_a_create_made_that_failed_oddly_or_printed_two_values_is_taken_back() {
    for (fault, why) in [
        ("odd", "failed with exit code 1"),
        ("odd_before", "failed with exit code 1"),
        ("twice", "influxctl printed two values, and which of them is the token is not known"),
        ("lost", "the service did not answer"),
    ] {
        let place = Place::with_faults(&format!("create = [\"{fault}\"]"));
        place.write("w.yaml", ROTATION);
        let said = place.cutover(&RUN).ends(1);
        assert!(said.err.contains(why), "{fault}: {}", said.all());
        assert!(said.err.contains("nothing is left in the world"), "{fault}: {}", said.all());
        assert_eq!(live(&place), "2", "{fault}: the admin's and the old one");
        place.cutover(&RUN).ends(0);
    }
}

#[test]
fn a_program_that_prints_a_secret_it_was_given_fails_with_the_way_out() {
    let place = Place::with_faults("");
    let text = r#"version: 1
name: echo
steps:
  - id: value
    uses: secret.generate
  - id: show
    uses: exec.run
    with: { argv: [cat], stdin: "{{ steps.value.value }}", output: text }
"#;
    place.write("w.yaml", text);
    let said = place.cutover(&RUN).ends(1);
    let shown = "`stdout` would show the secret `steps.value.value`";
    assert!(said.err.contains(shown), "{}", said.all());
    assert!(said.err.contains("output: secret"), "{}", said.all());
    assert_eq!(
        place.runs()[0].status.map(|status| format!("{status:?}")).as_deref(),
        Some("Failed")
    );
    place.write("w.yaml", &text.replace("output: text", "output: secret"));
    place.cutover(&RUN).ends(0);
}
