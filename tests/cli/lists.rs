//! Lists: runs, credentials, debts.

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION};

#[test]
fn without_a_state_every_list_is_empty_and_nothing_is_made() {
    let place = Place::new();
    assert_snapshot!(place.cutover(&["runs"]).all(), @"
    exit 0
    --- out
    no run yet
    ");
    assert_snapshot!(place.cutover(&["credentials"]).all(), @"
    exit 0
    --- out
    no credential yet: a run that promotes one makes it known
    ");
    assert_snapshot!(place.cutover(&["debts"]).all(), @"
    exit 0
    --- out
    nothing is owed
    ");
    for (list, key) in [("runs", "runs"), ("credentials", "credentials"), ("debts", "debts")] {
        let said = place.cutover(&[list, "--output", "json"]).ends(0);
        assert_eq!(said.out, format!("{{\"{key}\":[]}}\n"));
    }
    assert_snapshot!(place.cutover(&["runs", "show", "k3f9"]).all(), @"
    exit 2
    --- err
    error: there is no run `k3f9`
      All runs: cutover runs
    ");
    assert_snapshot!(place.cutover(&["abandon", "--last"]).all(), @"
    exit 2
    --- err
    error: no run is unfinished
      All runs: cutover runs
    ");
    assert_eq!(std::fs::read_dir(place.folder()).expect("it is there").count(), 0);
}

#[test]
fn after_a_rotation_the_lists_tell_what_is_current_and_what_is_owed() {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
    assert_snapshot!(place.cutover(&["runs", "--sandbox"]).all(), @"
    exit 0
    --- out
    RUN      WORKFLOW   CREDENTIAL  STARTED               TOOK  STATUS
    [RUN1]  rotate-ci  influx-ci   [MINUTE]  [TIME]  succeeded
    ");
    assert_snapshot!(place.cutover(&["runs", "show", "--last", "--sandbox"]).all(), @"
    exit 0
    --- out
    run [RUN1]   rotate-ci   succeeded
      [DAY] UTC
      [CLOCK]  claimed     influx-ci, no old one known
      [CLOCK]  before      done   [ID]… M.V1.[PREFIX]
      [CLOCK]  captured    old [ID]…
      [CLOCK]  create      started, attempt 1, marker cutover-daa7fffb-[RUN1]-[CHANCE]
      [CLOCK]  create      done   [ID]… M.V1.[PREFIX], expires [DAY]
      [CLOCK]  works       done   tokens 3
      [CLOCK]  publish     started, attempt 1, marker cutover-daa7fffb-[RUN1]-[CHANCE]
      [CLOCK]  publish     done   M.V1.[PREFIX]
      [CLOCK]  publish     holds steps.create.token, influxctl.profile.get reads it back
      [CLOCK]  verify      done   tokens 3
      [CLOCK]  promote     promoted [ID]… -> [ID]…
      [CLOCK]  revoke_old  owed, due [MINUTE]
      [CLOCK]  ended       succeeded
    ");
    assert_snapshot!(place.cutover(&["credentials", "--sandbox"]).all(), @"
    exit 0
    --- out
    NAME       STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci  ok     [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  influxctl profile ~/.config/influxctl/config.toml ci
    ");
    assert_snapshot!(place.cutover(&["credentials", "show", "influx-ci", "--sandbox"]).all(), @"
    exit 0
    --- out
    influx-ci   ok

      owner      platform
      workflow   rotate-ci
      id         [UUID]
      prefix     M.V1.[PREFIX]
      created    [DAY] ([AGO] ago)
      expires    [DAY] (30 d)
      in use at  influxctl profile ~/.config/influxctl/config.toml ci
      made by    run [RUN1], [MINUTE]
      owed   revoke [ID]…, [DAY] (24 h)
    ");
    assert_snapshot!(place.cutover(&["credentials", "show", "influx-c", "--sandbox"]).all(), @"
    exit 2
    --- err
    error: no credential `influx-c` is known
      Did you mean `influx-ci`?
    ");
    assert_snapshot!(place.cutover(&["debts", "--sandbox"]).all(), @"
    exit 0
    --- out
    DEBT                CREDENTIAL  REVOKES  STATE  DUE                WHY
    [RUN1].revoke_old  influx-ci   [ID]…    owed   [DAY] (24 h)
    ");
    let debts = place.cutover(&["debts", "--sandbox", "--output", "json"]).ends(0);
    let debts: Json = serde_json::from_str(&debts.out).expect("it is JSON");
    assert_eq!(debts["debts"][0]["state"], "owed");
}

#[test]
fn a_row_that_was_changed_behind_our_back_is_marked_in_every_list() {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place.write(
        "say.yaml",
        "version: 1\nname: say\nsteps: [{ id: say, uses: log, with: { message: hello } }]\n",
    );
    place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
    place.cutover(&["run", "say.yaml", "--sandbox", "--yes"]).ends(0);
    let change = |sql: &str| {
        let state = rusqlite::Connection::open(place.world().state()).expect("it is there");
        assert_eq!(state.execute(sql, []).expect("it can be changed"), 1, "{sql}");
    };
    change(
        "UPDATE credential SET identity = replace(identity, '\"expires_at\":1', '\"expires_at\":9')",
    );
    assert_snapshot!(place.cutover(&["credentials", "--sandbox"]).all(), @"
    exit 3
    --- out
    NAME       STATE    ID     PREFIX     EXPIRES               IN USE AT
    influx-ci  damaged  [ID]…  M.V1.[PREFIX]  [DAY] (92623 d)  influxctl profile ~/.config/influxctl/config.toml ci
    --- err
    damaged: what the state says of influx-ci was changed after it was written
      Nothing is created or revoked on its word. What to do: cutover doctor --sandbox
    ");
    assert_snapshot!(place.cutover(&["credentials", "show", "influx-ci", "--sandbox"]).ends(3).err, @"
    damaged: what the state says of influx-ci was changed after it was written
      Nothing is created or revoked on its word. What to do: cutover doctor --sandbox
    ");
    assert_snapshot!(place.cutover(&["debts", "--sandbox"]).all(), @"
    exit 3
    --- out
    DEBT                CREDENTIAL  REVOKES  STATE    DUE                WHY
    [RUN1].revoke_old  influx-ci   [ID]…    damaged  [DAY] (24 h)
    --- err
    damaged: what the state says of influx-ci was changed after it was written
      Nothing is created or revoked on its word. What to do: cutover doctor --sandbox
    ");
    let debts = place.cutover(&["debts", "--sandbox", "--output", "json"]).ends(3);
    assert!(debts.out.contains("\"damaged\":true"), "{}", debts.all());
    place.cutover(&["runs", "--sandbox"]).ends(0);
    change("UPDATE run SET status = 'failed' WHERE workflow = 'say'");
    assert_snapshot!(place.cutover(&["runs", "--sandbox"]).all(), @"
    exit 3
    --- out
    RUN      WORKFLOW   CREDENTIAL  STARTED               TOOK  STATUS
    [RUN2]  say                    [MINUTE]  [TIME]  damaged
    [RUN1]  rotate-ci  influx-ci   [MINUTE]  [TIME]  succeeded
    --- err
    damaged: what the state says of run [RUN2] was changed after it was written
      Nothing is created or revoked on its word. What to do: cutover doctor --sandbox
    ");
    let runs = place.cutover(&["runs", "--sandbox", "--output", "json"]).ends(3);
    assert_eq!(runs.out.matches("\"damaged\":true").count(), 1, "{}", runs.all());
    place.cutover(&["doctor", "--rebuild-tables", "--sandbox"]).ends(0);
    for list in ["runs", "credentials", "debts"] {
        place.cutover(&[list, "--sandbox"]).ends(0);
    }
}

#[test]
fn a_credential_that_is_due_or_overdue_has_its_exit_code() {
    let triggers = "triggers: {expiry: {before: 7d}}\nsteps:\n";
    let mut told = String::new();
    for (life, code) in [("20d", 0), ("6d", 10), ("1d", 11)] {
        let place = Place::new();
        let text = ROTATION.replace("credential.lifetime", &format!("\"{life}\""));
        let text = text.replace("\"{{ time_add", "'{{ time_add");
        let text = text.replace(" }}\"\n  - id: works", " }}'\n  - id: works");
        place.write("w.yaml", &text);
        place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
        place.cutover(&["credentials", "--sandbox"]).ends(0);
        place.write("w.yaml", &text.replace("steps:\n", triggers));
        place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
        let said = place.cutover(&["credentials", "--sandbox"]).ends(code);
        told.push_str(&said.out);
    }
    assert_snapshot!(told, @"
    NAME       STATE  ID     PREFIX     EXPIRES            IN USE AT
    influx-ci  ok     [ID]…  M.V1.[PREFIX]  [DAY] (20 d)  influxctl profile ~/.config/influxctl/config.toml ci
    NAME       STATE  ID     PREFIX     EXPIRES           IN USE AT
    influx-ci  due    [ID]…  M.V1.[PREFIX]  [DAY] (6 d)  influxctl profile ~/.config/influxctl/config.toml ci
    NAME       STATE    ID     PREFIX     EXPIRES            IN USE AT
    influx-ci  overdue  [ID]…  M.V1.[PREFIX]  [DAY] (24 h)  influxctl profile ~/.config/influxctl/config.toml ci
    ");
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id() {
    let place = Place::new();
    place.write("w.yaml", ROTATION);
    place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
    place.cutover(&["run", "w.yaml", "--sandbox", "--yes"]).ends(0);
    let runs = place.runs();
    place.cutover(&["runs", "show", &runs[0].run[..6], "--sandbox"]).ends(0);
    let said = place.cutover(&["runs", "show", &runs[0].run[..1], "--sandbox"]).ends(2);
    assert!(said.err.contains("more than one run"), "{}", said.all());
    let said = place.cutover(&["abandon", &runs[0].run, "--sandbox"]).ends(2);
    assert!(said.err.contains("is over"), "{}", said.all());
}
