//! An InfluxDB 1 behind `POST /query`, as far as users go: we choose their passwords.

use cutover_engine::effect::{Body, EffectError, Http};
use cutover_engine::time::Timestamp;
use cutover_engine::value::Value;

use crate::secrets::Table;
use crate::world::World;
use crate::world::act::Act;
use crate::world::ask::{Asked, Form, refused, results};
use crate::world::http::gone;

/// The account in which its users are.
pub(crate) const ACCOUNT: &str = "influxdb1";
/// The password of its administrator.
pub(crate) const ADMIN_PASSWORD: &str = "the-administrators-own-password";

impl World {
    /// Understands a statement.
    pub(super) fn influxdb1(&self, http: &Http, table: &Table, at: Timestamp) -> Asked {
        match self.statement(http, table, at) {
            Ok((statement, user)) => self.answered(&statement, &user, at),
            Err(error) => Asked::Look(Err(error)),
        }
    }

    fn statement(
        &self,
        http: &Http,
        table: &Table,
        at: Timestamp,
    ) -> Result<(String, String), EffectError> {
        let (Some((user, password)), Body::Form(form)) = (&http.basic, &http.body) else {
            return Err(refused(404, "not found"));
        };
        let password = table.open(password).map_err(|origin| gone(&origin))?;
        let statement = table.open(&form["q"]).map_err(|origin| gone(&origin))?;
        let known = |token: &crate::world::Token| {
            token.account == ACCOUNT && token.id == *user && token.value == password
        };
        let is_admin = user == "admin" && password == ADMIN_PASSWORD;
        if is_admin || self.tokens.iter().any(|token| known(token) && token.works(at)) {
            return Ok((statement, user.clone()));
        }
        Err(refused(401, "authorization failed"))
    }

    fn answered(&self, statement: &str, asker: &str, at: Timestamp) -> Asked {
        let words: Vec<String> =
            statement.split(' ').map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let live = || {
            let mine = self.tokens.iter().filter(|token| token.account == ACCOUNT);
            mine.filter(|token| token.is_live(at)).map(|token| token.id.as_str())
        };
        match words.as_slice() {
            ["CREATE", "USER", user, "WITH", "PASSWORD", password] => {
                let user = Some(((*user).to_owned(), (*password).to_owned()));
                let (account, text) = (ACCOUNT.to_owned(), "chosen".to_owned());
                let act = Act::Create { account, text, expires_at: None, user, in_place: false };
                Asked::Change(act, Form::Influxdb1)
            }
            ["DROP", "USER", user] => {
                let act = Act::Revoke { account: ACCOUNT.to_owned(), id: (*user).to_owned() };
                Asked::Change(act, Form::Influxdb1)
            }
            ["SHOW", "USERS"] => {
                let users = live().chain(["admin"]).map(|user| vec![user.into(), false.into()]);
                Asked::Look(Ok(rows(&["user", "admin"], users.collect())))
            }
            ["SHOW", "DATABASES"] => Asked::Look(Ok(rows(&["name"], vec![vec!["metrics".into()]]))),
            ["SHOW", "GRANTS", "FOR", _] => {
                Asked::Look(Ok(rows(&["database", "privilege"], vec![])))
            }
            _ => {
                let message = format!("error parsing query of {asker}");
                Asked::Look(Ok(results(Value::map([("error", message.into())]))))
            }
        }
    }
}

fn rows(columns: &[&str], values: Vec<Vec<Value>>) -> cutover_engine::effect::Reply {
    let columns = Value::List(columns.iter().map(|column| (*column).into()).collect());
    let values = Value::List(values.into_iter().map(Value::List).collect());
    let series = Value::map([("columns", columns), ("values", values)]);
    results(Value::map([("series", Value::List(vec![series]))]))
}
