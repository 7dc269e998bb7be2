//! Tests of the lists.

use cutover_engine::event::{Debt, DebtState, Identity, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use cutover_host::journal::{Credential, OpenAttempt, RunRow};
use insta::assert_snapshot;

use super::{CredentialRow, Standing};

const DAY: u64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").expect("a moment")
}

fn credential(name: &str, days: Option<u64>) -> CredentialRow {
    let current = Identity {
        id: "b71c0a52-77aa-4d2e-9c11-01".to_owned(),
        prefix: Some("M.V1.9qTz".to_owned()),
        expires_at: days.map(|days| now() + Duration::seconds(days * DAY + 60)),
        run: Some("k3f9".to_owned()),
        places: vec!["profile ci-prod".to_owned()],
        ..Identity::default()
    };
    let known = Credential {
        name: name.to_owned(),
        owner: Some("team-metrics".to_owned()),
        workflow: "rotate-influx-ci".to_owned(),
        run: "k3f9".to_owned(),
        promoted_at: now(),
        identity: current,
    };
    CredentialRow { known, before: None }
}

fn debt(due: Timestamp) -> Debt {
    Debt {
        id: "k3f9.revoke_old".to_owned(),
        credential: "influx-ci-prod".to_owned(),
        run: "k3f9".to_owned(),
        step: "revoke_old".to_owned(),
        uses: "influxctl.management.revoke".to_owned(),
        with: Map::new(),
        target: "8d3f0a52-77aa-4d2e-9c11-02".to_owned(),
        after: Duration::seconds(DAY),
        due: Some(due),
        state: DebtState::Owed,
        proofs: Vec::new(),
        reason: String::new(),
    }
}

fn stripped(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn credentials_stand_in_columns_with_how_they_stand() {
    let rows = [
        credential("influx-ci-prod", Some(29)),
        credential("influx-ci-stage", Some(6)),
        credential("influx-old", Some(2)),
        credential("influx-root", None),
    ];
    assert_snapshot!(stripped(&super::credentials(&rows, now(), Some(100))), @"
    NAME             STATE    ID     PREFIX     EXPIRES            IN USE AT
    influx-ci-prod   ok       b71c…  M.V1.9qTz  2026-12-24 (29 d)  profile ci-prod
    influx-ci-stage  due      b71c…  M.V1.9qTz  2026-12-01 (6 d)   profile ci-prod
    influx-old       overdue  b71c…  M.V1.9qTz  2026-11-27 (2 d)   profile ci-prod
    influx-root      ok       b71c…  M.V1.9qTz  never              profile ci-prod
    ");
}

#[test]
fn of_many_places_a_terminal_shows_the_first_and_a_pipe_all() {
    let mut row = credential("influx-ci-prod", Some(29));
    let places = ["profile ci-prod", "file ~/.config/influxctl/a-folder-with-a-name/ci.token"];
    row.known.identity.places = places.map(str::to_owned).to_vec();
    let on_terminal = stripped(&super::credentials(std::slice::from_ref(&row), now(), Some(100)));
    assert!(on_terminal.ends_with("  profile ci-prod +1\n"), "{on_terminal}");
    let in_pipe = stripped(&super::credentials(&[row], now(), None));
    assert!(in_pipe.ends_with(&format!("  {}\n", places.join(", "))), "{in_pipe}");
}

#[test]
fn the_worst_credential_decides_the_exit_code() {
    let code = |rows: &[CredentialRow]| super::exit(rows, now()).code();
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&[credential("a", None), credential("b", Some(20))]), 0);
    assert_eq!(code(&[credential("a", Some(10)), credential("b", Some(20))]), 10);
    assert_eq!(code(&[credential("a", Some(10)), credential("b", Some(1))]), 11);
}

#[test]
fn a_workflow_says_itself_when_its_credential_is_due() {
    let before = Some(Duration::seconds(2 * DAY));
    let row = CredentialRow { before, ..credential("a", Some(6)) };
    assert_eq!(Standing::of(&row, now()), Standing::Ok);
    let mut dead = credential("a", Some(0));
    dead.known.identity.expires_at = Some(now());
    assert_eq!(Standing::of(&dead, now()), Standing::Expired);
}

#[test]
fn a_page_of_a_credential_names_what_is_owed_of_it() {
    let page = super::credential_page(
        &credential("influx-ci-prod", Some(29)),
        &[debt(now() + Duration::seconds(7_300))],
        now(),
    );
    assert_snapshot!(stripped(&page), @"
    influx-ci-prod   ok

      owner      team-metrics
      workflow   rotate-influx-ci
      id         b71c0a52-77aa-4d2e-9c11-01
      prefix     M.V1.9qTz
      expires    2026-12-24 (29 d)
      in use at  profile ci-prod
      made by    run k3f9, 2026-11-25 12:00 UTC
      owed   revoke 8d3f…, 2026-11-25 (2 h)
    ");
}

fn run(run: &str, status: Option<Status>, open: &[OpenAttempt], alive: bool) -> RunRow {
    RunRow {
        run: run.to_owned(),
        workflow: "rotate-influx-ci".to_owned(),
        file: "rotate.yaml".to_owned(),
        credential: Some("influx-ci-prod".to_owned()),
        owner: None,
        machine: "here".to_owned(),
        started_at: now(),
        last_at: now() + Duration::seconds(34),
        ended_at: None,
        status,
        error: None,
        events: 7,
        open: open.to_vec(),
        alive,
    }
}

#[test]
fn runs_and_debts_stand_in_columns() {
    let open = OpenAttempt {
        step: "create".to_owned(),
        attempt: 1,
        uses: "influxctl.management.create".to_owned(),
        role: Role::Create,
        marker: Some("cutover-1f0a77c2-k3f9-8e21c04d".to_owned()),
        writes: true,
        lost: false,
        at: now(),
    };
    let rows = [
        run("m1q2", None, std::slice::from_ref(&open), true),
        run("k3f9", None, &[open], false),
        run("h22x", Some(Status::Succeeded), &[], false),
    ];
    assert_snapshot!(stripped(&super::runs(&rows, 110)), @"
    RUN   WORKFLOW          CREDENTIAL      STARTED               TOOK  STATUS
    m1q2  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   running in `create`
    k3f9  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   unfinished in `create`
    h22x  rotate-influx-ci  influx-ci-prod  2026-11-25 12:00 UTC  34s   succeeded
    ");
    assert_snapshot!(stripped(&super::debts(&[debt(now())], now() + Duration::seconds(60), 100)), @"
    DEBT             CREDENTIAL      REVOKES  STATE  DUE                     WHY
    k3f9.revoke_old  influx-ci-prod  8d3f…    owed   2026-11-25 (1 min ago)
    ");
}

#[test]
fn empty_lists_say_so() {
    assert_eq!(super::runs(&[], 80), "no run yet\n");
    assert_eq!(super::debts(&[], now(), 80), "nothing is owed\n");
    assert!(super::credentials(&[], now(), Some(80)).starts_with("no credential yet"));
}
