//! Tests of HTTP against a server of a few lines.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use cutover_engine::effect::{Body, Effect, EffectError, Http, Keep, Reply};
use cutover_engine::host::Host;
use cutover_engine::time::Duration;
use cutover_engine::value::Value;

use super::support::{World, begin, shown};
use crate::Options;

/// A server that gives canned answers in turn and keeps what it was asked.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let mut answers: VecDeque<String> = answers.iter().map(|text| (*text).to_owned()).collect();
        std::thread::spawn(move || {
            while let Some(answer) = answers.pop_front() {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, &answer, &kept);
            }
        });
        Self { address, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn asked(&self) -> String {
        self.asked.lock().unwrap().join("\n---\n")
    }
}

/// Reads one request and answers it. An empty answer breaks the connection, `hang` says nothing.
fn serve(mut stream: TcpStream, answer: &str, asked: &Mutex<Vec<String>>) {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&text) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
        }
    }
    asked.lock().unwrap().push(String::from_utf8_lossy(&text).into_owned());
    if answer == "hang" {
        // Until the other side gives up.
        drop(stream.read(&mut buffer));
    } else {
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

async fn asked(world: &World, http: Http) -> Result<Reply, EffectError> {
    let mut run = begin(&world.host, "run1", None).await.unwrap();
    run.start("call").await;
    let deadline = world.host.now() + Duration(1500);
    run.perform_until("call", Effect::Http(http), deadline).await
}

/// What a GET and a POST come to with one canned answer.
async fn both(text: &str) -> (String, String) {
    let mut results = Vec::new();
    for method in ["GET", "POST"] {
        let world = World::new();
        let server = Server::new(&[text]);
        let result = asked(&world, Http::new(method, server.url("/x"))).await;
        results.push(shown(&result).replace(&server.address, "http://host"));
    }
    let write = results.pop().unwrap();
    (results.pop().unwrap(), write)
}

#[tokio::test]
async fn secrets_are_opened_into_headers_body_and_login() {
    let world = World::new();
    let server = Server::new(&[&answer(200, "", "")]);
    let token = world.seal("fake\"token");
    let mut http = Http::new("POST", server.url("/tokens"));
    http.query.insert("q".to_owned(), "a b&c".to_owned());
    http.headers.insert("X-Token".to_owned(), format!("Bearer {token}"));
    http.basic = Some(("admin".to_owned(), token.clone()));
    http.body = Body::Json(Value::map([("value", Value::from(token)), ("n", Value::Int(1))]));
    asked(&world, http).await.unwrap();
    let asked = server.asked();
    assert!(asked.starts_with("POST /tokens?q=a+b%26c HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("x-token: Bearer fake\"token\r\n"), "{asked}");
    assert!(asked.contains("authorization: Basic YWRtaW46ZmFrZSJ0b2tlbg==\r\n"), "{asked}");
    assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    assert!(asked.ends_with(r#"{"value":"fake\"token","n":1}"#), "{asked}");
}

#[tokio::test]
async fn a_form_is_encoded_after_its_secrets_are_opened() {
    let world = World::new();
    let server = Server::new(&[&answer(204, "", "")]);
    let mut http = Http::new("POST", server.url("/query"));
    let query = format!("SET PASSWORD = '{}'", world.seal("fake&x=1"));
    http.body = Body::Form([("q".to_owned(), query)].into_iter().collect());
    asked(&world, http).await.unwrap();
    assert!(server.asked().ends_with("\r\n\r\nq=SET+PASSWORD+%3D+%27fake%26x%3D1%27"));
}

#[tokio::test]
async fn what_an_answer_holds_is_sealed_before_anybody_sees_it() {
    let world = World::new();
    let headers = "Set-Cookie: fake\r\nWWW-Authenticate: fake\r\nX-Kept: 1\r\n";
    let server = Server::new(&[&answer(201, headers, r#"{"id":7,"token":"fake-token"}"#)]);
    let mut http = Http::new("POST", server.url("/tokens"));
    http.keep = Keep::Json { seal: vec!["/token".to_owned()] };
    let Ok(Reply::Http { status, headers, body }) = asked(&world, http).await else {
        panic!("it failed")
    };
    assert_eq!((status, body.get("id")), (201, &Value::Int(7)));
    assert_eq!(body.handles()[0].origin, "steps.call.token");
    assert_eq!(headers.get("x-kept").map(String::as_str), Some("1"));
    assert!(!format!("{headers:?}").contains("fake"), "{headers:?}");
}

#[tokio::test]
async fn a_refusal_is_one_for_reads_and_writes() {
    let (read, write) = both(&answer(403, "", "fake-body")).await;
    assert_eq!(read, "refused 403: `GET http://host/x` answered 403 (forbidden)");
    assert_eq!(write, "refused 403: `POST http://host/x` answered 403 (forbidden)");
    let (_, write) = both(&answer(501, "", "")).await;
    assert_eq!(write, "refused 501: `POST http://host/x` answered 501 (not implemented)");
}

#[tokio::test]
async fn a_server_that_fails_leaves_a_write_lost_and_a_read_to_be_tried_again() {
    for status in [500, 503, 408] {
        let (read, write) = both(&answer(status, "", "")).await;
        assert!(read.starts_with("not sent, again: `GET http://host/x` answered "), "{read}");
        assert!(write.starts_with("lost: `POST http://host/x` answered "), "{write}");
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_a_write_lost() {
    let (read, write) = both("").await;
    assert!(read.starts_with("not sent, again: `GET http://host/x` got no answer"), "{read}");
    assert!(write.starts_with("lost: `POST http://host/x` got no answer"), "{write}");
    let (read, write) = both("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfa").await;
    assert!(read.contains("answered 200, then the connection broke"), "{read}");
    assert!(write.starts_with("Http"), "a write whose body nobody wants is done: {write}");
}

#[tokio::test]
async fn a_deadline_leaves_a_write_lost() {
    let (read, write) = both("hang").await;
    let words = "was not answered before its deadline";
    assert_eq!(read, format!("not sent, again: `GET http://host/x` {words}"));
    assert_eq!(write, format!("lost: `POST http://host/x` {words}"));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/x?key=hidden", listener.local_addr().unwrap());
    drop(listener);
    let result = shown(&asked(&world, Http::new("POST", address)).await);
    assert!(
        result.starts_with("not sent, again: no connection for `POST http://127.0.0.1:"),
        "{result}"
    );
    assert!(result.ends_with("/x`: connection refused (os error 111)"), "{result}");
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back() {
    let world = World::new();
    let server = Server::new(&[&answer(429, "Retry-After: 7\r\n", "")]);
    let result = asked(&world, Http::new("POST", server.url("/x"))).await;
    let Err(EffectError::Refused { retryable, retry_after, .. }) = result else { panic!() };
    assert_eq!((retryable, retry_after), (true, Some(Duration::seconds(7))));
}

#[tokio::test]
async fn a_read_follows_a_redirect_on_its_host_only() {
    let world = World::new();
    let other = Server::new(&[&answer(200, "", "other")]);
    let here = "HTTP/1.1 302 X\r\nContent-Length: 0\r\nConnection: close\r\nLocation: /b\r\n\r\n";
    let away = format!(
        "HTTP/1.1 302 X\r\nContent-Length: 0\r\nConnection: close\r\nLocation: {}\r\n\r\n",
        other.url("/c")
    );
    let server = Server::new(&[here, &away]);
    let mut http = Http::new("GET", server.url("/a"));
    http.headers.insert("X-Token".to_owned(), world.seal("fake-token"));
    let result = shown(&asked(&world, http).await);
    assert!(
        result.ends_with("answered 302: it points elsewhere, which is not followed"),
        "{result}"
    );
    assert!(server.asked().contains("GET /b "), "{}", server.asked());
    assert_eq!(other.asked(), "");
}

#[tokio::test]
async fn a_write_follows_no_redirect_and_is_sent_once() {
    let (_, write) = both("HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n").await;
    assert!(write.starts_with("refused 307"), "{write}");
    let world = World::new();
    let server = Server::new(&["", "", ""]);
    let result = asked(&world, Http::new("POST", server.url("/x"))).await;
    assert!(shown(&result).starts_with("lost"), "{result:?}");
    assert_eq!(server.asked().matches("POST").count(), 1);
}

#[tokio::test]
async fn accepted_codes_are_answers_even_when_they_are_errors_elsewhere() {
    let world = World::new();
    let server = Server::new(&[&answer(500, "", "odd")]);
    let mut http = Http::new("POST", server.url("/x"));
    http.accept = vec![500];
    http.keep = Keep::Text;
    let Ok(Reply::Http { status, body, .. }) = asked(&world, http).await else { panic!() };
    assert_eq!((status, body.as_text()), (500, Some("odd")));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_lost_for_a_write_and_never_quoted() {
    let mut results = Vec::new();
    for method in ["GET", "POST"] {
        let world = World::new();
        let server = Server::new(&[&answer(200, "", "{\"token\": fake-token}")]);
        let mut http = Http::new(method, server.url("/x"));
        http.keep = Keep::Json { seal: Vec::new() };
        results.push(shown(&asked(&world, http).await).replace(&server.address, "http://host"));
    }
    let words = "answered 200 with a body that is not JSON (line 1, column 13)";
    assert_eq!(results[0], format!("refused 200: `GET http://host/x` {words}"));
    assert_eq!(results[1], format!("lost: `POST http://host/x` {words}"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_kept() {
    let world = World::new();
    let server = Server::new(&[&answer(200, "", &"x".repeat(4 * 1024 * 1024 + 1))]);
    let mut http = Http::new("GET", server.url("/x"));
    http.keep = Keep::Text;
    let result = shown(&asked(&world, http).await);
    assert!(result.ends_with("with a body that is larger than 4 MiB"), "{result}");
}

#[tokio::test]
async fn a_secret_address_shows_by_where_it_comes_from() {
    let world = World::new();
    let server = Server::new(&[&answer(404, "", "")]);
    let mut http = Http::new("POST", world.seal(&server.url("/hooks/fake-secret-part")));
    http.keep = Keep::Text;
    let result = shown(&asked(&world, http).await);
    assert_eq!(result, "refused 404: `POST ‹inputs.password›` answered 404 (not found)");
    assert!(server.asked().contains("/hooks/fake-secret-part"));
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_without_values() {
    let world = World::new();
    let mut http = Http::new("POST", "http://127.0.0.1:1/x");
    http.headers.insert("X-Token".to_owned(), world.seal("fake\nInjected: 1"));
    let result = shown(&asked(&world, http).await);
    let expected =
        "not sent: `POST http://127.0.0.1:1/x`: the header `X-Token` has a line break in it";
    assert_eq!(result, expected);
    for (url, why) in [
        ("ftp://host/x", "not an address of HTTP"),
        ("nonsense", "not an address"),
        ("http://user:fake@host/", "an address with a user in it"),
    ] {
        let world = World::new();
        let result = shown(&asked(&world, Http::new("POST", url)).await);
        assert!(result.ends_with(why), "{result}");
    }
}

#[tokio::test]
async fn an_https_client_can_be_made_without_a_server() {
    let world = World::new();
    let result = shown(&asked(&world, Http::new("GET", "https://127.0.0.1:1/x")).await);
    assert!(result.contains("no connection for") || result.contains("TLS"), "{result}");
    assert!(!world.host.secrets().same("a", "b"));
}

#[tokio::test]
async fn a_sandbox_sends_nothing_to_another_machine() {
    let world = World::with(|options| Options { only_here: true, ..options });
    for url in
        ["https://vault.test/x", "http://192.0.2.1/x", "http://localhost.test", "http://[::2]"]
    {
        let refused = shown(&asked(&world, Http::new("POST", url)).await);
        assert!(refused.starts_with("not sent: "), "{url}: {refused}");
        assert!(refused.ends_with("nothing is sent out of the sandbox"), "{url}: {refused}");
    }
    let server = Server::new(&[&answer(204, "", ""), &answer(204, "", "")]);
    asked(&world, Http::new("POST", server.url("/x"))).await.unwrap();
    let named = server.url("/x").replace("127.0.0.1", "localhost");
    asked(&world, Http::new("POST", named)).await.unwrap();
}
