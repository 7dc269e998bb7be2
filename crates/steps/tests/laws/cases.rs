//! One use of every step, and another value of every parameter.

mod waits;

use cutover_engine::time::{Duration, Timestamp};
use cutover_engine::value::{Map, Value};

use crate::world::{Asked, MARKER, OLD_TOKEN, Token, World, filled};

/// A use of a step.
pub(crate) struct Case {
    pub(crate) step: &'static str,
    /// Its parameters in a world.
    pub(crate) params: fn(&World) -> Map,
    /// Another value of each parameter, each of which has to make a difference.
    pub(crate) others: fn(&World) -> Vec<(&'static str, Value)>,
    /// How many writes complete its one write.
    pub(crate) follow_ups: usize,
}

impl Case {
    pub(crate) fn asked<'a>(&self, world: &'a World, params: &'a Map) -> Asked<'a> {
        Asked { world, step: self.step, params, marker: MARKER }
    }
}

fn case(
    step: &'static str,
    params: fn(&World) -> Map,
    others: fn(&World) -> Vec<(&'static str, Value)>,
) -> Case {
    Case { step, params, others, follow_ups: 0 }
}

fn list(items: Vec<Value>) -> Value {
    Value::List(items)
}

fn in_days(days: u64) -> Value {
    let now = Timestamp::parse("2026-11-24T14:00:00Z").expect("it is a moment");
    (now + Duration::seconds(days * 86_400)).into()
}

/// Returns the steps that write.
pub(crate) fn writing() -> Vec<Case> {
    let mut all = vec![create(), revoke(), set()];
    all.extend([user_create(), user_drop(), exec(), http(), file_write(), file_remove(), notify()]);
    all
}

/// Returns the steps that do not write.
pub(crate) fn others() -> Vec<Case> {
    let mut all = vec![token_list(), get(), token(), login(), file_read(), generate()];
    all.extend([
        promote(),
        assert_that(),
        waits::length(),
        waits::moment(),
        waits::approval(),
        log(),
        waits::child(),
    ]);
    all
}

/// Returns all of them.
pub(crate) fn all() -> Vec<Case> {
    writing().into_iter().chain(others()).collect()
}

fn create() -> Case {
    case(
        "influxctl.management.create",
        |_| {
            filled(
                "influxctl.management.create",
                [
                    ("profile", "admin".into()),
                    ("description", "ci".into()),
                    ("expires_at", in_days(30)),
                ],
            )
        },
        |_| {
            vec![
                ("config", "/elsewhere".into()),
                ("profile", "ci".into()),
                ("description", "other".into()),
                ("expires_at", in_days(31)),
                ("format", "json".into()),
                ("token_pointer", "/made/value".into()),
            ]
        },
    )
}

fn revoke() -> Case {
    case(
        "influxctl.management.revoke",
        |_| {
            filled(
                "influxctl.management.revoke",
                [("profile", "admin".into()), ("token_id", "id-old".into())],
            )
        },
        |_| {
            vec![
                ("config", "/elsewhere".into()),
                ("profile", "ci".into()),
                ("token_id", "id-none".into()),
            ]
        },
    )
}

fn set() -> Case {
    case(
        "influxctl.profile.set",
        |world| {
            let token = world.secret("M.V1.NEWxfakefakefakefakefakefakefakefake");
            filled("influxctl.profile.set", [("profile", "ci".into()), ("mgmt_token", token)])
        },
        |world| {
            vec![
                ("config", "/elsewhere".into()),
                ("profile", "admin".into()),
                ("mgmt_token", world.secret(OLD_TOKEN)),
                ("copy_from", "admin".into()),
            ]
        },
    )
}

fn user_create() -> Case {
    let others: fn(&World) -> Vec<(&'static str, Value)> = |world| {
        vec![
            ("url", "http://other.test".into()),
            ("admin_user", "svc_a".into()),
            ("admin_password", world.secret("fake-wrong-password")),
            ("user", "svc_c".into()),
            ("password", world.secret("fake-other-password")),
            ("grants", Value::Null),
        ]
    };
    let params: fn(&World) -> Map = |world| {
        let grant = |database: &str, privilege: &str| {
            Value::map([("database", database.into()), ("privilege", privilege.into())])
        };
        filled(
            "influxdb1.user.create",
            [
                ("url", "http://influx.test:8086/".into()),
                ("admin_user", "admin".into()),
                ("admin_password", world.secret("fake-admin-password")),
                ("user", "svc_b".into()),
                ("password", world.secret(r"fake-'new'\password")),
                ("grants", list(vec![grant("metrics", "all"), grant("logs", "read")])),
            ],
        )
    };
    Case { follow_ups: 2, ..case("influxdb1.user.create", params, others) }
}

fn user_drop() -> Case {
    case(
        "influxdb1.user.drop",
        |world| {
            filled(
                "influxdb1.user.drop",
                [
                    ("url", "http://influx.test:8086".into()),
                    ("admin_user", "admin".into()),
                    ("admin_password", world.secret("fake-admin-password")),
                    ("user", "svc_a".into()),
                ],
            )
        },
        |world| {
            vec![
                ("url", "http://other.test".into()),
                ("admin_user", "svc_a".into()),
                ("admin_password", world.secret("fake-wrong-password")),
                ("user", "svc_c".into()),
            ]
        },
    )
}

fn exec() -> Case {
    case(
        "exec.run",
        |_| filled("exec.run", [("argv", list(vec!["printenv".into(), "A".into()]))]),
        |world| {
            vec![
                ("argv", list(vec!["json".into()])),
                ("stdin", world.secret("fake-stdin")),
                ("env", Value::map([("A", world.secret("fake-env"))])),
                ("cwd", "/elsewhere".into()),
                ("output", "text".into()),
                ("seal", list(vec!["/token".into()])),
                ("accept", list(vec![Value::Int(7)])),
                ("reads", true.into()),
            ]
        },
    )
}

fn http() -> Case {
    case(
        "http.request",
        |_| {
            filled(
                "http.request",
                [("method", "POST".into()), ("url", "http://echo.test/x".into())],
            )
        },
        |world| {
            vec![
                ("method", "PUT".into()),
                ("url", "http://influx.test:8086/ping".into()),
                ("headers", Value::map([("x-key", world.secret("fake-key"))])),
                ("query", Value::map([("page", Value::Int(2))])),
                ("json", Value::map([("a", Value::Int(1))])),
                ("form", Value::map([("a", Value::Int(1))])),
                ("body", "text".into()),
                ("output", "json".into()),
                ("seal", list(vec!["/token".into()])),
                ("accept", list(vec![Value::Int(201)])),
                ("reads", true.into()),
            ]
        },
    )
}

fn file_write() -> Case {
    case(
        "file.write",
        |world| {
            let content = world.secret("fake-content\n");
            filled("file.write", [("path", "/etc/app/key".into()), ("content", content)])
        },
        |_| {
            vec![
                ("path", "/etc/app/other".into()),
                ("content", "other".into()),
                ("mode", "0640".into()),
            ]
        },
    )
}

fn file_remove() -> Case {
    case(
        "file.remove",
        |world| {
            world.state().files.insert("/etc/app/key".to_owned(), "fake-old".to_owned());
            filled("file.remove", [("path", "/etc/app/key".into())])
        },
        |_| vec![("path", "/etc/app/other".into())],
    )
}

fn notify() -> Case {
    case(
        "notify.webhook",
        |world| {
            let url = world.secret("http://echo.test/fake-hook");
            filled("notify.webhook", [("url", url), ("text", "done".into())])
        },
        |world| {
            vec![
                ("url", world.secret("http://influx.test/fake-hook")),
                ("text", "failed".into()),
                ("headers", Value::map([("x-key", world.secret("fake-key"))])),
            ]
        },
    )
}

fn token_list() -> Case {
    case(
        "influxctl.management.list",
        |world| {
            let dead =
                Token { revoked_at: Some(world.state().now), ..Token::live("id-dead", OLD_TOKEN) };
            let Value::Timestamp(later) = in_days(9) else { unreachable!("it is a moment") };
            let mortal = Token { expires_at: Some(later), ..Token::live("id-mortal", OLD_TOKEN) };
            world.state().provider.tokens.extend([dead, mortal]);
            filled("influxctl.management.list", [("profile", "admin".into())])
        },
        |world| {
            vec![
                ("config", "/elsewhere".into()),
                ("profile", "ci".into()),
                ("mgmt_token", world.secret(OLD_TOKEN)),
                ("active", true.into()),
                ("expires_before", in_days(1)),
            ]
        },
    )
}

fn get() -> Case {
    case(
        "influxctl.profile.get",
        |_| filled("influxctl.profile.get", [("profile", "admin".into())]),
        |_| vec![("config", "/elsewhere".into()), ("profile", "ci".into())],
    )
}

fn token() -> Case {
    case(
        "influxctl.profile.token",
        |_| filled("influxctl.profile.token", [("profile", "ci".into())]),
        |_| {
            vec![
                ("config", "/elsewhere".into()),
                ("profile", "admin".into()),
                ("login", "admin".into()),
            ]
        },
    )
}

fn login() -> Case {
    case(
        "influxdb1.login",
        |world| {
            filled(
                "influxdb1.login",
                [
                    ("url", "http://influx.test:8086".into()),
                    ("user", "svc_a".into()),
                    ("password", world.secret("fake-a-password")),
                ],
            )
        },
        |world| {
            vec![
                ("url", "http://other.test".into()),
                ("user", "admin".into()),
                ("password", world.secret("fake-wrong-password")),
                ("database", "metrics".into()),
            ]
        },
    )
}

fn file_read() -> Case {
    case(
        "file.read",
        |world| {
            world.state().files.insert("/etc/app/key".to_owned(), "fake-old\n".to_owned());
            filled("file.read", [("path", "/etc/app/key".into())])
        },
        |_| vec![("path", "/etc/app/other".into()), ("secret", false.into())],
    )
}

fn generate() -> Case {
    case(
        "secret.generate",
        |_| filled("secret.generate", []),
        |_| vec![("length", Value::Int(12)), ("alphabet", "hex".into())],
    )
}

fn promote() -> Case {
    case("credential.promote", |_| filled("credential.promote", []), |_| Vec::new())
}

fn assert_that() -> Case {
    case(
        "assert",
        |_| filled("assert", [("that", false.into())]),
        |_| vec![("that", true.into()), ("message", "it should".into())],
    )
}

fn log() -> Case {
    case(
        "log",
        |_| filled("log", [("message", "hello".into())]),
        |_| {
            vec![
                ("message", "bye".into()),
                ("level", "warn".into()),
                ("fields", Value::map([("a", Value::Int(1))])),
            ]
        },
    )
}
