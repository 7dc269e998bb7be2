//! Tests of the host behind a list of what is allowed.

use cutover_engine::effect::{Call, Effect, EffectError, Exec, Http, Keep};
use cutover_engine::host::Host;
use cutover_engine::time::{Duration, Timestamp};

use super::support::{World, begin, read, shown};
use crate::{Allow, AllowHost};

fn allow() -> Allow {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Allow {
        http: list(&["vault.invalid", "http://127.0.0.1:1", "other.invalid:8200"]),
        exec: list(&["/bin/true", "vaultctl"]),
        fs: list(&["open", "~/home"]),
        reads: list(&["POST /search", "vaultctl list"]),
    }
}

/// Why an effect is withheld; `passed` where it is not, whatever comes of it.
async fn withheld(world: &World, effect: Effect) -> String {
    let folder = world.folder.path();
    let host = AllowHost::new(&world.host, allow(), folder, folder);
    let deadline = Timestamp(0);
    let (run, step) = ("run1".to_owned(), "a".to_owned());
    let result = host.perform(&Call { run, step, attempt: 1, deadline, effect, grant: None }).await;
    match result {
        Err(EffectError::Withheld { message }) => message,
        other => {
            assert!(!shown(&other).is_empty());
            "passed".to_owned()
        }
    }
}

async fn http(method: &str, url: &str, reads: bool) -> String {
    let world = World::new();
    begin(&world.host, "run1", None).await.unwrap();
    withheld(&world, Effect::Http(Http { reads, ..Http::new(method, url) })).await
}

async fn exec(argv: &[&str], reads: bool) -> String {
    let exec = Exec { reads, ..Exec::new(argv.iter().copied()) };
    withheld(&World::new(), Effect::Exec(exec)).await
}

#[tokio::test]
async fn only_listed_hosts_are_asked() {
    for url in ["https://vault.invalid/x", "http://127.0.0.1:1/x", "https://other.invalid:8200/"] {
        assert_eq!(http("GET", url, false).await, "passed", "{url}");
    }
    for (url, host) in [
        ("http://vault.invalid/x", "http://vault.invalid:80"),
        ("https://vault.invalid:444/x", "https://vault.invalid:444"),
        ("https://vault.invalid.evil.invalid/", "https://vault.invalid.evil.invalid:443"),
        ("https://vault.invalid@evil.invalid/", "https://evil.invalid:443"),
        ("http://127.0.0.1:2/", "http://127.0.0.1:2"),
        ("http://2130706433:2/", "http://127.0.0.1:2"),
        ("nonsense", "nonsense"),
    ] {
        let expected = format!("`{host}` is not in `allow: http`");
        assert_eq!(http("GET", url, false).await, expected, "{url}");
    }
}

#[tokio::test]
async fn a_request_that_reads_by_word_only_has_to_be_listed() {
    assert_eq!(http("POST", "https://vault.invalid/search", true).await, "passed");
    let expected = "`POST /delete` is not in `allow: reads`";
    assert_eq!(http("POST", "https://vault.invalid/delete", true).await, expected);
    assert_eq!(http("POST", "https://vault.invalid/delete", false).await, "passed");
}

#[tokio::test]
async fn only_listed_programs_are_run() {
    assert_eq!(exec(&["/bin/true"], false).await, "passed");
    assert_eq!(exec(&["true"], false).await, "`true` is not in `allow: exec`");
    assert_eq!(exec(&["vaultctl", "list", "-a"], true).await, "passed");
    let expected = "`vaultctl delete list` is not in `allow: reads`";
    assert_eq!(exec(&["vaultctl", "delete", "list"], true).await, expected);
}

#[tokio::test]
async fn only_listed_folders_are_touched() {
    let world = World::new();
    for folder in ["open", "home", "closed"] {
        std::fs::create_dir(world.path(folder)).unwrap();
        world.put(&format!("{folder}/file"), "x");
    }
    std::os::unix::fs::symlink(world.path("closed"), world.path("open/link")).unwrap();
    std::os::unix::fs::symlink(world.path("closed/file"), world.path("open/file-link")).unwrap();
    for path in ["open/file", "./open/../open/file", "~/home/file", "open/not-there"] {
        assert_eq!(withheld(&world, read(path, Keep::Text)).await, "passed", "{path}");
    }
    for path in [
        "closed/file",
        "open/../closed/file",
        "open/link/file",
        "open/file-link",
        "openly",
        "open/link/not-there",
        "/etc/passwd",
        "~/closed/file",
    ] {
        let expected = format!("`{path}` is not below a folder of `allow: fs`");
        assert_eq!(withheld(&world, read(path, Keep::Text)).await, expected);
    }
}

#[tokio::test]
async fn what_touches_nothing_is_let_through() {
    let world = World::new();
    let until = world.host.now() + Duration(0);
    assert_eq!(withheld(&world, Effect::Sleep { until }).await, "passed");
}
