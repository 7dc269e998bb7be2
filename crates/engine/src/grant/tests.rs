//! What a plugin may reach, by text alone.

mod address;

use std::net::IpAddr;

use super::*;
use crate::effect::{Keep, ReadFile, RemoveFile, RestoreFile, TomlEdit, WriteFile};
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

#[test]
fn needed_and_allowed_are_two_things_for_programs_and_variables() {
    let of = |name: &str| Exec {
        env: [(name.to_owned(), String::new())].into_iter().collect(),
        ..Exec::new(["tool"])
    };
    let mut not_needed = grant(&[], &[]);
    (not_needed.needs.exec, not_needed.needs.env) = (Vec::new(), Vec::new());
    assert!(run(&not_needed, Exec::new(["tool"])).unwrap().contains("`needs: exec`"));
    not_needed.needs.exec.push("tool".to_owned());
    assert!(run(&not_needed, of("TOOL_HOME")).unwrap().contains("`needs: env`"));
    let mut not_allowed = grant(&[], &[]);
    (not_allowed.allow.exec, not_allowed.allow.env) = (Vec::new(), Vec::new());
    let why = run(&not_allowed, Exec::new(["tool"])).unwrap();
    assert!(
        why.contains("add \"tool\" to `plugins.acme-vault.allow.exec` in rotate.yaml"),
        "{why}"
    );
    not_allowed.allow.exec.push("tool".to_owned());
    let why = run(&not_allowed, of("TOOL_HOME")).unwrap();
    assert!(why.contains("add \"TOOL_HOME\" to `plugins.acme-vault.allow.env`"), "{why}");
}

#[test]
fn a_program_gets_no_file_and_stands_in_a_folder_that_was_granted() {
    let both = grant(&[], &[]);
    let within = |folder: &str| Exec { cwd: Some(folder.to_owned()), ..Exec::new(["tool"]) };
    assert_eq!(run(&both, within("/srv/a")), None);
    assert_eq!(run(&both, within("/srv/a/below")), None);
    assert!(run(&both, within("/srv")).unwrap().contains("`needs: fs`"));
    let mut with_file = Exec::new(["tool"]);
    with_file.files.insert("config".to_owned(), FileContent::Text("key".to_owned()));
    assert!(run(&both, with_file).unwrap().contains("no files with secrets"));
    let secret = Handle { id: 7, origin: "inputs.key".to_owned() }.to_mark();
    assert!(run(&both, Exec::new([secret])).unwrap().contains("is no secret"));
    let unknown = Unknown { from: "inputs.tool".to_owned(), ty: Type::String }.to_mark();
    assert_eq!(run(&both, Exec::new([unknown])), None);
}

#[test]
fn a_variable_that_decides_what_a_program_runs_is_nobodys() {
    for name in ["TOOL_HOME", "_x", "PATHS", "a1"] {
        assert_eq!(is_variable(name), Ok(()), "{name}");
    }
    for name in
        ["PATH", "BASH_ENV", "ENV", "IFS", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "BASH_FUNC_ls"]
    {
        assert!(is_variable(name).unwrap_err().contains("decides what a program runs"), "{name}");
    }
    for name in ["", "1A", "A=B", "A B", "A\0", "\u{e4}"] {
        assert!(is_variable(name).unwrap_err().contains("is not the name"), "{name:?}");
    }
}

#[test]
fn what_changes_a_file_is_held_to_the_folders_like_what_reads_it() {
    let both = grant(&[], &[]);
    let text = || FileContent::Text(String::new());
    let begun_with = |base: Option<&str>| {
        FileContent::Toml(TomlEdit {
            base: base.map(str::to_owned),
            array: "profile".to_owned(),
            key: "name".to_owned(),
            is: "ci".to_owned(),
            set: IndexMap::new(),
            copy_from: None,
        })
    };
    let write = |path: &str, content| WriteFile { path: path.to_owned(), content, mode: None };
    let known = crate::known::Known::default;
    let (inside, outside) = ("/srv/a/x".to_owned(), "/srv/b/x".to_owned());
    let restore = |path| Effect::RestoreFile(RestoreFile { path, wrote: None, known: known() });
    for (effect, passes) in [
        (Effect::WriteFile(write("/srv/a/x", text())), true),
        (Effect::WriteFile(write("/srv/b/x", text())), false),
        (Effect::WriteFile(write("/srv/a/x", begun_with(None))), true),
        (Effect::WriteFile(write("/srv/a/x", begun_with(Some("/srv/a/y")))), true),
        (Effect::WriteFile(write("/srv/a/x", begun_with(Some("/srv/b/y")))), false),
        (restore(inside.clone()), true),
        (restore(outside.clone()), false),
        (Effect::RemoveFile(RemoveFile { path: inside }), true),
        (Effect::RemoveFile(RemoveFile { path: outside }), false),
    ] {
        let refusal = both.refusal(&effect, &|path| path.to_owned());
        assert_eq!(refusal.is_none(), passes, "{effect:?}: {refusal:?}");
    }
}

#[test]
fn the_folder_is_the_deepest_of_those_that_both_name() {
    let mut both = grant(&[], &[]);
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let folder = |grant: &Grant| grant.folder("/srv/a/b/c/x", &|path| path.to_owned()).unwrap();
    (both.needs.fs, both.allow.fs) = (own(&["/srv", "/srv/a", "/"]), own(&["/srv"]));
    assert_eq!(folder(&both), "/srv/a");
    (both.needs.fs, both.allow.fs) = (own(&["/srv"]), own(&["/", "/srv/a/b", "/srv/a"]));
    assert_eq!(folder(&both), "/srv/a/b");
}

#[test]
fn only_what_the_workflow_names_by_method_and_path_only_looks() {
    let mut both = grant(&["https://vault.test"], &["vault.test"]);
    assert!(both.reads_http("GET", "https://vault.test/any"));
    assert!(both.reads_http("POST", "https://vault.test/search?x#y"));
    for (method, path) in [("PUT", "/search"), ("POST", "/"), ("POST", "/search/"), ("get", "/x")] {
        assert!(!both.reads_http(method, &format!("https://vault.test{path}")), "{method} {path}");
    }
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert!(both.reads_exec(&words(&["tool", "list", "x"])));
    assert!(!both.reads_exec(&words(&["tool"])));
    assert!(!both.reads_exec(&words(&["other", "list"])));
    both.reads = words(&["", " "]);
    assert!(!both.reads_exec(&words(&["tool", "drop"])));
}

#[test]
fn a_secret_in_an_address_is_refused_wherever_it_stands() {
    let both = grant(&["https://vault.test"], &["vault.test"]);
    let secret = Handle { id: 7, origin: "inputs.key".to_owned() }.to_mark();
    let unknown = Unknown { from: "inputs.url".to_owned(), ty: Type::Url }.to_mark();
    for url in [format!("https://vault.test/{secret}"), format!("https://{secret}/{unknown}")] {
        assert!(ask(&both, &url).unwrap().contains("no place for a secret"), "{url}");
    }
    assert_eq!(ask(&both, &format!("https://vault.test/{unknown}")), None);
    for odd in ["?", "#", "/"] {
        assert!(ask(&both, &format!("https://evil.test{odd}{unknown}")).is_some(), "{odd}");
    }
    assert!(read(&both, &format!("/srv/a/{secret}")).unwrap().contains("no place for a secret"));
    assert_eq!(read(&both, &unknown), None);
}
