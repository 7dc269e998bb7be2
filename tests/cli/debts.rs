//! `debts pay` and `forgive`.

use insta::assert_snapshot;

use crate::support::{Place, ROTATION};

const RUN: [&str; 4] = ["run", "w.yaml", "--sandbox", "--yes"];
const DAY: u64 = 86_400;

fn place(text: &str) -> Place {
    let place = Place::with_faults("");
    place.write("w.yaml", text);
    place
}

fn debt(place: &Place) -> String {
    format!("{}.revoke_old", place.runs()[0].run)
}

/// Says how many tokens of the sandbox are revoked.
fn revoked(place: &Place) -> usize {
    let tokens = place.read(".cutover/sandbox/cloud/tokens.json");
    tokens.matches("\"revoked_at\": 1").count()
}

#[test]
fn what_is_due_is_paid_and_what_is_not_waits_unless_it_is_named() {
    let place = place(ROTATION);
    assert_snapshot!(place.cutover(&["debts", "pay"]).all(), @"
    exit 0
    --- err
    nothing is owed
    ");
    place.cutover(&RUN).ends(0);
    assert_snapshot!(place.cutover(&["debts", "pay", "--sandbox"]).all(), @"
    exit 0
    --- err
    nothing is due; next is [RUN1].revoke_old, on [MINUTE]
      Before its time: cutover debts pay [RUN1].revoke_old --sandbox
    ");
    assert_eq!(revoked(&place), 0);
    assert_snapshot!(place.later(DAY + 60, &["debts", "pay", "--sandbox"]).all(), @"
    exit 0
    --- err
    paid      [RUN1].revoke_old  [ID]… of influx-ci is revoked
    ");
    assert_eq!(revoked(&place), 1);
    assert_snapshot!(place.cutover(&["debts", "--sandbox"]).all(), @"
    exit 0
    --- out
    nothing is owed
    ");
    place.cutover(&RUN).ends(0);
    let id = debt(&place);
    let said = place.cutover(&["debts", "pay", &id[..9], "--sandbox"]).ends(0);
    assert!(said.err.contains("paid      [RUN2].revoke_old"), "{}", said.all());
    assert_eq!(revoked(&place), 2);
    let said = place.cutover(&["debts", "pay", &id, "--sandbox"]).ends(2);
    assert!(said.err.contains("is open"), "{}", said.all());
}

#[test]
fn the_debt_that_fell_due_first_is_paid_first_whatever_its_run_is_called() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    place.write("w.yaml", &ROTATION.replace("overlap: 24h", "overlap: 1h"));
    // Two hours later: the id of this run sorts behind the first one's, and its debt is due before.
    place.later(7200, &RUN).ends(0);
    assert!(place.runs()[0].run > place.runs()[1].run, "{:?}", place.runs());
    assert_snapshot!(place.later(2 * DAY, &["debts", "pay", "--sandbox"]).all(), @"
    exit 0
    --- err
    paid      [RUN2].revoke_old  [ID]… of influx-ci is revoked
    paid      [RUN1].revoke_old  [ID]… of influx-ci is revoked
    ");
}

#[test]
fn a_debt_that_needs_a_variable_says_so_and_stays_owed() {
    let text = ROTATION
        .replace("inputs:\n", "inputs:\n  hook: { type: secret, from: { env: ACME_TOKEN } }\n");
    let check = "  - id: verify\n    uses: exec.run\n    verifies: publish\n    with: { argv: [\"true\"], \
                 reads: true, env: { T: \"{{ inputs.hook }}\" } }\n";
    let at = text.find("  - id: promote").expect("it promotes");
    let cut = text.find("  - id: verify").expect("it verifies");
    let text = format!("{}{check}{}", &text[..cut], &text[at..]);
    let place = place(&text);
    let run = place.command(&RUN).env("ACME_TOKEN", "a-token-of-acme-0123456789").output();
    assert!(run.expect("it runs").status.success());
    assert_snapshot!(place.later(DAY + 60, &["debts", "pay", "--sandbox"]).all(), @"
    exit 1
    --- err
    not paid  [RUN1].revoke_old  needs env ACME_TOKEN; export ACME_TOKEN, then: cutover debts pay [RUN1].revoke_old --sandbox
    ");
    assert_snapshot!(place.later(DAY + 60, &["debts", "--sandbox"]).all(), @"
    exit 0
    --- out
    DEBT                CREDENTIAL  REVOKES  STATE  DUE                     WHY
    [RUN1].revoke_old  influx-ci   [ID]…    owed   [DAY] (1 min ago)  needs env ACME_TOKEN
    ");
    let mut again = place.command(&["debts", "pay", &debt(&place), "--sandbox"]);
    let paid = again.env("ACME_TOKEN", "a-token-of-acme-0123456789").output().expect("it runs");
    assert!(paid.status.success(), "{}", String::from_utf8_lossy(&paid.stderr));
    assert_eq!(revoked(&place), 1);
}

#[test]
fn what_the_place_does_not_hold_any_more_is_not_revoked() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    let config = ".cutover/sandbox/home/.config/influxctl/config.toml";
    let text = place.read(config);
    let value = text.rsplit("mgmt_token = \"").next().and_then(|rest| rest.split('"').next());
    let value = value.expect("ci has a token");
    place.write(config, &text.replace(value, "another"));
    assert_snapshot!(place.later(DAY + 60, &["debts", "pay", "--sandbox"]).all(), @"
    exit 1
    --- err
    not paid  [RUN1].revoke_old  `publish`: influxctl profile ~/.config/influxctl/config.toml ci does not hold what is current; when that is mended: cutover debts pay [RUN1].revoke_old --sandbox
    ");
    assert_eq!(revoked(&place), 0);
    let said = place.later(DAY + 60, &["debts", "pay", "--sandbox", "--output", "json"]).ends(1);
    assert!(said.out.contains("\"state\":\"held\""), "{}", said.all());
}

#[test]
fn a_debt_is_forgiven_only_by_a_person_who_says_why() {
    let place = place(ROTATION);
    place.cutover(&RUN).ends(0);
    let id = debt(&place);
    place.cutover(&["debts", "forgive", &id, "--sandbox"]).ends(2);
    assert_snapshot!(place.cutover(&["debts", "forgive", &id, "--reason", "x", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: what is forgiven is never revoked, and nobody says yes
      Say it beforehand: cutover debts forgive [RUN1].revoke_old --reason .. --yes --sandbox
    ");
    let why = ["debts", "forgive", &id, "--reason", "it is shared", "--sandbox", "--yes"];
    assert_snapshot!(place.cutover(&why).all(), @"
    exit 0
    --- err
    forgiven   [RUN1].revoke_old   [ID]… is not revoked: it is shared
    ");
    assert_eq!(place.cutover(&["debts", "--sandbox"]).out, "nothing is owed\n");
    place.later(DAY + 60, &["debts", "pay", "--sandbox"]).ends(0);
    assert_eq!(revoked(&place), 0);
}
