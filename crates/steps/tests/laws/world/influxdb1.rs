//! An InfluxDB 1 behind `POST /query`, as far as users go.

use std::collections::{BTreeMap, BTreeSet};

use cutover_engine::effect::{Body, Http};
use serde_json::json;

use super::World;

/// The server.
pub(crate) struct Server {
    /// Users and passwords.
    pub(crate) users: BTreeMap<String, String>,
    /// Databases.
    pub(crate) databases: BTreeSet<String>,
    /// Rights: user, database, privilege.
    pub(crate) grants: BTreeSet<(String, String, String)>,
    /// Whether passwords count.
    pub(crate) is_closed: bool,
    /// A database that is shown, but refuses every right.
    pub(crate) haunted: Option<String>,
}

impl Server {
    pub(super) fn new() -> Self {
        let users = [("admin", "fake-admin-password"), ("svc_a", "fake-a-password")];
        Self {
            users: users.map(|(user, password)| (user.to_owned(), password.to_owned())).into(),
            databases: ["metrics".to_owned(), "logs".to_owned()].into(),
            grants: BTreeSet::new(),
            is_closed: true,
            haunted: None,
        }
    }
}

impl World {
    /// Answers a request with status and body.
    pub(super) fn influxdb1(&self, http: &Http) -> (u16, String) {
        if http.url != "http://influx.test:8086/query" || http.method != "POST" {
            return (404, r#"{"error":"not found"}"#.to_owned());
        }
        let (user, password) = http.basic.clone().expect("every request logs in");
        let password = self.table.open(&password);
        let Body::Form(form) = &http.body else { panic!("a query is a form") };
        let statement = self.table.open(&form["q"]);
        let mut state = self.state();
        let server = &mut state.server;
        if server.is_closed && server.users.get(&user) != Some(&password) {
            return (401, r#"{"error":"authorization failed"}"#.to_owned());
        }
        if user != "admin" && server.is_closed && statement != "SHOW DATABASES" {
            return (403, r#"{"error":"error authorizing query"}"#.to_owned());
        }
        let result = match server.answer(&user, &statement) {
            Ok(None) => json!({ "statement_id": 0 }),
            Ok(Some(series)) => json!({ "statement_id": 0, "series": [series] }),
            Err(error) => json!({ "statement_id": 0, "error": error }),
        };
        (200, json!({ "results": [result] }).to_string())
    }
}

type Series = Option<serde_json::Value>;

impl Server {
    fn answer(&mut self, asker: &str, statement: &str) -> Result<Series, String> {
        let words = split(statement);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["SHOW", "USERS"] => Ok(rows(
                ["user", "admin"],
                self.users.keys().map(|user| json!([user, user == "admin"])).collect(),
            )),
            ["SHOW", "DATABASES"] => {
                let may = |database: &&String| {
                    asker == "admin"
                        || self.grants.iter().any(|(u, d, _)| u == asker && d == *database)
                };
                let names = self.databases.iter().filter(may).map(|name| json!([name])).collect();
                Ok(rows(["name"], names))
            }
            ["SHOW", "GRANTS", "FOR", user] => {
                let mine = self.grants.iter().filter(|(u, ..)| u == user);
                let rights = mine.map(|(_, database, right)| json!([database, right])).collect();
                Ok(rows(["database", "privilege"], rights))
            }
            ["CREATE", "USER", user, "WITH", "PASSWORD", password] => {
                let password = (*password).to_owned();
                match self.users.get(*user) {
                    Some(held) if *held != password => Err("user already exists".to_owned()),
                    _ => {
                        self.users.insert((*user).to_owned(), password);
                        Ok(None)
                    }
                }
            }
            ["GRANT", right, "ON", database, "TO", user] => {
                if !self.databases.contains(*database) || self.haunted.as_deref() == Some(database)
                {
                    return Err(format!("database not found: {database}"));
                }
                let right = if *right == "ALL" { "ALL PRIVILEGES" } else { right };
                self.grants.insert(((*user).to_owned(), (*database).to_owned(), right.to_owned()));
                Ok(None)
            }
            ["DROP", "USER", user] => match self.users.remove(*user) {
                Some(_) => {
                    self.grants.retain(|(held, ..)| held != user);
                    Ok(None)
                }
                None => Err("user not found".to_owned()),
            },
            _ => Err(format!("error parsing query: found {statement}")),
        }
    }
}

fn rows<const N: usize>(columns: [&str; N], values: Vec<serde_json::Value>) -> Series {
    Some(json!({ "columns": columns.to_vec(), "values": values }))
}

/// Splits a statement into words; what is in quotes is one word, its escapes undone.
fn split(statement: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut characters = statement.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().expect("there is always one");
        match (quote, character) {
            (Some(_), '\\') => {
                word.extend(characters.next().map(|c| if c == 'n' { '\n' } else { c }))
            }
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, ' ') => words.push(String::new()),
            _ => word.push(character),
        }
    }
    words
}
