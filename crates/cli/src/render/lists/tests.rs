//! Tests of the lists.

use std::collections::BTreeSet;

use cutover_engine::event::{Debt, DebtState};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
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

#[test]
fn debts_stand_in_columns() {
    assert_snapshot!(stripped(&super::debts(&[debt(now())], &BTreeSet::new(), now() + Duration::seconds(60), 100)), @"
    DEBT             CREDENTIAL      REVOKES  STATE  DUE                     WHY
    k3f9.revoke_old  influx-ci-prod  8d3f…    owed   2026-11-25 (1 min ago)
    ");
}

#[test]
fn empty_lists_say_so() {
    assert_eq!(super::debts(&[], &BTreeSet::new(), now(), 80), "nothing is owed\n");
}
