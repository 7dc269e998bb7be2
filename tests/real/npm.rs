//! Whole rotations of an npm token by the workflow that ships, against a registry.

use std::fs;

use crate::cutover::{Folder, Said, plugin, replaced, shipped};
use crate::verdaccio::{PASSWORD, Verdaccio};

/// Returns the workflow that ships, allowed to reach the registry.
fn workflow(registry: &Verdaccio) -> String {
    let text = fs::read_to_string(shipped("rotate-npm-token.yaml")).expect("it ships");
    let text = replaced(&text, "../plugins/npm", &plugin("npm"));
    let allowed = format!("http: [\"{}\"]", registry.url());
    replaced(&text, "http: [registry.npmjs.org]", &allowed)
}

fn call(folder: &Folder, registry: &Verdaccio, args: &[&str]) -> Said {
    let inputs = [
        format!("registry={}", registry.url()),
        format!("host={}", registry.host()),
        format!("npmrc={}", folder.path(".npmrc").display()),
        format!("token_file={}", folder.path("token").display()),
    ];
    let mut all = args.to_vec();
    all.extend(inputs.iter().flat_map(|input| ["--input", input]));
    folder.cutover_with(&all, &[("NPM_PASSWORD", PASSWORD)])
}

fn rotate(folder: &Folder, registry: &Verdaccio, file: &str, more: &[&str]) -> Said {
    call(folder, registry, &[&["run", file, "--yes", "--output", "json"], more].concat())
}

/// Returns the token of the `.npmrc`, which is one of `ci`.
fn held(folder: &Folder, registry: &Verdaccio) -> String {
    let text = folder.read(".npmrc").expect("it is written");
    let start = format!("//{}/:_authToken=", registry.host());
    let token = text.strip_prefix(&start).and_then(|rest| rest.strip_suffix('\n'));
    let token = token.expect("it is one line for the registry").to_owned();
    assert!(folder.read("token").is_some_and(|kept| kept == token), "the file has it too");
    assert_eq!(registry.whoami(&token), (200, Some("ci".to_owned())));
    token
}

#[test]
fn the_npmrc_holds_the_new_token_and_the_old_one_is_refused() {
    let Some(registry) = Verdaccio::start() else { return };
    let folder = Folder::new();
    let file = folder.write("rotate.yaml", &workflow(&registry)).display().to_string();
    let mut last: Option<String> = None;
    for _ in 0..3 {
        let first = if last.is_none() { &["--first"][..] } else { &[] };
        let said = rotate(&folder, &registry, &file, first);
        assert_eq!(said.code, 0, "{said:?}");
        let now = held(&folder, &registry);
        assert_eq!(registry.keys(), [said.json()["outputs"]["id"].as_str().expect("it is text")]);
        assert!(!said.stdout.contains(&now) && !said.stderr.contains(&now));
        if let Some(last) = &last {
            assert!(*last != now, "it is another one");
            assert_eq!(registry.whoami(last), (403, None), "the old one is refused");
        }
        last = Some(now);
    }
}

#[test]
fn a_failure_before_the_promotion_leaves_the_old_token_in_use() {
    let Some(registry) = Verdaccio::start() else { return };
    let folder = Folder::new();
    let text = workflow(&registry);
    let file = folder.write("rotate.yaml", &text).display().to_string();
    let said = rotate(&folder, &registry, &file, &["--first"]);
    assert_eq!(said.code, 0, "{said:?}");
    let (before, keys) = (held(&folder, &registry), registry.keys());
    let step =
        "  - id: broken\n    uses: assert\n    with: { that: false, message: on purpose }\n\n";
    let text = replaced(&text, "  - id: promote\n", &format!("{step}  - id: promote\n"));
    let broken = folder.write("broken.yaml", &text).display().to_string();
    let said = rotate(&folder, &registry, &broken, &[]);
    assert_eq!((said.code, said.json()["status"].as_str()), (1, Some("undone")), "{said:?}");
    assert!(said.stdout.contains("on purpose"), "{said:?}");
    assert!(held(&folder, &registry) == before, "the file holds what it held");
    assert_eq!(registry.keys(), keys, "the new one is revoked");
}

#[test]
fn a_plan_asks_the_registry_and_makes_nothing() {
    let Some(registry) = Verdaccio::start() else { return };
    let folder = Folder::new();
    let file = folder.write("rotate.yaml", &workflow(&registry)).display().to_string();
    for more in [&[][..], &["--refresh"][..]] {
        let said = call(&folder, &registry, &[&["plan", &file], more].concat());
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(registry.keys(), [""; 0]);
        assert_eq!((folder.read("token"), folder.read(".npmrc")), (None, None));
    }
}
