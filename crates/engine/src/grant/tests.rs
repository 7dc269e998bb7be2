//! What a plugin may reach, by text alone.

use std::net::IpAddr;

use super::*;
use crate::effect::{Keep, ReadFile};
use crate::types::Type;
use crate::value::{Handle, Unknown};

fn reach(http: &[&str]) -> Reach {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Reach { http: own(http), exec: own(&["tool"]), fs: own(&["/srv/a"]), env: own(&["TOOL_HOME"]) }
}

fn grant(needs: &[&str], allow: &[&str]) -> Grant {
    Grant {
        plugin: "acme-vault".to_owned(),
        file: "rotate.yaml".to_owned(),
        needs: reach(needs),
        allow: reach(allow),
        reads: vec!["POST /search".to_owned(), "tool list".to_owned()],
        programs: [("tool".to_owned(), "/usr/bin/tool".to_owned())].into_iter().collect(),
    }
}

fn ask(grant: &Grant, url: &str) -> Option<String> {
    grant.refusal(&Effect::Http(Http::new("GET", url)), &|path| path.to_owned())
}

fn run(grant: &Grant, exec: Exec) -> Option<String> {
    grant.refusal(&Effect::Exec(exec), &|path| path.to_owned())
}

fn read(grant: &Grant, path: &str) -> Option<String> {
    let file = ReadFile { path: path.to_owned(), keep: Keep::Text };
    grant.refusal(&Effect::ReadFile(file), &|path| match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/srv/{path}"),
    })
}

#[test]
fn an_address_has_to_be_needed_and_allowed_and_the_refusal_names_the_line() {
    let both = grant(&["https://vault.test"], &["vault.test"]);
    assert_eq!(ask(&both, "https://vault.test/v1/tokens?x=1"), None);
    assert_eq!(ask(&both, "https://VAULT.test.:443/"), None);
    assert_eq!(
        ask(&both, "https://other.test/").unwrap(),
        "`https://other.test` is not among what acme-vault needs: add it to `needs: http` in its \
         plugin.yaml"
    );
    let needed = grant(&["https://vault.test:8200"], &["vault.test"]);
    assert_eq!(
        ask(&needed, "https://vault.test:8200/").unwrap(),
        "`https://vault.test:8200` is not allowed to acme-vault: add \"https://vault.test:8200\" \
         to `plugins.acme-vault.allow.http` in rotate.yaml"
    );
}

#[test]
fn scheme_and_port_count_and_a_star_stands_for_what_is_below() {
    let both = grant(&["https://*.acme.test"], &["*.acme.test"]);
    assert_eq!(ask(&both, "https://a.b.acme.test/"), None);
    for other in [
        "http://a.acme.test/",
        "https://a.acme.test:8443/",
        "https://acme.test/",
        "https://xacme.test/",
        "https://a.acme.test.evil.test/",
    ] {
        assert!(ask(&both, other).is_some(), "{other}");
    }
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let both =
        grant(&["https://vault.test", "http://127.0.0.1"], &["vault.test", "http://127.0.0.1"]);
    for odd in [
        "https://vault.test@evil.test/",
        "https://evil.test\\@vault.test/",
        "https://vault.test\t/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "ftp://vault.test/",
        "//vault.test/",
        "https://vault.test:99999/",
        "https://[::1/",
        "https://vault%2etest/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert!(ask(&both, odd).is_some(), "{odd}");
    }
    assert_eq!(ask(&both, "http://127.0.0.1/"), None);
}

#[test]
fn a_name_may_stand_for_a_private_address_only_where_that_is_named() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let plain = grant(&[], &["vault.test"]);
    for special in [
        "127.0.0.1",
        "169.254.169.254",
        "10.1.2.3",
        "172.20.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "224.0.0.1",
        "255.255.255.255",
        "2002:808:808::1",
    ] {
        let why = plain.refuse_address("vault.test", ip(special)).unwrap();
        assert!(why.contains("plugins.acme-vault.allow.http` in rotate.yaml"), "{special}: {why}");
    }
    for public in ["8.8.8.8", "2606:4700::1111", "172.32.0.1", "100.128.0.1"] {
        assert_eq!(plain.refuse_address("vault.test", ip(public)), None, "{public}");
    }
    let named = grant(&[], &["vault.test", "10.0.0.0/8", "https://192.168.7.7"]);
    assert_eq!(named.refuse_address("vault.test", ip("10.9.9.9")), None);
    assert_eq!(named.refuse_address("vault.test", ip("192.168.7.7")), None);
    assert!(named.refuse_address("vault.test", ip("11.0.0.1")).is_none());
    assert!(named.refuse_address("vault.test", ip("192.168.7.8")).is_some());
    assert_eq!(plain.refuse_address("localhost", ip("127.0.0.1")), None);
    assert!(plain.refuse_address("localhost", ip("10.0.0.1")).is_some());
}

#[test]
fn what_the_workflow_does_not_take_for_a_read_is_none() {
    let both = grant(&["https://vault.test"], &["vault.test"]);
    let search = |path: &str| {
        let http = Http { reads: true, ..Http::new("POST", format!("https://vault.test{path}")) };
        both.unsaid_read(&Effect::Http(http))
    };
    assert_eq!(search("/search?q=1"), None);
    assert!(search("/search/x").unwrap().contains("allow.reads"));
    let listing = |argv: &[&str]| Exec { reads: true, ..Exec::new(argv.iter().copied()) };
    assert_eq!(both.unsaid_read(&Effect::Exec(listing(&["tool", "list", "-a"]))), None);
    assert!(both.unsaid_read(&Effect::Exec(listing(&["tool", "lister"]))).is_some());
}

#[test]
fn a_program_is_named_and_there_and_its_variables_too() {
    let mut both = grant(&[], &[]);
    let with = |name: &str| Exec {
        env: [(name.to_owned(), String::new())].into_iter().collect(),
        ..Exec::new(["tool"])
    };
    assert_eq!(run(&both, with("TOOL_HOME")), None);
    assert!(run(&both, with("OTHER")).unwrap().contains("needs: env"));
    both.needs.env.push("LD_PRELOAD".to_owned());
    both.allow.env.push("LD_PRELOAD".to_owned());
    assert!(run(&both, with("LD_PRELOAD")).unwrap().contains("decides what a program runs"));
    assert!(run(&both, Exec::new(["/usr/bin/tool"])).is_some());
    assert!(run(&both, Exec { cwd: Some("/".to_owned()), ..Exec::new(["tool"]) }).is_some());
    both.programs.clear();
    assert!(run(&both, Exec::new(["tool"])).unwrap().contains("on the PATH"));
}

#[test]
fn a_path_stays_beneath_a_folder_that_both_name() {
    let mut both = grant(&[], &[]);
    both.allow.fs = vec!["/srv".to_owned()];
    assert_eq!(read(&both, "/srv/a/x"), None);
    assert_eq!(both.folder("/srv/a/x", &|path| path.to_owned()).unwrap(), "/srv/a");
    for out in ["/srv/a", "/srv/ab/x", "/srv/a/../b", "/etc/passwd", "x", "/srv/a/../../../x"] {
        assert!(read(&both, out).is_some(), "{out}");
    }
    assert!(read(&both, "/srv/b/x").unwrap().contains("needs: fs"));
    both.allow.fs.clear();
    assert!(
        read(&both, "/srv/a/x").unwrap().contains("\"/srv/a\" to `plugins.acme-vault.allow.fs`")
    );
}

#[test]
fn an_unknown_is_looked_at_when_it_runs_and_a_secret_is_refused() {
    let both = grant(&[], &[]);
    let unknown = Unknown { from: "inputs.url".to_owned(), ty: Type::Url }.to_mark();
    assert_eq!(ask(&both, &unknown), None);
    assert!(ask(&both, &format!("https://evil.test/{unknown}")).is_some());
    let secret = Handle { id: 7, origin: "inputs.key".to_owned() }.to_mark();
    assert!(ask(&both, &format!("https://vault.test/{secret}")).is_some());
    assert!(read(&both, &secret).is_some());
}
