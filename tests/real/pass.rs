//! Whole rotations into the password store by the workflow that ships: `pass` and GnuPG are real,
//! the cloud of `influxctl` is the sandbox's.

use std::fs;

use cutover_sandbox::World;

use crate::cutover::{Folder, Said, plugin, replaced, shipped};
use crate::password_store::PasswordStore;

const WORKFLOW: &str = "rotate-into-pass.yaml";
const ENTRY: &str = "ci/influx";
const FORMER: &str = "former/ci/influx";

fn call(folder: &Folder, store: &PasswordStore, args: &[&str]) -> Said {
    let (kept, gnupg) = (store.store(), store.gnupg());
    let (kept, gnupg) = (format!("store={}", kept.display()), format!("gnupg={}", gnupg.display()));
    let mut all = vec!["--sandbox"];
    all.extend(args);
    all.extend(["--input", &kept, "--input", &gnupg]);
    folder.cutover(&all)
}

fn rotate(folder: &Folder, store: &PasswordStore, file: &str, more: &[&str]) -> Said {
    call(folder, store, &[&["run", file, "--yes", "--output", "json"], more].concat())
}

/// Returns what the entry holds, and the id of that token, which is live.
fn held(world: &World, store: &PasswordStore) -> (String, String) {
    let value = store.show(ENTRY).expect("the entry is there");
    let id = world.lets_in(&value).expect("it answers");
    (value, id.expect("what the entry holds logs in"))
}

fn live(world: &World) -> usize {
    world.tokens().expect("it answers").iter().filter(|token| token.live).count()
}

#[test]
fn the_entry_holds_the_new_token_and_the_old_one_is_kept_and_revoked() {
    let Some(store) = PasswordStore::make() else { return };
    let folder = Folder::new();
    let world = World::at(&folder.path(".cutover/sandbox"));
    let said = rotate(&folder, &store, &shipped(WORKFLOW), &["--first"]);
    assert_eq!(said.code, 0, "{said:?}");
    let mut last = held(&world, &store);
    assert_eq!(said.json()["outputs"]["token_id"], last.1.as_str());
    assert_eq!(store.show(FORMER), None);
    let before = live(&world);
    for _ in 0..2 {
        let said = rotate(&folder, &store, &shipped(WORKFLOW), &[]);
        assert_eq!(said.code, 0, "{said:?}");
        let now = held(&world, &store);
        assert_eq!(said.json()["outputs"]["token_id"], now.1.as_str());
        assert_ne!(now.1, last.1);
        assert_eq!(world.lets_in(&last.0).expect("it answers"), None, "the old one is refused");
        assert!(store.show(FORMER).is_some_and(|former| former == last.0));
        assert_eq!(live(&world), before, "nothing else is left");
        for value in [&now.0, &last.0] {
            assert!(!said.stdout.contains(value) && !said.stderr.contains(value));
        }
        last = now;
    }
}

#[test]
fn a_failure_before_the_promotion_puts_the_entry_back() {
    let Some(store) = PasswordStore::make() else { return };
    let folder = Folder::new();
    let world = World::at(&folder.path(".cutover/sandbox"));
    let text = fs::read_to_string(shipped(WORKFLOW)).expect("it ships");
    let text = replaced(&text, "../plugins/pass", &plugin("pass"));
    let step =
        "  - id: broken\n    uses: assert\n    with: { that: false, message: on purpose }\n\n";
    let text = replaced(&text, "  - id: promote\n", &format!("{step}  - id: promote\n"));
    let broken = folder.write("broken.yaml", &text).display().to_string();
    // Without an entry before, there is none after.
    let said = rotate(&folder, &store, &broken, &["--first"]);
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    assert!(said.stdout.contains("on purpose"), "{said:?}");
    assert_eq!((store.show(ENTRY), store.show(FORMER)), (None, None));
    let said = rotate(&folder, &store, &shipped(WORKFLOW), &["--first"]);
    assert_eq!(said.code, 0, "{said:?}");
    let (before, tokens) = (held(&world, &store), live(&world));
    let said = rotate(&folder, &store, &broken, &[]);
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    assert!(said.stdout.contains("on purpose"), "{said:?}");
    assert!(held(&world, &store) == before, "the entry holds what it held");
    assert_eq!((store.show(FORMER), live(&world)), (None, tokens), "nothing else is left");
}

#[test]
fn a_plan_reads_the_entry_and_changes_nothing() {
    let Some(store) = PasswordStore::make() else { return };
    let folder = Folder::new();
    let world = World::at(&folder.path(".cutover/sandbox"));
    let said = rotate(&folder, &store, &shipped(WORKFLOW), &["--first"]);
    assert_eq!(said.code, 0, "{said:?}");
    let (before, tokens) = (held(&world, &store), live(&world));
    for more in [&[][..], &["--refresh"][..]] {
        let said = call(&folder, &store, &[&["plan", &shipped(WORKFLOW)], more].concat());
        assert_eq!(said.code, 0, "{said:?}");
        assert!(held(&world, &store) == before, "the entry holds what it held");
        assert_eq!((store.show(FORMER), live(&world)), (None, tokens));
    }
}
