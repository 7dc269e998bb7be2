//! Workflows by a plugin whose service is there: inventory, adopting, ticks, burning, the sweep, and
//! what is not believed of another account.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value as Json;

use crate::support::{Place, ROTATION, Said};
use crate::vault::Vault;

/// The login of our account; nothing may hold it.
const OURS: &str = "canary-of-the-admin-4711";
const THEIRS: &str = "token-of-another-account";

const ACME: [(&str, &str); 2] = [
    ("acme/plugin.yaml", include_str!("../../plugins/acme-vault/plugin.yaml")),
    ("acme/init.lua", include_str!("../../plugins/acme-vault/init.lua")),
];

const ROTATE: &str = include_str!("acme.yaml");

const RUN: [&str; 4] = ["run", "flows/w.yaml", "--sandbox", "--yes"];
const FIRST: [&str; 5] = ["run", "flows/w.yaml", "--sandbox", "--yes", "--first"];
const REFRESH: [&str; 3] = ["credentials", "--refresh", "--sandbox"];
const TICK: [&str; 3] = ["tick", "flows", "--sandbox"];

fn place(vault: &Vault) -> Place {
    let place = Place::with_faults("");
    ACME.iter().for_each(|(path, text)| drop(place.write(path, text)));
    place.write("flows/w.yaml", &ROTATE.replace("FOLDER", "../acme").replace("URL", &vault.url));
    place
}

/// Calls the command with our login.
fn ours(place: &Place, args: &[&str]) -> Said {
    place.cutover_with(&[("ACME_TOKEN", OURS)], args)
}

fn later(place: &Place, login: &str, seconds: u64, args: &[&str]) -> Said {
    let ahead = seconds.to_string();
    place.cutover_with(&[("ACME_TOKEN", login), ("CUTOVER_CLOCK_AHEAD", &ahead)], args)
}

fn forget_plugins(place: &Place) {
    let state = rusqlite::Connection::open(place.world().state()).expect("it is there");
    assert!(state.execute("DELETE FROM plugin", []).expect("it can be changed") > 0);
}

/// Starts a run whose create is done and gets no answer, and kills it.
fn cut_off_in_create(place: &Place, vault: &Vault) {
    let before = vault.ids(OURS).len();
    vault.silence("POST /v1/tokens");
    let mut child = place.background_with(("ACME_TOKEN", OURS), &RUN);
    place.wait(|| (vault.ids(OURS).len() > before).then_some(()));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    vault.silence("");
}

#[test]
fn what_a_plugin_lists_stands_beside_the_state_whatever_becomes_of_its_folder() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    ours(&place, &RUN).ends(0);
    vault.issue(OURS, "by-hand");
    cut_off_in_create(&place, &vault);
    fs::remove_dir_all(place.folder().join("acme")).expect("it is there");
    assert_snapshot!(ours(&place, &REFRESH).all(), @"
    exit 0
    --- out
    NAME         STATE  ID       PREFIX  EXPIRES            IN USE AT
    acme-ci      ok     tok_2            [DAY] (30 d)  acme-vault kv billing
    (owed)       live   tok_1            [DAY] (30 d)  revoked by [RUN2].revoke_old
    (orphan)     live   tok_3            [DAY] (30 d)  marked by run [RUN3], unfinished
    (unmanaged)  live   by-hand          [DAY] (30 d)  no marker of ours
    ");
    let said = ours(&place, &[&REFRESH[..], &["--output", "json"]].concat()).ends(0);
    let told: Json = serde_json::from_str(&said.raw).expect("it is JSON");
    let found = told["found"].as_array().expect("a list");
    let kinds: Vec<&Json> = found.iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["managed", "owed", "orphan", "unmanaged"]);
}

#[test]
fn a_plugin_that_the_state_has_not_any_more_is_named_and_the_others_are_listed() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    place.write("flows/influx.yaml", ROTATION);
    place.cutover(&["run", "flows/influx.yaml", "--sandbox", "--yes"]).ends(0);
    forget_plugins(&place);
    assert_snapshot!(ours(&place, &REFRESH).all(), @"
    exit 1
    --- out
    NAME         STATE  ID     PREFIX     EXPIRES            IN USE AT
    acme-ci      ok     tok_1             [DAY] (30 d)  acme-vault kv billing
    influx-ci    ok     [ID]…  M.V1.[PREFIX]  [DAY] (30 d)  influxctl profile ~/.config/influxctl/config.toml ci
    (owed)       live   [ID]…  M.V1.[PREFIX]  never              revoked by [RUN2].revoke_old
    (unmanaged)  live   [ID]…  M.V1.[PREFIX]  never              no marker of ours
    --- err
    not listed: acme-vault.issue (as run [RUN1] did): the state has not the plugin `acme-vault` any more
    ");
}

#[test]
fn two_logins_that_differ_only_in_where_their_secret_comes_from_are_asked_each() {
    let vault = Vault::new(&[OURS, THEIRS]);
    let place = place(&vault);
    let other = place.read("flows/w.yaml").replace("acme-ci", "acme-two");
    place.write("flows/two.yaml", &other.replace("ACME_TOKEN", "ACME_TWO"));
    let env = [("ACME_TOKEN", OURS), ("ACME_TWO", THEIRS)];
    place.cutover_with(&env, &FIRST).ends(0);
    let second = ["run", "flows/two.yaml", "--sandbox", "--yes", "--first"];
    place.cutover_with(&env, &second).ends(0);
    let said = place.cutover_with(&env, &REFRESH).ends(0);
    assert!(!said.out.contains("ghost"), "{}", said.all());
    let said = place.cutover_with(&env[..1], &REFRESH).ends(1);
    assert!(said.err.contains("needs env ACME_TWO"), "{}", said.all());
    assert!(!said.out.contains("ghost"), "{}", said.all());
}

#[test]
fn what_is_adopted_is_looked_for_in_the_list_of_its_plugin() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    vault.issue(OURS, "by-hand");
    let adopt = |id: &str, replaces: &str| {
        let words =
            ["credentials", "adopt", "acme-ci", "--id", id, "--replace", replaces, "--sandbox"];
        ours(&place, &words)
    };
    assert_snapshot!(adopt("elsewhere", "tok_1").all(), @"
    exit 2
    --- err
    error: the provider lists no live `elsewhere`
      What it lists: cutover credentials --refresh
    ");
    let adopted = adopt("by-hand", "tok_1").ends(0);
    assert!(adopted.err.contains("its provider lists it as live"), "{}", adopted.all());
    forget_plugins(&place);
    let adopted = adopt("tok_1", "by-hand").ends(0);
    assert!(adopted.err.contains("the state has not the plugin `acme-vault`"), "{}", adopted.all());
}

#[test]
fn a_debt_is_not_taken_for_paid_with_the_login_of_another_account() {
    let vault = Vault::new(&[OURS, THEIRS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    ours(&place, &RUN).ends(0);
    assert_snapshot!(later(&place, THEIRS, 7200, &TICK).all(), @"
    exit 1
    --- err
    not paid     [RUN2].revoke_old  `tok_1` was not found, and the list does not show tok_2 either, which is in use: is it that of the right account?; when that is mended: cutover debts pay [RUN2].revoke_old --sandbox
    ");
    assert_eq!(vault.ids(OURS), ["tok_1", "tok_2"], "nothing was revoked");
    let sent = vault.asked().iter().any(|asked| asked.starts_with("DELETE"));
    assert!(!sent, "nothing was sent");
    assert_snapshot!(later(&place, OURS, 7200, &TICK).all(), @"
    exit 0
    --- err
    paid         [RUN2].revoke_old  tok_1 of acme-ci is revoked
    ");
    assert_eq!(vault.ids(OURS), ["tok_2"]);
}

#[test]
fn a_tick_goes_on_with_a_run_by_a_plugin_pays_what_it_owes_and_starts_one() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    let text = place.read("flows/w.yaml");
    let triggers = "triggers: { schedule: { cron: '0 3 * * *' } }\nsteps:\n";
    place.write("flows/w.yaml", &text.replace("steps:\n", triggers));
    ours(&place, &FIRST).ends(0);
    cut_off_in_create(&place, &vault);
    let resumed = later(&place, OURS, 600, &TICK).ends(0);
    assert!(resumed.err.contains("rotate-acme  succeeded"), "{}", resumed.all());
    assert_eq!(vault.ids(OURS), ["tok_1", "tok_2"], "what had no answer is found again");
    let due = later(&place, OURS, 2 * 86_400, &TICK).ends(0);
    assert!(due.err.contains("tok_1 of acme-ci is revoked"), "{}", due.all());
    assert!(due.err.contains("by its schedule, of [MINUTE]; succeeded"), "{}", due.all());
    assert_eq!(vault.ids(OURS), ["tok_2", "tok_3"]);
}

#[test]
fn what_an_abandoned_create_of_a_plugin_had_made_is_swept() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    cut_off_in_create(&place, &vault);
    ours(&place, &["abandon", "--last", "--no-undo", "--sandbox"]).ends(0);
    assert_eq!(vault.ids(OURS), ["tok_1", "tok_2"]);
    fs::remove_dir_all(place.folder().join("acme")).expect("it is there");
    fs::remove_file(place.folder().join("flows/w.yaml")).expect("it is there");
    let said = later(&place, OURS, 600, &TICK).ends(0);
    assert!(
        said.err.contains("swept        run [RUN2]  `create`  revoked tok_2"),
        "{}",
        said.all()
    );
    assert_eq!(vault.ids(OURS), ["tok_1"]);
}

#[test]
fn what_is_burned_is_replaced_and_revoked_by_its_plugin() {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    ours(&place, &FIRST).ends(0);
    ours(&place, &RUN).ends(0);
    ours(&place, &["credentials", "burn", "acme-ci", "--yes", "--sandbox"]).ends(0);
    assert_eq!(vault.ids(OURS), ["tok_3"]);
    assert_eq!(place.cutover(&["debts", "--sandbox"]).out, "nothing is owed\n");
}

#[test]
fn a_configured_secret_reaches_its_service_and_nothing_else() {
    is_told_to_nobody_else("{ from: { env: ACME_TOKEN } }", "");
}

#[test]
fn a_secret_input_that_configures_a_plugin_reaches_its_service_and_nothing_else() {
    let inputs = "inputs: { admin: { type: secret, from: { env: ACME_TOKEN } } }\nsteps:\n";
    is_told_to_nobody_else("\"{{ inputs.admin }}\"", inputs);
    let elsewhere = tempfile::tempdir().expect("a folder can be made");
    let file = elsewhere.path().join("admin");
    fs::write(&file, OURS).expect("it can be written");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
    let inputs = inputs.replace("env: ACME_TOKEN", &format!("file: \"{}\"", file.display()));
    is_told_to_nobody_else("\"{{ inputs.admin }}\"", &inputs);
}

/// Goes the whole way with a login, and looks at all that was said and left on the disk.
fn is_told_to_nobody_else(login: &str, inputs: &str) {
    let vault = Vault::new(&[OURS]);
    let place = place(&vault);
    let text = place.read("flows/w.yaml").replace("{ from: { env: ACME_TOKEN } }", login);
    let steps = if inputs.is_empty() { "steps:\n" } else { inputs };
    place.write("flows/w.yaml", &text.replacen("steps:\n", steps, 1));
    let said = [
        ours(&place, &["plan", "flows/w.yaml", "--refresh", "--sandbox"]).ends(0),
        ours(&place, &[&FIRST[..], &["-v"]].concat()).ends(0),
        ours(&place, &[&RUN[..], &["--output", "jsonl"]].concat()).ends(0),
        ours(&place, &["runs", "show", "--last", "--sandbox", "--output", "json"]).ends(0),
        ours(&place, &REFRESH).ends(0),
        later(&place, OURS, 7200, &TICK).ends(0),
    ];
    let asked = vault.asked();
    let logged_in = |asked: &&String| asked.ends_with(&format!(" as {OURS}"));
    assert!(asked.iter().filter(logged_in).count() > 10, "{asked:?}");
    assert!(asked.contains(&format!("POST /v1/tokens as {OURS}")), "{asked:?}");
    assert!(said[4].out.contains("(owed)"), "{}", said[4].all());
    for said in said {
        assert!(!said.raw.contains(OURS) && !said.err.contains(OURS), "{}", said.all());
    }
    holds_nothing(place.folder(), OURS);
    holds_nothing(place.folder(), "made-by-the-acme-vault-number-1");
}

/// Looks through every file.
fn holds_nothing(folder: &Path, secret: &str) {
    for entry in fs::read_dir(folder).expect("it is a folder").flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("it has one"));
        if kind.is_dir() {
            holds_nothing(&path, secret);
        } else if kind.is_file() {
            let text = fs::read(&path).expect("it can be read");
            let found = text.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds it", path.display());
        }
    }
}
