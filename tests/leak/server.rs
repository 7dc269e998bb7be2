//! A service on loopback that hands out canaries, gives back whatever it is sent, in several forms,
//! and remembers what it was asked in the clear: the first line of each request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What it hands out under `seal`.
pub(crate) const SEALED: &str = "M.V1.s3aled+by/the=host-000000000001";
/// The same as a number.
pub(crate) const PIN: &str = "734019285501467231";

/// The service.
pub(crate) struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || serve(&stream, &noted));
            }
        });
        Self { url, asked }
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the first lines of all requests, and the names of their headers.
    pub(crate) fn asked(&self) -> String {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

fn serve(stream: &TcpStream, noted: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some((first, headers, body)) = read(&mut reader) {
        let names = headers.iter().filter_map(|header| header.split(':').next());
        let seen = format!("{first} {}", names.collect::<Vec<_>>().join(" "));
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        let path = first.split(' ').nth(1).unwrap_or_default();
        if writer.write_all(answer(path, &headers, &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(path: &str, headers: &[String], body: &str) -> String {
    let given = format!("{}\n{body}", headers.join("\n"));
    let (status, more, text) = match path {
        "/sealed" => ("200 OK", "", format!("{{\"token\": \"{SEALED}\"}}")),
        "/sealed-number" => ("200 OK", "", format!("{{\"pin\": {PIN}}}")),
        "/refused" => ("403 No", "", echoed(&given)),
        "/broken" => ("200 OK", "", format!("not JSON: {given}")),
        "/elsewhere" => {
            let last = given.split_whitespace().last().unwrap_or_default();
            ("302 There", &*format!("Location: /x\r\nX-Given: {last}\r\n"), echoed(&given))
        }
        _ => ("200 OK", "X-Pin: 734019285501467231\r\n", echoed(&given)),
    };
    let length = text.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{more}content-length: {length}\r\n\r\n{text}"
    )
}

/// Gives back what was given, as it is and encoded, as text, as keys, and its numbers as numbers.
fn echoed(given: &str) -> String {
    let words = given.split_whitespace().map(|word| word.trim_matches(['{', '}', '"', ':']));
    let mut echo = serde_json::Map::new();
    echo.insert("whole".to_owned(), given.into());
    echo.insert("base64".to_owned(), STANDARD.encode(given).into());
    for word in words.filter(|word| word.len() >= 12) {
        echo.insert(format!("key {word}"), 1.into());
        echo.insert(format!("word{}", echo.len()), STANDARD.encode(word).into());
        let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        echo.insert(format!("hex{}", echo.len()), hex.into());
        if let Ok(number) = word.parse::<u64>() {
            echo.insert(format!("number{}", echo.len()), number.into());
        }
    }
    serde_json::Value::Object(echo).to_string()
}

/// Reads a request: its first line, its headers, its body.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<(String, Vec<String>, String)> {
    let mut line = || {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut headers = Vec::new();
    loop {
        match line()? {
            header if header.is_empty() => break,
            header => headers.push(header),
        }
    }
    let length = headers.iter().find_map(|header| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((first, headers, String::from_utf8_lossy(&body).into_owned()))
}
