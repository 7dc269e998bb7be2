//! Tests of the lists.

use cutover_engine::event::{Debt, DebtState, Status};
use cutover_engine::spec::Role;
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use cutover_host::journal::{OpenAttempt, RunRow};
use insta::assert_snapshot;

const DAY: u64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").expect("a moment")
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
}
