//! Tests of how credentials are shown.

use cutover_engine::event::{Debt, DebtState, Identity};
use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::Map;
use cutover_host::journal::Credential;
use insta::assert_snapshot;

use super::{Row, Standing};
use crate::inventory::{Found, Inventory, Kind};
use crate::providers::Listed;

const DAY: u64 = 86_400;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").expect("a moment")
}

fn credential(name: &str, days: Option<u64>) -> Row {
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
    Row { known, before: None, ghost: false, damaged: false }
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
    assert_snapshot!(stripped(&super::list(&rows, None, now(), Some(100))), @"
    NAME             STATE          ID     PREFIX     EXPIRES            IN USE AT
    influx-ci-prod   ok             b71c…  M.V1.9qTz  2026-12-24 (29 d)  profile ci-prod
    influx-ci-stage  due            b71c…  M.V1.9qTz  2026-12-01 (6 d)   profile ci-prod
    influx-old       due            b71c…  M.V1.9qTz  2026-11-27 (2 d)   profile ci-prod
    influx-root      never-expires  b71c…  M.V1.9qTz  never              profile ci-prod
    ");
}

#[test]
fn of_many_places_a_terminal_shows_the_first_and_a_pipe_all() {
    let mut row = credential("influx-ci-prod", Some(29));
    let places = ["profile ci-prod", "file ~/.config/influxctl/a-folder-with-a-name/ci.token"];
    row.known.identity.places = places.map(str::to_owned).to_vec();
    let on_terminal = stripped(&super::list(std::slice::from_ref(&row), None, now(), Some(100)));
    assert!(on_terminal.ends_with("  profile ci-prod +1\n"), "{on_terminal}");
    let in_pipe = stripped(&super::list(&[row], None, now(), None));
    assert!(in_pipe.ends_with(&format!("  {}\n", places.join(", "))), "{in_pipe}");
}

#[test]
fn the_worst_credential_decides_the_exit_code() {
    let code = |rows: &[Row]| super::exit(rows, now()).code();
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&[credential("a", None), credential("b", Some(20))]), 0);
    assert_eq!(code(&[credential("a", Some(5)), credential("b", Some(20))]), 10);
    assert_eq!(code(&[credential("a", Some(5)), credential("b", Some(1))]), 11);
    let ghost = Row { ghost: true, ..credential("a", Some(20)) };
    assert_eq!(code(&[ghost]), 11);
}

#[test]
fn a_workflow_says_itself_when_its_credential_is_due() {
    let before = Some(Duration::seconds(2 * DAY));
    let row = Row { before, ..credential("a", Some(6)) };
    assert_eq!(Standing::of(&row, now()), Standing::Ok);
    let mut young = credential("a", Some(20));
    young.known.identity.created_at = Some(now() - Duration::seconds(DAY));
    assert_eq!(Standing::of(&young, now() + Duration::seconds(17 * DAY)), Standing::Ok);
    assert_eq!(Standing::of(&young, now() + Duration::seconds(18 * DAY)), Standing::Due, "a tenth");
    let mut dead = credential("a", Some(0));
    dead.known.identity.expires_at = Some(now());
    assert_eq!(Standing::of(&dead, now()), Standing::Expired);
}

#[test]
fn a_page_of_a_credential_names_what_is_owed_of_it() {
    let page = super::page(
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

#[test]
fn what_providers_list_beside_the_state_stands_below_it() {
    let found = |kind: Kind, expires_at: Option<Timestamp>| {
        let id = "c0de0a52-77aa-4d2e-9c11-03".to_owned();
        let prefix = Some("M.V1.71Hd".to_owned());
        Found { kind, listed: Listed { id, prefix, expires_at, live: true, marker: None } }
    };
    let orphan = Kind::Orphan {
        marker: "cutover-1f0a77c2-h22x-8e21c04d".to_owned(),
        run: "h22x".to_owned(),
        standing: "abandoned",
    };
    let end = Some(now() + Duration::seconds(DAY));
    let beside = Inventory {
        found: vec![
            found(Kind::Managed { credential: "influx-ci-prod".to_owned() }, None),
            found(Kind::Owed { debt: "k3f9.revoke_old".to_owned() }, end),
            found(orphan, None),
            found(Kind::Unmanaged, None),
        ],
        ..Inventory::default()
    };
    let ghost = Row { ghost: true, ..credential("influx-ci-stage", Some(9)) };
    let rows = [credential("influx-ci-prod", Some(29)), ghost];
    assert_snapshot!(stripped(&super::list(&rows, Some(&beside), now(), Some(110))), @"
    NAME             STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci-prod   ok     b71c…  M.V1.9qTz  2026-12-24 (29 d)  profile ci-prod
    influx-ci-stage  ghost  b71c…  M.V1.9qTz  2026-12-04 (9 d)   the provider does not list it as live
    (owed)           live   c0de…  M.V1.71Hd  2026-11-26 (1 d)   revoked by k3f9.revoke_old
    (orphan)         live   c0de…  M.V1.71Hd  never              marked by run h22x, abandoned
    (unmanaged)      live   c0de…  M.V1.71Hd  never              no marker of ours
    ");
    let json = super::found_json(&beside);
    assert_eq!(json[2]["run"], "h22x");
    assert_eq!(json[0]["credential"], "influx-ci-prod");
}
