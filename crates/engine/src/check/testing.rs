//! A small registry of made-up steps for the tests of checks and rules, and ways to ask them.

use std::sync::Arc;

use crate::check::{Checked, check};
use crate::ctx::Ctx;
use crate::parse::parse;
use crate::source::Source;
use crate::spec::{Mints, Output, Param, Place, Repeat, Role, Spec};
use crate::step::{BoxFuture, Registry, Step, StepError};
use crate::types::Type;
use crate::value::Map;

mod general;

use general::general;

/// A step that only says what it is.
struct Fake(Spec);

impl Step for Fake {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn read<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Map>, StepError>> {
        Box::pin(async { Err(StepError::new("a made-up step does not run")) })
    }

    fn run<'a>(
        &'a self,
        _params: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Map, StepError>> {
        Box::pin(async { Err(StepError::new("a made-up step does not run")) })
    }

    fn undo<'a>(
        &'a self,
        _params: &'a Map,
        _done: &'a Map,
        _ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        Box::pin(async { Err(StepError::new("a made-up step does not run")) })
    }
}

/// Returns the registry of made-up steps.
pub(crate) fn registry() -> Registry {
    let mut steps = Registry::default();
    for spec in creates().into_iter().chain(places()).chain(others()).chain(general()) {
        steps.add(Fake(spec));
    }
    steps
}

/// Parses and checks a workflow and returns every finding, one a line.
pub(crate) fn findings(text: &str) -> String {
    findings_where(text, |_| true)
}

/// Parses and checks a workflow and returns the findings of some codes, one a line.
pub(crate) fn findings_where(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    let source = Arc::new(Source::new("test.yaml", text));
    let (workflow, mut found) = parse(Arc::clone(&source));
    if let Some(workflow) = workflow {
        found.extend(check(&Arc::new(workflow), &registry()).1);
    }
    found.settle();
    found.list.retain(|finding| wanted(finding.code));
    found.to_lines(&source)
}

/// Parses and checks a workflow that must be right.
///
/// # Panics
/// Where something is wrong with it; the findings are shown.
pub(crate) fn checked(text: &str) -> Arc<Checked> {
    let source = Arc::new(Source::new("test.yaml", text));
    let (workflow, found) = parse(Arc::clone(&source));
    assert!(!found.has_errors(), "{}", found.to_lines(&source));
    let (checked, found) = check(&Arc::new(workflow.expect("it parsed")), &registry());
    assert!(!found.has_errors(), "{}", found.to_lines(&source));
    Arc::new(checked.expect("there is no error"))
}

fn spec(name: &str, role: Role, params: Vec<Param>, outputs: Vec<Output>) -> Spec {
    Spec { name: name.to_owned(), role, params, outputs, ..Spec::default() }
}

fn profile() -> Param {
    Param::optional("profile", Type::String, "the profile").or("default")
}

fn text(name: &str) -> Param {
    Param::required(name, Type::String, "some text")
}

fn secret(name: &str) -> Param {
    Param::required(name, Type::Secret, "a secret")
}

fn out(name: &str, ty: Type) -> Output {
    Output::new(name, ty, "an output")
}

fn creates() -> Vec<Spec> {
    let made = || {
        vec![
            out("id", Type::String),
            out("token", Type::Secret),
            out("prefix", Type::String),
            out("expires_at", Type::Timestamp).nullable(),
        ]
    };
    let params = || {
        vec![
            profile(),
            text("description"),
            Param::optional("expires_at", Type::Timestamp, "when it dies"),
        ]
    };
    let create = Spec {
        mints: Some(Mints::Marker),
        list: Some("fake.list".to_owned()),
        revoke: Some("fake.revoke".to_owned()),
        expires: Some("expires_at".to_owned()),
        logs_in_with: Some(Place::new("fake_profile", &["profile"])),
        has_read: true,
        has_undo: true,
        ..spec("fake.create", Role::Create, params(), made())
    };
    let named = |name: &str| Spec { name: name.to_owned(), ..create.clone() };
    let blind =
        Spec { mints: Some(Mints::Blind), list: None, has_read: false, ..named("fake.blind") };
    let in_place = Spec { in_place: true, has_undo: false, ..named("fake.in_place") };
    let chosen = Spec {
        mints: Some(Mints::Chosen),
        chosen: Some("password".to_owned()),
        revoke: Some("fake.drop".to_owned()),
        logs_in_with: Some(Place::new("value", &["admin_password"])),
        has_read: true,
        has_undo: true,
        ..spec(
            "fake.chosen",
            Role::Create,
            vec![text("url"), secret("admin_password"), text("user"), secret("password")],
            vec![out("id", Type::String)],
        )
    };
    vec![create, blind, in_place, chosen]
}

fn places() -> Vec<Spec> {
    let vault = Place::new("vault", &["path"]);
    let at_profile = Place::new("fake_profile", &["profile"]);
    let store = Spec {
        stores_at: Some(vault.clone()),
        read_back: Some("fake.get".to_owned()),
        has_read: true,
        has_undo: true,
        ..spec(
            "fake.store",
            Role::Store,
            vec![text("path"), secret("value")],
            vec![out("version", Type::Integer)],
        )
    };
    let write_only = Spec {
        name: "fake.push".to_owned(),
        read_back: None,
        has_read: false,
        has_undo: false,
        ..store.clone()
    };
    let get = Spec {
        reads_from: Some(vault),
        ..spec("fake.get", Role::Read, vec![text("path")], vec![out("value", Type::Secret)])
    };
    let publish = Spec {
        publishes_to: Some(at_profile.clone()),
        read_back: Some("fake.published".to_owned()),
        has_read: true,
        has_undo: true,
        ..spec(
            "fake.publish",
            Role::Publish,
            vec![profile(), secret("token")],
            vec![out("prefix", Type::String)],
        )
    };
    let published = Spec {
        reads_from: Some(at_profile.clone()),
        ..spec(
            "fake.published",
            Role::Read,
            vec![profile()],
            vec![out("token", Type::Secret), out("prefix", Type::String)],
        )
    };
    let which = Spec {
        reads_from: Some(at_profile),
        logs_in_with: Some(Place::new("fake_profile", &["login"])),
        ..spec(
            "fake.which",
            Role::Read,
            vec![profile(), Param::optional("login", Type::String, "the login").or("admin")],
            vec![out("id", Type::String).nullable(), out("prefix", Type::String).nullable()],
        )
    };
    vec![store, write_only, get, publish, published, which]
}

fn others() -> Vec<Spec> {
    let token = Type::object([
        ("id", Type::String),
        ("description", Type::String),
        ("expires_at", Type::Timestamp),
        ("live", Type::Boolean),
    ]);
    let list = Spec {
        logs_in_with: Some(Place::new("fake_profile", &["profile"])),
        ..spec(
            "fake.list",
            Role::Read,
            vec![profile(), Param::optional("token", Type::Secret, "log in by this value")],
            vec![out("tokens", Type::list(token))],
        )
    };
    let login = Spec {
        logs_in_with: Some(Place::new("value", &["token"])),
        ..spec(
            "fake.login",
            Role::Read,
            vec![text("url"), secret("token")],
            vec![out("ok", Type::Boolean)],
        )
    };
    let revoke = Spec {
        revokes: Some("token_id".to_owned()),
        logs_in_with: Some(Place::new("fake_profile", &["profile"])),
        repeat: Repeat::Safe,
        ..spec(
            "fake.revoke",
            Role::Revoke,
            vec![profile(), text("token_id")],
            vec![out("revoked_at", Type::Timestamp).nullable()],
        )
    };
    let drop = Spec {
        revokes: Some("user".to_owned()),
        logs_in_with: Some(Place::new("value", &["admin_password"])),
        repeat: Repeat::Safe,
        ..spec(
            "fake.drop",
            Role::Revoke,
            vec![text("url"), secret("admin_password"), text("user")],
            vec![],
        )
    };
    let promote = spec("credential.promote", Role::Promote, vec![], vec![]);
    let notify = spec(
        "notify.webhook",
        Role::Notify,
        vec![
            Param::required("url", Type::Url, "where to").may_be_secret(),
            text("text"),
            Param::optional("headers", Type::map(Type::String), "headers").may_be_secret(),
        ],
        vec![out("status", Type::Integer)],
    );
    vec![list, login, revoke, drop, promote, notify]
}
