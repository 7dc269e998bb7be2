//! Plugins that mean harm: the command ends soon, says what was refused, and nothing was reached.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::Place;

const MANIFEST: &str = "api: 1
name: bad
version: 0.1.0
summary: Means harm
config: { url: url, folder: path }
needs: { http: [config.url], fs: [config.folder], exec: [tool] }
steps:
  do:
    role: read
    does: [run]
    summary: Does it
    params: { at: string = \"\" }
    outputs: { got: string? }
";

/// A server that counts who comes, and answers what it is told to.
struct Server {
    at: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let at = listener.local_addr().expect("it is bound");
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let mut head = [0; 4096];
                let length = stream.read(&mut head).unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                // Who is told too much hangs up.
                let _ = stream.write_all(answer(&head).as_bytes());
            }
        });
        Self { at, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::Relaxed)
    }
}

fn place(body: &str, allowed: &str, url: &str) -> Place {
    let place = Place::new();
    place.write("bad/plugin.yaml", MANIFEST);
    let init = format!(
        "local step = {{}}\nfunction step.run(ctx, p)\n{body}\nend\nreturn {{ [\"do\"] = step }}\n"
    );
    place.write("bad/init.lua", &init);
    place.write("open/plain", "plain");
    place.write("closed/hidden", "what-nobody-may-see");
    symlink("../closed/hidden", place.folder().join("open/link")).expect("it can be made");
    symlink("../closed", place.folder().join("open/way")).expect("it can be made");
    let workflow = format!(
        "version: 1\nname: w\nplugins:\n  bad:\n    path: bad\n    config: {{ url: \"{url}\", folder: open }}\n    \
         allow: {{ http: [{allowed}], fs: [open], exec: [tool], reads: [tool] }}\nsteps:\n  - id: do\n    uses: bad.do\n    timeout: 20s\n"
    );
    place.write("w.yaml", &workflow);
    place
}

/// The run ends with an error in these words, and nothing hidden is in what it says or keeps.
#[track_caller]
fn ends(place: &Place, words: &str) {
    let run = place.cutover(&["run", "w.yaml", "--yes", "--sandbox", "--output", "json"]).ends(1);
    let all = run.all();
    let error: serde_json::Value = serde_json::from_str(&run.raw).expect("it is JSON");
    let said = error["error"]["message"].as_str().unwrap_or_default();
    assert!(said.contains(words), "{words}\n{}", &all[..all.len().min(4000)]);
    assert!(!all.contains("what-nobody-may-see"), "{all}");
}

#[test]
fn code_without_an_end_is_ended() {
    for body in ["while true do end", "while true do pcall(error) end"] {
        ends(&place(body, "", "https://x.test"), "computes without an end");
    }
    let deep = "local function f() return f() end return f()";
    ends(&place(deep, "", "https://x.test"), "stack overflow");
}

#[test]
fn code_that_takes_all_memory_gets_none() {
    let bomb = "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end";
    ends(&place(bomb, "", "https://x.test"), "memory");
    let hidden = "for _ = 1, 3 do pcall(function() local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end end) end \
                  return { got = 'still here' }";
    let place = place(hidden, "", "https://x.test");
    place.cutover(&["run", "w.yaml", "--yes", "--sandbox"]).ends(0);
}

#[test]
fn a_million_lines_fill_no_log() {
    let place = place("for i = 1, 1e6 do ctx.log.info('line ' .. i) end", "", "https://x.test");
    let run = place.cutover(&["run", "w.yaml", "--yes", "--sandbox"]).ends(1);
    assert!(run.err.len() < 200_000, "{} bytes", run.err.len());
    assert!(
        run.err.contains("asks for more than 10000 things"),
        "{}",
        &run.err[run.err.len() - 500..]
    );
}

#[test]
fn an_answer_without_an_end_is_not_read() {
    let server = Server::start(|_| {
        let body = "x".repeat(5 << 20);
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    });
    let url = format!("http://{}", server.at);
    let get = "return { got = ctx.http{ base = ctx.config.url }:get('/', { as = 'text' }).text:sub(1, 9) }";
    ends(&place(get, &format!("\"{url}\""), &url), "larger than 4 MiB");
}

#[test]
fn redirects_without_an_end_are_not_followed_and_none_leaves() {
    let circle = Server::start(|_| {
        "HTTP/1.1 302 Go\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n".to_owned()
    });
    let url = format!("http://{}", circle.at);
    let get = "return { got = ctx.http{ base = ctx.config.url }:get('/') }";
    ends(&place(get, &format!("\"{url}\""), &url), "points elsewhere");
    assert!(circle.came() <= 6, "{} requests", circle.came());
    let other = Server::start(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned());
    let to =
        format!("HTTP/1.1 302 Go\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n", other.at);
    let away = Server::start(move |_| to.clone());
    let url = format!("http://{}", away.at);
    ends(&place(get, &format!("\"{url}\", \"http://{}\"", other.at), &url), "points elsewhere");
    assert_eq!(other.came(), 0);
}

#[test]
fn no_path_and_no_link_leads_out_of_a_folder() {
    for (path, words) in [
        ("open/link", "a link leads out of the folder"),
        ("open/way/hidden", "a link leads out of the folder"),
        ("open/../closed/hidden", "is not among what bad needs"),
        ("open/./.././closed/hidden", "is not among what bad needs"),
        ("/etc/passwd", "is not among what bad needs"),
        ("~/closed/hidden", "is not among what bad needs"),
    ] {
        let read = format!("return {{ got = ctx.fs.read('{path}') }}");
        ends(&place(&read, "", "https://x.test"), words);
    }
}

#[test]
fn a_line_break_makes_no_header() {
    let server = Server::start(|head| {
        let status = if head.contains("Evil") { "500 Evil" } else { "200 OK" };
        format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")
    });
    let url = format!("http://{}", server.at);
    for header in [
        "['X'] = 'a\\r\\nEvil: 1'",
        "['X\\r\\nEvil'] = 'a'",
        "['X'] = 'a\\nEvil: 1'",
        "['X: Evil'] = 'a'",
    ] {
        let get =
            format!("ctx.http{{ base = ctx.config.url }}:get('/', {{ headers = {{ {header} }} }})");
        ends(&place(&get, &format!("\"{url}\""), &url), "header");
    }
    assert_eq!(server.came(), 0);
}

#[test]
fn addresses_of_this_machine_are_reached_only_by_name() {
    let server = Server::start(|_| "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned());
    let port = server.at.port();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "0.0.0.0"] {
        let get = format!("ctx.http{{}}:get('http://{host}:{port}/')");
        ends(
            &place(&get, "vault.acme.internal", "https://vault.acme.internal"),
            "is not among what bad needs",
        );
    }
    for host in ["2130706433", "0x7f.1", "127.1"] {
        let get = format!("ctx.http{{}}:get('http://{host}:{port}/')");
        let place = place(&get, "vault.acme.internal", "https://vault.acme.internal");
        ends(&place, "is no address");
    }
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:1]"] {
        let get = format!("ctx.http{{}}:get('http://{host}/')");
        ends(
            &place(&get, "vault.acme.internal", "https://vault.acme.internal"),
            "is not among what bad needs",
        );
    }
    // A public name that stands for this machine: the workflow names the name, and no address.
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let url = format!("http://{name}:{port}");
    let get = "ctx.http{ base = ctx.config.url }:get('/')";
    let place = place(get, &format!("\"{url}\""), &url);
    place.cutover(&["run", "w.yaml", "--yes", "--sandbox"]).ends(1);
    assert_eq!(server.came(), 0);
}

#[test]
fn a_program_is_found_where_the_workflow_says_and_nowhere_else() {
    let place = place(
        "return { got = ctx.exec({ argv = { 'tool' }, as = 'text', env = { PATH = 'open' } }).text }",
        "",
        "https://x.test",
    );
    let tool = place.write("open/tool", "#!/bin/sh\necho what-nobody-may-see\n");
    std::fs::set_permissions(tool, PermissionsExt::from_mode(0o755)).expect("it is ours");
    ends(&place, "there is no program `tool`");
    for argv in ["'./open/tool'", "'open/tool'", "'/bin/sh', '-c', 'tool'"] {
        let init = format!(
            "return {{ [\"do\"] = {{ run = function(ctx) ctx.exec{{ argv = {{ {argv} }} }} end }} }}"
        );
        place.write("bad/init.lua", &init);
        ends(&place, "is not among what bad needs");
    }
}
